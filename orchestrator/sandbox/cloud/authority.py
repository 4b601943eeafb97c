"""The decision about a request: who signed it, and whether the policies allow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from wsgiref.types import WSGIEnvironment

from orchestrator.iam import (
    Decision,
    Policies,
    Policy,
    PolicyError,
    PolicyKind,
    Request,
    Verdict,
    decide,
    parse_policy,
)
from orchestrator.sandbox.cloud import context, state
from orchestrator.sandbox.cloud.identities import Identities, Identity
from orchestrator.sandbox.cloud.refusals import Protocol, Reason, refusal
from orchestrator.sandbox.cloud.signature import (
    MalformedSignatureError,
    Signature,
    fault,
    read_signature,
    signed_at,
)

_SKEW = {Protocol.S3: timedelta(minutes=15)}
_USUAL_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Question:
    """May this be done to that? ``resource_policy`` is the trust or bucket policy, as text."""

    action: str
    resource: str
    account: str
    context: Mapping[str, str | tuple[str, ...]]
    resource_policy: str | None = None
    kind: PolicyKind = PolicyKind.RESOURCE

    def with_context(self, more: Mapping[str, str | tuple[str, ...]]) -> Question:
        """The same question with more condition keys."""
        return replace(self, context={**self.context, **more})


@dataclass(frozen=True, slots=True)
class Signed:
    """A request whose signature is right. ``now`` is when it came."""

    identity: Identity
    signature: Signature
    environ: WSGIEnvironment
    now: datetime

    def context(self) -> context.Keys:
        """Its condition keys, but for those of one service."""
        return {
            **context.of_request(self.environ, self.signature.region, self.now),
            **context.of_identity(self.identity),
        }


def authenticate(
    identities: Identities, environ: WSGIEnvironment, body: bytes, protocol: Protocol
) -> Signed:
    """Who has signed this. RefusedError where nobody has, or the signature or its time is wrong."""
    signature = signature_of(environ, protocol)
    identity = identities.find(signature.access_key_id)
    if identity is None:
        raise refusal(protocol, Reason.UNKNOWN_KEY)
    token = str(environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""))
    if identity.token != token:
        raise refusal(protocol, Reason.WRONG_TOKEN if token else Reason.NO_TOKEN)
    if reason := fault(signature, environ, body, identity.secret):
        raise refusal(protocol, reason)
    now = identities.clock.now()
    _refuse_wrong_time(environ, protocol, now)
    if identity.expiration is not None and identity.expiration <= now:
        raise refusal(protocol, Reason.EXPIRED)
    return Signed(identity, signature, environ, now)


def signature_of(environ: WSGIEnvironment, protocol: Protocol) -> Signature:
    """The signature that the request carries. RefusedError where it has none, or one in pieces."""
    try:
        signature = read_signature(environ)
    except MalformedSignatureError as error:
        raise refusal(protocol, Reason.MALFORMED, str(error)) from error
    if signature is None:
        raise refusal(protocol, Reason.UNSIGNED)
    return signature


def allow(signed: Signed, question: Question, protocol: Protocol) -> None:
    """Raise RefusedError unless the policies allow it."""
    try:
        decision = decision_about(signed.identity, question)
    except ValueError as error:
        raise refusal(protocol, Reason.INVALID, str(error)) from error
    if not decision.allowed:
        raise refusal(protocol, Reason.DENIED, denied_words(signed.identity, question, decision))


def decision_about(identity: Identity, question: Question) -> Decision:
    """What IAM says. An account's root may do everything in its own account."""
    request = Request(
        identity.caller, question.action, question.resource, question.account, question.context
    )
    return decide(request, _policies(identity, question))


def denied_words(identity: Identity, question: Question, decision: Decision) -> str:
    """The message as AWS writes it: "Access denied error message examples" in the User Guide."""
    text = (
        f"User: {identity.caller.arn} is not authorized to perform: {question.action}"
        f" on resource: {question.resource}"
    )
    if question.account != identity.caller.account:
        return text
    if decision.verdict is Verdict.EXPLICIT_DENY:
        denies = decision.statements[0].kind
        return f"{text} with an explicit deny in {_article(_KINDS[denies])}"
    missing = PolicyKind(decision.missing[0])
    return f"{text} because no {_KINDS[missing]} allows the {question.action} action"


_KINDS = {
    PolicyKind.IDENTITY: "identity-based policy",
    PolicyKind.TRUST: "role trust policy",
    PolicyKind.RESOURCE: "resource-based policy",
    PolicyKind.BOUNDARY: "permissions boundary",
    PolicyKind.SESSION: "session policy",
    PolicyKind.SERVICE_CONTROL: "service control policy",
}


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _policies(identity: Identity, question: Question) -> Policies:
    holder = identity.holder
    of_caller = (
        (_ROOT,)
        if holder is None
        else tuple(_parsed(d.text, PolicyKind.IDENTITY, d.name) for d in holder.identity)
    )
    boundary = holder.boundary if holder else None
    text = question.resource_policy
    session = identity.session_policy
    level = tuple(
        _parsed(item, PolicyKind.SERVICE_CONTROL, "organization")
        for item in identity.service_control
    )
    return Policies(
        identity=of_caller,
        resource=_parsed(text, question.kind, question.kind.value) if text else None,
        boundary=_parsed(boundary.text, PolicyKind.BOUNDARY, boundary.name) if boundary else None,
        session=_parsed(session, PolicyKind.SESSION, "session") if session else None,
        service_control=(level,) if level else (),
    )


@lru_cache(maxsize=1000)
def _parsed(text: str, kind: PolicyKind, name: str) -> Policy:
    """A policy that is kept. One that cannot be read denies, whatever else allows."""
    try:
        return parse_policy(text, kind, name)
    except PolicyError:
        return parse_policy(_DENY_ALL[kind], kind, f"{name} (not a valid policy)")


def _refuse_wrong_time(environ: WSGIEnvironment, protocol: Protocol, now: datetime) -> None:
    moment = signed_at(environ)
    if moment is None:
        message = "Authorization header requires existence of a valid 'X-Amz-Date' header."
        raise refusal(protocol, Reason.MALFORMED, message)
    most = _SKEW.get(protocol, _USUAL_SKEW)
    if abs(now - moment) <= most:
        return
    words = _old_or_new(moment, now, most) if protocol in {Protocol.QUERY, Protocol.JSON} else ""
    raise refusal(protocol, Reason.SKEWED, words)


def _old_or_new(moment: datetime, now: datetime, most: timedelta) -> str:
    form, minutes = "%Y%m%dT%H%M%SZ", int(most.total_seconds()) // 60
    if moment < now:
        return (
            f"Signature expired: {moment:{form}} is now earlier than {now - most:{form}} "
            f"({now:{form}} - {minutes} min.)"
        )
    return (
        f"Signature not yet current: {moment:{form}} is still later than {now + most:{form}} "
        f"({now:{form}} + {minutes} min.)"
    )


def _statement(effect: str, **more: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": "*", **more}]}


_ROOT = parse_policy(_statement("Allow", Resource="*"), PolicyKind.IDENTITY, "root")
_WITH_PRINCIPAL = _statement("Deny", Principal="*", Resource="*")
_DENY_ALL = dict.fromkeys(PolicyKind, _statement("Deny", Resource="*")) | {
    PolicyKind.RESOURCE: _WITH_PRINCIPAL,
    PolicyKind.TRUST: {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:*"}],
    },
}


def holders_of_trust(role: state.Holder) -> Question:
    """The question whether somebody may assume the role, without its condition keys."""
    return Question(
        action="sts:AssumeRole",
        resource=role.arn,
        account=role.account,
        context=context.of_resource(role.account, role.tags),
        resource_policy=role.trust,
        kind=PolicyKind.TRUST,
    )
