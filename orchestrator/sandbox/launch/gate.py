"""Run Command's requests are decided by the cloud: the same identities, the same policies."""

from __future__ import annotations

from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import Cloud, RefusedError
from orchestrator.sandbox.runcommand import ApiError, Authorize


def authorizer(cloud: Cloud) -> Authorize:
    """The decision about one action on one resource, for requests to Run Command."""

    def authorize(environ: WSGIEnvironment, action: str, resource: str) -> None:
        try:
            cloud.authorize(environ, _body(environ), action, resource, world.ACCOUNT_A)
        except RefusedError as refused:
            raise ApiError(refused.code, refused.message, refused.status) from refused

    return authorize


def _body(environ: WSGIEnvironment) -> bytes:
    source = environ["wsgi.input"]
    source.seek(0)
    body: bytes = source.read()
    return body
