"""One host's report, from what its invocation brought."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from orchestrator.diagnose import Case, diagnose, wanted
from orchestrator.judge import agree, judge, total
from orchestrator.model.enums import Mode, Outcome, Platform
from orchestrator.model.evidence import Evidence, NoEvidence
from orchestrator.model.fleet import Invocation
from orchestrator.model.report import HostReport
from orchestrator.ports import PolicyReader
from orchestrator.run.command import Commands
from orchestrator.run.targets import Targets
from orchestrator.run.whole import Reading, Said

NEVER_RAN = {"undeliverable", "invalidplatform", "accessdenied", "terminated", "rateexceeded"}
"""StatusDetails with which nothing can have been left on the host."""


@dataclass(frozen=True, slots=True)
class Results:
    """Makes the hosts' reports once the commands have ended, or could not be waited for.

    ``policies`` is None where nobody is to be asked for them.
    """

    commands: Commands
    targets: Targets
    policies: PolicyReader | None = None

    def evidence(self, instance_id: str) -> Evidence | NoEvidence | None:
        """What the host's script said; None where its end was not seen."""
        command_id = self.commands.command_of(instance_id)
        invocation = self.commands.whole(instance_id)
        if command_id is None or invocation is None or not invocation.final:
            return None
        return self._said(command_id, invocation).evidence

    def report(self, instance_id: str) -> HostReport:
        """Everything about one host: evidence, verdicts, causes, and what is left on it."""
        command_id = self.commands.command_of(instance_id)
        invocation = self.commands.whole(instance_id)
        evidence: Evidence | NoEvidence | None = None
        source = ""
        if command_id and invocation and invocation.final:
            said = self._said(command_id, invocation)
            evidence, source = said.evidence, said.source
        return self._judged(instance_id, command_id, invocation, evidence, source)

    def _said(self, command_id: str, invocation: Invocation) -> Said:
        return Reading(self.commands.plan, self.commands.fleet).whole(command_id, invocation)

    def _judged(
        self,
        instance_id: str,
        command_id: str | None,
        invocation: Invocation | None,
        evidence: Evidence | NoEvidence | None,
        source: str,
    ) -> HostReport:
        plan = self.commands.plan
        found = evidence if isinstance(evidence, Evidence) else None
        verdicts = judge(plan.procedure, found, instance_id)
        agreed = found is None or agree(verdicts, found)
        fits = found is None or invocation is None or found.fits(invocation.response_code)
        outcome = _outcome(total(verdicts), found, agreed and fits)
        managed = self.targets.managed.get(instance_id)
        unsent = self.commands.kept_back.get(instance_id)
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
            sent=command_id is not None,
            late=command_id is not None and not (invocation and invocation.final),
            unwatched=self.commands.unwatched,
            unsent=unsent.what if unsent else "",
            unsent_cause=unsent.cause if unsent else "",
        )
        case = self._with_access(case)
        return HostReport(
            instance_id=instance_id,
            name=(managed.name if managed else "") or (invocation.name if invocation else ""),
            outcome=outcome,
            command_id=command_id,
            status=invocation.status if invocation else "",
            status_details=invocation.status_details if invocation else "",
            response_code=invocation.response_code if invocation else None,
            evidence=found,
            verdicts=verdicts,
            causes=diagnose(case),
            left=_left(case),
            seconds=invocation.seconds if invocation else None,
            source=source,
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
    quoted = path.replace("%ProgramData%", "$env:ProgramData")
    return f'{path} (remove it there: Remove-Item -Recurse -Force "{quoted}")'
