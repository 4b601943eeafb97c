"""The decision itself: which policies must allow a request, and what a Deny does.

IAM User Guide, "How AWS enforcement code logic evaluates requests", "Policy evaluation for requests
within a single account", "Cross-account policy evaluation logic".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestrator.iam.facts import Facts
from orchestrator.iam.model import Decision, PolicyKind, Request, StatementRef, Verdict
from orchestrator.iam.principals import Grant
from orchestrator.iam.statement import Policy


@dataclass(frozen=True, slots=True)
class Policies:
    """Every policy that has a say in one request.

    ``identity`` are the caller's own; ``resource`` the bucket's policy, or for sts:AssumeRole the
    role's trust policy; ``session`` the one given when the caller's session began (None: none was).
    ``service_control`` holds one tuple per level of the organization, from its root down to the
    caller's account; empty where no organization limits it.

    Raises:
        ValueError: a policy was parsed as one of another kind.
    """

    identity: tuple[Policy, ...] = ()
    resource: Policy | None = None
    boundary: Policy | None = None
    session: Policy | None = None
    service_control: tuple[tuple[Policy, ...], ...] = ()

    def __post_init__(self) -> None:
        places: tuple[tuple[Iterable[Policy | None], tuple[PolicyKind, ...]], ...] = (
            (self.identity, (PolicyKind.IDENTITY,)),
            ((self.resource,), (PolicyKind.RESOURCE, PolicyKind.TRUST)),
            ((self.boundary,), (PolicyKind.BOUNDARY,)),
            ((self.session,), (PolicyKind.SESSION,)),
            *((level, (PolicyKind.SERVICE_CONTROL,)) for level in self.service_control),
        )
        for policies, kinds in places:
            for policy in policies:
                if policy is not None and policy.kind not in kinds:
                    raise ValueError(f"a {policy.kind} policy stands where {kinds[0]} is meant")


@dataclass(frozen=True, slots=True)
class _Findings:
    """What the policies of one kind say: their Denies, their Allows, and the nearest Allow."""

    denies: tuple[StatementRef, ...]
    allows: tuple[StatementRef, ...]
    grant: Grant


class _Evaluation:
    """One request before its policies; findings are made once and asked several times."""

    def __init__(self, request: Request, policies: Policies) -> None:
        self.request = request
        self.facts = Facts(request)
        self.action = request.action.lower()
        self.bounded = policies.boundary is not None
        self.identity = self._findings(policies.identity)
        self.resource = self._findings((policies.resource,))
        self.boundary = self._findings((policies.boundary,))
        self.session = self._findings((policies.session,))
        self.levels = tuple(map(self._findings, _levels(request, policies)))

    def _findings(self, policies: Sequence[Policy | None]) -> _Findings:
        denies: list[StatementRef] = []
        allows: list[StatementRef] = []
        nearest = Grant.NONE
        for policy in policies:
            for statement in policy.statements if policy else ():
                grant = statement.applies(
                    self.request, self.action, self.facts, bounded=self.bounded
                )
                if grant is Grant.NONE:
                    continue
                if statement.denies:
                    denies.append(statement.ref)
                else:
                    allows.append(statement.ref)
                    nearest = max(nearest, grant)
        return _Findings(tuple(denies), tuple(allows), nearest)

    @property
    def all(self) -> tuple[_Findings, ...]:
        return (self.identity, self.resource, self.boundary, self.session, *self.levels)


def decide(request: Request, policies: Policies) -> Decision:
    """What AWS would answer, and why.

    Raises:
        ValueError: the request's context names a key twice or holds what is no text, or the
            policy of a role to be assumed is no trust policy.
    """
    if request.action.lower() == "sts:getcalleridentity":
        # It needs no permission, and no Deny stops it (STS API Reference, GetCallerIdentity).
        return Decision(Verdict.ALLOWED)
    if (
        _is_trusted(request)
        and policies.resource
        and policies.resource.kind is not PolicyKind.TRUST
    ):
        raise ValueError(f"{request.action} is decided by a trust policy")
    found = _Evaluation(request, policies)
    denies = tuple(ref for one in found.all for ref in one.denies)
    if denies:
        return Decision(Verdict.EXPLICIT_DENY, denies)
    needed = _needed(request, policies, found)
    missing = tuple(str(kind) for kind, one in needed if not one.allows)
    if missing:
        return Decision(Verdict.IMPLICIT_DENY, missing=tuple(dict.fromkeys(missing)))
    return Decision(Verdict.ALLOWED, tuple(ref for _, one in needed for ref in one.allows))


_Needed = list[tuple[PolicyKind, _Findings]]


def _needed(request: Request, policies: Policies, found: _Evaluation) -> _Needed:
    """The kinds of policies that must allow this request, each with what it says."""
    caller = request.caller
    trust = _is_trusted(request)
    if not caller.is_principal:
        return [(_kind(policies.resource, trust), found.resource)]
    needed: _Needed = [(PolicyKind.SERVICE_CONTROL, level) for level in found.levels]
    same_account = caller.account == request.resource_account
    # Only within one account can being named spare the caller anything.
    named = found.resource.grant if same_account else Grant.NONE
    if trust or not same_account or named >= Grant.ROLE:
        needed.append((_kind(policies.resource, trust), found.resource))
    if caller.is_root:
        # It may do all but assume roles (STS API Reference, AssumeRole).
        return [*needed, (PolicyKind.IDENTITY, found.identity)] if trust else needed
    if named is Grant.DIRECT:
        return needed
    if named is not Grant.ROLE:
        needed.append((PolicyKind.IDENTITY, found.identity))
    return needed + _limits(request, policies, found)


def _kind(policy: Policy | None, trust: bool) -> PolicyKind:
    return policy.kind if policy else PolicyKind.TRUST if trust else PolicyKind.RESOURCE


def _limits(request: Request, policies: Policies, found: _Evaluation) -> _Needed:
    """What bounds the caller: the boundary and the session policy, where there are such.

    A federated user's session without a session policy has no permissions (IAM User Guide, same
    page, "Session policies").
    """
    limits: _Needed = []
    if policies.boundary is not None:
        limits.append((PolicyKind.BOUNDARY, found.boundary))
    if policies.session is not None or ":federated-user/" in request.caller.arn:
        limits.append((PolicyKind.SESSION, found.session))
    return limits


def _is_trusted(request: Request) -> bool:
    """Whether a role is to be assumed: its trust policy must allow it, in any account.

    What goes with that (sts:TagSession, sts:SetSourceIdentity) is asked of the role as well.
    """
    action = request.action.lower()
    return action.startswith("sts:assumerole") or (
        action.startswith("sts:") and ":iam::" in request.resource
    )


def _levels(request: Request, policies: Policies) -> tuple[tuple[Policy, ...], ...]:
    """The organization's levels that limit the caller.

    They do not limit service-linked roles (Organizations User Guide, "SCP effects on permissions"),
    and neither AWS services nor those without an account.
    """
    caller = request.caller
    linked = caller.role_arn is not None and ":role/aws-service-role/" in caller.role_arn
    return () if linked or not caller.is_principal else policies.service_control
