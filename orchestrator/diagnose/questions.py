"""What has to be read of the policies to explain a case, and how they rule what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.checks import all_checks
from orchestrator.diagnose.case import Case
from orchestrator.diagnose.refused import (
    Holder,
    Ruling,
    caller_of,
    context_of,
    holders_of,
    known_in,
    principals_in,
    rule,
    session_role,
    trust_of,
)
from orchestrator.iam import PolicyKind, Request
from orchestrator.model.access import (
    AGENT_CHANNELS,
    AGENT_REPORTS,
    AccessRead,
    AccessWanted,
    RoleRead,
)
from orchestrator.model.enums import Phase, Stage
from orchestrator.model.procedure import Step

ASSUME = "sts:AssumeRole"
LIST_ALL = "s3:ListAllMyBuckets"


def wanted(case: Case) -> AccessWanted | None:
    """What to read, or None where no policy can be the cause."""
    target = case.plan.procedure.profile.role_arn
    if case.refusal(Stage.SWITCH) is not None:
        return AccessWanted(caller=session_role(case.identity(Phase.BEFORE)), target=target)
    step = refused_call(case)
    if step is None:
        return None
    return AccessWanted(target=target, target_policies=True, bucket=_bucket(step))


def assuming(case: Case) -> Ruling | None:
    """How the policies rule the switch; None where it was not refused or nothing was read."""
    access = case.access
    if access is None or access.target is None or not switch_matters(case):
        return None
    before = case.identity(Phase.BEFORE)
    return switch_ruling(access, before, case.plan.procedure.region, instance_id=case.instance_id)


def switch_matters(case: Case) -> bool:
    """Whether the switch was refused, or is yet to come."""
    return bool(case.supposed) or case.refusal(Stage.SWITCH) is not None


def switch_ruling(
    access: AccessRead, who: Mapping[str, object], region: str, *, instance_id: str
) -> Ruling | None:
    """How the policies rule AssumeRole by this caller; None where the caller is no role session."""
    target = access.target
    named = session_role(who)
    if target is None or named is None:
        return None
    role = access.caller or RoleRead(named)
    caller = caller_of(who, _caller_arn(role, target, named))
    if caller is None:
        return None
    context = context_of(region, role.tags)
    if instance_id.startswith("i-"):
        place = f"{named.split(':')[1]}:ec2:{region}:{caller.account}:instance/{instance_id}"
        context["ec2:SourceInstanceARN"] = f"arn:{place}"
    request = Request(caller, ASSUME, target.asked, target.asked.split(":")[4], context)
    holders = {**holders_of(role), PolicyKind.TRUST: trust_of(target)}
    return rule(request, holders, known_in(request, tags=role.tags is not None))


def _caller_arn(role: RoleRead, target: RoleRead, named: str) -> str:
    """The role's own ARN. Where only the other side could be read, the path is seen in its trust.

    A session does not tell its role's path, so a trust in that name is taken to mean this role.
    """
    if role.arn:
        return role.arn
    head, _, name = named.partition(":role/")
    for principal in principals_in(target.trust) if target.trust else ():
        if principal.startswith(f"{head}:role/") and principal.endswith(f"/{name}"):
            return principal
    return named


@dataclass(frozen=True, slots=True)
class AgentRulings:
    """How the policies rule what the instance's SSM agent asks for, by action.

    ``reports`` is what SSM knows the instance by; ``channels`` are the two ways to its commands.
    """

    reports: Ruling
    channels: Mapping[str, tuple[Ruling, ...]]

    @property
    def lacks(self) -> tuple[Ruling, ...]:
        """What it certainly may not do and cannot do without; of two closed channels, the first."""
        ways = [[one for one in way if _is_refused(one)] for way in self.channels.values()]
        own = [self.reports] if _is_refused(self.reports) else []
        return (*own, *(ways[0] if all(ways) else ()))

    @property
    def open(self) -> tuple[str, ...]:
        """The channels of which it may certainly do all."""
        return tuple(name for name, way in self.channels.items() if all(map(_is_allowed, way)))

    @property
    def enough(self) -> bool:
        """Whether it may certainly do what it cannot do without."""
        return _is_allowed(self.reports) and bool(self.open)


def _is_refused(ruling: Ruling) -> bool:
    """For certain: what was not read, or hangs on an unknown condition, may allow it."""
    return not ruling.generous.allowed and (ruling.whole or ruling.denies is True)


def _is_allowed(ruling: Ruling) -> bool:
    """For certain: what was not read, or hangs on an unknown condition, may forbid it."""
    return ruling.strict.allowed and ruling.whole


def managing(case: Case) -> AgentRulings | None:
    """What the role lets the SSM agent do; None where the role is unknown or was not read whole.

    The agent signs with the session that a script has too. SSM's and the channels' actions know no
    narrower resource than the instance (Service Authorization Reference).
    """
    role = case.access.caller if case.access else None
    if role is None or not role.exists:
        return None
    caller = caller_of(case.identity(Phase.BEFORE), role.arn)
    if caller is None:
        return None
    region, account = case.plan.procedure.region, caller.account
    partition = role.asked.split(":")[1]
    own = f"arn:{partition}:ec2:{region}:{account}:instance/{case.instance_id}"
    holders = holders_of(role)

    def ruled(action: str, resource: str = "*") -> Ruling:
        context = context_of(region, role.tags) | {"ec2:SourceInstanceARN": own}
        request = Request(caller, action, resource, account, context)
        return rule(request, holders, known_in(request, tags=role.tags is not None))

    ways = {name: tuple(map(ruled, actions)) for name, actions in AGENT_CHANNELS.items()}
    return AgentRulings(ruled(AGENT_REPORTS, own), ways)


def refused_call(case: Case) -> Step | None:
    """The first call after the switch that was refused, or is yet to come.

    Only of those that need a permission.
    """
    procedure = case.plan.procedure
    if case.supposed:
        after = procedure.in_phase(Phase.AFTER)
        return next((step for step in after if all_checks()[step.check].action), None)
    seen = case.refusal(Stage.CALL)
    if seen is None or seen.phase is not Phase.AFTER or not all_checks()[seen.check].action:
        return None
    return procedure.step(seen.step)


def calling(case: Case) -> Ruling | None:
    """How the policies rule the call that was refused after the switch."""
    access, step = case.access, refused_call(case)
    if step is None or access is None or access.target is None:
        return None
    role = access.target
    caller = caller_of(case.identity(Phase.AFTER), role.arn or role.asked)
    if caller is None:
        return None
    action = str(all_checks()[step.check].action)
    bucket = _bucket(step)
    arn = f"arn:{role.asked.split(':')[1]}:s3:::{bucket or '*'}"
    holders = holders_of(role)
    if bucket is not None:
        text = access.bucket_policy
        holders[PolicyKind.RESOURCE] = Holder(
            f"the bucket {bucket}", (text,) if text else (), not access.bucket_unread
        )
    context = context_of(case.plan.procedure.region, role.tags)
    request = Request(caller, action, arn, caller.account, context)
    return rule(request, holders, known_in(request, tags=role.tags is not None))


def unread_of(role: RoleRead | None, *rulings: Ruling | None) -> tuple[str, ...]:
    """What could not be read or understood of one role's policies, each in words."""
    odd = (item for ruling in rulings if ruling is not None for item in ruling.unjudged)
    return tuple(map(str, dict.fromkeys((*(role.unread if role else ()), *odd))))


def unread(case: Case) -> tuple[str, ...]:
    """What could not be read or understood of the policies, each in words."""
    if case.access is None:
        return ()
    rulings = (ruling for ruling in (assuming(case), calling(case)) if ruling is not None)
    odd = (item for ruling in rulings for item in ruling.unjudged)
    return tuple(map(str, dict.fromkeys((*case.access.unread, *odd))))


def _bucket(step: Step) -> str | None:
    """The bucket whose policy has a say. The list of buckets belongs to no bucket."""
    if all_checks()[step.check].action == LIST_ALL:
        return None
    return step.params.get("bucket")
