"""The buckets that moto keeps: whose they are, and what their policies say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.s3.models import s3_backends

from orchestrator.sandbox.cloud.state import PARTITION


def bucket_owner(name: str) -> str | None:
    """The account that a bucket belongs to; None where there is no such bucket."""
    found = s3_backends.bucket_accounts.get(name)
    return None if found is None else str(found[1])


def bucket_region(name: str) -> str | None:
    """The region that a bucket lies in; None where there is no such bucket."""
    owner = bucket_owner(name)
    found = s3_backends[owner][PARTITION].buckets.get(name) if owner else None
    return None if found is None else str(found.region_name)


def has_object(bucket: str, key: str) -> bool:
    """Whether the bucket holds such an object."""
    owner = bucket_owner(bucket)
    found = s3_backends[owner][PARTITION].buckets.get(bucket) if owner else None
    return found is not None and key in found.keys


def bucket_policy(name: str) -> str | None:
    """The bucket's policy, where it has one."""
    owner = bucket_owner(name)
    bucket = s3_backends[owner][PARTITION].buckets.get(name) if owner else None
    return policy_of(bucket) if bucket and bucket.policy else None


def with_policy() -> Iterator[Any]:
    """All buckets that have a policy, in every account, as moto's own objects."""
    for account in list(s3_backends):
        for bucket in list(s3_backends[account][PARTITION].buckets.values()):
            if bucket.policy:
                yield bucket


def date_bucket(name: str, created: Any) -> None:
    """Let the bucket have been created at that time (UTC), which no API can do."""
    owner = bucket_owner(name)
    assert owner is not None, name
    s3_backends[owner][PARTITION].buckets[name].creation_date = created.replace(tzinfo=None)


def policy_of(bucket: Any) -> str:
    """The policy of one of moto's own objects, as text."""
    policy = bucket.policy
    return policy.decode() if isinstance(policy, bytes) else str(policy)
