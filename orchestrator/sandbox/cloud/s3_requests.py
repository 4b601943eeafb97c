"""What a request to S3 asks for: the action and the resource that IAM decides about.

From "Actions, resources, and condition keys for Amazon S3" in the Service Authorization Reference.
What is not in the tables is not in the sandbox: bucket websites and the like, but also what could
make a bucket or an object public, since access lists are no part of the decision here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote_to_bytes

from orchestrator.sandbox.cloud.context import Keys

_BUCKETS_HOST = re.compile(r"(.+)\.(?:localhost|\d{1,3}(?:\.\d{1,3}){3})", re.ASCII)


class S3Request(NamedTuple):
    """``action`` is None for what the sandbox has no rule for. ``bucket`` is empty for a list."""

    action: str | None
    bucket: str
    key: str
    query: Mapping[str, str]

    @property
    def resource(self) -> str:
        """The ARN that policies name. The list of buckets knows no narrower one than ``*``."""
        if not self.bucket:
            return "arn:aws:s3:::*"
        return self.bucket_arn + (f"/{self.key}" if self.key else "")

    @property
    def bucket_arn(self) -> str:
        """The bucket's ARN."""
        return f"arn:aws:s3:::{self.bucket}"

    @property
    def context(self) -> Keys:
        """The condition keys that its parameters give."""
        return {_KEYS[name]: value for name, value in self.query.items() if name in _KEYS}


_OF_BUCKET = {
    ("GET", ""): "s3:ListBucket",
    ("HEAD", ""): "s3:ListBucket",
    ("PUT", ""): "s3:CreateBucket",
    ("DELETE", ""): "s3:DeleteBucket",
    ("GET", "location"): "s3:GetBucketLocation",
    ("GET", "policy"): "s3:GetBucketPolicy",
    ("PUT", "policy"): "s3:PutBucketPolicy",
    ("DELETE", "policy"): "s3:DeleteBucketPolicy",
    ("GET", "versions"): "s3:ListBucketVersions",
    ("GET", "versioning"): "s3:GetBucketVersioning",
    ("PUT", "versioning"): "s3:PutBucketVersioning",
    ("GET", "acl"): "s3:GetBucketAcl",
    ("GET", "tagging"): "s3:GetBucketTagging",
    ("PUT", "tagging"): "s3:PutBucketTagging",
    ("DELETE", "tagging"): "s3:PutBucketTagging",
    ("GET", "encryption"): "s3:GetEncryptionConfiguration",
    ("PUT", "encryption"): "s3:PutEncryptionConfiguration",
    ("GET", "uploads"): "s3:ListBucketMultipartUploads",
}
_OF_OBJECT = {
    ("GET", ""): "s3:GetObject",
    ("HEAD", ""): "s3:GetObject",
    ("PUT", ""): "s3:PutObject",
    ("DELETE", ""): "s3:DeleteObject",
    ("GET", "acl"): "s3:GetObjectAcl",
    ("GET", "tagging"): "s3:GetObjectTagging",
    ("PUT", "tagging"): "s3:PutObjectTagging",
    ("POST", "uploads"): "s3:PutObject",
    ("PUT", "uploadId"): "s3:PutObject",
    ("POST", "uploadId"): "s3:PutObject",
    ("DELETE", "uploadId"): "s3:AbortMultipartUpload",
}
_OF_VERSION = {
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:DeleteObject": "s3:DeleteObjectVersion",
    "s3:GetObjectAcl": "s3:GetObjectVersionAcl",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
}
_SUBRESOURCES = {name for _, name in (*_OF_BUCKET, *_OF_OBJECT) if name}
_OF_LIST = {"x-id", "prefix", "max-buckets", "bucket-region", "continuation-token"}
_OF_LISTING = {
    *("x-id", "list-type", "prefix", "delimiter", "max-keys", "marker", "start-after"),
    *("continuation-token", "encoding-type", "fetch-owner", "key-marker", "version-id-marker"),
}
_OF_ONE_OBJECT = {"x-id", "versionId", "partNumber"}
_KEYS = {
    "prefix": "s3:prefix",
    "delimiter": "s3:delimiter",
    "max-keys": "s3:max-keys",
    "versionId": "s3:VersionId",
}
OWNERS_ACL = "bucket-owner-full-control"
"""The one canned access list that is taken here, with an object: it makes nothing public."""

_HEADERS = (
    *("x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-user-agent"),
    *("x-amz-meta-", "x-amz-checksum-", "x-amz-sdk-checksum-algorithm"),
    "x-amz-expected-bucket-owner",
)


def s3_request(method: str, path: str, query: str, host: str) -> S3Request:
    """The request by its method, path (bucket in the path or in the host), and query, all raw.

    Raises:
        ValueError: a parameter stands twice, or path or query are no UTF-8.
    """
    pairs = parse_qsl(query, keep_blank_values=True, errors="strict")
    wanted = dict(pairs)
    if len(wanted) != len(pairs):
        raise ValueError("a parameter stands twice")
    bucket, _, key = _path(unquote_to_bytes(path).decode(), host).partition("/")
    return S3Request(_action(method, bucket, key, wanted), bucket, key, wanted)


def unknown_header(names: Mapping[str, str]) -> str | None:
    """A header of S3's own that the sandbox has no rule for, such as a canned access list."""
    for name, value in names.items():
        if (name, value) == ("x-amz-acl", OWNERS_ACL):
            continue
        if name.startswith("x-amz-") and not name.startswith(_HEADERS):
            return name
    return None


def _path(path: str, host: str) -> str:
    # The SSM agent puts a bucket's name before whatever address it has of S3.
    named = _BUCKETS_HOST.fullmatch(host.partition(":")[0])
    return f"{named[1]}{path}" if named else path.removeprefix("/")


def _action(method: str, bucket: str, key: str, query: Mapping[str, str]) -> str | None:
    named = _SUBRESOURCES & set(query)
    if len(named) > 1 or set(query) - named - _harmless(bucket, key):
        return None
    if not bucket:
        return "s3:ListAllMyBuckets" if (method, key) == ("GET", "") and not named else None
    table = _OF_OBJECT if key else _OF_BUCKET
    action = table.get((method, next(iter(named), "")))
    return _OF_VERSION.get(action or "") if "versionId" in query else action


def _harmless(bucket: str, key: str) -> set[str]:
    """Parameters that change what is answered and not what is asked for."""
    if key:
        return _OF_ONE_OBJECT
    return _OF_LISTING if bucket else _OF_LIST
