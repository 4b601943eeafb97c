"""Where SSM's clock is read and moved: on loopback, by whoever knows the token in its path."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from orchestrator.sandbox.clock.durations import LONGEST

_LARGEST = 1000


class Moved(Protocol):
    """Whoever keeps the time."""

    def now(self) -> datetime:
        """SSM's time."""

    def forward(self, by: timedelta) -> Iterator[Mapping[str, Any]]:
        """Move it on, and tell of each run on the way, at last of all."""


class ClockEndpoint:
    """A WSGI application. GET reads the time; POST moves it on, a line of JSON for each run."""

    def __init__(self, time: Moved) -> None:
        self._time = time
        self.path = f"/{secrets.token_urlsafe(24)}"

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        size = str(environ.get("CONTENT_LENGTH") or "0")
        body = environ["wsgi.input"].read(min(int(size), _LARGEST)) if size.isdigit() else b""
        given = str(environ.get("PATH_INFO", ""))
        if not hmac.compare_digest(given.encode(), self.path.encode()):
            return _answer(start, "404 Not Found", {"error": "there is nothing here"})
        if environ["REQUEST_METHOD"] == "GET":
            return _answer(start, "200 OK", {"now": self._time.now().isoformat()})
        by = _seconds(body) if environ["REQUEST_METHOD"] == "POST" else None
        if by is None:
            message = 'POST {"forward": SECONDS}, more than none and no more than ten years'
            return _answer(start, "400 Bad Request", {"error": message})
        start("200 OK", [("Content-Type", "application/x-ndjson")])
        return (_line(step) for step in self._time.forward(by))


def _seconds(body: bytes) -> timedelta | None:
    try:
        by = timedelta(seconds=json.loads(body)["forward"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    return by if timedelta(0) < by <= LONGEST else None


def _answer(start: StartResponse, status: str, told: Mapping[str, Any]) -> list[bytes]:
    line = _line(told)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(line)))]
    start(status, headers)
    return [line]


def _line(told: Mapping[str, Any]) -> bytes:
    return (json.dumps(told) + "\n").encode()
