"""How an operation is refused, and whom a service asks about a request."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol
from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox.parts import Place


class ApiError(Exception):
    """An answer that is an error: AWS's code, a message, and the HTTP status."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class Authorize(Protocol):
    """Whoever decides whether a request is allowed."""

    def __call__(self, environ: WSGIEnvironment, action: str, resource: str) -> None:
        """Raise ApiError unless the signer of this request may do this to that ARN (or ``*``)."""


class Groups(Protocol):
    """Whoever knows the resource groups of a request's signer."""

    def __call__(self, environ: WSGIEnvironment, name: str, /) -> Collection[str]:
        """The ids of the instances in that group, and none where there is no such group.

        Raises ApiError: AccessDeniedException where the signer may not list them.
        """


def no_groups(_environ: WSGIEnvironment, _name: str) -> Collection[str]:
    """No group at all: for a service that stands alone, as in tests."""
    return ()


Locate = Callable[[WSGIEnvironment], Place]
"""Whose part of which region a request is for: its signer's. Raises ApiError."""


def allow_all(environ: WSGIEnvironment, action: str, resource: str) -> None:
    """Allow everything: for a service that stands alone, as in tests."""
