"""All that is known of one host when its causes are looked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from orchestrator.model.access import AccessRead
from orchestrator.model.enums import FailureKind, Outcome, Phase, Stage
from orchestrator.model.evidence import Evidence, NoEvidence, Observation
from orchestrator.model.fleet import Invocation, ManagedInstance
from orchestrator.model.plan import Plan
from orchestrator.model.procedure import Scalar
from orchestrator.model.report import Verdict


@dataclass(frozen=True, slots=True)
class Case:
    """One host: what SSM knows of it and of the command, what it sent, and how that was judged.

    ``managed`` is None where SSM has no row for it, or where nobody could ask (then ``asked`` is
    False). ``agreed`` is whether the script on the host came to the same verdicts. ``sent`` is
    False where the command was not sent, and ``late`` True where its end was not seen;
    ``unwatched`` says what kept SSM from being asked, and is empty if the deadline passed.
    ``unsent`` says what kept the command from being sent to this host when others were sent to, and
    ``unsent_cause`` is its name in the catalogue, where it has one.
    ``pending`` says of a schedule's run that it goes on still, ``dropped`` that what the host said
    is not kept any more.
    ``access`` is what was read of the policies, None where nobody looked. ``supposed`` is who would
    ask in each phase, where the policies are examined before anything is switched.
    """

    plan: Plan
    instance_id: str
    outcome: Outcome
    managed: ManagedInstance | None
    asked: bool
    invocation: Invocation | None
    evidence: Evidence | NoEvidence | None
    verdicts: tuple[Verdict, ...] = ()
    agreed: bool = True
    sent: bool = True
    late: bool = False
    unwatched: str = ""
    unsent: str = ""
    unsent_cause: str = ""
    pending: str = ""
    dropped: str = ""
    access: AccessRead | None = None
    supposed: Mapping[Phase, Mapping[str, Scalar]] = field(default_factory=dict)

    @property
    def found(self) -> Evidence | None:
        """The evidence, where there is any."""
        return self.evidence if isinstance(self.evidence, Evidence) else None

    @property
    def status_details(self) -> str:
        """SSM's StatusDetails without spaces and in lower case: its spelling varies."""
        details = self.invocation.status_details if self.invocation else ""
        return details.replace(" ", "").lower()

    def failures(self, *kinds: FailureKind) -> Iterator[Observation]:
        """The steps that failed in one of these ways, in their order."""
        for observation in self.found.observations if self.found else ():
            if observation.failure is not None and observation.failure.kind in kinds:
                yield observation

    def failure(self, *kinds: FailureKind) -> Observation | None:
        """The first step that failed in one of these ways."""
        return next(self.failures(*kinds), None)

    def refusal(self, stage: Stage) -> Observation | None:
        """The first step that was refused there, and that an expectation did not pass for."""
        for step in self.failures(FailureKind.ACCESS_DENIED):
            if step.failure is not None and step.failure.stage is stage and self.matters(step):
                return step
        return None

    def matters(self, step: Observation) -> bool:
        """Whether an expectation on this step did not pass."""
        expectations = {e.id for e in self.plan.procedure.expectations if e.step == step.step}
        return any(
            v.expectation in expectations and v.outcome is not Outcome.PASS for v in self.verdicts
        )

    def identity(self, phase: Phase) -> Mapping[str, Scalar]:
        """Who the host was in that phase, as STS said it; empty where nobody knows."""
        for step in self.found.observations if self.found else ():
            if (step.check, step.phase) == ("identity", phase) and step.value:
                return step.value
        return self.supposed.get(phase, {})


def told(step: Observation) -> str:
    """What the step got instead of an answer: type, code, status and message."""
    raw = step.failure.raw if step.failure else None
    if raw is None:
        return step.step
    code = f" {raw.code}" if raw.code else ""
    status = f" {raw.status}" if raw.status else ""
    said = f": {raw.message}" if raw.message else ""
    return f"{step.step} got {raw.chain[-1] if raw.chain else 'an error'}{code}{status}{said}"
