"""How a request is refused: one reason, and the code, status and form that each protocol gives it.

Codes are those of the services' API references ("Common Errors") and, for S3, of "List of error
codes"; the words are AWS's where they are known.
"""

from __future__ import annotations

import json
import uuid
from enum import StrEnum
from typing import NamedTuple
from xml.sax.saxutils import escape


class Reason(StrEnum):
    """Why a request never reaches the service."""

    UNSIGNED = "unsigned"
    MALFORMED = "malformed signature"
    UNKNOWN_KEY = "unknown key"
    NO_TOKEN = "no token"  # noqa: S105 - a reason's name
    WRONG_TOKEN = "wrong token"  # noqa: S105 - a reason's name
    EXPIRED = "expired"
    WRONG_SIGNATURE = "wrong signature"
    UNSIGNED_HEADERS = "unsigned headers"
    WRONG_CONTENT = "wrong content"
    SKEWED = "skewed"
    DENIED = "denied"
    THROTTLED = "throttled"
    INVALID = "invalid"
    NOT_HERE = "not here"


class Protocol(StrEnum):
    """The forms in which AWS's services answer."""

    QUERY = "query"
    EC2 = "ec2"
    S3 = "s3"
    JSON = "json"


class RefusedError(Exception):
    """A request that is refused: the answer's code, message and status, in its protocol's form."""

    def __init__(
        self, code: str, message: str, status: int, protocol: Protocol = Protocol.QUERY
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.protocol = protocol


class _Answer(NamedTuple):
    code: str
    status: int


_QUERY = {
    Reason.UNSIGNED: _Answer("MissingAuthenticationToken", 403),
    Reason.MALFORMED: _Answer("IncompleteSignature", 400),
    Reason.UNKNOWN_KEY: _Answer("InvalidClientTokenId", 403),
    Reason.NO_TOKEN: _Answer("InvalidClientTokenId", 403),
    Reason.WRONG_TOKEN: _Answer("InvalidClientTokenId", 403),
    Reason.EXPIRED: _Answer("ExpiredToken", 403),
    Reason.WRONG_SIGNATURE: _Answer("SignatureDoesNotMatch", 403),
    Reason.UNSIGNED_HEADERS: _Answer("SignatureDoesNotMatch", 403),
    Reason.WRONG_CONTENT: _Answer("SignatureDoesNotMatch", 403),  # S3 alone has this reason
    Reason.SKEWED: _Answer("SignatureDoesNotMatch", 403),
    Reason.DENIED: _Answer("AccessDenied", 403),
    Reason.THROTTLED: _Answer("Throttling", 400),
    Reason.INVALID: _Answer("ValidationError", 400),
    Reason.NOT_HERE: _Answer("InvalidAction", 400),
}
_EC2 = dict.fromkeys(Reason, _Answer("AuthFailure", 401)) | {
    Reason.UNSIGNED: _Answer("MissingAuthenticationToken", 401),
    Reason.EXPIRED: _Answer("RequestExpired", 400),
    Reason.DENIED: _Answer("UnauthorizedOperation", 403),
    Reason.THROTTLED: _Answer("RequestLimitExceeded", 503),
    Reason.INVALID: _Answer("InvalidParameterValue", 400),
    Reason.NOT_HERE: _Answer("InvalidAction", 400),
}
_S3 = {
    Reason.UNSIGNED: _Answer("AccessDenied", 403),
    Reason.MALFORMED: _Answer("AuthorizationHeaderMalformed", 400),
    Reason.UNKNOWN_KEY: _Answer("InvalidAccessKeyId", 403),
    Reason.NO_TOKEN: _Answer("InvalidAccessKeyId", 403),
    Reason.WRONG_TOKEN: _Answer("InvalidToken", 400),
    Reason.EXPIRED: _Answer("ExpiredToken", 400),
    Reason.WRONG_SIGNATURE: _Answer("SignatureDoesNotMatch", 403),
    Reason.UNSIGNED_HEADERS: _Answer("AccessDenied", 403),
    Reason.WRONG_CONTENT: _Answer("XAmzContentSHA256Mismatch", 400),
    Reason.SKEWED: _Answer("RequestTimeTooSkewed", 403),
    Reason.DENIED: _Answer("AccessDenied", 403),
    Reason.THROTTLED: _Answer("SlowDown", 503),
    Reason.INVALID: _Answer("InvalidRequest", 400),
    Reason.NOT_HERE: _Answer("NotImplemented", 501),
}
_JSON = dict.fromkeys(Reason, _Answer("InvalidSignatureException", 400)) | {
    Reason.UNSIGNED: _Answer("MissingAuthenticationTokenException", 400),
    Reason.MALFORMED: _Answer("IncompleteSignatureException", 400),
    Reason.UNKNOWN_KEY: _Answer("UnrecognizedClientException", 400),
    Reason.NO_TOKEN: _Answer("UnrecognizedClientException", 400),
    Reason.WRONG_TOKEN: _Answer("UnrecognizedClientException", 400),
    Reason.EXPIRED: _Answer("ExpiredTokenException", 400),
    Reason.DENIED: _Answer("AccessDeniedException", 400),
    Reason.THROTTLED: _Answer("ThrottlingException", 400),
    Reason.INVALID: _Answer("ValidationException", 400),
    Reason.NOT_HERE: _Answer("UnknownOperationException", 400),
}
_ANSWERS = {
    Protocol.QUERY: _QUERY,
    Protocol.EC2: _EC2,
    Protocol.S3: _S3,
    Protocol.JSON: _JSON,
}

_INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105 - words
_UNKNOWN_TO_S3 = "The AWS Access Key Id you provided does not exist in our records."
_WORDS = {
    Reason.UNSIGNED: "Request is missing Authentication Token",
    Reason.MALFORMED: "The authorization header is malformed.",
    Reason.UNKNOWN_KEY: _INVALID_TOKEN,
    Reason.NO_TOKEN: _INVALID_TOKEN,
    Reason.WRONG_TOKEN: _INVALID_TOKEN,
    Reason.EXPIRED: "The security token included in the request is expired",
    Reason.WRONG_SIGNATURE: (
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details."
    ),
    Reason.UNSIGNED_HEADERS: "There were headers present in the request which were not signed",
    Reason.WRONG_CONTENT: (
        "The provided 'x-amz-content-sha256' header does not match what was computed."
    ),
    Reason.SKEWED: "The difference between the request time and the current time is too large.",
    Reason.THROTTLED: "Rate exceeded",
    Reason.NOT_HERE: "A body in signed chunks is not in the sandbox",
}
_WORDS_OF_S3 = {
    Reason.UNSIGNED: "Access Denied",
    Reason.UNKNOWN_KEY: _UNKNOWN_TO_S3,
    Reason.NO_TOKEN: _UNKNOWN_TO_S3,
    Reason.WRONG_TOKEN: "The provided token is malformed or otherwise invalid.",
    Reason.EXPIRED: "The provided token has expired.",
    Reason.THROTTLED: "Please reduce your request rate.",
    Reason.INVALID: "Missing required header for this request: x-amz-content-sha256",
}
_AUTH_FAILURE = "AWS was not able to validate the provided access credentials"


def refusal(protocol: Protocol, reason: Reason, message: str = "") -> RefusedError:
    """The refusal that this protocol gives for that reason; without a message in AWS's words."""
    answer = _ANSWERS[protocol][reason]
    return RefusedError(answer.code, message or _words(protocol, reason), answer.status, protocol)


def not_here(protocol: Protocol, what: str) -> RefusedError:
    """The refusal of what AWS has and the sandbox has not."""
    return refusal(protocol, Reason.NOT_HERE, f"{what} is not in the sandbox")


def _words(protocol: Protocol, reason: Reason) -> str:
    if protocol is Protocol.S3 and reason in _WORDS_OF_S3:
        return _WORDS_OF_S3[reason]
    if _ANSWERS[protocol][reason].code == "AuthFailure":
        return _AUTH_FAILURE
    return _WORDS.get(reason, reason.value)


def body_of(refused: RefusedError) -> tuple[str, bytes]:
    """Content type and body of the answer."""
    code, message, request = escape(refused.code), _escaped(refused.message), uuid.uuid4()
    error = f"<Code>{code}</Code><Message>{message}</Message>"
    match refused.protocol:
        case Protocol.JSON:
            data = json.dumps({"__type": refused.code, "message": refused.message})
            return "application/x-amz-json-1.1", data.encode()
        case Protocol.S3:
            text = f"<Error>{error}<RequestId>{request}</RequestId></Error>"
        case Protocol.EC2:
            text = (
                f"<Response><Errors><Error>{error}</Error></Errors>"
                f"<RequestID>{request}</RequestID></Response>"
            )
        case Protocol.QUERY:
            kind = "Sender" if refused.status < 500 else "Receiver"
            text = (
                f"<ErrorResponse><Error><Type>{kind}</Type>{error}</Error>"
                f"<RequestId>{request}</RequestId></ErrorResponse>"
            )
    return "text/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _escaped(text: str) -> str:
    """XML 1.0 has no control characters, not even escaped, nor halves of surrogate pairs."""
    plain = "".join(char if char.isprintable() or char in "\n\t" else "?" for char in text)
    return escape(plain)
