"""``s3_bucket``: is the bucket in the list of this account's buckets, by S3 ListBuckets.

Get-S3Bucket -BucketName filters that list on the client, ordinal and case-sensitive, and answers
nothing for a bucket that is not in it. So this says whose buckets are seen, not what may be done
with this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from orchestrator.checks import Check, Response
from orchestrator.model.procedure import Scalar


def read(response: Response, params: Mapping[str, str]) -> Mapping[str, Scalar]:
    """Whether the bucket is listed, and since when it exists (UTC, whole seconds)."""
    buckets = response.get("Buckets")
    for bucket in buckets if isinstance(buckets, list) else []:
        if bucket["Name"] == params["bucket"]:
            return {
                "found": True,
                "name": params["bucket"],
                "created": _iso(bucket["CreationDate"]),
            }
    return {"found": False, "name": params["bucket"], "created": None}


def _iso(moment: datetime | str) -> str:
    """Botocore gives a time, the AWS CLI its text."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def say(value: Mapping[str, Scalar]) -> str:
    """One line: found and created when, or not listed."""
    if value.get("found"):
        return f"bucket {value.get('name')} found, created {value.get('created')}"
    return f"bucket {value.get('name')} is not in this account's list"


def about(params: Mapping[str, str]) -> str:
    """The bucket that was looked for."""
    return f"bucket {params['bucket']}"


CHECK = Check(
    name="s3_bucket",
    title="whether the bucket is listed",
    service="s3",
    operation="ListBuckets",
    module="S3",
    cmdlet="Get-S3Bucket",
    action="s3:ListAllMyBuckets",
    params={"bucket": "bucket"},
    fields={
        "found": "whether the account's list holds the bucket",
        "name": "the bucket that was asked for",
        "created": "when it was created, ISO 8601 in UTC",
    },
    read=read,
    say=say,
    about=about,
)
