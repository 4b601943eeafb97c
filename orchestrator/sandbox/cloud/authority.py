"""The decision about a request: who signed it, and whether the policies allow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
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
from orchestrator.sandbox.cloud.signature import Signature, is_right, read_signature, signed_at

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
    """A request whose signature is right."""

    identity: Identity
    signature: Signature
    environ: WSGIEnvironment

    def context(self) -> dict[str, str | tuple[str, ...]]:
        """Its condition keys, but for those of one service."""
        return {
            **context.of_request(self.environ, self.signature.region),
            **context.of_identity(self.identity),
        }


def authenticate(
    identities: Identities, environ: WSGIEnvironment, body: bytes, protocol: Protocol
) -> Signed:
    """Who has signed this. RefusedError where nobody has, or the signature or its time is wrong."""
    signature = read_signature(environ)
    if signature is None:
        raise refusal(protocol, Reason.UNSIGNED, "Request is missing Authentication Token")
    identity = identities.find(signature.access_key_id)
    if identity is None:
        message = "The security token included in the request is invalid."
        raise refusal(protocol, Reason.UNKNOWN_KEY, message)
    if identity.token != environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""):
        message = "The security token included in the request is invalid."
        raise refusal(protocol, Reason.WRONG_TOKEN, message)
    if not is_right(signature, environ, body, identity.secret):
        message = (
            "The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method."
        )
        raise refusal(protocol, Reason.WRONG_SIGNATURE, message)
    _refuse_wrong_time(environ, protocol)
    if identity.expiration is not None and identity.expiration <= datetime.now(UTC):
        message = "The security token included in the request is expired"
        raise refusal(protocol, Reason.EXPIRED, message)
    return Signed(identity, signature, environ)


def allow(signed: Signed, question: Question, protocol: Protocol) -> None:
    """Raise RefusedError unless the policies allow it."""
    decision = decision_about(signed.identity, question)
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
        kinds = [f"{item.kind}" for item in decision.statements]
        kind = kinds[0] if kinds else "identity"
        return f"{text} with an explicit deny in {_article(kind)}-based policy"
    missing = decision.missing[0] if decision.missing else "identity"
    return f"{text} because no {missing}-based policy allows the {question.action} action"


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
    return Policies(
        identity=of_caller,
        resource=_parsed(text, question.kind, question.kind.value) if text else None,
        boundary=_parsed(boundary.text, PolicyKind.BOUNDARY, boundary.name) if boundary else None,
        session=_parsed(session, PolicyKind.SESSION, "session") if session else None,
    )


@lru_cache(maxsize=1000)
def _parsed(text: str, kind: PolicyKind, name: str) -> Policy:
    """A policy that is kept. One that cannot be read denies, whatever else allows."""
    try:
        return parse_policy(text, kind, name)
    except PolicyError:
        return parse_policy(_DENY_ALL[kind], kind, f"{name} (not a valid policy)")


def _refuse_wrong_time(environ: WSGIEnvironment, protocol: Protocol) -> None:
    moment, now = signed_at(environ), datetime.now(UTC)
    most = _SKEW.get(protocol, _USUAL_SKEW)
    if moment is not None and abs(now - moment) <= most:
        return
    if protocol is Protocol.S3:
        message = "The difference between the request time and the current time is too large."
    else:
        shown = environ.get("HTTP_X_AMZ_DATE", "")
        message = f"Signature expired: {shown} is now earlier than {now - most:%Y%m%dT%H%M%SZ}"
    raise refusal(protocol, Reason.SKEWED, message)


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
        context=context.of_resource(role.account),
        resource_policy=role.trust,
        kind=PolicyKind.TRUST,
    )
