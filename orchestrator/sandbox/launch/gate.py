"""Run Command's requests are decided by the cloud: the same identities, the same policies."""

from __future__ import annotations

from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox.cloud import Cloud, Refused
from orchestrator.sandbox.runcommand import ApiError, Authorize

_CODES = {
    "AccessDenied": "AccessDeniedException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "ExpiredToken": "ExpiredTokenException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
}
"""What the query protocol's codes are called in the JSON protocol."""


def authorizer(cloud: Cloud) -> Authorize:
    """The decision about one action on one resource, for requests to Run Command."""

    def authorize(environ: WSGIEnvironment, action: str, resource: str) -> None:
        try:
            cloud.authorize(
                environ.get("HTTP_AUTHORIZATION", ""),
                environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""),
                action,
                resource,
            )
        except Refused as refused:
            code = _CODES.get(refused.code, refused.code)
            raise ApiError(code, refused.message) from refused

    return authorize
