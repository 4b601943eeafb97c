"""What a request to S3 asks for: the action and the resource that IAM decides about.

From "Actions, resources, and condition keys for Amazon S3" in the Service Authorization Reference.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit


class S3Request(NamedTuple):
    """``action`` is None for what the sandbox has no rule for. ``bucket`` is empty for a list."""

    action: str | None
    bucket: str
    key: str
    context: dict[str, str | tuple[str, ...]]

    @property
    def resource(self) -> str:
        """The ARN that policies name. The list of buckets knows no narrower one than ``*``."""
        if not self.bucket:
            return "arn:aws:s3:::*"
        return f"arn:aws:s3:::{self.bucket}" + (f"/{self.key}" if self.key else "")


_OF_BUCKET = {
    ("GET", ""): "s3:ListBucket",
    ("HEAD", ""): "s3:ListBucket",
    ("PUT", ""): "s3:CreateBucket",
    ("DELETE", ""): "s3:DeleteBucket",
    ("GET", "location"): "s3:GetBucketLocation",
    ("GET", "policy"): "s3:GetBucketPolicy",
    ("PUT", "policy"): "s3:PutBucketPolicy",
    ("DELETE", "policy"): "s3:DeleteBucketPolicy",
    ("GET", "policyStatus"): "s3:GetBucketPolicyStatus",
    ("GET", "versions"): "s3:ListBucketVersions",
    ("GET", "versioning"): "s3:GetBucketVersioning",
    ("PUT", "versioning"): "s3:PutBucketVersioning",
    ("GET", "acl"): "s3:GetBucketAcl",
    ("PUT", "acl"): "s3:PutBucketAcl",
    ("GET", "tagging"): "s3:GetBucketTagging",
    ("PUT", "tagging"): "s3:PutBucketTagging",
    ("DELETE", "tagging"): "s3:PutBucketTagging",
    ("GET", "encryption"): "s3:GetEncryptionConfiguration",
    ("PUT", "encryption"): "s3:PutEncryptionConfiguration",
    ("GET", "publicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("PUT", "publicAccessBlock"): "s3:PutBucketPublicAccessBlock",
    ("GET", "uploads"): "s3:ListBucketMultipartUploads",
    ("POST", "delete"): "s3:DeleteObject",
}
_OF_OBJECT = {
    ("GET", ""): "s3:GetObject",
    ("HEAD", ""): "s3:GetObject",
    ("PUT", ""): "s3:PutObject",
    ("DELETE", ""): "s3:DeleteObject",
    ("GET", "acl"): "s3:GetObjectAcl",
    ("GET", "tagging"): "s3:GetObjectTagging",
    ("PUT", "tagging"): "s3:PutObjectTagging",
    ("GET", "attributes"): "s3:GetObjectAttributes",
    ("POST", "uploads"): "s3:PutObject",
    ("PUT", "uploadId"): "s3:PutObject",
    ("POST", "uploadId"): "s3:PutObject",
    ("DELETE", "uploadId"): "s3:AbortMultipartUpload",
}
_SUBRESOURCES = {name for _, name in (*_OF_BUCKET, *_OF_OBJECT) if name}
_HARMLESS = {
    *("list-type", "prefix", "delimiter", "max-keys", "marker", "start-after"),
    *("continuation-token", "encoding-type", "fetch-owner", "x-id", "partNumber", "key-marker"),
    *("version-id-marker", "max-buckets", "bucket-region", "allow-unordered"),
}
_KEYS = {"prefix": "s3:prefix", "delimiter": "s3:delimiter", "max-keys": "s3:max-keys"}


def s3_request(method: str, raw_path: str, host: str) -> S3Request:
    """The request by its method, path (bucket in the path or in the host), and query."""
    parts = urlsplit(raw_path)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    bucket, _, key = _path(unquote(parts.path), host).partition("/")
    return S3Request(_action(method, bucket, key, query), bucket, key, _context(query))


def _path(path: str, host: str) -> str:
    name = host.partition(":")[0]
    for own in (".localhost", ".127.0.0.1"):
        if name.endswith(own):
            return f"{name.removesuffix(own)}{path}"
    return path.removeprefix("/")


def _action(method: str, bucket: str, key: str, query: dict[str, str]) -> str | None:
    unknown = set(query) - _SUBRESOURCES - _HARMLESS - {"versionId"}
    named = _SUBRESOURCES & set(query)
    if unknown or len(named) > 1:
        return None
    if not bucket:
        return "s3:ListAllMyBuckets" if method == "GET" and not named else None
    table = _OF_OBJECT if key else _OF_BUCKET
    action = table.get((method, next(iter(named), "")))
    if action in {"s3:GetObject", "s3:DeleteObject"} and "versionId" in query:
        return f"{action}Version"
    return action


def _context(query: dict[str, str]) -> dict[str, str | tuple[str, ...]]:
    return {_KEYS[name]: value for name, value in query.items() if name in _KEYS}
