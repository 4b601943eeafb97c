"""The door to moto's IAM: roles and users as those who ask, with the policies that speak of them.

moto holds the state of IAM, S3, CloudFormation and EC2. What is allowed is decided outside of it.
`holdings`, `buckets` and `stacks` are the doors to the rest.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

PARTITION = "aws"
_OF_USER = "AIDA"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


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


def forget_everything() -> None:
    """Begin empty. moto keeps one state for the whole process, whoever made it."""
    BackendDict.reset()
    reset_model_data()


def iam_of(account: str) -> Any:
    """An account's IAM, as moto's own object."""
    return iam_backends[account][PARTITION]


def entities(account: str, kind: str) -> list[Any]:
    """All of a kind as moto's own objects, listed: other threads change moto's meanwhile."""
    iam = iam_of(account)
    kept = {
        "role": iam.roles,
        "user": iam.users,
        "group": iam.groups,
        "instance-profile": iam.instance_profiles,
        "policy": iam.managed_policies,
    }
    return list(kept[kind].values())


def role(arn: str) -> Holder | None:
    """The role of that whole ARN, path included; None where there is none."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("role/") or parts[4] not in iam_backends:
        return None
    found = next((r for r in entities(parts[4], "role") if r.arn == arn), None)
    return None if found is None else _of_role(found)


def role_named(account: str, name: str) -> Holder | None:
    """The role of that name, whatever its path."""
    found = next((r for r in entities(account, "role") if r.name == name), None)
    return None if found is None else _of_role(found)


def user_named(account: str, name: str) -> Holder | None:
    """The user of that name."""
    found = iam_of(account).users.get(name)
    return None if found is None else _of_user(account, found)


def user_key(access_key_id: str) -> UserKey | None:
    """The user's key of that id, in whichever account."""
    for account in list(iam_backends):
        for user in entities(account, "user"):
            for key in user.access_keys:
                if key.access_key_id == access_key_id:
                    holder = _of_user(account, user)
                    return UserKey(holder, key.secret_access_key, key.status == "Active")
    return None


def roles_of_profile(account: str, name: str) -> tuple[Holder, ...]:
    """The roles (one at most, in AWS) in an instance profile; none where there is no profile."""
    found = iam_of(account).instance_profiles.get(name)
    return tuple(_of_role(r) for r in list(found.roles)) if found else ()


def arn_named(kind: str, account: str, name: str) -> str | None:
    """The ARN of the role, user, group, instance-profile or policy of that name, with its path."""
    return next((item.arn for item in entities(account, kind) if item.name == name), None)


def text_of(policy: Any) -> str:
    """A policy's text; moto keeps an object where the policy comes from a template."""
    return policy if isinstance(policy, str) else json.dumps(policy)


def principals() -> Mapping[str, str]:
    """The unique id of each role and user there is, by ARN."""
    return {
        item.arn: item.id
        for account in list(iam_backends)
        for item in (*entities(account, "role"), *entities(account, "user"))
    }


def give_ids(account: str) -> Mapping[str, str]:
    """Give new users ids of AWS's form; the new ones by moto's own, which policies cannot name."""
    given: dict[str, str] = {}
    for user in entities(account, "user"):
        if not user.id.startswith(_OF_USER):
            given[user.id] = _OF_USER + "".join(secrets.choice(_ALPHABET) for _ in range(17))
            user.id = given[user.id]
    return given


def _of_role(item: Any) -> Holder:
    return Holder(
        arn=item.arn,
        account=item.account_id,
        name=item.name,
        unique_id=item.id,
        identity=tuple(_policies(item)),
        boundary=_boundary(item.account_id, item.permissions_boundary_arn),
        tags=_tags(item.tags),
        trust=text_of(item.assume_role_policy_document),
        longest_session=int(item.max_session_duration or 3600),
    )


def _of_user(account: str, item: Any) -> Holder:
    groups = [group for group in entities(account, "group") if item in group.users]
    documents = [d for holder in (item, *groups) for d in _policies(holder)]
    tags = iam_of(account).tagger.get_tag_dict_for_resource(item.arn)
    return Holder(item.arn, account, item.name, item.id, tuple(documents), None, tags)


def _policies(item: Any) -> Iterator[Document]:
    for name, text in list(item.policies.items()):
        yield Document(name, text_of(text))
    for policy in list(item.managed_policies.values()):
        yield Document(policy.arn, _default_version(policy))


def _boundary(account: str, arn: str | None) -> Document | None:
    if not arn:
        return None
    try:
        return Document(arn, _default_version(iam_of(account).get_policy(arn)))
    except NotFoundException:
        # AWS cannot lose a policy that is somebody's boundary; nothing is allowed by none.
        return Document(arn, '{"Version": "2012-10-17", "Statement": []}')


def _default_version(policy: Any) -> str:
    versions = {version.version_id: version for version in policy.versions}
    return text_of(versions[policy.default_version_id].document)


def _tags(tags: Any) -> Mapping[str, str]:
    pairs = tags.values() if isinstance(tags, dict) else tags or ()
    return {pair["Key"]: pair["Value"] for pair in pairs}
