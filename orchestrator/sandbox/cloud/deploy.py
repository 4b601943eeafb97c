"""What stands in the sandbox's accounts at its start: made through AWS's API, as an admin would.

The roles and the operator's policy are the project's own CloudFormation templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from orchestrator.resources import templates_folder
from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import buckets

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
    """Set up all three accounts; the users' keys by the names of their profiles."""
    instance_role = world.role_arn(world.ACCOUNT_A, world.INSTANCE_ROLE)
    target = world.role_arn(world.ACCOUNT_B, world.SWITCH_ROLE)
    _stack(
        roots,
        world.ACCOUNT_A,
        "account-a-instance-role",
        {"RoleName": world.INSTANCE_ROLE, "TargetRoleArn": target},
    )
    for account in (world.ACCOUNT_B, world.ACCOUNT_C):
        _stack(
            roots,
            account,
            "account-b-switch-role",
            {"RoleName": world.SWITCH_ROLE, "SourceRoleArn": instance_role},
        )
    _stack(roots, world.ACCOUNT_A, "operator-policy", {"PolicyName": world.OPERATOR_POLICY})
    _bucket(roots)
    policy = f"arn:aws:iam::{world.ACCOUNT_A}:policy/{world.OPERATOR_POLICY}"
    return {
        world.OPERATOR: _user(roots, world.ACCOUNT_A, world.OPERATOR, policy),
        world.ADMIN_A: _user(roots, world.ACCOUNT_A, world.ADMIN_A, _ADMINISTRATOR),
        world.ADMIN_B: _user(roots, world.ACCOUNT_B, world.ADMIN_B, _ADMINISTRATOR),
    }


def _stack(roots: Roots, account: str, template: str, parameters: Mapping[str, str]) -> None:
    path = templates_folder() / "cloudformation" / f"{template}.yaml"
    roots.root_client("cloudformation", account).create_stack(
        StackName=f"orch-{template}",
        TemplateBody=path.read_text(encoding="utf-8"),
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


def _user(roots: Roots, account: str, name: str, policy: str) -> AccessKey:
    iam = roots.root_client("iam", account)
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return AccessKey(key["AccessKeyId"], key["SecretAccessKey"])
