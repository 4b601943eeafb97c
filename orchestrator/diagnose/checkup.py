"""What `orch doctor` says of one host before anything is switched: a line for each thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from orchestrator.diagnose import of_policies
from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Rule, rules_of
from orchestrator.diagnose.of_invocation import agent_offline, not_managed, wrong_platform
from orchestrator.diagnose.questions import assuming, calling, refused_call, unread
from orchestrator.diagnose.refused import Ruling, session_role
from orchestrator.iam import PolicyKind
from orchestrator.model.access import AccessRead, AccessWanted
from orchestrator.model.checkup import Finding, InstanceRead
from orchestrator.model.enums import Outcome, Phase
from orchestrator.model.fleet import ManagedInstance
from orchestrator.model.plan import Plan
from orchestrator.model.procedure import Scalar
from orchestrator.model.report import Cause, HostReport
from orchestrator.wording import host_words


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at. ``probe`` is a run of the questions before the switch alone.

    ``managed`` is None where SSM has no row, ``asked`` False where nobody could ask it.
    """

    plan: Plan
    instance: InstanceRead
    managed: ManagedInstance | None
    asked: bool
    access: AccessRead | None = None
    probe: HostReport | None = None
    no_probe: str = ""

    @property
    def instance_role(self) -> str | None:
        """The ARN of the instance's role: EC2's word, else what the host itself said."""
        if self.instance.roles:
            return self.instance.roles[0]
        return session_role(self.seen)

    @property
    def seen(self) -> Mapping[str, Scalar]:
        """Who the host was in the probe; empty where nobody knows."""
        evidence = self.probe.evidence if self.probe else None
        for step in evidence.observations if evidence else ():
            if (step.check, step.phase) == ("identity", Phase.BEFORE) and step.value:
                return step.value
        return {}


def wanted_of(examined: Examined) -> AccessWanted:
    """The policies that have a say in the switch and in what comes after it."""
    target = examined.plan.procedure.profile.role_arn
    return AccessWanted(examined.instance_role, target, target_policies=True)


def examine(examined: Examined) -> tuple[Finding, ...]:
    """Every line about the host, in the order of the way that the switch takes."""
    case = _case(examined)
    return (
        *_of_ec2(examined.instance),
        _of_ssm(case),
        *_of_policies(case),
        _of_probe(examined),
    )


def _of_ec2(read: InstanceRead) -> Iterator[Finding]:
    if read.exists is None:
        yield _unseen("instance", map(str, read.unread))
        return
    if not read.exists:
        said = f"EC2 has no instance {read.instance_id} in this account and region"
        yield Finding("instance", Outcome.FAIL, said, "check --instance, --region and --profile")
        return
    running = Outcome.PASS if read.state == "running" else Outcome.FAIL
    start = f"aws ec2 start-instances --instance-ids {read.instance_id}"
    yield _line("instance", running, f"it is {read.state}", start)
    yield _profile(read)
    yield _metadata(read)


def _profile(read: InstanceRead) -> Finding:
    if read.roles is None:
        return _unseen("role", map(str, read.unread))
    if not read.profile_arn:
        mend = "aws ec2 associate-iam-instance-profile (templates/cloudformation has one)"
        return _line("role", Outcome.FAIL, "it has no instance profile", mend)
    if not read.roles:
        name = read.profile_arn.rpartition("/")[2]
        mend = (
            f"aws iam add-role-to-instance-profile --instance-profile-name {name} --role-name ROLE"
        )
        return _line("role", Outcome.FAIL, f"its instance profile {name} holds no role", mend)
    return Finding("role", Outcome.PASS, read.roles[0])


def _metadata(read: InstanceRead) -> Finding:
    if not read.endpoint:
        return _unseen("metadata", ["EC2 does not say how the metadata is set"])
    on = Outcome.PASS if read.endpoint == "enabled" else Outcome.FAIL
    said = f"{read.endpoint}, tokens {read.tokens or 'unknown'}, hop limit {read.hops}"
    mend = "aws ec2 modify-instance-metadata-options --http-endpoint enabled --instance-id "
    return _line("metadata", on, said, f"{mend}{read.instance_id}")


def _of_ssm(case: Case) -> Finding:
    if not case.asked:
        return _unseen("agent", ["ssm:DescribeInstanceInformation was denied"])
    for rule in (not_managed, wrong_platform, agent_offline):
        cause = rule(case)
        if cause is not None:
            return _of_cause("agent", cause)
    managed = case.managed
    said = f"{managed.ping_status}, version {managed.agent_version}" if managed else ""
    return Finding("agent", Outcome.PASS, said)


_OWN = (of_policies.assume_not_allowed, of_policies.assume_outside_boundary)
_TRUST = (
    *(of_policies.role_not_found, of_policies.role_arn_differs),
    *(of_policies.trust_names_others, of_policies.trust_condition),
)
_CALL = tuple(rule for rule in rules_of(of_policies) if rule.name.startswith("call-"))


def _of_policies(case: Case) -> Iterator[Finding]:
    """The two sides of the switch, and the call after it. A Deny belongs to the side it is on."""
    ruling, after = assuming(case), calling(case)
    kinds = (
        {ref.kind for ref in ruling.strict.statements}
        if ruling and ruling.denies is not False
        else set()
    )
    denied = (of_policies.assume_denied,)
    trust_denies = PolicyKind.TRUST in kinds
    own = _OWN if trust_denies else (*denied, *_OWN)
    own_kinds = (PolicyKind.IDENTITY, PolicyKind.BOUNDARY)
    yield _side(case, "may switch", own, ruling, own_kinds)
    trust = (*denied, *_TRUST) if trust_denies else _TRUST
    yield _side(case, "is trusted", trust, ruling, (PolicyKind.TRUST,))
    if refused_call(case) is not None:
        yield _side(case, "may ask", _CALL, after, own_kinds)


def _side(
    case: Case,
    what: str,
    rules: tuple[Rule, ...],
    ruling: Ruling | None,
    kinds: tuple[PolicyKind, ...],
) -> Finding:
    causes = [cause for rule in rules if (cause := rule(case)) is not None]
    causes.sort(key=lambda cause: not cause.certain)
    if causes:
        return _of_cause(what, causes[0])
    if ruling is None:
        return _unseen(what, unread(case) or ["the role that would ask is not known"])
    holders = [ruling.holders[kind] for kind in kinds if kind in ruling.holders]
    if not all(holder.whole for holder in holders):
        return _unseen(what, unread(case))
    return Finding(what, Outcome.PASS, _allowed(ruling, kinds, holders[0].owner))


def _allowed(ruling: Ruling, kinds: tuple[PolicyKind, ...], owner: str) -> str:
    request = ruling.request
    if PolicyKind.TRUST in kinds:
        return f"{owner} lets {request.caller.role_arn} in"
    return f"{owner} may do {request.action} on {request.resource}"


def _of_probe(examined: Examined) -> Finding:
    probe = examined.probe
    if probe is None:
        return _unseen("host", [examined.no_probe])
    if probe.causes:
        cause = probe.causes[0]
        outcome = probe.outcome
        return Finding("host", outcome, f"{cause.title}: {cause.evidence}", cause.mend, cause.id)
    facts = probe.evidence.facts if probe.evidence else {}
    who = [f"is {examined.seen.get('arn')}"] if examined.seen else []
    said = ", ".join(host_words(facts) + who)
    return Finding("host", probe.outcome, said)


def _line(what: str, outcome: Outcome, said: str, mend: str) -> Finding:
    return Finding(what, outcome, said, "" if outcome is Outcome.PASS else mend)


def _unseen(what: str, reasons: Iterable[str]) -> Finding:
    return Finding(what, Outcome.UNKNOWN, "; ".join(reasons) or "not looked at")


def _of_cause(what: str, cause: Cause) -> Finding:
    outcome = Outcome.FAIL if cause.certain else Outcome.UNKNOWN
    return Finding(what, outcome, f"{cause.title}: {cause.evidence}", cause.mend, cause.id)


def _case(examined: Examined) -> Case:
    """The host as a case in which the switch is yet to come: `Case.supposed` is who would ask."""
    return Case(
        plan=examined.plan,
        instance_id=examined.instance.instance_id,
        outcome=Outcome.UNKNOWN,
        managed=examined.managed,
        asked=examined.asked,
        invocation=None,
        evidence=None,
        sent=False,
        access=examined.access,
        supposed=_supposed(examined),
    )


def _supposed(examined: Examined) -> Mapping[Phase, Mapping[str, Scalar]]:
    """The sessions of both roles, as STS would describe them."""
    target = examined.plan.procedure.profile.role_arn
    sessions = {Phase.AFTER: _session(target, "orch")}
    own = examined.instance_role
    if own is not None:
        session = _session(own, examined.instance.instance_id)
        sessions[Phase.BEFORE] = examined.seen or session
    return sessions


def _session(role_arn: str, name: str) -> Mapping[str, Scalar]:
    parts = role_arn.split(":", 5)
    role = parts[5].rpartition("/")[2]
    arn = f"arn:{parts[1]}:sts::{parts[4]}:assumed-role/{role}/{name}"
    return {"arn": arn, "account": parts[4], "role": role, "session": name}
