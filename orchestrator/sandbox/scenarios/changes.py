"""What scenarios change in the sandbox's accounts: always through AWS's API, as an admin would."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from orchestrator.sandbox import world


class Clients(Protocol):
    """Access to the sandbox's accounts."""

    def client(self, service: str, profile: str) -> Any:
        """A boto3 client with the keys of that profile."""


Change = Callable[[Clients], None]


def leave_as_it_is(_clients: Clients) -> None:
    """Change nothing."""


def trust_somebody_else(clients: Clients) -> None:
    """Let account B's role trust account C in place of the instance's role."""
    trust = _policy(
        Effect="Allow",
        Principal={"AWS": f"arn:aws:iam::{world.ACCOUNT_C}:root"},
        Action="sts:AssumeRole",
    )
    iam = clients.client("iam", world.ADMIN_B)
    iam.update_assume_role_policy(RoleName=world.SWITCH_ROLE, PolicyDocument=trust)


def forbid_assuming(clients: Clients) -> None:
    """Take the inline policies, one of which allows the switch, from the instance's role."""
    _delete_inline_policies(clients.client("iam", world.ADMIN_A), world.INSTANCE_ROLE)


def deny_bucket_list(clients: Clients) -> None:
    """Take every policy from account B's role, so that it can be assumed and no more."""
    iam = clients.client("iam", world.ADMIN_B)
    _delete_inline_policies(iam, world.SWITCH_ROLE)
    attached = iam.list_attached_role_policies(RoleName=world.SWITCH_ROLE)
    for policy in attached["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=world.SWITCH_ROLE, PolicyArn=policy["PolicyArn"])


def delete_bucket(clients: Clients) -> None:
    """Delete account B's bucket."""
    clients.client("s3", world.ADMIN_B).delete_bucket(Bucket=world.BUCKET)


def role_of_another_account(clients: Clients) -> None:
    """Allow the instance's role to assume account C's role too, which trusts it."""
    arn = world.role_arn(world.ACCOUNT_C, world.SWITCH_ROLE)
    clients.client("iam", world.ADMIN_A).put_role_policy(
        RoleName=world.INSTANCE_ROLE,
        PolicyName="AssumeTheOther",
        PolicyDocument=_policy(Effect="Allow", Action="sts:AssumeRole", Resource=arn),
    )


def _delete_inline_policies(iam: Any, role: str) -> None:
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)


def _policy(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
