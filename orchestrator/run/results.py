"""One host's report, from what its invocation brought."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from orchestrator.diagnose import Case, diagnose, wanted
from orchestrator.judge import agree, judge, total
from orchestrator.model.enums import Mode, Outcome, Platform
from orchestrator.model.evidence import Evidence
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostReport
from orchestrator.ports import Fleet, PolicyReader
from orchestrator.run.targets import Targets
from orchestrator.run.told import Told
from orchestrator.run.whole import Reading, Said

NEVER_RAN = {"undeliverable", "invalidplatform", "accessdenied", "terminated", "rateexceeded"}
"""StatusDetails with which nothing can have been left on the host."""

_NOT_IN_QUOTES = frozenset('`$"\u201c\u201d\u201e*?[]')
"""What means something between PowerShell's double quotes, or to Remove-Item; a host says it."""


@dataclass(frozen=True, slots=True)
class Results:
    """Makes the hosts' reports once their commands have ended, or could not be waited for.

    Who sent the commands makes no difference: `Told` says what is known of each host.
    ``policies`` is None where nobody is to be asked for them.
    """

    plan: Plan
    fleet: Fleet
    targets: Targets
    policies: PolicyReader | None = None

    def report(self, told: Told) -> HostReport:
        """Everything about one host: evidence, verdicts, causes, and what is left on it."""
        return self.judged(told, self.said(told))

    def said(self, told: Told) -> Said | None:
        """What the host's script said; None where its end was not seen."""
        if told.command_id is None or told.invocation is None or not told.invocation.final:
            return None
        return Reading(self.plan, self.fleet).whole(told.command_id, told.invocation)

    def judged(self, told: Told, said: Said | None) -> HostReport:
        """The report of a host whose answer was read already."""
        evidence = said.evidence if said else None
        plan, instance_id, invocation = self.plan, told.instance_id, told.invocation
        found = evidence if isinstance(evidence, Evidence) else None
        verdicts = judge(plan.procedure, found, instance_id)
        agreed = found is None or agree(verdicts, found)
        fits = found is None or invocation is None or found.fits(invocation.response_code)
        outcome = _outcome(total(verdicts), found, agreed and fits)
        managed = self.targets.managed.get(instance_id)
        case = Case(
            plan=plan,
            instance_id=instance_id,
            outcome=outcome,
            managed=managed,
            asked=self.targets.asked,
            invocation=invocation,
            evidence=evidence,
            verdicts=verdicts,
            agreed=agreed,
            sent=told.command_id is not None,
            late=_is_late(told),
            unwatched=told.unwatched,
            unsent=told.unsent.what if told.unsent else "",
            unsent_cause=told.unsent.cause if told.unsent else "",
            pending=told.pending,
            dropped=told.dropped,
        )
        case = self._with_access(case)
        return HostReport(
            instance_id=instance_id,
            name=(managed.name if managed else "") or (invocation.name if invocation else ""),
            outcome=outcome,
            command_id=told.command_id,
            status=invocation.status if invocation else "",
            status_details=invocation.status_details if invocation else "",
            response_code=invocation.response_code if invocation else None,
            evidence=found,
            verdicts=verdicts,
            causes=diagnose(case),
            left=_left(case),
            seconds=invocation.seconds if invocation else None,
            source=said.source if said else "",
            region=plan.procedure.region,
            account_role=plan.account_role,
            agent_version=managed.agent_version if managed else "",
        )

    def _with_access(self, case: Case) -> Case:
        """The case with the policies that may be its cause, where they are to be read."""
        asked = wanted(case)
        if asked is None or self.policies is None:
            return case
        return replace(case, access=self.policies.read(asked))


def _is_late(told: Told) -> bool:
    """Whether the end should have been seen by now, and was not."""
    if told.command_id is None or told.pending or told.dropped:
        return False
    return not (told.invocation and told.invocation.final)


def _outcome(judged: Outcome, found: Evidence | None, consistent: bool) -> Outcome:
    """Two judges who differ, or an exit code that does not fit, or a fatal error, prove nothing."""
    if not consistent:
        return Outcome.UNKNOWN
    if found is not None and found.fatal is not None and judged is Outcome.PASS:
        return Outcome.UNKNOWN
    return judged


def _left(case: Case) -> tuple[str, ...]:
    """What lies on the host still, with the command that removes it."""
    if case.found is not None:
        return tuple(_removal(case, path) for path in case.found.restored.left)
    asked = case.plan.procedure
    sent = case.sent or case.unsent_cause == "perhaps-sent"
    if not sent or case.status_details in NEVER_RAN or not asked.makes_folder:
        return ()
    folder = f"perhaps {_removal(case, case.plan.host_folder)}"
    if asked.mode is not Mode.INSTALL:
        return (folder,)
    name = asked.profile.name
    block = f"perhaps the lines between the markers of orch's block for {name} in .aws/config"
    how = f"`orch restore --instance {case.instance_id}` puts back what was there"
    return (f"{block} ({how})", folder)


def _removal(case: Case, path: str) -> str:
    if "orch-" not in path or ": " in path:
        return path
    if case.plan.procedure.platform is Platform.LINUX:
        return f"{path} (remove it there: rm -r {shlex.quote(path)})"
    if not path.isprintable() or _NOT_IN_QUOTES & set(path):
        return f"{path} (look at it there: its name is more than a path to PowerShell)"
    quoted = path.replace("%ProgramData%", "$env:ProgramData")
    return f'{path} (remove it there: Remove-Item -Recurse -Force "{quoted}")'
