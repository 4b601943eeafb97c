"""EC2, as far as it knows the sandbox's hosts: DescribeInstances, and the metadata's switch.

moto's EC2 gives ids of its own, and knows nothing of a host that really runs here. Answers are
those of the EC2 API Reference, "DescribeInstances" and "ModifyInstanceMetadataOptions", with the
members that are true of a host here. Everything else is "not in the sandbox".
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment
from xml.sax.saxutils import escape

from orchestrator.sandbox.imds import Imds, ImdsMode
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import ApiError, Authorize, Locate

_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
_LARGEST = 1024 * 1024
_MOST_IDS = 1000
"""Of one call: as many as a page may have. Where AWS has its limit is not published."""
_CODES = {
    "AccessDeniedException": "UnauthorizedOperation",
    "UnrecognizedClientException": "AuthFailure",
    "InvalidSignatureException": "AuthFailure",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "ExpiredTokenException": "RequestExpired",
}
"""How EC2 names what the JSON protocol calls otherwise (EC2 API Reference, "Common errors")."""
_STATES = {"running": 16, "terminated": 48, "stopped": 80}
_DESCRIBE, _MODIFY = "DescribeInstances", "ModifyInstanceMetadataOptions"
_MAY_STAND = {
    _DESCRIBE: ("InstanceId.", "MaxResults", "NextToken"),
    _MODIFY: ("InstanceId", "HttpEndpoint"),
}


@dataclass(slots=True)
class Instance:
    """A host as EC2 sees it. Its metadata are switched here as there.

    ``state`` is running, stopped or terminated. SSM shows the same ``tags``, as in AWS.
    """

    imds: Imds
    state: str = "running"
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def instance_id(self) -> str:
        """Its id."""
        return self.imds.identity.instance_id

    @property
    def place(self) -> Place:
        """Whose it is, and where."""
        return self.imds.identity.place


class Ec2:
    """A WSGI application. ``instances`` may grow; ``authorize`` decides as for Run Command.

    Of them a request finds those of its own place, which ``locate`` tells.
    """

    def __init__(self, instances: Sequence[Instance], authorize: Authorize, locate: Locate) -> None:
        self._instances = instances
        self._locate = locate
        self._authorize = authorize

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        status = 200
        try:
            form = _form(environ)
            answer = self._answer(environ, form)
        except ApiError as error:
            code = _CODES.get(error.code, error.code)
            status = 403 if code == "UnauthorizedOperation" else error.status
            answer = _error(code, error.message)
        data = f'<?xml version="1.0" encoding="UTF-8"?>\n{answer}'.encode()
        headers = [("Content-Type", "text/xml"), ("Content-Length", str(len(data)))]
        start(f"{status} {HTTPStatus(status).phrase}", headers)
        return [data]

    def _answer(self, environ: WSGIEnvironment, form: Mapping[str, str]) -> str:
        operation = form.get("Action", "")
        extra = [name for name in form if name not in {"Action", "Version"}]
        allowed = _MAY_STAND.get(operation)
        if allowed is None or not all(name.startswith(allowed) for name in extra):
            what = f"ec2:{operation[:80]} with {', '.join(extra)[:200] or 'nothing'}"
            raise ApiError("InvalidAction", f"{what} is not in the sandbox")
        if operation == _DESCRIBE:
            self._authorize(environ, "ec2:DescribeInstances", "*")
            return self._describe(environ, form)
        return self._modify(environ, form)

    def _describe(self, environ: WSGIEnvironment, form: Mapping[str, str]) -> str:
        ids = [value for name, value in form.items() if name.startswith("InstanceId.")]
        if len(ids) > _MOST_IDS:
            raise ApiError("InvalidParameterValue", f"{len(ids)} ids are more than {_MOST_IDS}")
        found, more = self._of(environ, ids), ""
        if size := form.get("MaxResults", ""):
            if ids:
                message = "The parameter instancesSet cannot be used with the parameter maxResults"
                raise ApiError("InvalidParameterCombination", message)
            begin = _whole("NextToken", form.get("NextToken") or "0", 0, len(found))
            end = begin + _whole("MaxResults", size, 5, 1000)
            more = f"<nextToken>{end}</nextToken>" if end < len(found) else ""
            found = found[begin:end]
        return _answered(_DESCRIBE, "reservationSet", "".join(map(_item, found)), after=more)

    def _of(self, environ: WSGIEnvironment, ids: Sequence[str]) -> list[Instance]:
        here = self._locate(environ)
        known = {one.instance_id: one for one in self._instances if one.place == here}
        gone = [wanted for wanted in ids if wanted not in known]
        if gone:
            message = f"The instance ID '{gone[0]}' does not exist"
            raise ApiError("InvalidInstanceID.NotFound", message)
        return [known[wanted] for wanted in ids] if ids else list(known.values())

    def _modify(self, environ: WSGIEnvironment, form: Mapping[str, str]) -> str:
        wanted = form.get("InstanceId", "")
        endpoint = form.get("HttpEndpoint", "")
        (instance,) = self._of(environ, [wanted])
        identity = instance.imds.identity
        arn = f"arn:aws:ec2:{identity.region}:{identity.account}:instance/{wanted}"
        self._authorize(environ, f"ec2:{_MODIFY}", arn)
        if endpoint not in {"enabled", "disabled"}:
            raise ApiError("InvalidParameterValue", f"HttpEndpoint cannot be {endpoint[:80]}")
        instance.imds.mode = ImdsMode.ON if endpoint == "enabled" else ImdsMode.OFF
        inner = f"<instanceId>{escape(wanted)}</instanceId>"
        return _answered(_MODIFY, "instanceMetadataOptions", _options(instance), inner)


def _item(instance: Instance) -> str:
    """A reservation of its own for each instance, as where each was started by itself."""
    identity = instance.imds.identity
    code = _STATES[instance.state]
    # Only Windows is named there (EC2 API Reference, Instance).
    platform = "<platform>windows</platform>" if identity.platform == "Windows" else ""
    profile = f"arn:aws:iam::{identity.account}:instance-profile/{identity.profile}"
    return (
        f"<item><ownerId>{identity.account}</ownerId><instancesSet><item>"
        f"<instanceId>{identity.instance_id}</instanceId>"
        f"<instanceState><code>{code}</code><name>{instance.state}</name></instanceState>"
        f"<placement><availabilityZone>{identity.zone}</availabilityZone></placement>"
        f"{platform}<architecture>x86_64</architecture>"
        f"<iamInstanceProfile><arn>{profile}</arn></iamInstanceProfile>"
        f"<metadataOptions>{_options(instance)}</metadataOptions>"
        f"{_tags(instance)}"
        "</item></instancesSet></item>"
    )


def _tags(instance: Instance) -> str:
    items = (
        f"<item><key>{escape(key)}</key><value>{escape(value)}</value></item>"
        for key, value in instance.tags.items()
    )
    return f"<tagSet>{''.join(items)}</tagSet>" if instance.tags else ""


def _whole(name: str, text: str, least: int, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not least <= number <= most:
        message = f"Value ( {text[:40]} ) for parameter {name} is invalid."
        raise ApiError("InvalidParameterValue", message)
    return number


def _options(instance: Instance) -> str:
    on = "disabled" if instance.imds.mode is ImdsMode.OFF else "enabled"
    return (
        "<state>applied</state><httpTokens>required</httpTokens>"
        f"<httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>{on}</httpEndpoint>"
    )


def _answered(operation: str, member: str, content: str, before: str = "", after: str = "") -> str:
    return (
        f'<{operation}Response xmlns="{_NAMESPACE}"><requestId>{uuid.uuid4()}</requestId>'
        f"{before}<{member}>{content}</{member}>{after}</{operation}Response>"
    )


def _error(code: str, message: str) -> str:
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    return (
        f"<Response><Errors><Error>{error}</Error></Errors>"
        f"<RequestID>{uuid.uuid4()}</RequestID></Response>"
    )


def _form(environ: WSGIEnvironment) -> Mapping[str, str]:
    size = int(environ.get("CONTENT_LENGTH") or 0)
    if environ["REQUEST_METHOD"] != "POST" or size > _LARGEST:
        raise ApiError("InvalidAction", "EC2 is asked by POST here")
    body: bytes = environ["wsgi.input"].read(size)
    # Whoever checks the signature reads it again.
    environ["wsgi.input"] = io.BytesIO(body)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
