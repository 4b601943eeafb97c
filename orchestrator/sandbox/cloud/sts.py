"""STS as far as a role switch needs it: AssumeRole and GetCallerIdentity, in AWS's query protocol.

The sandbox answers these itself: whom a session belongs to, when it ends and what its policy is
must be known where the decisions are made.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from xml.sax.saxutils import escape

from orchestrator.sandbox.cloud.assuming import assume, read_wish
from orchestrator.sandbox.cloud.authority import Signed
from orchestrator.sandbox.cloud.identities import Identities, Session
from orchestrator.sandbox.cloud.refusals import Protocol, Reason, refusal

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def answer(form: Mapping[str, str], signed: Signed, identities: Identities) -> bytes:
    """The answer to one request; RefusedError where it is refused."""
    match form.get("Action", ""):
        case "GetCallerIdentity":
            # No policy can deny it (STS API Reference, GetCallerIdentity).
            return _response("GetCallerIdentity", _identity(signed))
        case "AssumeRole":
            session = assume(read_wish(form), signed, identities)
            return _response("AssumeRole", _assumed(session))
        case other:
            message = f"sts:{other or 'a request without an Action'} is not in the sandbox"
            raise refusal(Protocol.QUERY, Reason.NOT_HERE, message)


def _identity(signed: Signed) -> str:
    caller = signed.identity.caller
    return (
        f"<Arn>{escape(caller.arn)}</Arn><UserId>{escape(caller.user_id)}</UserId>"
        f"<Account>{caller.account}</Account>"
    )


def _assumed(session: Session) -> str:
    more = ""
    if session.source_identity:
        more = f"<SourceIdentity>{escape(session.source_identity)}</SourceIdentity>"
    return (
        f"<AssumedRoleUser><AssumedRoleId>{session.role_id}:{escape(session.name)}</AssumedRoleId>"
        f"<Arn>{escape(session.arn)}</Arn></AssumedRoleUser>"
        f"<Credentials><AccessKeyId>{session.access_key_id}</AccessKeyId>"
        f"<SecretAccessKey>{session.secret_access_key}</SecretAccessKey>"
        f"<SessionToken>{session.token}</SessionToken>"
        f"<Expiration>{session.expiration:%Y-%m-%dT%H:%M:%SZ}</Expiration></Credentials>{more}"
    )


def _response(operation: str, result: str) -> bytes:
    text = (
        f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{result}'
        f"</{operation}Result><ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId>"
        f"</ResponseMetadata></{operation}Response>"
    )
    return text.encode()
