"""What `orch doctor` says of one host before anything is switched: a line for each thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.diagnose import of_policies
from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Rule, rules_of
from orchestrator.diagnose.checkup_agent import of_ssm
from orchestrator.diagnose.lines import ROLE_UNKNOWN, Line, line_of, of_cause, said_once, unseen
from orchestrator.diagnose.questions import assuming, calling, refused_call, unread_of
from orchestrator.diagnose.refused import Ruling, session_role
from orchestrator.iam import PolicyKind
from orchestrator.model.access import AccessRead, AccessWanted
from orchestrator.model.checkup import Finding, InstanceRead
from orchestrator.model.enums import Outcome, Phase
from orchestrator.model.fleet import ManagedInstance
from orchestrator.model.plan import Plan
from orchestrator.model.procedure import Scalar
from orchestrator.model.report import HostReport
from orchestrator.wording import host_words


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at. ``probe`` is a run of the questions before the switch alone.

    ``managed`` is None where SSM has no row, ``asked`` False where nobody could ask it. Where there
    is no ``probe``, ``no_probe`` says why; it is empty where none was wanted.
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
    """Every line about the host, in the order of the way that the switch takes.

    What could not be read is told in the first line that it matters to.
    """
    case = _case(examined)
    lines = (
        *_of_ec2(examined),
        *of_ssm(case),
        *_of_policies(case),
        *_of_probe(examined),
    )
    return tuple(said_once(lines))


def _of_ec2(examined: Examined) -> Iterator[Line]:
    read = examined.instance
    if read.exists is None:
        yield unseen("instance", map(str, read.unread))
        yield from _untold(examined)
        return
    if not read.exists:
        said = f"EC2 has no instance {read.instance_id} in this account and region"
        yield Finding("instance", Outcome.FAIL, said, "check --instance, --region and --profile")
        return
    running = Outcome.PASS if read.state == "running" else Outcome.FAIL
    start = f"aws ec2 start-instances --instance-ids {read.instance_id}"
    yield line_of("instance", running, f"it is {read.state}", start)
    yield _profile(read)
    yield _metadata(read)


def _untold(examined: Examined) -> Iterator[Line]:
    """What EC2 would have told besides, each with the permissions that it takes to ask."""
    lacking = [item.permission for item in examined.instance.unread if item.permission]
    if not lacking:
        yield unseen("role", map(str, examined.instance.unread))
        yield unseen("metadata", map(str, examined.instance.unread))
        return
    role = examined.instance_role
    seen = f"the host acts as {role}; " if role else ""
    asks = ", ".join((*lacking, "iam:GetInstanceProfile"))
    yield unseen("role", [f"{seen}its instance profile could not be read (ask for {asks})"])
    yield unseen("metadata", [f"could not be read (ask for {', '.join(lacking)})"])


def _profile(read: InstanceRead) -> Line:
    if read.roles is None:
        return unseen("role", map(str, read.unread))
    if not read.profile_arn:
        mend = "aws ec2 associate-iam-instance-profile (templates/cloudformation has one)"
        return line_of("role", Outcome.FAIL, "it has no instance profile", mend)
    if not read.roles:
        name = read.profile_arn.rpartition("/")[2]
        mend = (
            f"aws iam add-role-to-instance-profile --instance-profile-name {name} --role-name ROLE"
        )
        return line_of("role", Outcome.FAIL, f"its instance profile {name} holds no role", mend)
    return Finding("role", Outcome.PASS, read.roles[0])


def _metadata(read: InstanceRead) -> Line:
    if not read.endpoint:
        return unseen("metadata", ["EC2 does not say how the metadata is set"])
    on = Outcome.PASS if read.endpoint == "enabled" else Outcome.FAIL
    said = f"{read.endpoint}, tokens {read.tokens or 'unknown'}, hop limit {read.hops}"
    mend = "aws ec2 modify-instance-metadata-options --http-endpoint enabled --instance-id "
    return line_of("metadata", on, said, f"{mend}{read.instance_id}")


_OWN = (of_policies.assume_not_allowed, of_policies.assume_outside_boundary)
_TRUST = (
    *(of_policies.role_not_found, of_policies.role_arn_differs),
    *(of_policies.trust_names_others, of_policies.trust_condition),
)
_CALL = tuple(rule for rule in rules_of(of_policies) if rule.name.startswith("call-"))


def _of_policies(case: Case) -> Iterator[Line]:
    """The two sides of the switch, and the call after it. A Deny belongs to the side it is on."""
    ruling, after = assuming(case), calling(case)
    access = case.access or AccessRead()
    unread_own = unread_of(access.caller, ruling)
    unread_other = unread_of(access.target, ruling)
    unread_after = (*unread_of(access.target, after), *map(str, access.bucket_unread))
    kinds = (
        {ref.kind for ref in ruling.strict.statements}
        if ruling and ruling.denies is not False
        else set()
    )
    denied = (of_policies.assume_denied,)
    trust_denies = PolicyKind.TRUST in kinds
    own = _OWN if trust_denies else (*denied, *_OWN)
    own_kinds = (PolicyKind.IDENTITY, PolicyKind.BOUNDARY)
    yield _side(case, "may switch", own, _Side(ruling, own_kinds, unread_own))
    trust = (*denied, *_TRUST) if trust_denies else _TRUST
    yield _side(case, "is trusted", trust, _Side(ruling, (PolicyKind.TRUST,), unread_other))
    if refused_call(case) is not None:
        yield _side(case, "may ask", _CALL, _Side(after, own_kinds, unread_after))


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a decision: the ruling, the kinds of policies on this side, what is unread."""

    ruling: Ruling | None
    kinds: tuple[PolicyKind, ...]
    unread: tuple[str, ...]


def _side(case: Case, what: str, rules: tuple[Rule, ...], side: _Side) -> Line:
    causes = [cause for rule in rules if (cause := rule(case)) is not None]
    causes.sort(key=lambda cause: not cause.certain)
    if causes:
        return of_cause(what, causes[0])
    ruling = side.ruling
    if ruling is None:
        return unseen(what, side.unread or [ROLE_UNKNOWN])
    holders = [ruling.holders[kind] for kind in side.kinds if kind in ruling.holders]
    if not all(holder.whole for holder in holders):
        return unseen(what, side.unread)
    return Finding(what, Outcome.PASS, _allowed(ruling, side.kinds, holders[0].owner))


def _allowed(ruling: Ruling, kinds: tuple[PolicyKind, ...], owner: str) -> str:
    request = ruling.request
    if PolicyKind.TRUST in kinds:
        return f"{owner} lets {request.caller.role_arn} in"
    return f"{owner} may do {request.action} on {request.resource}"


def _of_probe(examined: Examined) -> Iterator[Line]:
    """What the host itself says. Where it was not to be asked, nothing is said of it."""
    probe = examined.probe
    if probe is not None:
        yield _probed(examined, probe)
    elif examined.no_probe:
        yield unseen("host", [examined.no_probe])


def _probed(examined: Examined, probe: HostReport) -> Finding:
    if probe.causes:
        cause = probe.causes[0]
        outcome = probe.outcome
        return Finding("host", outcome, f"{cause.title}: {cause.evidence}", cause.mend, cause.id)
    facts = probe.evidence.facts if probe.evidence else {}
    who = [f"is {examined.seen.get('arn')}"] if examined.seen else []
    said = ", ".join(host_words(facts) + who)
    return Finding("host", probe.outcome, said)


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
