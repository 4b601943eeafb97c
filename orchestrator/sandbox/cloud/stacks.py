"""What moto's CloudFormation leaves out of roles, and AWS does: done after each stack's change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import clean_json
from moto.iam.models import iam_backends

from orchestrator.sandbox.cloud import state

_ROLE = "AWS::IAM::Role"
CHANGES = frozenset({"CreateStack", "UpdateStack", "ExecuteChangeSet"})


def complete_roles(account: str, region: str, name: str) -> None:
    """Give the roles of that stack (a name or an ARN) what their template says of them."""
    stacks = list(cloudformation_backends[account][region].stacks.values())
    for stack in (item for item in stacks if name in {item.name, item.stack_id}):
        for properties in _roles(stack):
            role = _role(account, str(properties.get("RoleName", "")))
            if role is not None:
                _complete(account, role, properties)


def _roles(stack: Any) -> Iterator[Mapping[str, Any]]:
    resources = stack.resource_map
    for name in resources.resources:
        resource = resources._resource_json_map[name]
        made = resources._parsed_resources.get(name)
        if resource.get("Type") == _ROLE and made is not None:
            properties = clean_json(resource.get("Properties", {}), resources)
            yield {"RoleName": made.name, **properties}


def _role(account: str, name: str) -> Any:
    roles = iam_backends[account][state.PARTITION].roles.values()
    return next((role for role in roles if role.name == name), None)


def _complete(account: str, role: Any, properties: Mapping[str, Any]) -> None:
    role.assume_role_policy_document = _text(properties["AssumeRolePolicyDocument"])
    role.max_session_duration = int(properties.get("MaxSessionDuration", 3600))
    role.permissions_boundary_arn = properties.get("PermissionsBoundary") or None
    for policy in properties.get("Policies", []):
        role.policies[policy["PolicyName"]] = _text(policy["PolicyDocument"])
    backend = iam_backends[account][state.PARTITION]
    for arn in properties.get("ManagedPolicyArns", []):
        state.know_managed_policy(account, arn)
        if arn not in {policy.arn for policy in role.managed_policies.values()}:
            backend.attach_role_policy(arn, role.name)


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document, default=str)
