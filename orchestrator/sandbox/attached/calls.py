"""What a real agent asks SSM beside its messages: to be known, and what its documents name.

The agent has one endpoint for all of SSM, so this stands before Run Command's own and hands on what
that answers. Who signs with another key than an attached instance's gets past it unchanged.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from orchestrator.sandbox.attached.attachments import Attachment, Attachments, arn_of
from orchestrator.sandbox.attached.ec2messages import Signer
from orchestrator.sandbox.parts import StoredParameter
from orchestrator.sandbox.runcommand.app import Endpoint
from orchestrator.sandbox.runcommand.errors import ApiError, Authorize
from orchestrator.sandbox.runcommand.shapes import Json
from orchestrator.sandbox.server import App

_MOST_NAMES = 10


class AgentCalls:
    """A WSGI application before ``app``, SSM's of every place, which ``knows`` some operations.

    ``others`` counts by operation what was answered by nothing but ``{}``.
    """

    def __init__(
        self,
        app: App,
        attachments: Attachments,
        authorize: Authorize,
        signer: Signer,
        knows: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._app = app
        self._knows = knows
        self._endpoint = Endpoint(self._handle)
        self._attachments = attachments
        self._authorize = authorize
        self._signer = signer
        self._lock = threading.Lock()
        self.others: Counter[str] = Counter()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request, or let Run Command do so."""
        try:
            return self._endpoint(environ, start)
        except _OfRunCommandError:
            return self._app(environ, start)

    def _handle(self, environ: WSGIEnvironment, operation: str, request: Mapping[str, Any]) -> Json:
        attachment = self._attachments.find(self._known_signer(environ))
        if attachment is None or self._knows(operation):
            raise _OfRunCommandError

        def allow(resource: str) -> None:
            self._authorize(environ, f"ssm:{operation}", resource)

        if answer := _ANSWERS.get(operation):
            return answer(self._attachments, attachment, allow, request)
        allow("*")
        with self._lock:
            self.others[operation] += 1
        return {}

    def _known_signer(self, environ: WSGIEnvironment) -> str | None:
        """Who has signed; None also where the signature is wrong, which others say better."""
        try:
            return self._signer(environ)
        except ApiError:
            return None


class _OfRunCommandError(Exception):
    """The request is not for this, but for what stands behind it."""


Allow = Callable[[str], None]


def _report(
    attachments: Attachments, attachment: Attachment, allow: Allow, request: Mapping[str, Any]
) -> Json:
    """UpdateInstanceInformation: the agent is there, and tells of its host."""
    allow(arn_of(attachment.identity))
    _check_own(attachment, request)
    attachments.report(attachment, request)
    return {}


def _associations(
    _attachments: Attachments, attachment: Attachment, allow: Allow, request: Mapping[str, Any]
) -> Json:
    """ListInstanceAssociations: it has none."""
    allow("*")
    _check_own(attachment, request)
    return {"Associations": []}


def _parameters(
    _attachments: Attachments, attachment: Attachment, allow: Allow, request: Mapping[str, Any]
) -> Json:
    """GetParameters: those that a document names as ``{{ssm:name}}``."""
    names = request.get("Names")
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ApiError("ValidationException", "Names is a list of strings that must be given")
    if not 1 <= len(names) <= _MOST_NAMES:
        raise ApiError("ValidationException", f"Names has 1 to {_MOST_NAMES} items")
    identity = attachment.identity
    for name in names:
        path = name.partition(":")[0].removeprefix("/")
        allow(f"arn:aws:ssm:{identity.region}:{identity.account}:parameter/{path}")
    found = attachment.run_command.get_parameters(names)
    return {
        "Parameters": [_parameter(found[name]) for name in names if name in found],
        "InvalidParameters": [name for name in names if name not in found],
    }


def _parameter(stored: StoredParameter) -> Json:
    """As without WithDecryption: a secret is not told."""
    value = stored.value
    if stored.kind == "SecureString":
        value = base64.b64encode(hashlib.sha512(value.encode()).digest()).decode()
    return {"Name": stored.name, "Type": stored.kind, "Value": value, "Version": 1}


def _check_own(attachment: Attachment, request: Mapping[str, Any]) -> None:
    instance_id = request.get("InstanceId")
    if instance_id != attachment.identity.instance_id:
        message = f"{str(instance_id)[:80]} is not the instance whose keys signed the request"
        raise ApiError("InvalidInstanceId", message)


_ANSWERS: Mapping[str, Callable[[Attachments, Attachment, Allow, Mapping[str, Any]], Json]] = {
    "UpdateInstanceInformation": _report,
    "ListInstanceAssociations": _associations,
    "GetParameters": _parameters,
}
