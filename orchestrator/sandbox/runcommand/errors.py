"""How an operation is refused."""

from __future__ import annotations

from collections.abc import Callable
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


Locate = Callable[[WSGIEnvironment], Place]
"""Whose part of which region a request is for: its signer's. Raises ApiError."""


def allow_all(environ: WSGIEnvironment, action: str, resource: str) -> None:
    """Allow everything: for a service that stands alone, as in tests."""
