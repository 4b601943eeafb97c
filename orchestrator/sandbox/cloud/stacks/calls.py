"""The calls that CloudFormation makes with its caller's rights: decided about as all others.

"Forward access sessions" in the IAM User Guide: the caller's permissions are asked for, with
``aws:CalledVia`` and ``aws:ViaAWSService`` telling that a service asks.
"""

from __future__ import annotations

import re
import uuid
from html import unescape

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import context
from orchestrator.sandbox.cloud.asked import PROTOCOLS, Asked, asked_of_bucket
from orchestrator.sandbox.cloud.authority import Signed, allow
from orchestrator.sandbox.cloud.forwarding import Forwarding
from orchestrator.sandbox.cloud.iam_requests import iam_request
from orchestrator.sandbox.cloud.refusals import RefusedError
from orchestrator.sandbox.cloud.stacks.resources import Call
from orchestrator.sandbox.cloud.written import check_written

_SERVICE = "cloudformation.amazonaws.com"
_BY_SERVICE: context.Keys = {
    "aws:ViaAWSService": "true",
    "aws:CalledVia": (_SERVICE,),
    "aws:CalledViaFirst": _SERVICE,
    "aws:CalledViaLast": _SERVICE,
}
_NAMES = {"iam": "Iam", "s3": "S3"}
_CODES = {
    "AccessDenied": "AccessDenied",
    "BucketAlreadyExists": "AlreadyExists",
    "BucketAlreadyOwnedByYou": "AlreadyExists",
    "EntityAlreadyExists": "AlreadyExists",
    "InvalidInput": "InvalidRequest",
    "LimitExceeded": "ServiceLimitExceeded",
    "MalformedPolicyDocument": "InvalidRequest",
    "NoSuchEntity": "NotFound",
    "ValidationError": "InvalidRequest",
}


class FailedError(Exception):
    """A resource could not be made, changed or removed; the text is that of the stack's event."""


class Calls:
    """Makes calls for whoever has signed the request."""

    def __init__(self, signed: Signed, moto: Forwarding) -> None:
        self._signed = signed
        self._moto = moto

    def do(self, call: Call) -> None:
        """Make the call. FailedError where it is refused, or does not succeed."""
        try:
            self._do(call)
        except RefusedError as refused:
            code = _CODES.get(refused.code, "GeneralServiceException")
            raise FailedError(
                f'Resource handler returned message: "{refused.message} '
                f"(Service: {_NAMES[call.service]}, Status Code: {refused.status}, "
                f'Request ID: {uuid.uuid4()})" '
                f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})"
            ) from refused

    def _do(self, call: Call) -> None:
        signed = self._signed
        wanted, environ, body = self._asked(call), {"REQUEST_METHOD": call.operation}, b""
        if call.operation == "PUT":
            place = f"<LocationConstraint>{world.REGION}</LocationConstraint>"
            body = f"<CreateBucketConfiguration>{place}</CreateBucketConfiguration>".encode()
        for question in wanted.questions:
            by_service = question.with_context({**signed.context(), **_BY_SERVICE})
            allow(signed, by_service, wanted.protocol)
        check_written(wanted, body)
        answer = self._moto.ask(wanted, environ, body)
        if answer.code >= 300:
            text = answer.body.decode(errors="replace")
            code, message = (_element(text, name) for name in ("Code", "Message"))
            raise RefusedError(code or "GeneralServiceException", message, answer.code)

    def _asked(self, call: Call) -> Asked:
        account = self._signed.identity.caller.account
        region = self._signed.signature.region
        if call.service == "s3":
            return asked_of_bucket(call.operation, call.members["Bucket"], account, region)
        form = {"Action": call.operation, "Version": "2010-05-08", **call.members}
        request = iam_request(form, self._signed.identity)
        return Asked("iam", PROTOCOLS["iam"], account, region, request.form, request.questions)


def _element(text: str, name: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return unescape(found[1]) if found else ""
