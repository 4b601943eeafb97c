"""The door to moto: the one place that knows how it keeps roles, users, policies and buckets.

moto holds the state of IAM, S3, CloudFormation and EC2. What is allowed is decided outside of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.exceptions import NotFoundException
from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.s3.models import s3_backends

PARTITION = "aws"
_OF_AWS = "arn:aws:iam::aws:policy/"


@dataclass(frozen=True, slots=True)
class Document:
    """A policy as it is kept: its name, and its JSON text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A user or a role: who it is, and the policies that speak about what it may do.

    ``trust`` is None for a user. ``longest_session`` is a role's MaxSessionDuration in seconds.
    """

    arn: str
    account: str
    name: str
    unique_id: str
    identity: tuple[Document, ...]
    boundary: Document | None
    tags: Mapping[str, str]
    trust: str | None = None
    longest_session: int = 3600


@dataclass(frozen=True, slots=True)
class UserKey:
    """An access key of a user. A key that was made inactive opens nothing."""

    user: Holder
    secret: str
    active: bool


def role(arn: str) -> Holder | None:
    """The role of that whole ARN, path included; None where there is none."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("role/"):
        return None
    found = next((r for r in _iam(parts[4]).roles.values() if r.arn == arn), None)
    return None if found is None else _of_role(found)


def role_named(account: str, name: str) -> Holder | None:
    """The role of that name, whatever its path."""
    found = next((r for r in _iam(account).roles.values() if r.name == name), None)
    return None if found is None else _of_role(found)


def user_named(account: str, name: str) -> Holder | None:
    """The user of that name."""
    found = _iam(account).users.get(name)
    return None if found is None else _of_user(account, found)


def user_key(access_key_id: str) -> UserKey | None:
    """The user's key of that id, in whichever account."""
    for account in list(iam_backends):
        for user in list(_iam(account).users.values()):
            for key in user.access_keys:
                if key.access_key_id == access_key_id:
                    holder = _of_user(account, user)
                    return UserKey(holder, key.secret_access_key, key.status == "Active")
    return None


def roles_of_profile(account: str, name: str) -> tuple[Holder, ...]:
    """The roles (one at most, in AWS) in an instance profile; none where there is no profile."""
    profiles = _iam(account).instance_profiles.values()
    return tuple(_of_role(r) for p in profiles if p.name == name for r in p.roles)


def principals() -> Mapping[str, str]:
    """The unique id of each role and user there is, by ARN."""
    return {
        item.arn: item.id
        for account in list(iam_backends)
        for item in (*_iam(account).roles.values(), *_iam(account).users.values())
    }


def replace_in_policies(old: str, new: str) -> None:
    """Replace a principal in every trust and bucket policy, as AWS does when one is deleted."""
    before, after = json.dumps(old), json.dumps(new)
    for account in list(iam_backends):
        for item in _iam(account).roles.values():
            item.assume_role_policy_document = _text(item.assume_role_policy_document).replace(
                before, after
            )
        for bucket in s3_backends[account][PARTITION].buckets.values():
            if bucket.policy:
                bucket.policy = _decoded(bucket.policy).replace(before, after).encode()


def bucket_owner(name: str) -> str | None:
    """The account that a bucket belongs to."""
    found = s3_backends.bucket_accounts.get(name)
    return None if found is None else str(found[1])


def bucket_policy(name: str) -> str | None:
    """The bucket's policy, where it has one."""
    owner = bucket_owner(name)
    bucket = s3_backends[owner][PARTITION].buckets.get(name) if owner else None
    return _decoded(bucket.policy) if bucket and bucket.policy else None


def date_bucket(name: str, created: Any) -> None:
    """Let the bucket have been created at that time (UTC), which no API can do."""
    owner = bucket_owner(name)
    assert owner is not None, name
    s3_backends[owner][PARTITION].buckets[name].creation_date = created.replace(tzinfo=None)


def know_managed_policy(account: str, arn: str) -> None:
    """Let the account know one of AWS's own policies, where moto has it in its data.

    moto would load all of them for each account at once, which takes longer than all the rest.
    """
    known = _iam(account).managed_policies
    name = arn.removeprefix(_OF_AWS).rpartition("/")[2]
    if arn.startswith(_OF_AWS) and arn not in known and name in _managed():
        policy = AWSManagedPolicy.from_data(name, account, "us-east-1", _managed()[name])
        known[policy.arn] = policy


@cache
def _managed() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(aws_managed_policies_data)
    return found


def _iam(account: str) -> Any:
    return iam_backends[account][PARTITION]


def _of_role(item: Any) -> Holder:
    return Holder(
        arn=item.arn,
        account=item.account_id,
        name=item.name,
        unique_id=item.id,
        identity=tuple(_policies(item)),
        boundary=_boundary(item.account_id, item.permissions_boundary_arn),
        tags=_tags(item.tags),
        trust=_text(item.assume_role_policy_document),
        longest_session=int(item.max_session_duration or 3600),
    )


def _of_user(account: str, item: Any) -> Holder:
    groups = [g for g in _iam(account).groups.values() if item in g.users]
    documents = [d for holder in (item, *groups) for d in _policies(holder)]
    tags = _iam(account).tagger.get_tag_dict_for_resource(item.arn)
    return Holder(item.arn, account, item.name, item.id, tuple(documents), None, tags)


def _policies(item: Any) -> Iterator[Document]:
    for name, text in item.policies.items():
        yield Document(name, _text(text))
    for policy in item.managed_policies.values():
        yield Document(policy.arn, _default_version(policy))


def _boundary(account: str, arn: str | None) -> Document | None:
    if not arn:
        return None
    know_managed_policy(account, arn)
    try:
        return Document(arn, _default_version(_iam(account).get_policy(arn)))
    except NotFoundException:
        # AWS cannot lose a policy that is somebody's boundary; nothing is allowed by none.
        return Document(arn, '{"Version": "2012-10-17", "Statement": []}')


def _default_version(policy: Any) -> str:
    versions = {version.version_id: version for version in policy.versions}
    return _text(versions[policy.default_version_id].document)


def _tags(tags: Any) -> Mapping[str, str]:
    pairs = tags.values() if isinstance(tags, dict) else tags or ()
    return {pair["Key"]: pair["Value"] for pair in pairs}


def _text(policy: Any) -> str:
    """Moto keeps what a template says as an object, what an API call says as text."""
    return policy if isinstance(policy, str) else json.dumps(policy)


def _decoded(policy: bytes | str) -> str:
    return policy.decode() if isinstance(policy, bytes) else policy
