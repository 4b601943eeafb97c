"""Requests to the sandbox's own services are decided by the cloud: one set of identities, policies.

``service`` is in each the one that is asked: a signature for another one does not fit.
"""

from __future__ import annotations

from collections.abc import Callable
from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox.cloud import Cloud, RefusedError
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import ApiError, Authorize, Locate


def authorizer(cloud: Cloud, service: str) -> Authorize:
    """The decision about one action on one resource, for requests to that service."""

    def authorize(environ: WSGIEnvironment, action: str, resource: str) -> None:
        try:
            cloud.authorize(environ, _body(environ), service, action, resource)
        except RefusedError as refused:
            raise ApiError(refused.code, refused.message, refused.status) from refused

    return authorize


def locator(cloud: Cloud, service: str) -> Locate:
    """Whose part of which region a request to that service is for."""

    def locate(environ: WSGIEnvironment) -> Place:
        try:
            return cloud.place(environ, _body(environ), service)
        except RefusedError as refused:
            raise ApiError(refused.code, refused.message, refused.status) from refused

    return locate


def signer(cloud: Cloud, service: str) -> Callable[[WSGIEnvironment], str | None]:
    """The ARN of the instance whose own keys signed a request to that service, None for others."""

    def instance(environ: WSGIEnvironment) -> str | None:
        try:
            return cloud.instance_of(environ, _body(environ), service)
        except RefusedError as refused:
            raise ApiError(refused.code, refused.message, refused.status) from refused

    return instance


def _body(environ: WSGIEnvironment) -> bytes:
    """All of it, which whoever comes next reads again."""
    source = environ["wsgi.input"]
    source.seek(0)
    body: bytes = source.read()
    source.seek(0)
    return body
