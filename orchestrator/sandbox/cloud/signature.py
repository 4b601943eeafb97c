"""Signature Version 4: who signed a request, and whether the signature is right.

"Create a signed AWS API request" in the IAM User Guide. botocore's own signer would leave out
headers that other clients sign, such as ``user-agent``, so the signature is made again here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote
from wsgiref.types import WSGIEnvironment

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[\w-]+)/"
    r"(?P<service>[\w-]+)/aws4_request,\s*SignedHeaders=(?P<headers>[\w;-]+),\s*"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)
_DATE = "%Y%m%dT%H%M%SZ"
_NOT_HASHED = ("UNSIGNED-PAYLOAD", "STREAMING-")


@dataclass(frozen=True, slots=True)
class Signature:
    """What an Authorization header says. ``signed`` are the names of the headers it covers."""

    access_key_id: str
    region: str
    service: str
    signed: tuple[str, ...]
    value: str


def read_signature(environ: WSGIEnvironment) -> Signature | None:
    """The request's signature; None where it has none that can be read."""
    found = _AUTHORIZATION.fullmatch(environ.get("HTTP_AUTHORIZATION", "").strip())
    if found is None:
        return None
    return Signature(
        found["key"],
        found["region"],
        found["service"],
        tuple(found["headers"].split(";")),
        found["signature"],
    )


def is_right(signature: Signature, environ: WSGIEnvironment, body: bytes, secret: str) -> bool:
    """Whether whoever has the secret signed this very request."""
    hashed = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
    if hashed and not hashed.startswith(_NOT_HASHED):
        if not hmac.compare_digest(hashed, hashlib.sha256(body).hexdigest()):
            return False
    elif hashed and signature.service != "s3":
        return False
    return hmac.compare_digest(signature.value, _expected(signature, environ, body, secret))


def signed_at(environ: WSGIEnvironment) -> datetime | None:
    """The time that the request carries, in UTC."""
    try:
        return datetime.strptime(environ.get("HTTP_X_AMZ_DATE", ""), _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None


def _expected(signature: Signature, environ: WSGIEnvironment, body: bytes, secret: str) -> str:
    moment = str(environ.get("HTTP_X_AMZ_DATE", ""))
    scope = f"{moment[:8]}/{signature.region}/{signature.service}/aws4_request"
    request = hashlib.sha256(_canonical(signature, environ, body).encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{request}"
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _canonical(signature: Signature, environ: WSGIEnvironment, body: bytes) -> str:
    """The canonical request, of the very headers that the signature covers."""
    headers = _headers(environ)
    path, _, query = _raw_path(environ).partition("?")
    lines = [f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in signature.signed]
    return "\n".join(
        (
            str(environ["REQUEST_METHOD"]),
            # S3 alone encodes a path once; all others encode what is encoded already.
            _encoded(unquote(path) if signature.service == "s3" else path, safe="/-_.~"),
            _canonical_query(query),
            "".join(lines),
            ";".join(signature.signed),
            headers.get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest(),
        )
    )


def _canonical_query(query: str) -> str:
    pairs = (item.partition("=") for item in query.split("&") if item)
    encoded = sorted((_encoded(unquote(k)), _encoded(unquote(v))) for k, _, v in pairs)
    return "&".join(f"{key}={value}" for key, value in encoded)


def _encoded(text: str, safe: str = "-_.~") -> str:
    return quote(text, safe=safe)


def _headers(environ: WSGIEnvironment) -> Mapping[str, str]:
    found = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            found[name.replace("_", "-").lower()] = str(environ[name])
    return found


def _raw_path(environ: WSGIEnvironment) -> str:
    """Path and query as they were sent, before anything was unquoted."""
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if raw:
        return str(raw)
    query = environ.get("QUERY_STRING", "")
    return f"{environ.get('PATH_INFO', '/')}{'?' if query else ''}{query}"
