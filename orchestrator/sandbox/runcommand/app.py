"""The endpoint: AWS's JSON 1.1 protocol over WSGI."""

from __future__ import annotations

import io
import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.shapes import Json

_TARGET = "AmazonSSM."
_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/([\w-]+)/([\w-]+)/aws4_request")
_LARGEST_REQUEST = 2 * 1024 * 1024

Handle = Callable[[WSGIEnvironment, str, Mapping[str, Any]], Json]
"""From the request's environment, operation and members to its answer. Raises ApiError."""


class Endpoint:
    """A WSGI application around the operations."""

    def __init__(self, handle: Handle, target: str = _TARGET) -> None:
        """``target``: how the header ``X-Amz-Target`` begins, before the operation's name."""
        self._handle = handle
        self._target = target

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        status, answer = 200, b""
        try:
            body = _body(environ)
            answer = _json(self._handle(environ, self._operation(environ), _members(body)))
        except ApiError as error:
            status = error.status
            answer = _json({"__type": error.code, "message": error.message})
        headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Content-Length", str(len(answer))),
            ("x-amzn-RequestId", str(uuid.uuid4())),
        ]
        start(f"{status} {HTTPStatus(status).phrase}", headers)
        return [answer]

    def _operation(self, environ: WSGIEnvironment) -> str:
        target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
        if environ["REQUEST_METHOD"] != "POST" or not target.startswith(self._target):
            message = f"{target or 'a request without X-Amz-Target'} is not in the sandbox"
            raise ApiError("UnknownOperationException", message, 404)
        return target.removeprefix(self._target)


def signed_region(environ: WSGIEnvironment) -> str:
    """The region that the request was signed for. MissingAuthenticationTokenException."""
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found is None:
        raise ApiError("MissingAuthenticationTokenException", "Missing Authentication Token")
    return found[1]


def _body(environ: WSGIEnvironment) -> bytes:
    """All of it, so that the connection can carry the next request."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    if size > _LARGEST_REQUEST:
        raise ApiError("RequestEntityTooLargeException", f"{size} bytes are too many", 413)
    body: bytes = environ["wsgi.input"].read(size)
    # Whoever checks the signature reads it again.
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _members(body: bytes) -> Mapping[str, Any]:
    try:
        members = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("SerializationException", str(error)) from error
    if not isinstance(members, dict):
        raise ApiError("SerializationException", "the request is not a structure")
    return {name: value for name, value in members.items() if value is not None}


def _json(answer: Json) -> bytes:
    return json.dumps(answer).encode()
