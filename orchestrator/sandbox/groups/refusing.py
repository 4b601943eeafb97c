"""The errors that Resource Groups gives itself."""

from __future__ import annotations

from orchestrator.sandbox.runcommand import ApiError


def bad_request(message: str) -> ApiError:
    """The request breaks a rule."""
    return ApiError("BadRequestException", message)


def not_found(name: str) -> ApiError:
    """There is no such group."""
    return ApiError("NotFoundException", f"Cannot find group: {name}", 404)
