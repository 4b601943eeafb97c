"""A stack on paper: what a template would make, with every reference resolved, and nothing made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

from orchestrator.sandbox.cloud.stacks.functions import Resolver
from orchestrator.sandbox.cloud.stacks.parameters import parameter_values
from orchestrator.sandbox.cloud.stacks.references import in_order
from orchestrator.sandbox.cloud.stacks.shapes import PaperError, wrong_property

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
    BUCKET: ("BucketName",),
}
_REQUIRED = {ROLE: "AssumeRolePolicyDocument", PROFILE: "Roles", POLICY: "PolicyDocument"}
_MAPPINGS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
_SECTIONS = frozenset({*_MAPPINGS, "AWSTemplateFormatVersion", "Description", "Metadata"})
_LOGICAL = ("And", "Equals", "If", "Not", "Or")
_FUNCTIONS = frozenset(
    {*_LOGICAL, "Base64", "FindInMap", "GetAtt", "GetAZs", "Join", "Select", "Split", "Sub"}
)
_ATTRIBUTES = frozenset({"Type", "Properties", "DependsOn", "Condition", "Metadata"})
_OUTPUT = frozenset({"Description", "Value", "Condition"})


@dataclass(frozen=True, slots=True)
class Place:
    """Which stack is meant, and where."""

    stack_id: str
    name: str
    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Planned:
    """One resource that a template makes. ``is_named`` says whether the template gives the name.

    ``written`` are its properties as the template has them, ``properties`` what they come to.
    """

    logical_id: str
    type: str
    name: str
    arn: str
    is_named: bool
    properties: Mapping[str, Any]
    written: Mapping[str, Any]

    @property
    def physical_id(self) -> str:
        """What a Ref to it gives, and what stands in the stack's events."""
        return self.arn if self.type == POLICY else self.name


@dataclass(frozen=True, slots=True)
class Output:
    """A stack's output. ``written`` is how the template has it."""

    key: str
    value: str
    description: str
    written: Any


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of a stack on paper: its resources in the order in which they are made."""

    resources: tuple[Planned, ...] = ()
    outputs: tuple[Output, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Stub:
    """Stands for a resource where others refer to it."""

    type: str
    name: str
    arn: str

    @property
    def physical_id(self) -> str:
        return self.arn if self.type == POLICY else self.name

    def attribute(self, name: str) -> str:
        if name != "Arn":
            raise PaperError(f"the attribute {name} of {self.type} is not in the sandbox")
        return self.arn


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # untyped
    """Nothing but plain data, and CloudFormation's own short tags."""


def _short_tag(loader: Any, name: str, node: Any) -> Any:
    if isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        value = loader.construct_scalar(node)
    return {name if name in {"Condition", "Ref"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short_tag)


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
    _check_functions(template)
    return template


def _check_functions(value: Any) -> None:
    """A function that is not known would be taken for a value."""
    for item in value if isinstance(value, list) else ():
        _check_functions(item)
    for key, item in value.items() if isinstance(value, dict) else ():
        name = str(key).partition("Fn::")[2]
        if name and name not in _FUNCTIONS:
            raise PaperError(f"the function {name[:80]} is not in the sandbox")
        _check_functions(item)


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
        if unknown := sorted(str(key) for key in set(resource) - _ATTRIBUTES):
            raise PaperError(f"{unknown[0]} of {name} is not in the sandbox")


def draw(
    template: dict[str, Any], given: Mapping[str, str], place: Place, names: Mapping[str, str]
) -> Drawing:
    """What the template makes with these parameters.

    ``names`` are those, by logical id, of resources that the template gives none.

    PaperError: a parameter is missing or breaks a constraint, or a reference leads nowhere.
    """
    try:
        return _Paper(template, parameter_values(template, given), place, names).drawing()
    except PaperError:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError, re.error) as error:
        raise PaperError(f"Template format error: {error}") from error


class _Paper:
    """A template with its parameters."""

    def __init__(
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, str],
        place: Place,
        names: Mapping[str, str],
    ) -> None:
        self._template = template
        self._parameters = parameters
        self._place = place
        self._names = names
        self._resources: Mapping[str, Any] = template["Resources"]
        pseudo = {
            "AWS::AccountId": place.account,
            "AWS::NoValue": None,
            "AWS::Partition": "aws",
            "AWS::Region": place.region,
            "AWS::StackId": place.stack_id,
            "AWS::StackName": place.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        self._resolver = Resolver(template, parameters, pseudo, self._stub)

    def drawing(self) -> Drawing:
        """What the template makes."""
        for name in self._template.get("Conditions", {}):
            self._resolver.holds(name)
        outputs = tuple(self._outputs())
        return Drawing(tuple(self._planned()), outputs, self._parameters)

    def _stub(self, logical_id: str) -> _Stub:
        """The resource as others see it: its name, which may be made up, and its ARN."""
        resource, resolve = self._resources[logical_id], self._resolver.resolve
        properties = resource.get("Properties") or {}
        member, kind = _KINDS[resource["Type"]]
        given = resolve(properties.get(member))
        made_up = self._names.get(logical_id, f"{self._place.name}-{logical_id}-0")
        name = str(given) if given is not None else made_up
        path = resolve(properties.get("Path")) or "/"
        arn = f"arn:aws:iam::{self._place.account}:{kind}{path}{name}"
        return _Stub(resource["Type"], name, arn if kind else f"arn:aws:s3:::{name}")

    def _planned(self) -> Iterator[Planned]:
        for logical_id in in_order(self._resources):
            resource = self._resources[logical_id]
            condition = resource.get("Condition")
            if condition and not self._resolver.holds(condition):
                continue
            named = self._stub(logical_id)
            properties = self._resolver.resolve(resource.get("Properties") or {})
            if unknown := sorted(set(properties) - set(_PROPERTIES[named.type])):
                raise PaperError(f"Encountered unsupported property {unknown[0]} of {logical_id}")
            member, _ = _KINDS[named.type]
            plain = _plain(properties)
            if (needed := _REQUIRED.get(named.type)) and needed not in plain:
                raise PaperError(f"Property {needed} of {logical_id} cannot be empty.")
            if wrong := wrong_property(plain):
                raise PaperError(f"Value of property {wrong} of {logical_id} has a wrong type")
            written = _plain(resource.get("Properties") or {})
            yield Planned(
                logical_id, named.type, named.name, named.arn, member in plain, plain, written
            )

    def _outputs(self) -> Iterator[Output]:
        for name, output in self._template.get("Outputs", {}).items():
            if not isinstance(output, dict) or "Value" not in output or set(output) - _OUTPUT:
                raise PaperError(f"the output {name} is none, or is exported")
            if "Condition" not in output or self._resolver.holds(output["Condition"]):
                value = str(self._resolver.resolve(output["Value"]))
                yield Output(name, value, str(output.get("Description", "")), _plain(output))


def _plain(value: Any) -> Any:
    """YAML reads an unquoted 2012-10-17 as a date; CloudFormation reads a text.

    Of a list's members those go that are ``AWS::NoValue``.
    """
    return json.loads(json.dumps(_without_nothing(value), default=_text_of))


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothing(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nothing(item) for item in value if item is not None]
    return value


def _text_of(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise PaperError(f"Template format error: {value!r} is no JSON")
