"""The gate in front of moto: authenticates, decides, and only then lets a request through."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from orchestrator.sandbox.cloud import stacks, state, sts
from orchestrator.sandbox.cloud.asked import PROTOCOLS, Asked, asked
from orchestrator.sandbox.cloud.authority import Signed, allow, authenticate
from orchestrator.sandbox.cloud.identities import Identities
from orchestrator.sandbox.cloud.refusals import Protocol, Reason, RefusedError, body_of, refusal
from orchestrator.sandbox.cloud.signature import read_signature
from orchestrator.sandbox.cloud.written import check_written
from orchestrator.sandbox.server import App

_LARGEST = 64 * 1024 * 1024
_HTTP = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 409: "Conflict"}


class Gate:
    """A WSGI application. ``moto`` gets what is allowed, told on whose account's behalf."""

    def __init__(self, moto: App, identities: Identities) -> None:
        self._moto = moto
        self._identities = identities

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        body = read_body(environ)
        try:
            return self._answer(_service(environ), environ, body, start)
        except RefusedError as refused:
            return _refuse(environ, start, refused)
        except Exception as error:  # noqa: BLE001 - nothing gets through by a mistake of ours
            fault = RefusedError("InternalFailure", f"{type(error).__name__}: {error}", 500)
            return _refuse(environ, start, fault)

    def _answer(
        self, service: str, environ: WSGIEnvironment, body: bytes, start: StartResponse
    ) -> Iterable[bytes]:
        signed = authenticate(self._identities, environ, body, PROTOCOLS[service])
        wanted = self._wanted(service, signed, body)
        if service == "sts":
            answer = sts.answer(wanted.form, signed, self._identities)
            return _send(start, 200, "text/xml", answer)
        return self._forward(environ, start, wanted, signed.signature.region)

    def _wanted(self, service: str, signed: Signed, body: bytes) -> Asked:
        """What is asked for; RefusedError unless it is allowed, and right if it is to be kept."""
        account, region = signed.identity.caller.account, signed.signature.region
        wanted = asked(service, signed.environ, body, account, region)
        if question := wanted.question:
            allow(signed, question.with_context(signed.context()), wanted.protocol)
        check_written(wanted, body)
        return wanted

    def _forward(
        self, environ: WSGIEnvironment, start: StartResponse, wanted: Asked, region: str
    ) -> Iterable[bytes]:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = wanted.owner
        statuses: list[str] = []

        def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            statuses.append(status)
            return start(status, headers, exc_info)

        known = state.principals() if wanted.changes_principals else {}
        answer = self._moto(environ, note)
        if wanted.changes_principals and statuses and statuses[0].startswith("200"):
            _follow_up(wanted, region, known)
        return answer


def read_body(environ: WSGIEnvironment) -> bytes:
    """The whole body; it can be read again afterwards."""
    source = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated") and "CONTENT_LENGTH" not in environ:
        body: bytes = source.read(_LARGEST)
    else:
        body = source.read(min(int(environ.get("CONTENT_LENGTH") or 0), _LARGEST))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _follow_up(wanted: Asked, region: str, known: dict[str, str] | Any) -> None:
    """What AWS does besides: whole roles from templates, and principals that are gone."""
    if wanted.service == "cloudformation" and wanted.operation in stacks.CHANGES:
        stacks.complete_roles(wanted.owner, region, wanted.form.get("StackName", ""))
    now = state.principals()
    for arn, unique_id in known.items():
        if now.get(arn) != unique_id:
            state.replace_in_policies(arn, unique_id)


def _service(environ: WSGIEnvironment) -> str:
    signature = read_signature(environ)
    if signature is None:
        # Without a signature S3 alone is asked by a path; all others by a form.
        is_s3 = environ["REQUEST_METHOD"] != "POST"
        raise refusal(
            Protocol.S3 if is_s3 else Protocol.QUERY,
            Reason.UNSIGNED,
            "Request is missing Authentication Token",
        )
    if signature.service not in PROTOCOLS:
        target = "HTTP_X_AMZ_TARGET" in environ
        raise refusal(
            Protocol.JSON if target else Protocol.QUERY,
            Reason.NOT_HERE,
            f"the service {signature.service} is not in the sandbox",
        )
    return signature.service


def _refuse(
    environ: WSGIEnvironment, start: StartResponse, refused: RefusedError
) -> Iterable[bytes]:
    kind, text = body_of(refused)
    is_head = environ["REQUEST_METHOD"] == "HEAD"
    return _send(start, refused.status, kind, b"" if is_head else text)


def _send(start: StartResponse, status: int, kind: str, body: bytes) -> Iterable[bytes]:
    headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
    start(f"{status} {_HTTP.get(status, 'Error')}", headers)
    return [body]
