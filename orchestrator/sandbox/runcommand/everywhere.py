"""A service of every account and region, behind one endpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar
from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand.app import Endpoint
from orchestrator.sandbox.runcommand.errors import Locate
from orchestrator.sandbox.runcommand.shapes import Json


class Service(Protocol):
    """A service of one place."""

    def handle(self, environ: WSGIEnvironment, operation: str, request: Mapping[str, Any]) -> Json:
        """Answer one request. ApiError."""


Made = TypeVar("Made", bound=Service)


class Everywhere(Generic[Made]):
    """``app`` hands each request to the service of its own place; ``make`` makes one.

    The places share nothing: hosts, commands and the counts of calls are each one's own.
    """

    def __init__(self, make: Callable[[Place], Made], locate: Locate) -> None:
        self.app = Endpoint(self._handle)
        self._make = make
        self._locate = locate
        self._lock = threading.Lock()
        self._made: dict[Place, Made] = {}

    def at(self, place: Place) -> Made:
        """The service of that place."""
        with self._lock:
            if place not in self._made:
                self._made[place] = self._make(place)
            return self._made[place]

    def all(self) -> Sequence[Made]:
        """The services of all places that were asked for so far."""
        with self._lock:
            return list(self._made.values())

    def _handle(self, environ: WSGIEnvironment, operation: str, request: Mapping[str, Any]) -> Json:
        return self.at(self._locate(environ)).handle(environ, operation, request)
