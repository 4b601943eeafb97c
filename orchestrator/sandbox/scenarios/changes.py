"""What scenarios change in the sandbox's accounts: always through AWS's API, as an admin would."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
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
    _trust(clients, f"arn:aws:iam::{world.ACCOUNT_C}:root")


def trust_with_external_id(clients: Clients) -> None:
    """Let account B's role ask for an external id, as a partner's would."""
    condition = {"StringEquals": {"sts:ExternalId": "orch-example"}}
    _trust(clients, _INSTANCE_ROLE, Condition=condition)


def trust_with_tag(clients: Clients) -> None:
    """Let account B's role ask for a tag that the instance's role does not have."""
    _trust(clients, _INSTANCE_ROLE, Condition={"StringEquals": {"aws:PrincipalTag/team": "ops"}})


def trust_with_organization(clients: Clients) -> None:
    """Let account B's role ask for an organization that account A is not in."""
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-somebodyelse"}}
    _trust(clients, _INSTANCE_ROLE, Condition=condition)


def deny_assuming(clients: Clients) -> None:
    """Forbid the instance's role to assume roles of other accounts, beside what allows it."""
    statement = {"Sid": "StayHere", "Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}
    _put(clients, world.ADMIN_A, world.INSTANCE_ROLE, "StayHere", statement)


def bound_instance_role(clients: Clients) -> None:
    """Give the instance's role a permissions boundary that holds no sts:AssumeRole."""
    statement = {"Effect": "Allow", "Action": ["ssm:*", "ec2messages:*"], "Resource": "*"}
    _bound(clients, world.ADMIN_A, world.INSTANCE_ROLE, statement)


def delete_role(clients: Clients) -> None:
    """Delete account B's role."""
    deny_bucket_list(clients)
    clients.client("iam", world.ADMIN_B).delete_role(RoleName=world.SWITCH_ROLE)


def move_role(clients: Clients) -> None:
    """Make account B's role again, below a path."""
    iam = clients.client("iam", world.ADMIN_B)
    trust = iam.get_role(RoleName=world.SWITCH_ROLE)["Role"]["AssumeRolePolicyDocument"]
    delete_role(clients)
    iam.create_role(
        RoleName=world.SWITCH_ROLE, Path="/apps/", AssumeRolePolicyDocument=json.dumps(trust)
    )


def empty_instance_profile(clients: Clients) -> None:
    """Take the role out of the instance's profile."""
    clients.client("iam", world.ADMIN_A).remove_role_from_instance_profile(
        InstanceProfileName=world.INSTANCE_ROLE, RoleName=world.INSTANCE_ROLE
    )


def forbid_bucket_list(clients: Clients) -> None:
    """Forbid account B's role to list buckets, beside what allows it."""
    statement = {"Effect": "Deny", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    _put(clients, world.ADMIN_B, world.SWITCH_ROLE, "NoBucketList", statement)


def bound_switch_role(clients: Clients) -> None:
    """Give account B's role a permissions boundary that holds no s3:ListAllMyBuckets."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    _bound(clients, world.ADMIN_B, world.SWITCH_ROLE, statement)


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


def take_the_agents_policy(clients: Clients) -> None:
    """Take from the instance's role what its SSM agent needs."""
    clients.client("iam", world.ADMIN_A).detach_role_policy(
        RoleName=world.INSTANCE_ROLE,
        PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    )


def deny_sending(clients: Clients) -> None:
    """Forbid the operator to send commands, beside what allows it."""
    _forbid_operator(clients, "ssm:SendCommand")


def deny_looking(clients: Clients) -> None:
    """Forbid the operator to see how commands end, beside what allows it."""
    _forbid_operator(clients, "ssm:ListCommandInvocations")


def delete_bucket(clients: Clients) -> None:
    """Delete account B's bucket."""
    clients.client("s3", world.ADMIN_B).delete_bucket(Bucket=world.BUCKET)


OWN_BUCKET = "xxxxxxxx-own-logs"
"""A bucket of the instance's own account."""


def switch_in_one_account(clients: Clients) -> None:
    """Make a role to switch to, and a bucket, in account A; the instance's role may list there."""
    iam = clients.client("iam", world.ADMIN_A)
    trust = _policy(Effect="Allow", Principal={"AWS": _INSTANCE_ROLE}, Action="sts:AssumeRole")
    iam.create_role(RoleName=world.SWITCH_ROLE, AssumeRolePolicyDocument=trust)
    sees = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    for role in (world.SWITCH_ROLE, world.INSTANCE_ROLE):
        _put(clients, world.ADMIN_A, role, "SeeBuckets", sees)
    arn = world.role_arn(world.ACCOUNT_A, world.SWITCH_ROLE)
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
    _put(clients, world.ADMIN_A, world.INSTANCE_ROLE, "AssumeItsNeighbour", assume)
    clients.client("s3", world.ADMIN_A).create_bucket(
        Bucket=OWN_BUCKET, CreateBucketConfiguration={"LocationConstraint": world.REGION}
    )


def role_of_another_account(clients: Clients) -> None:
    """Allow the instance's role to assume account C's role too, which trusts it."""
    arn = world.role_arn(world.ACCOUNT_C, world.SWITCH_ROLE)
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
    _put(clients, world.ADMIN_A, world.INSTANCE_ROLE, "AssumeTheOther", statement)


_INSTANCE_ROLE = world.role_arn(world.ACCOUNT_A, world.INSTANCE_ROLE)


def _trust(clients: Clients, principal: str, **more: object) -> None:
    """Replace the trust policy of account B's role."""
    trust = _policy(Effect="Allow", Principal={"AWS": principal}, Action="sts:AssumeRole", **more)
    iam = clients.client("iam", world.ADMIN_B)
    iam.update_assume_role_policy(RoleName=world.SWITCH_ROLE, PolicyDocument=trust)


def _put(
    clients: Clients, admin: str, role: str, name: str, statement: Mapping[str, object]
) -> None:
    """Give the role one more inline policy."""
    clients.client("iam", admin).put_role_policy(
        RoleName=role, PolicyName=name, PolicyDocument=_policy(**statement)
    )


def _forbid_operator(clients: Clients, action: str) -> None:
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    clients.client("iam", world.ADMIN_A).put_user_policy(
        UserName=world.OPERATOR, PolicyName="NotThis", PolicyDocument=_policy(**statement)
    )


def _bound(clients: Clients, admin: str, role: str, statement: Mapping[str, object]) -> None:
    """Make a policy, and make it the role's permissions boundary."""
    iam = clients.client("iam", admin)
    made = iam.create_policy(PolicyName="Boundary", PolicyDocument=_policy(**statement))
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=made["Policy"]["Arn"])


def _delete_inline_policies(iam: Any, role: str) -> None:
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)


def _policy(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
