"""The instance metadata service, version 2, of one emulated host.

Answers as the EC2 user guide says ("Use the Instance Metadata Service to access instance
metadata"): a token by PUT, 400 for a bad or missing TTL, 401 for a GET without a valid token, 403
where the endpoint is switched off, 404 for what is not there. There is no version 1 here, and the
hop limit is not modelled.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from orchestrator.sandbox.parts import Place

_TTL = "HTTP_X_AWS_EC2_METADATA_TOKEN_TTL_SECONDS"
_TOKEN = "HTTP_X_AWS_EC2_METADATA_TOKEN"  # noqa: S105 - a header's name
_LONGEST_TTL = 21_600
_MOST_TOKENS = 10_000
"""Every program that asks gets one, for hours; the oldest makes room."""
_TYPE = "t3.large"
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
}


class ImdsMode(StrEnum):
    """How the endpoint is set: answering, switched off, or on an instance without a role."""

    ON = "on"
    OFF = "off"
    NO_ROLE = "no-role"


class Credentials(Protocol):
    """Temporary credentials of the instance's role."""

    @property
    def access_key_id(self) -> str:
        """``ASIA...``."""

    @property
    def secret_access_key(self) -> str:
        """The secret half."""

    @property
    def token(self) -> str:
        """The session token."""

    @property
    def expiration(self) -> datetime:
        """When they end, in UTC."""


class NoRoleCredentialsError(Exception):
    """EC2 has no credentials for the instance's role. ``code`` is what the metadata says then."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class InstanceIdentity:
    """What an instance is told about itself. ``profile`` is its instance profile's name."""

    instance_id: str
    account: str
    region: str
    role: str
    profile: str
    platform: str = "Windows"

    @property
    def zone(self) -> str:
        """Its availability zone."""
        return f"{self.region}a"

    @property
    def place(self) -> Place:
        """The account's part of the region in which it lies."""
        return Place(self.account, self.region)


class Imds:
    """One host's metadata as a WSGI application.

    ``credentials`` is asked each time that a client asks for the role's credentials; ``mode`` may
    be changed at any time.
    """

    def __init__(self, identity: InstanceIdentity, credentials: Callable[[], Credentials]) -> None:
        self.identity = identity
        self.mode = ImdsMode.ON
        self._credentials = credentials
        self._tokens: dict[str, float] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        status, body = self._answer(environ)
        kind = "application/json" if body.startswith("{") else "text/plain"
        data = body.encode()
        headers = [("Content-Type", kind), ("Content-Length", str(len(data)))]
        if status == 200 and environ["REQUEST_METHOD"] == "PUT":
            headers.append(("X-aws-ec2-metadata-token-ttl-seconds", environ[_TTL]))
        start(f"{status} {_REASONS[status]}", headers)
        return [data]

    def _answer(self, environ: WSGIEnvironment) -> tuple[int, str]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if self.mode is ImdsMode.OFF:
            return 403, ""
        if path.rstrip("/") == "/latest/api/token":
            return self._new_token(environ) if method == "PUT" else (405, "")
        if method != "GET":
            return 405, ""
        if not self._is_valid(environ.get(_TOKEN, "")):
            return 401, ""
        return self._metadata(path)

    def _new_token(self, environ: WSGIEnvironment) -> tuple[int, str]:
        ttl = str(environ.get(_TTL, ""))
        if not (ttl.isascii() and ttl.isdigit() and 1 <= int(ttl) <= _LONGEST_TTL):
            return 400, ""
        if "HTTP_X_FORWARDED_FOR" in environ:
            return 403, ""
        token = secrets.token_urlsafe(42)
        with self._lock:
            self._tokens[token] = time.monotonic() + int(ttl)
            if len(self._tokens) > _MOST_TOKENS:
                del self._tokens[next(iter(self._tokens))]
        return 200, token

    def _is_valid(self, token: str) -> bool:
        with self._lock:
            return self._tokens.get(token, 0.0) > time.monotonic()

    def _metadata(self, path: str) -> tuple[int, str]:
        make = self._documents().get(path.rstrip("/"))
        return (404, "") if make is None else (200, make())

    def _documents(self) -> Mapping[str, Callable[[], str]]:
        identity, data = self.identity, "/latest/meta-data"
        found: dict[str, Callable[[], str]] = {
            f"{data}/instance-id": lambda: identity.instance_id,
            f"{data}/placement/region": lambda: identity.region,
            f"{data}/placement/availability-zone": lambda: identity.zone,
            f"{data}/instance-type": lambda: _TYPE,
            "/latest/dynamic/instance-identity/document": self._identity_document,
        }
        if self.mode is ImdsMode.NO_ROLE:
            return found
        roles = f"{data}/iam/security-credentials"
        return found | {
            f"{data}/iam/info": self._iam_info,
            roles: lambda: identity.role,
            f"{roles}/{identity.role}": self._role_credentials,
        }

    def _iam_info(self) -> str:
        arn = f"arn:aws:iam::{self.identity.account}:instance-profile/{self.identity.profile}"
        return json.dumps({"Code": "Success", "LastUpdated": _now(), "InstanceProfileArn": arn})

    def _role_credentials(self) -> str:
        try:
            found = self._credentials()
        except NoRoleCredentialsError as error:
            said = {"Code": error.code, "Message": error.message, "LastUpdated": _now()}
            return json.dumps(said)
        answer = {
            "Code": "Success",
            "LastUpdated": _now(),
            "Type": "AWS-HMAC",
            "AccessKeyId": found.access_key_id,
            "SecretAccessKey": found.secret_access_key,
            "Token": found.token,
            "Expiration": _text(found.expiration),
        }
        return json.dumps(answer)

    def _identity_document(self) -> str:
        document = {
            "accountId": self.identity.account,
            "architecture": "x86_64",
            "availabilityZone": self.identity.zone,
            "instanceId": self.identity.instance_id,
            "instanceType": _TYPE,
            "region": self.identity.region,
            "version": "2017-09-30",
        }
        return json.dumps(document)


def _now() -> str:
    return _text(datetime.now(UTC))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
