"""The endpoint: REST and JSON over WSGI; and the groups as Run Command asks for them."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

from orchestrator.sandbox.ec2 import Instance
from orchestrator.sandbox.groups.operations import OPERATIONS, Call, Json, instance_ids
from orchestrator.sandbox.groups.refusing import bad_request
from orchestrator.sandbox.groups.store import Groups
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import ApiError, Authorize, Locate
from orchestrator.sandbox.runcommand.errors import Groups as GroupsOfSigner
from orchestrator.sandbox.runcommand.validation import api_model, validate

_SERVICE = "resource-groups"
_LARGEST = 1024 * 1024
_PATHS = {api_model(_SERVICE).operation_model(name).http["requestUri"]: name for name in OPERATIONS}
_OF_THE_QUERY = {"maxResults": "MaxResults", "nextToken": "NextToken"}
"""Where ListGroups has its page, alone of all operations."""
_BAD_REQUESTS = {"ValidationException", "SerializationException", "InvalidNextToken"}
_FORBIDDEN = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
}
"""What this protocol answers with the status 403."""


class ResourceGroups:
    """A WSGI application. ``instances`` may grow; see `ec2.Ec2` for the other two."""

    def __init__(self, instances: Sequence[Instance], authorize: Authorize, locate: Locate) -> None:
        self._instances = instances
        self._authorize = authorize
        self._locate = locate
        self._groups = Groups()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        status, headers = 200, [("x-amzn-RequestId", str(uuid.uuid4()))]
        try:
            answer = self._answer(environ)
        except ApiError as error:
            code = "BadRequestException" if error.code in _BAD_REQUESTS else error.code
            status = 403 if code in _FORBIDDEN else error.status
            headers.append(("x-amzn-ErrorType", code))
            answer = {"Message": error.message}
        body = json.dumps(answer).encode()
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    def for_run_command(self, authorize: Authorize, locate: Locate) -> GroupsOfSigner:
        """The members of a group, for requests to SSM: ``authorize`` and ``locate`` are of those.

        SSM lists them in its caller's name, who needs the permissions to do so ("Run commands at
        scale" in the Systems Manager User Guide).
        """

        def members(environ: WSGIEnvironment, name: str) -> Collection[str]:
            call = self._call(environ, {"Group": name}, authorize, locate)
            try:
                return instance_ids(call)
            except ApiError as error:
                if error.code == "NotFoundException":
                    return ()
                raise

        return members

    def members_at(self, place: Place, name: str) -> Collection[str]:
        """The same for a service that nobody has asked for it: State Manager's own role may."""
        call = Call(self._groups, place, self._instances, {"Group": name}, lambda _, __: None)
        try:
            return instance_ids(call)
        except ApiError as error:
            if error.code == "NotFoundException":
                return ()
            raise

    def _answer(self, environ: WSGIEnvironment) -> Json:
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] != "POST" or path not in _PATHS:
            what = f"{environ['REQUEST_METHOD']} {path[:80]} of Resource Groups"
            raise ApiError("UnknownOperationException", f"{what} is not in the sandbox", 404)
        operation, request = _PATHS[path], _members(environ)
        call = self._call(environ, request, self._authorize, self._locate)
        validate(operation, request, _SERVICE)
        return OPERATIONS[operation](call)

    def _call(
        self,
        environ: WSGIEnvironment,
        request: Mapping[str, Any],
        authorize: Authorize,
        locate: Locate,
    ) -> Call:
        def allow(action: str, resource: str) -> None:
            authorize(environ, action, resource)

        return Call(self._groups, locate(environ), self._instances, request, allow)


def _members(environ: WSGIEnvironment) -> Mapping[str, Any]:
    size = int(environ.get("CONTENT_LENGTH") or 0)
    if size > _LARGEST:
        raise ApiError("BadRequestException", f"{size} bytes are too many", 413)
    body = environ["wsgi.input"].read(size)
    # Whoever checks the signature reads it again.
    environ["wsgi.input"] = io.BytesIO(body)
    try:
        members = json.loads(body or b"{}")
    except ValueError as error:
        raise bad_request(str(error)) from error
    if not isinstance(members, dict):
        raise bad_request("the request is not a structure")
    found = {name: value for name, value in members.items() if value is not None}
    for name, value in parse_qsl(environ.get("QUERY_STRING", "")):
        if name not in _OF_THE_QUERY:
            raise bad_request(f"{name[:80]} is not in the sandbox")
        is_number = name == "maxResults" and value.isascii() and value.isdigit()
        found[_OF_THE_QUERY[name]] = int(value) if is_number else value
    return found
