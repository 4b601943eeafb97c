"""Signature Version 4: who signed a request, and whether the signature is right.

"Create a signed AWS API request" in the IAM User Guide, and for S3 "Authenticating Requests: Using
the Authorization Header". botocore's own signer would leave out headers that other clients sign,
such as ``user-agent``, so the signature is made again here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox.cloud.refusals import Reason

_ALGORITHM = "AWS4-HMAC-SHA256"
_CREDENTIAL = re.compile(
    r"(?P<access_key_id>[^/\s]+)/(?P<date>\d{8})/(?P<region>[\w-]+)/(?P<service>[\w-]+)"
    r"/aws4_request",
    re.ASCII,
)
_HEADERS = re.compile(r"[a-z0-9-]+(?:;[a-z0-9-]+)*")
_VALUE = re.compile(r"[0-9a-f]{64}")
_DATE = "%Y%m%dT%H%M%SZ"
_UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
MOUNTED = "orch.mounted"
"""Where a request's environment keeps the folder that its service stands below, if any."""
_MAY_BE_UNSIGNED = frozenset({"x-amz-content-sha256", "x-amz-user-agent"})
"""The first stands in the canonical request anyhow, and S3 tolerates it; the SDK for .NET never
signs the second."""


class MalformedSignatureError(Exception):
    """An Authorization header that is none; says what is wrong with it, as AWS would."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What an Authorization header says. ``signed`` are the names of the headers it covers."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed: tuple[str, ...]
    value: str


def read_signature(environ: WSGIEnvironment) -> Signature | None:
    """The request's signature; None where it has none.

    Raises:
        MalformedSignatureError: there is a header, and it has not the form of a signature.
    """
    text = str(environ.get("HTTP_AUTHORIZATION", "")).strip()
    if not text:
        return None
    algorithm, _, rest = text.partition(" ")
    if algorithm != _ALGORITHM:
        raise MalformedSignatureError(f"Authorization header requires '{_ALGORITHM}'.")
    parts = dict(item.strip().partition("=")[::2] for item in rest.split(","))
    credential = _CREDENTIAL.fullmatch(parts.get("Credential", ""))
    headers, value = parts.get("SignedHeaders", ""), parts.get("Signature", "")
    if credential is None:
        raise MalformedSignatureError("Authorization header requires 'Credential' parameter.")
    if not _HEADERS.fullmatch(headers):
        raise MalformedSignatureError("Authorization header requires 'SignedHeaders' parameter.")
    if not _VALUE.fullmatch(value):
        raise MalformedSignatureError("Authorization header requires 'Signature' parameter.")
    return Signature(**credential.groupdict(), signed=tuple(headers.split(";")), value=value)


def fault(
    signature: Signature, environ: WSGIEnvironment, body: bytes, secret: str
) -> Reason | None:
    """What is wrong with it; None where whoever has the secret signed this very request."""
    headers = headers_of(environ)
    if not {*signature.signed, "x-amz-date"} <= set(headers):
        return Reason.MALFORMED
    if "host" not in signature.signed or _unsigned(headers, signature.signed):
        return Reason.UNSIGNED_HEADERS
    moment = headers["x-amz-date"]
    if not moment.startswith(f"{signature.date}T"):
        return Reason.WRONG_SIGNATURE
    hashed = hashlib.sha256(body).hexdigest()
    given = headers.get("x-amz-content-sha256")
    covered = hashed
    if signature.service == "s3":
        if given is None:
            return Reason.INVALID
        covered = given
    canonical = _canonical(signature, environ, headers, covered)
    if not hmac.compare_digest(signature.value, _expected(signature, moment, canonical, secret)):
        return Reason.WRONG_SIGNATURE
    return None if given in {None, hashed} else _fault_of_content(signature.service, covered)


def _fault_of_content(service: str, given: str) -> Reason | None:
    """What is wrong where the signature is right, and covers another hash than the body's."""
    if service != "s3":
        return Reason.WRONG_SIGNATURE
    if given.startswith("STREAMING-"):
        return Reason.NOT_HERE
    return None if given == _UNSIGNED_PAYLOAD else Reason.WRONG_CONTENT


def signed_at(environ: WSGIEnvironment) -> datetime | None:
    """The time that the request carries, in UTC; None where it carries none."""
    try:
        return datetime.strptime(environ.get("HTTP_X_AMZ_DATE", ""), _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None


def raw_path(environ: WSGIEnvironment) -> tuple[str, str]:
    """Path and query as they were sent, before anything was unquoted.

    Where a service stands below a folder of its own, the path is that below it.
    """
    path, query = _sent(environ)
    return path.removeprefix(str(environ.get(MOUNTED, ""))) or "/", query


def _sent(environ: WSGIEnvironment) -> tuple[str, str]:
    """Path and query as they were signed: whole."""
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if raw:
        path, _, query = str(raw).partition("?")
        return path, query
    return str(environ.get("PATH_INFO", "/")), str(environ.get("QUERY_STRING", ""))


def _unsigned(headers: Mapping[str, str], signed: tuple[str, ...]) -> frozenset[str]:
    """Headers that have to be signed wherever they are sent, and are not."""
    amazons = frozenset(name for name in headers if name.startswith("x-amz-"))
    return amazons - frozenset(signed) - _MAY_BE_UNSIGNED


def _expected(signature: Signature, moment: str, canonical: str, secret: str) -> str:
    scope = f"{signature.date}/{signature.region}/{signature.service}/aws4_request"
    request = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"{_ALGORITHM}\n{moment}\n{scope}\n{request}"
    return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical(
    signature: Signature, environ: WSGIEnvironment, headers: Mapping[str, str], hashed: str
) -> str:
    """The canonical request, of the very headers that the signature covers."""
    path, query = _sent(environ)
    lines = [f"{name}:{' '.join(headers[name].split())}\n" for name in signature.signed]
    return "\n".join(
        (
            str(environ["REQUEST_METHOD"]),
            # S3 alone encodes a path once; all others encode what is encoded already.
            _encoded(unquote_to_bytes(path) if signature.service == "s3" else path, safe="/-_.~"),
            _canonical_query(query),
            "".join(lines),
            ";".join(signature.signed),
            hashed,
        )
    )


def _canonical_query(query: str) -> str:
    pairs = (item.partition("=") for item in query.split("&") if item)
    encoded = sorted(
        (_encoded(unquote_to_bytes(key)), _encoded(unquote_to_bytes(value)))
        for key, _, value in pairs
    )
    return "&".join(f"{key}={value}" for key, value in encoded)


def _encoded(text: str | bytes, safe: str = "-_.~") -> str:
    return quote(text, safe=safe)


def headers_of(environ: WSGIEnvironment) -> Mapping[str, str]:
    """All headers that were sent, their names in lower case."""
    found = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if name in environ:
            found[name.replace("_", "-").lower()] = str(environ[name])
    return found
