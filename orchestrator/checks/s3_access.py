"""``s3_access``: may this one bucket be read, by S3 ListObjects for at most one object.

The list of buckets says whose account this is; a bucket policy or a narrow role shows only here.
Get-S3Object sends ListObjects, which needs s3:ListBucket on the bucket (Service Authorization
Reference, "Actions, resources, and condition keys for Amazon S3"). Which object came back is no
part of the evidence.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.checks import Check, Response
from orchestrator.model.procedure import Scalar


def request(params: Mapping[str, str]) -> Mapping[str, object]:
    """One object is enough to know."""
    return {"Bucket": params["bucket"], "MaxKeys": 1}


def read(response: Response, params: Mapping[str, str]) -> Mapping[str, Scalar]:
    """That the bucket answered, and whether there is anything in it."""
    return {"readable": True, "name": params["bucket"], "empty": not response.get("Contents")}


def say(value: Mapping[str, Scalar]) -> str:
    """One line: it may be listed, and whether it is empty."""
    content = "is empty" if value.get("empty") else "holds objects"
    return f"bucket {value.get('name')} may be listed, and {content}"


def about(params: Mapping[str, str]) -> str:
    """The bucket whose objects were asked for."""
    return f"objects of bucket {params['bucket']}"


CHECK = Check(
    name="s3_access",
    title="whether the bucket's objects may be listed",
    service="s3",
    operation="ListObjects",
    module="S3",
    cmdlet="Get-S3Object",
    action="s3:ListBucket",
    resource="arn:{partition}:s3:::{bucket}",
    params={"bucket": "bucket"},
    fields={
        "readable": "true where the bucket's objects may be listed",
        "name": "the bucket that was asked for",
        "empty": "whether no object is in it",
    },
    request=request,
    read=read,
    say=say,
    about=about,
)
