"""A refused call before the policies that were read: what they decide, and what nobody can tell.

Nothing is guessed: a policy that was not read, or a condition whose key is not known here, makes a
cause possible at most.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.iam import (
    Caller,
    Decision,
    Known,
    Miss,
    Near,
    Policies,
    Policy,
    PolicyError,
    PolicyKind,
    Request,
    StatementRef,
    Verdict,
    decide,
    near,
    parse_policy,
    supposing,
)
from orchestrator.iam.conditions import Clause, NullClause
from orchestrator.iam.facts import Facts
from orchestrator.model.access import PolicyText, RoleRead, Unread

LONGEST = 600
"""Characters of a statement that are shown as evidence."""

_NEVER_SENT = frozenset(
    {
        *("sts:externalid", "sts:sourceidentity", "sts:transitivetagkeys", "aws:tagkeys"),
        *("aws:sourceidentity", "aws:username", "aws:calledvia", "aws:federatedprovider"),
    }
)
"""Keys that no switch through a profile with credential_source brings along: the readers of such a
profile take neither an external id nor tags."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Policies of one kind that have a say: whose they are, and whether all of them are known."""

    owner: str
    texts: tuple[PolicyText, ...]
    whole: bool


Holders = Mapping[PolicyKind, Holder]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the policies say of a refused request.

    ``generous`` takes every unknown condition in the caller's favour, ``strict`` against it.
    ``unjudged`` are policies that were read and not understood.
    """

    request: Request
    holders: Holders
    policies: Mapping[PolicyKind, tuple[Policy, ...]]
    generous: Decision
    strict: Decision
    unjudged: tuple[Unread, ...]

    def lacks(self, kind: PolicyKind) -> bool | None:
        """Whether no policy of this kind allows it; None where that hangs on unknown conditions.

        False too where not all of them were read: then nothing is known to be lacking.
        """
        holder = self.holders.get(kind)
        if holder is None or not holder.whole:
            return False
        if kind in self.generous.missing:
            return True
        return None if kind in self.strict.missing else False

    @property
    def denies(self) -> bool | None:
        """Whether some policy forbids it; None where that hangs on unknown conditions."""
        if self.generous.verdict is Verdict.EXPLICIT_DENY:
            return True
        return None if self.strict.verdict is Verdict.EXPLICIT_DENY else False

    @property
    def whole(self) -> bool:
        """Whether every policy that was looked for was read and understood."""
        return all(holder.whole for holder in self.holders.values())

    @property
    def allows_itself(self) -> bool:
        """Whether the caller's own side is known to allow it: identity policies and boundary."""
        own = [kind for kind in self.holders if kind in (PolicyKind.IDENTITY, PolicyKind.BOUNDARY)]
        clear = all(self.holders[kind].whole and self.lacks(kind) is False for kind in own)
        return clear and self.denies is False

    def near(self, kind: PolicyKind, *misses: Miss) -> tuple[Near, ...]:
        """The Allows of one kind that miss the request by one of these."""
        found = (one for policy in self.policies[kind] for one in near(self.request, policy))
        return tuple(one for one in found if one.miss in misses)

    def spelt(self, one: Near) -> tuple[str, ...]:
        """The condition keys of a near miss, as the policy itself spells them."""
        conditions = self._statement(one.ref).get("Condition", {})
        blocks = conditions.values() if isinstance(conditions, Mapping) else ()
        own = {str(key).lower(): str(key) for block in blocks for key in block}
        return tuple(own.get(key, key) for key in one.keys)

    def _statement(self, ref: StatementRef) -> Mapping[str, object]:
        texts = self.holders[ref.kind].texts
        document = next(text.document for text in texts if text.name == ref.name)
        return statements(document)[ref.index]

    def shown(self, ref: StatementRef) -> str:
        """A statement: where it stands, and its JSON."""
        holder = self.holders[ref.kind]
        found = json.dumps(self._statement(ref))
        if len(found) > LONGEST:
            found = f"{found[:LONGEST]}..."
        return f"{ref}, of {holder.owner}: {found}"


def rule(request: Request, holders: Holders, known: Known) -> Ruling:
    """What these policies say of the request. ``known`` tells which conditions can be judged."""
    parsed: dict[PolicyKind, tuple[Policy, ...]] = {}
    kept: dict[PolicyKind, Holder] = {}
    unjudged: list[Unread] = []
    for kind, holder in holders.items():
        good: list[Policy] = []
        for text in holder.texts:
            try:
                good.append(parse_policy(text.document, kind, text.name))
            except PolicyError as error:
                unjudged.append(Unread(f"{kind} policy {text.name}", f"not understood: {error}"))
        whole = holder.whole and len(good) == len(holder.texts)
        parsed[kind], kept[kind] = tuple(good), Holder(holder.owner, holder.texts, whole)
    policies = _policies(parsed)
    return Ruling(
        request=request,
        holders=kept,
        policies=parsed,
        generous=decide(request, supposing(policies, known, generous=True)),
        strict=decide(request, supposing(policies, known, generous=False)),
        unjudged=tuple(unjudged),
    )


def _policies(parsed: Mapping[PolicyKind, tuple[Policy, ...]]) -> Policies:
    def one(*kinds: PolicyKind) -> Policy | None:
        return next((policy for kind in kinds for policy in parsed.get(kind, ())), None)

    return Policies(
        identity=parsed.get(PolicyKind.IDENTITY, ()),
        resource=one(PolicyKind.TRUST, PolicyKind.RESOURCE),
        boundary=one(PolicyKind.BOUNDARY),
    )


def holders_of(role: RoleRead) -> dict[PolicyKind, Holder]:
    """The role's own policies, and its boundary where it has or may have one."""
    owner = role.arn or role.asked
    found = {PolicyKind.IDENTITY: Holder(owner, role.policies, role.whole)}
    if role.bounded is not False:
        texts = (role.boundary,) if role.boundary else ()
        found[PolicyKind.BOUNDARY] = Holder(owner, texts, bool(texts))
    return found


def trust_of(role: RoleRead) -> Holder:
    """The role's trust policy."""
    owner = role.arn or role.asked
    texts = (PolicyText("", role.trust),) if role.trust is not None else ()
    return Holder(owner, texts, bool(texts))


def context_of(region: str, tags: Mapping[str, str] | None) -> dict[str, str]:
    """What is known of a call that a host makes with a role session's credentials.

    A session always carries the key of MFA (IAM User Guide, "aws:MultiFactorAuthPresent").
    """
    known = {
        "aws:RequestedRegion": region,
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        "aws:MultiFactorAuthPresent": "false",
    }
    return known | {f"aws:PrincipalTag/{key}": value for key, value in (tags or {}).items()}


def known_in(request: Request, *, tags: bool) -> Known:
    """Which conditions this request settles. ``tags``: whether the caller's role's are known."""
    facts = Facts(request)

    def known(clause: Clause | NullClause) -> bool:
        key = clause.key
        if facts.values(key) is not None or key in _NEVER_SENT:
            return True
        return key.startswith("aws:requesttag/") or (tags and key.startswith("aws:principaltag/"))

    return known


def caller_of(value: Mapping[str, object], role_arn: str) -> Caller | None:
    """The caller that GetCallerIdentity described, if it is a session of that role."""
    arn, account = str(value.get("arn") or ""), str(value.get("account") or "")
    try:
        return Caller(arn, account, str(value.get("user_id") or ""), role_arn)
    except ValueError:
        return None


def session_role(value: Mapping[str, object]) -> str | None:
    """The ARN of the role whose session this is, as far as the session tells: without a path."""
    parts = str(value.get("arn") or "").split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("assumed-role/"):
        return None
    return f"arn:{parts[1]}:iam::{parts[4]}:role/{parts[5].split('/')[1]}"


def statements(document: str) -> list[Mapping[str, object]]:
    """The statements of a policy's JSON, as they stand there."""
    found = json.loads(document).get("Statement", [])
    return found if isinstance(found, list) else [found]


def principals_in(document: str) -> Iterator[str]:
    """The AWS principals that a policy names."""
    for statement in statements(document):
        principal = statement.get("Principal")
        named = principal.get("AWS") if isinstance(principal, Mapping) else principal
        for name in named if isinstance(named, list) else [named]:
            if isinstance(name, str):
                yield name
