"""The stacks that moto keeps, and what its CloudFormation leaves out and AWS does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import clean_json
from moto.iam.models import ManagedPolicy, Role

from orchestrator.sandbox.cloud import holdings, state
from orchestrator.sandbox.cloud.stack_paper import POLICY, PROFILE, ROLE

_MOST_VERSIONS = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """A stack, or the state that a change set would bring it to. ``template`` may be empty."""

    arn: str
    stack_arn: str
    name: str
    template: str
    parameters: Mapping[str, str]


def kept_stack(account: str, region: str, name: str) -> Kept | None:
    """The stack of that name or ARN."""
    found = _stack(account, region, name)
    if found is None:
        return None
    parameters = found.resource_map.resolved_parameters
    template = found.template if isinstance(found.template, str) else ""
    return Kept(found.stack_id, found.stack_id, found.name, template, _texts(parameters))


def kept_change_set(account: str, region: str, name: str, stack: str) -> Kept | None:
    """The change set of that ARN, or of that name in that stack."""
    for found in list(cloudformation_backends[account][region].change_sets.values()):
        ours = found.change_set_name == name and stack in {found.stack_name, found.stack_id}
        if name == found.change_set_id or ours:
            return Kept(
                found.change_set_id,
                found.stack_id,
                found.stack_name,
                found.template,
                _texts(found.parameters),
            )
    return None


class Completion:
    """Made before moto changes a stack; `finish` does afterwards what moto has left out.

    ``stays`` are the logical ids of what the stack still makes afterwards.
    """

    def __init__(self, account: str, region: str, name: str, stays: frozenset[str]) -> None:
        self._place = (account, region, name)
        self._iam = state.iam_of(account)
        stack = _stack(account, region, name)
        self._made = dict(stack.resource_map._parsed_resources) if stack else {}
        self._before = _described(stack) if stack else {}
        self._go = {name: self._made[name] for name in self._before if name not in stays}
        for logical_id, resource in self._go.items():
            if isinstance(resource, Role):
                self._attach(resource, [], self._before[logical_id].get("ManagedPolicyArns", []))

    def finish(self) -> None:
        """Give roles, profiles and policies what the stack's template says of them now."""
        for resource in self._go.values():
            if isinstance(resource, ManagedPolicy) and not holdings.uses_of_policy(
                self._place[0], resource.arn
            ):
                self._iam.managed_policies.pop(resource.arn, None)
        stack = _stack(*self._place)
        if stack is not None:
            self._complete(stack)

    def _complete(self, stack: Any) -> None:
        made = stack.resource_map._parsed_resources
        for logical_id in stack.resource_map.resources:
            # What moto cannot update it forgets.
            if made.get(logical_id) is None and self._made.get(logical_id) is not None:
                made[logical_id] = self._made[logical_id]
        complete = {ROLE: self._role, PROFILE: self._profile, POLICY: self._policy}
        for logical_id, properties in _described(stack).items():
            kind = stack.resource_map._resource_json_map[logical_id]["Type"]
            if kind in complete:
                complete[kind](made[logical_id], properties, self._before.get(logical_id, {}))

    def _role(self, role: Any, now: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        role.assume_role_policy_document = _text(now["AssumeRolePolicyDocument"])
        role.max_session_duration = int(now.get("MaxSessionDuration", 3600))
        role.permissions_boundary_arn = now.get("PermissionsBoundary") or None
        role.description = now.get("Description", "")
        role.tags = list(now.get("Tags", []))
        inline = {policy["PolicyName"]: policy for policy in now.get("Policies", [])}
        for policy in before.get("Policies", []):
            role.policies.pop(policy["PolicyName"], None)
        role.policies |= {name: _text(item["PolicyDocument"]) for name, item in inline.items()}
        self._attach(role, now.get("ManagedPolicyArns", []), before.get("ManagedPolicyArns", []))

    def _attach(self, role: Any, now: list[str], before: list[str]) -> None:
        attached = {policy.arn for policy in role.managed_policies.values()}
        for arn in set(before) & attached - set(now):
            self._iam.detach_role_policy(arn, role.name)
        for arn in now:
            if arn not in attached:
                self._iam.attach_role_policy(arn, role.name)

    def _profile(self, profile: Any, now: Mapping[str, Any], _before: Mapping[str, Any]) -> None:
        profile.roles = [self._iam.get_role(name) for name in now["Roles"]]

    def _policy(self, policy: Any, now: Mapping[str, Any], _before: Mapping[str, Any]) -> None:
        text = _text(now["PolicyDocument"])
        current = next(v for v in policy.versions if v.version_id == policy.default_version_id)
        if json.loads(current.document) == json.loads(text):
            return
        if len(policy.versions) == _MOST_VERSIONS:
            oldest = next(v for v in policy.versions if v is not current)
            self._iam.delete_policy_version(policy.arn, oldest.version_id)
        self._iam.create_policy_version(policy.arn, text, "true")


def _stack(account: str, region: str, name: str) -> Any:
    stacks = list(cloudformation_backends[account][region].stacks.values())
    return next((item for item in stacks if name and name in {item.name, item.stack_id}), None)


def _described(stack: Any) -> Mapping[str, Mapping[str, Any]]:
    """What the template says of each resource that was made, resolved."""
    resources = stack.resource_map
    return {
        name: clean_json(resources._resource_json_map[name].get("Properties") or {}, resources)
        for name in resources.resources
        if resources._parsed_resources.get(name) is not None
    }


def _texts(parameters: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        name: ",".join(value) if isinstance(value, list) else str(value)
        for name, value in parameters.items()
    }


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document, default=str)
