"""The figures of the sandbox: four accounts, one instance, and the role that it switches to.

They are the walk-through's own, so that what the sandbox shows can be held beside it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from orchestrator.sandbox.parts import Place

REGION = "ap-northeast-1"

ACCOUNT_A = "111111111111"
"""Where the instance and the operator are."""

ACCOUNT_B = "222222222222"
"""Where the role to switch to and the bucket are."""

ACCOUNT_C = "333333333333"
"""Holds a role of the same name that trusts the instance too: the wrong account to land in."""

ACCOUNT_D = "444444444444"
"""Where more instances may be, which the operator of account A reaches through a role there."""

ACCOUNTS = (ACCOUNT_A, ACCOUNT_B, ACCOUNT_C, ACCOUNT_D)

HOME = Place(ACCOUNT_A, REGION)
"""Where the instance is."""

INSTANCES_ACCOUNTS = {"a": ACCOUNT_A, "d": ACCOUNT_D}
"""The accounts that have instances, by the letter that they are spoken of."""

ORGANIZATION = "o-orchsandbox"
"""The organization of all four accounts, for ``aws:PrincipalOrgID``."""

INSTANCE_ID = "i-0d176f4a5f9738429"
LINUX_INSTANCE_ID = "i-0b2f8c61d9a74e305"
"""A second host with the same role, which runs Linux."""

ATTACHED_INSTANCE_ID = "i-0a7c3e915f48d26b0"
"""The host that a real SSM agent attaches as. There is one where the sandbox was started for it."""

TAGS = {
    INSTANCE_ID: {"Name": "windows", "env": "sandbox"},
    LINUX_INSTANCE_ID: {"Name": "linux", "env": "sandbox"},
    ATTACHED_INSTANCE_ID: {"Name": "attached", "env": "sandbox"},
}
"""The tags of these. No simulated host has this ``env``."""

INSTANCE_ROLE = "EC2RoleforSSM"
"""The name of the instance's role, and of its instance profile."""

SWITCH_ROLE = "Test-Switch-Role"
PROFILE = "switch_test"
BUCKET = "xxxxxxxx-cloudtrail"
BUCKET_CREATED = datetime(2022, 9, 23, 12, 18, 53, tzinfo=UTC)

OPERATOR = "operator"
OPERATOR_POLICY = "OrchOperator"
"""The name of the policy that the operator has: what `orch run` needs, and no more."""

READER_ROLE = "OrchReader"
"""The role in account B that reads there why a switch fails, and nothing else."""

READER = "account-b-reader"
"""The operator's profile for that role."""

OPERATOR_ROLE = "orch-operator"
"""The role in account D that the operator may assume, with the operator's policy there."""

OPERATOR_D = "account-d-operator"
"""The operator's profile for that role."""

ADMIN_A = "account-a-admin"
ADMIN_B = "account-b-admin"
ADMIN_D = "account-d-admin"
"""The names of the users, and of the profiles that hold their keys."""


def role_arn(account: str, name: str) -> str:
    """The ARN of a role that has no path."""
    return f"arn:aws:iam::{account}:role/{name}"
