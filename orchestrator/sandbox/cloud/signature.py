"""Signature Version 4: who signed a request, and whether the signature is right.

"Create a signed AWS API request" in the IAM User Guide. botocore makes the signature again, from
what was sent and the secret that the key has.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from wsgiref.types import WSGIEnvironment

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

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
    headers = _headers(environ)
    request = AWSRequest(
        method=environ["REQUEST_METHOD"],
        url=f"http://{headers.get('host', '')}{_raw_path(environ)}",
        headers={name: headers.get(name, "") for name in signature.signed},
        data=body,
    )
    request.context["timestamp"] = environ.get("HTTP_X_AMZ_DATE", "")
    kind = S3SigV4Auth if signature.service == "s3" else SigV4Auth
    signer = kind(Credentials("", secret), signature.service, signature.region)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return str(signer.signature(text, request))


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
