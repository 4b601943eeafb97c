"""Faults of the service's own endpoint: calls that are refused, lost, late, or fail."""

from __future__ import annotations

import io
import json
import socket
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from orchestrator.sandbox.fleet.drawing import Drawing
from orchestrator.sandbox.fleet.faults import Faults
from orchestrator.sandbox.server import App

_PAGES = frozenset(
    {
        *("ListCommandInvocations", "ListCommands", "DescribeInstanceInformation"),
        *("ListAssociations", "DescribeAssociationExecutions"),
        *("DescribeAssociationExecutionTargets", "ListComplianceItems"),
    }
)
_KIND = "application/x-amz-json-1.1"
_LARGEST = 2 * 1024 * 1024


class DroppedError(ConnectionError):
    """The connection was closed in place of an answer."""


class FaultyNetwork:
    """A WSGI application before Run Command's.

    The n-th call of an operation fares the same in every run with the same seed; ``where`` says
    which calls are counted together, e.g. those of one account and region. What is dropped or
    answered by a 500 was carried out all the same in half of the cases, as in AWS nobody knows.
    """

    def __init__(
        self,
        app: App,
        faults: Faults,
        chance: Drawing,
        sleep: Callable[[float], None],
        where: Callable[[WSGIEnvironment], str] = lambda _: "",
    ) -> None:
        self._app = app
        self._faults = faults
        self._chance = chance
        self._sleep = sleep
        self._where = where
        self._calls: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request, or none."""
        operation = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
        _read_body(environ)
        where = self._where(environ)
        with self._lock:
            self._calls[where, operation] += 1
            number = self._calls[where, operation]

        def befalls(share: float, name: str) -> bool:
            return self._chance.happens(share, "call", where, operation, number, name)

        faults = self._faults
        if befalls(faults.throttle, "throttle"):
            return _error(start, 400, "ThrottlingException", "Rate exceeded")
        is_lost, fails = befalls(faults.dropped, "dropped"), befalls(faults.error_500, "error-500")
        if is_lost or fails:
            if befalls(0.5, "carried out"):
                _ = list(self._app(environ, lambda *_: _nowhere))
            if is_lost:
                _drop(environ)
            return _error(
                start, 500, "InternalServerError", "An error occurred on the server side."
            )
        answer = self._app(environ, start)
        if operation in _PAGES and befalls(faults.slow_page.share, "slow-page"):
            # What is late is also old: it was made before.
            self._sleep(faults.slow_page.much)
        return answer


def _nowhere(_data: bytes) -> None:
    """Where an answer is written to that nobody gets."""


def _read_body(environ: WSGIEnvironment) -> None:
    """All of it, so that the connection can carry the next request."""
    size = min(int(environ.get("CONTENT_LENGTH") or 0), _LARGEST + 1)
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(size))


def _drop(environ: WSGIEnvironment) -> None:
    """Close the connection; werkzeug takes the error for a client that has gone."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    raise DroppedError


def _error(start: StartResponse, status: int, code: str, message: str) -> list[bytes]:
    body = json.dumps({"__type": code, "message": message}).encode()
    words = {400: "Bad Request", 500: "Internal Server Error"}[status]
    headers = [
        ("Content-Type", _KIND),
        ("Content-Length", str(len(body))),
        ("x-amzn-RequestId", str(uuid.uuid4())),
    ]
    start(f"{status} {words}", headers)
    return [body]
