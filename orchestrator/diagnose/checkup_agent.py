"""What `orch doctor` says of an instance's SSM agent."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.diagnose.case import Case
from orchestrator.diagnose.lines import ROLE_UNKNOWN, Line, of_cause, unseen
from orchestrator.diagnose.of_agent import agent_not_allowed, attach_mend
from orchestrator.diagnose.of_reach import (
    OLDEST_AGENT,
    agent_is_old,
    agent_offline,
    agent_too_old,
    not_managed,
    update_mend,
    wrong_platform,
)
from orchestrator.diagnose.questions import managing, unread_of
from orchestrator.model.checkup import Finding
from orchestrator.model.enums import Outcome
from orchestrator.model.fleet import ManagedInstance


def of_ssm(case: Case) -> Iterator[Line]:
    """Whether SSM reaches the agent, how old that is, and whether its role lets it be."""
    found = [
        cause for rule in (not_managed, wrong_platform, agent_offline) if (cause := rule(case))
    ]
    managed = case.managed
    if not case.asked:
        yield unseen("agent", ["SSM could not be asked (ask for ssm:DescribeInstanceInformation)"])
    elif found:
        yield of_cause("agent", found[0])
    elif managed is not None:
        yield Finding("agent", Outcome.PASS, managed.ping_status)
    if managed is not None:
        yield _version(case, managed)
    yield _agent_role(case)


def _version(case: Case, managed: ManagedInstance) -> Line:
    version, old = managed.agent_version, agent_is_old(managed.agent_version)
    if old is None:
        return unseen("agent version", [f"SSM says {version!r}"])
    if not old:
        return Finding("agent version", Outcome.PASS, version)
    said = f"{version}, older than {OLDEST_AGENT}: it may be long in taking a command"
    return Finding(
        "agent version", Outcome.UNKNOWN, said, update_mend(case.instance_id), agent_too_old.name
    )


def _agent_role(case: Case) -> Line:
    what, rulings = "agent's role", managing(case)
    role = case.access.caller if case.access else None
    if rulings is None:
        return unseen(what, unread_of(role) or [ROLE_UNKNOWN])
    cause = agent_not_allowed(case)
    if cause is not None:
        return of_cause(what, cause)
    owner = rulings.reports.request.caller.role_arn
    if rulings.lacks:
        lacking = ", ".join(ruling.request.action for ruling in rulings.lacks)
        said = (
            f"{owner} may not do {lacking}, and yet the agent is Online: it has another role "
            "(Default Host Management), or credentials from before"
        )
        return Finding(what, Outcome.UNKNOWN, said, attach_mend(rulings))
    if not rulings.enough:
        reasons = unread_of(role, rulings.reports)
        return unseen(what, reasons or ["it hangs on conditions that cannot be known here"])
    said = f"{owner} may report, and fetch commands by {' and '.join(rulings.open)}"
    return Finding(what, Outcome.PASS, said)
