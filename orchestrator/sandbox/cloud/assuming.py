"""AssumeRole: its parameters, who may, and the session that begins.

The rules are those of the STS API Reference, "AssumeRole", and of the IAM User Guide, "Role
chaining" and "Pass session tags".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from orchestrator.iam import PolicyError, PolicyKind, parse_policy
from orchestrator.sandbox.cloud import context, state
from orchestrator.sandbox.cloud.authority import Question, Signed, allow, holders_of_trust
from orchestrator.sandbox.cloud.identities import Identities, Session
from orchestrator.sandbox.cloud.refusals import (
    Protocol,
    Reason,
    RefusedError,
    not_here,
    refusal,
)
from orchestrator.sandbox.cloud.tags import read_tags

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\u0021-\u007e]{1,562}", re.ASCII)
_SECONDS = re.compile(r"-?\d{1,9}", re.ASCII)
_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_MEMBERS = re.compile(
    r"Action|Version|RoleArn|RoleSessionName|DurationSeconds|ExternalId|Policy|SourceIdentity"
    r"|Tags\.member\.\d+\.(?:Key|Value)",
    re.ASCII,
)
_LISTS = frozenset({"Tags", "PolicyArns", "TransitiveTagKeys", "ProvidedContexts"})
"""Without a number behind it, an empty value says that the list is empty."""
_SHORTEST, _LONGEST, _LONGEST_CHAINED = 900, 43_200, 3600
_LONGEST_POLICY = 2048
_MOST_TAGS = 50


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller wants of AssumeRole. ``seconds`` is DurationSeconds."""

    role_arn: str
    name: str
    seconds: int
    external_id: str | None
    policy: str | None
    tags: Mapping[str, str]
    source_identity: str | None


def read_wish(form: Mapping[str, str]) -> Wish:
    """The request's members.

    RefusedError: one is missing or malformed (ValidationError), or would have no effect here.
    """
    for name, value in form.items():
        if not _MEMBERS.fullmatch(name) and (value or name not in _LISTS):
            raise not_here(Protocol.QUERY, f"{name[:80]} of sts:AssumeRole")
    wish = Wish(
        role_arn=form.get("RoleArn", ""),
        name=form.get("RoleSessionName", ""),
        seconds=_seconds(form.get("DurationSeconds", str(_LONGEST_CHAINED))),
        external_id=form.get("ExternalId"),
        policy=form.get("Policy"),
        tags=read_tags(form),
        source_identity=form.get("SourceIdentity"),
    )
    found = list(_findings(wish))
    if found:
        plural = "s" if len(found) > 1 else ""
        raise _invalid(f"{len(found)} validation error{plural} detected: {'; '.join(found)}")
    if not _ROLE_ARN.fullmatch(wish.role_arn):
        raise _invalid(f"{wish.role_arn} is invalid")
    _refuse_bad_policy(wish.policy)
    return wish


def assume(wish: Wish, signed: Signed, identities: Identities) -> Session:
    """The session, if the policies of both sides allow it and it need not last too long.

    A role that does not exist is refused like one that trusts somebody else: STS never tells.
    """
    if signed.identity.holder is None:
        message = "Roles may not be assumed by root accounts."
        raise refusal(Protocol.QUERY, Reason.DENIED, message)
    wish = _with_source_identity(wish, signed)
    role = state.role(wish.role_arn)
    about = _about_nobody(wish.role_arn) if role is None else holders_of_trust(role)
    keys = {**signed.context(), **_context(wish)}
    for action in _actions(wish):
        allow(signed, replace(about, action=action).with_context(keys), Protocol.QUERY)
    if role is None:
        raise _not_authorized(signed, wish)
    _refuse_too_long(wish, role, chained=signed.identity.is_session)
    return identities.new_session(
        role,
        wish.name,
        timedelta(seconds=wish.seconds),
        policy=wish.policy,
        tags=wish.tags,
        source_identity=wish.source_identity,
    )


def _about_nobody(arn: str) -> Question:
    """The question about a role that is not there, which nobody can trust."""
    account = arn.split(":")[4]
    keys = context.of_resource(account)
    return Question("sts:AssumeRole", arn, account, keys, kind=PolicyKind.TRUST)


def _with_source_identity(wish: Wish, signed: Signed) -> Wish:
    """The wish with the source identity of the caller's session, which no chain can change.

    "Monitor and control actions taken with assumed roles": sts:SetSourceIdentity is needed again.
    """
    kept = signed.identity.source_identity
    if kept is None:
        return wish
    if wish.source_identity not in {None, kept}:
        raise _not_authorized(signed, wish, "sts:SetSourceIdentity")
    return replace(wish, source_identity=kept)


def _actions(wish: Wish) -> Iterator[str]:
    yield "sts:AssumeRole"
    if wish.tags:
        yield "sts:TagSession"
    if wish.source_identity is not None:
        yield "sts:SetSourceIdentity"


def _context(wish: Wish) -> context.Keys:
    found: context.Keys = {"sts:RoleSessionName": wish.name}
    if wish.external_id is not None:
        found["sts:ExternalId"] = wish.external_id
    if wish.source_identity is not None:
        found["sts:SourceIdentity"] = wish.source_identity
    return found | context.of_tags(wish.tags)


def _findings(wish: Wish) -> Iterator[str]:
    constraint = "failed to satisfy constraint: Member must"
    if not wish.role_arn:
        yield f"Value null at 'roleArn' {constraint} not be null"
    elif not 20 <= len(wish.role_arn) <= 2048:
        yield f"Value '{wish.role_arn[:80]}' at 'roleArn' {constraint} have length 20 to 2048"
    if not _NAME.fullmatch(wish.name):
        yield (
            f"Value '{wish.name[:80]}' at 'roleSessionName' {constraint} satisfy regular "
            r"expression pattern: [\w+=,.@-]{2,64}"
        )
    if not _SHORTEST <= wish.seconds <= _LONGEST:
        yield (
            f"Value '{wish.seconds}' at 'durationSeconds' {constraint} have value {_SHORTEST} to "
            f"{_LONGEST}"
        )
    if wish.external_id is not None and not _EXTERNAL_ID.fullmatch(wish.external_id):
        yield f"Value at 'externalId' {constraint} satisfy regular expression pattern"
    source = wish.source_identity
    if source is not None and (not _NAME.fullmatch(source) or source.startswith("aws:")):
        yield (
            f"Value '{source[:80]}' at 'sourceIdentity' {constraint} satisfy regular expression "
            r"pattern: [\w+=,.@-]{2,64}"
        )
    if len(wish.tags) > _MOST_TAGS:
        yield f"Value at 'tags' {constraint} have length less than or equal to {_MOST_TAGS}"


def _seconds(text: str) -> int:
    if not _SECONDS.fullmatch(text):
        raise _invalid(f"DurationSeconds {text[:40]!r} is not a number")
    return int(text)


def _refuse_bad_policy(policy: str | None) -> None:
    if policy is None:
        return
    if len(policy) > _LONGEST_POLICY:
        raise _invalid(
            f"Value at 'policy' must have length less than or equal to {_LONGEST_POLICY}"
        )
    try:
        parse_policy(policy, PolicyKind.SESSION, "session")
    except PolicyError as error:
        raise RefusedError("MalformedPolicyDocument", str(error), 400) from error


def _refuse_too_long(wish: Wish, role: state.Holder, *, chained: bool) -> None:
    if chained and wish.seconds > _LONGEST_CHAINED:
        raise _invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining."
        )
    if wish.seconds > role.longest_session:
        raise _invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )


def _invalid(message: str) -> RefusedError:
    return RefusedError("ValidationError", message, 400)


def _not_authorized(signed: Signed, wish: Wish, action: str = "sts:AssumeRole") -> RefusedError:
    message = (
        f"User: {signed.identity.caller.arn} is not authorized to perform: {action} on "
        f"resource: {wish.role_arn}"
    )
    return refusal(Protocol.QUERY, Reason.DENIED, message)
