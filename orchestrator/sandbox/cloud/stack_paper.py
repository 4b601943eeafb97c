"""A stack on paper: what a template would make, with every reference resolved, and nothing made.

moto makes a stack's resources without a look at their policies, their names' owners or the
parameters' constraints; CloudFormation has all of that checked. So it is looked at before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own
from moto.cloudformation.parsing import ResourceMap, clean_json
from moto.cloudformation.utils import yaml_tag_constructor
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from orchestrator.sandbox.cloud.stack_shapes import wrong_property

_LONGEST = 51_200
ROLE, PROFILE = "AWS::IAM::Role", "AWS::IAM::InstanceProfile"
POLICY, BUCKET = "AWS::IAM::ManagedPolicy", "AWS::S3::Bucket"
_KINDS = {
    ROLE: ("RoleName", "role"),
    PROFILE: ("InstanceProfileName", "instance-profile"),
    POLICY: ("ManagedPolicyName", "policy"),
    BUCKET: ("BucketName", ""),
}
"""The resources of a stack that the sandbox has: what names them, and how their ARNs begin."""
_PROPERTIES = {
    ROLE: (
        *("RoleName", "Path", "Description", "AssumeRolePolicyDocument", "ManagedPolicyArns"),
        *("Policies", "PermissionsBoundary", "MaxSessionDuration", "Tags"),
    ),
    PROFILE: ("InstanceProfileName", "Path", "Roles"),
    POLICY: ("ManagedPolicyName", "Path", "Description", "PolicyDocument"),
    BUCKET: (
        *("BucketName", "Tags", "BucketEncryption", "VersioningConfiguration"),
        *("OwnershipControls", "PublicAccessBlockConfiguration"),
    ),
}
_CONSTRAINTS = (
    *("Type", "Default", "Description", "NoEcho", "ConstraintDescription"),
    *("AllowedPattern", "AllowedValues", "MinLength", "MaxLength"),
)


_MAPPINGS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
_SECTIONS = frozenset({*_MAPPINGS, "AWSTemplateFormatVersion", "Description", "Metadata"})
_OUTPUT = frozenset({"Description", "Value", "Condition"})


class PaperError(ValueError):
    """A template that CloudFormation would refuse, or that the sandbox has no rule for."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One resource that a template makes. ``is_named`` says whether the template gives the name."""

    logical_id: str
    type: str
    name: str
    arn: str
    is_named: bool
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Stub:
    """Stands for a resource where others refer to it."""

    type: str
    name: str
    arn: str

    @property
    def physical_resource_id(self) -> str:
        return self.arn if self.type == POLICY else self.name

    def get_cfn_attribute(self, name: str) -> str:
        if name != "Arn":
            raise PaperError(f"the attribute {name} of {self.type} is not in the sandbox")
        return self.arn


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # untyped
    """Nothing but plain data, and CloudFormation's own short tags."""


def _short_tag(loader: Any, name: str, node: Any) -> Any:
    return yaml_tag_constructor(loader, f"!{name}", node)


_Loader.add_multi_constructor("!", _short_tag)


class _Paper(ResourceMap):
    """moto's own resolver, for resources that are not there."""

    def __getitem__(self, key: str) -> Any:
        if key in self._parsed_resources:
            return self._parsed_resources[key]
        if key not in self._resource_json_map:
            raise PaperError(f"Unresolved resource dependencies [{key}] in the template")
        return _stub(self, key)


def read_template(text: str) -> dict[str, Any]:
    """The template's structure. PaperError where it is none."""
    if len(text) > _LONGEST:
        raise PaperError(f"a template may have {_LONGEST} characters at most")
    try:
        template = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader with CFN's tags
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise PaperError(f"Template format error: YAML not well-formed. {error}") from error
    if not isinstance(template, dict):
        raise PaperError("Template format error: it is no mapping.")
    _check_sections(template)
    if "Fn::Transform" in text:
        raise PaperError("a Transform is not in the sandbox")
    return template


def _check_sections(template: Mapping[str, Any]) -> None:
    if unknown := sorted(str(name) for name in set(template) - _SECTIONS):
        raise PaperError(f"Invalid template property or properties [{', '.join(unknown)}]")
    for name in _MAPPINGS:
        if not isinstance(template.get(name, {}), dict):
            raise PaperError(f"Template format error: {name} is no mapping.")
    resources = template.get("Resources")
    if not resources:
        raise PaperError("Template format error: At least one Resources member must be defined.")
    for name, resource in resources.items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        if not isinstance(kind, str) or kind not in _KINDS:
            raise PaperError(f"a resource of the type {kind} ({name}) is not in the sandbox")


def planned(
    template: dict[str, Any],
    parameters: Mapping[str, str],
    stack: str,
    account: str,
    region: str,
) -> tuple[Planned, ...]:
    """The resources that the template makes with these parameters, in its order.

    PaperError: a parameter is missing or breaks a constraint, or a reference leads nowhere.
    """
    try:
        _check_parameters(template, parameters)
        paper = _Paper(stack, stack, dict(parameters), {}, region, account, template, {})
        paper.load()
        _check_conditions(paper)
        _check_outputs(paper, template)
        return tuple(_planned(paper))
    except PaperError:
        raise
    except (ServiceException, HTTPException) as error:
        raise PaperError(str(getattr(error, "message", error))) from error
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError, re.error) as error:
        raise PaperError(f"Template format error: {error}") from error


def _stub(paper: Any, logical_id: str) -> _Stub:
    """The resource as others see it: its name, which may be made up, and its ARN."""
    resource = paper._resource_json_map[logical_id]
    properties = resource.get("Properties") or {}
    member, kind = _KINDS[resource["Type"]]
    given = clean_json(properties.get(member), paper)
    name = str(given) if given is not None else f"{paper['AWS::StackName']}-{logical_id}-0"
    path = clean_json(properties.get("Path"), paper) or "/"
    arn = f"arn:aws:iam::{paper['AWS::AccountId']}:{kind}{path}{name}"
    return _Stub(resource["Type"], name, arn if kind else f"arn:aws:s3:::{name}")


def _planned(paper: Any) -> Iterator[Planned]:
    for logical_id, resource in paper._resource_json_map.items():
        condition = resource.get("Condition")
        if condition and not paper.lazy_condition_map[condition]:
            continue
        named = _stub(paper, logical_id)
        properties = clean_json(resource.get("Properties") or {}, paper)
        if unknown := sorted(set(properties) - set(_PROPERTIES[named.type])):
            raise PaperError(f"Encountered unsupported property {unknown[0]} of {logical_id}")
        member, _ = _KINDS[named.type]
        plain = _plain(properties)
        if wrong := wrong_property(plain):
            raise PaperError(f"Value of property {wrong} of {logical_id} has a wrong type")
        yield Planned(logical_id, named.type, named.name, named.arn, member in plain, plain)


def _check_conditions(paper: Any) -> None:
    for name in paper.lazy_condition_map:
        if not isinstance(paper.lazy_condition_map[name], bool):
            raise PaperError(f"Template error: the condition {name} is none")


def _check_outputs(paper: Any, template: Mapping[str, Any]) -> None:
    """Outputs are looked at before, since moto does so only once the stack is made."""
    for name, output in template.get("Outputs", {}).items():
        if not isinstance(output, dict) or "Value" not in output or set(output) - _OUTPUT:
            raise PaperError(f"the output {name} is none, or is exported")
        if "Condition" not in output or paper.lazy_condition_map[output["Condition"]]:
            clean_json(output["Value"], paper)


def _plain(value: Any) -> Any:
    """YAML reads an unquoted 2012-10-17 as a date; CloudFormation reads a text."""
    return json.loads(json.dumps(value, default=_text_of))


def _text_of(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise PaperError(f"Template format error: {value!r} is no JSON")


def _check_parameters(template: Mapping[str, Any], given: Mapping[str, str]) -> None:
    slots = template.get("Parameters") or {}
    if unknown := sorted(set(given) - set(slots)):
        raise PaperError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    for name, slot in slots.items():
        if slot.get("Type") not in {"String", "Number", "CommaDelimitedList"}:
            raise PaperError(f"a parameter of the type {slot.get('Type')} is not in the sandbox")
        if unknown := sorted(set(slot) - set(_CONSTRAINTS)):
            raise PaperError(f"{unknown[0]} of the parameter {name} is not in the sandbox")
        value = given.get(name, slot.get("Default"))
        if value is None:
            raise PaperError(f"Parameters: [{name}] must have values")
        if not _keeps(slot, str(value)):
            raise PaperError(f"Parameter {name} failed to satisfy constraint")


def _keeps(slot: Mapping[str, Any], value: str) -> bool:
    pattern, allowed = slot.get("AllowedPattern"), slot.get("AllowedValues")
    return (
        (pattern is None or re.fullmatch(pattern, value) is not None)
        and (allowed is None or value in map(str, allowed))
        and int(slot.get("MinLength", 0)) <= len(value) <= int(slot.get("MaxLength", len(value)))
    )
