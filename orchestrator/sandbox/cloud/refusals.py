"""How a request is refused: one reason, and the code, status and form that each protocol gives it.

Codes are those of the services' API references ("Common Errors") and, for S3, of "List of error
codes".
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
    UNKNOWN_KEY = "unknown key"
    WRONG_TOKEN = "wrong token"  # noqa: S105 - a reason's name
    EXPIRED = "expired"
    WRONG_SIGNATURE = "wrong signature"
    SKEWED = "skewed"
    DENIED = "denied"
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


_ANSWERS = {
    Protocol.QUERY: {
        Reason.UNSIGNED: _Answer("MissingAuthenticationToken", 403),
        Reason.UNKNOWN_KEY: _Answer("InvalidClientTokenId", 403),
        Reason.WRONG_TOKEN: _Answer("InvalidClientTokenId", 403),
        Reason.EXPIRED: _Answer("ExpiredToken", 403),
        Reason.WRONG_SIGNATURE: _Answer("SignatureDoesNotMatch", 403),
        Reason.SKEWED: _Answer("SignatureDoesNotMatch", 403),
        Reason.DENIED: _Answer("AccessDenied", 403),
        Reason.NOT_HERE: _Answer("InvalidAction", 400),
    },
    Protocol.EC2: {
        Reason.UNSIGNED: _Answer("MissingAuthenticationToken", 401),
        Reason.UNKNOWN_KEY: _Answer("AuthFailure", 401),
        Reason.WRONG_TOKEN: _Answer("AuthFailure", 401),
        Reason.EXPIRED: _Answer("RequestExpired", 400),
        Reason.WRONG_SIGNATURE: _Answer("AuthFailure", 401),
        Reason.SKEWED: _Answer("AuthFailure", 401),
        Reason.DENIED: _Answer("UnauthorizedOperation", 403),
        Reason.NOT_HERE: _Answer("InvalidAction", 400),
    },
    Protocol.S3: {
        Reason.UNSIGNED: _Answer("AccessDenied", 403),
        Reason.UNKNOWN_KEY: _Answer("InvalidAccessKeyId", 403),
        Reason.WRONG_TOKEN: _Answer("InvalidToken", 400),
        Reason.EXPIRED: _Answer("ExpiredToken", 400),
        Reason.WRONG_SIGNATURE: _Answer("SignatureDoesNotMatch", 403),
        Reason.SKEWED: _Answer("RequestTimeTooSkewed", 403),
        Reason.DENIED: _Answer("AccessDenied", 403),
        Reason.NOT_HERE: _Answer("NotImplemented", 501),
    },
    Protocol.JSON: {
        Reason.UNSIGNED: _Answer("MissingAuthenticationTokenException", 400),
        Reason.UNKNOWN_KEY: _Answer("UnrecognizedClientException", 400),
        Reason.WRONG_TOKEN: _Answer("UnrecognizedClientException", 400),
        Reason.EXPIRED: _Answer("ExpiredTokenException", 400),
        Reason.WRONG_SIGNATURE: _Answer("InvalidSignatureException", 400),
        Reason.SKEWED: _Answer("InvalidSignatureException", 400),
        Reason.DENIED: _Answer("AccessDeniedException", 400),
        Reason.NOT_HERE: _Answer("UnknownOperationException", 400),
    },
}


def refusal(protocol: Protocol, reason: Reason, message: str) -> RefusedError:
    """The refusal that this protocol gives for that reason."""
    answer = _ANSWERS[protocol][reason]
    return RefusedError(answer.code, message, answer.status, protocol)


def body_of(refused: RefusedError) -> tuple[str, bytes]:
    """Content type and body of the answer."""
    code, message, request = escape(refused.code), escape(refused.message), uuid.uuid4()
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
