"""What stands in the sandbox's accounts at its start: made through AWS's API, as an admin would.

The roles and the operator's policy are the project's own CloudFormation templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import buckets
from orchestrator.setup import find_setup

_OPERATOR = f"arn:aws:iam::{world.ACCOUNT_A}:user/{world.OPERATOR}"
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


class Roots(Protocol):
    """Access to the accounts as their root users."""

    def root_client(self, service: str, account: str) -> Any:
        """A boto3 client."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A user's access key."""

    access_key_id: str
    secret_access_key: str


def deploy(roots: Roots) -> Mapping[str, AccessKey]:
    """Set up all four accounts; the users' keys by the names of their profiles."""
    target = world.role_arn(world.ACCOUNT_B, world.SWITCH_ROLE)
    _stack(roots, world.ACCOUNT_A, "a", {"TargetRoleArn": target})
    keys = {
        world.OPERATOR: _user(roots, world.ACCOUNT_A, world.OPERATOR),
        world.ADMIN_A: _user(roots, world.ACCOUNT_A, world.ADMIN_A),
        world.ADMIN_B: _user(roots, world.ACCOUNT_B, world.ADMIN_B),
        world.ADMIN_D: _user(roots, world.ACCOUNT_D, world.ADMIN_D),
    }
    _stack(roots, world.ACCOUNT_D, "a", {"TargetRoleArn": target})
    first, second = (
        world.role_arn(account, world.INSTANCE_ROLE)
        for account in (world.ACCOUNT_A, world.ACCOUNT_D)
    )
    trusted = {"SourceRoleArn": f"{first},{second}"}
    _stack(roots, world.ACCOUNT_B, "b", {**trusted, "ReaderPrincipalArn": _OPERATOR})
    _stack(roots, world.ACCOUNT_C, "b", {"SourceRoleArn": first})
    reader = world.role_arn(world.ACCOUNT_B, world.READER_ROLE)
    hub = world.role_arn(world.ACCOUNT_D, world.OPERATOR_ROLE)
    reached = {"ReaderRoleArn": reader, "AccountRoleArns": hub}
    _stack(roots, world.ACCOUNT_A, "operator", reached)
    _stack(roots, world.ACCOUNT_D, "operator", {"HubPrincipalArn": _OPERATOR})
    _bucket(roots)
    policy = f"arn:aws:iam::{world.ACCOUNT_A}:policy/{world.OPERATOR_POLICY}"
    _attach(roots, world.ACCOUNT_A, world.OPERATOR, policy)
    _attach(roots, world.ACCOUNT_A, world.ADMIN_A, _ADMINISTRATOR)
    _attach(roots, world.ACCOUNT_B, world.ADMIN_B, _ADMINISTRATOR)
    _attach(roots, world.ACCOUNT_D, world.ADMIN_D, _ADMINISTRATOR)
    return keys


def _stack(roots: Roots, account: str, name: str, parameters: Mapping[str, str]) -> None:
    setup = find_setup(name)
    roots.root_client("cloudformation", account).create_stack(
        StackName=setup.stack_name,
        TemplateBody=setup.template(),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )


def _bucket(roots: Roots) -> None:
    roots.root_client("s3", world.ACCOUNT_B).create_bucket(
        Bucket=world.BUCKET,
        CreateBucketConfiguration={"LocationConstraint": world.REGION},
    )
    buckets.date_bucket(world.BUCKET, world.BUCKET_CREATED)


def _attach(roots: Roots, account: str, user: str, policy: str) -> None:
    roots.root_client("iam", account).attach_user_policy(UserName=user, PolicyArn=policy)


def _user(roots: Roots, account: str, name: str) -> AccessKey:
    iam = roots.root_client("iam", account)
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return AccessKey(key["AccessKeyId"], key["SecretAccessKey"])
