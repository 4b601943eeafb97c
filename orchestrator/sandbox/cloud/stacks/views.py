"""Stacks, change sets and templates as CloudFormation shows them.

The shapes are those of the CloudFormation API Reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from orchestrator.sandbox.cloud.stacks.changes import Change, Detail
from orchestrator.sandbox.cloud.stacks.kept import STACK, ChangeSet, Event, Stack
from orchestrator.sandbox.cloud.stacks.paper import Drawing, read_template

View = Mapping[str, Any]


def stack_view(stack: Stack, now: datetime) -> View:
    """A stack, as DescribeStacks has it."""
    state = stack.state(now)
    return {
        "StackId": stack.place.stack_id,
        "StackName": stack.place.name,
        "ChangeSetId": stack.executed,
        "Description": _description(stack.wish.template),
        "Parameters": parameters_view(stack.wish.template, stack.wish.parameters),
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "RollbackConfiguration": {},
        "StackStatus": state.status,
        "StackStatusReason": state.reason,
        "DisableRollback": False,
        "NotificationARNs": [],
        "Capabilities": list(stack.wish.capabilities),
        "Outputs": _outputs(stack.made) if state.status.endswith("COMPLETE") else None,
        "Tags": tags_view(stack.wish.tags),
        "EnableTerminationProtection": False,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def summary_view(stack: Stack, now: datetime) -> View:
    """A stack, as ListStacks has it."""
    state = stack.state(now)
    return {
        "StackId": stack.place.stack_id,
        "StackName": stack.place.name,
        "TemplateDescription": _description(stack.wish.template),
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "StackStatus": state.status,
        "StackStatusReason": state.reason,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def event_view(stack: Stack, event: Event) -> View:
    """An event of a stack."""
    return {
        "StackId": stack.place.stack_id,
        "EventId": event.event_id,
        "StackName": stack.place.name,
        "LogicalResourceId": event.told.logical_id,
        "PhysicalResourceId": event.told.physical_id,
        "ResourceType": event.told.type,
        "Timestamp": event.at,
        "ResourceStatus": event.told.status,
        "ResourceStatusReason": event.told.reason,
    }


def resource_views(stack: Stack, now: datetime, time: str) -> Iterator[View]:
    """The stack's resources as they stand; ``time`` is what the member is called that says when."""
    seen: set[str] = set()
    made = {item.logical_id: item.physical_id for item in stack.made.resources}
    for event in stack.seen(now):
        told = event.told
        # One that was replaced goes after its successor has come.
        is_old = told.status.startswith("DELETE") and told.physical_id != made.get(told.logical_id)
        is_replaced = is_old and told.logical_id in made
        if told.type != STACK and told.logical_id not in seen and not is_replaced:
            seen.add(told.logical_id)
            yield {
                "StackName": stack.place.name,
                "StackId": stack.place.stack_id,
                "LogicalResourceId": told.logical_id,
                "PhysicalResourceId": told.physical_id,
                "ResourceType": told.type,
                time: event.at,
                "ResourceStatus": told.status,
                "ResourceStatusReason": told.reason,
                "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
            }


def change_set_view(stack: Stack, changes: ChangeSet, now: datetime) -> View:
    """A change set, as DescribeChangeSet has it."""
    is_ready = changes.status(now) == "CREATE_COMPLETE"
    return {
        **change_set_summary(stack, changes, now),
        "Parameters": parameters_view(changes.wish.template, changes.wish.parameters),
        "RollbackConfiguration": {},
        "Capabilities": list(changes.wish.capabilities),
        "Tags": tags_view(changes.wish.tags),
        "Changes": [_change(item) for item in changes.changes] if is_ready else [],
    }


def change_set_summary(stack: Stack, changes: ChangeSet, now: datetime) -> View:
    """A change set, as ListChangeSets has it."""
    return {
        "ChangeSetName": changes.name,
        "ChangeSetId": changes.change_set_id,
        "StackId": stack.place.stack_id,
        "StackName": stack.place.name,
        "Description": changes.description,
        "CreationTime": changes.created,
        "ExecutionStatus": changes.execution_status(now).value,
        "Status": changes.status(now),
        "StatusReason": changes.fault if now >= changes.ready else "",
        "IncludeNestedStacks": False,
    }


def conflict_views(stack: Stack, changes: ChangeSet) -> Iterator[View]:
    """What early validation has found, as DescribeEvents has it."""
    types = {item.logical_id: item.type for item in changes.drawing.resources}
    for logical_id, name in changes.conflicts.items():
        kind = types[logical_id]
        yield {
            "EventId": f"{changes.change_set_id.rpartition('/')[2]}-{logical_id}",
            "StackId": stack.place.stack_id,
            "OperationType": "CREATE_CHANGESET",
            "EventType": "VALIDATION_ERROR",
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": name,
            "ResourceType": kind,
            "Timestamp": changes.ready,
            "ValidationFailureMode": "FAIL",
            "ValidationName": "NAME_CONFLICT_VALIDATION",
            "ValidationStatus": "FAILED",
            "ValidationStatusReason": (
                f"Resource of type '{kind}' with identifier '{name}' already exists."
            ),
            "ValidationPath": f"/Resources/{logical_id}",
        }


def _change(item: Change) -> View:
    change = {
        "Action": item.action,
        "LogicalResourceId": item.logical_id,
        "PhysicalResourceId": item.physical_id,
        "ResourceType": item.type,
        "Replacement": item.replacement,
        "Scope": list(dict.fromkeys(detail.attribute for detail in item.details)),
        "Details": [_detail(detail) for detail in item.details],
    }
    return {"Type": "Resource", "ResourceChange": change}


def _detail(detail: Detail) -> View:
    named = {} if detail.attribute == "Tags" else {"Name": detail.name}
    return {
        "Target": {
            "Attribute": detail.attribute,
            **named,
            "RequiresRecreation": detail.recreation,
        },
        "Evaluation": detail.evaluation,
        "ChangeSource": detail.source,
        "CausingEntity": detail.entity,
    }


def parameters_view(template: str, values: Mapping[str, str]) -> list[View] | None:
    """Parameters with their values, but for those that are not to be shown."""
    slots = read_template(template).get("Parameters", {}) if template else {}
    hidden = {name for name, slot in slots.items() if str(slot.get("NoEcho")).lower() == "true"}
    shown: list[View] = [
        {"ParameterKey": name, "ParameterValue": "****" if name in hidden else _Text(value)}
        for name, value in values.items()
    ]
    return shown or None


class _Text(str):
    """A text that is shown even where it is empty."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return other is self

    def __hash__(self) -> int:
        return id(self)


def declared(template: Mapping[str, Any], *, whole: bool) -> list[View]:
    """A template's parameters; ``whole`` as GetTemplateSummary has them, else ValidateTemplate."""
    found: list[View] = []
    for name, slot in (template.get("Parameters") or {}).items():
        view: dict[str, Any] = {
            "ParameterKey": name,
            "DefaultValue": _Text(slot["Default"]) if "Default" in slot else None,
            "NoEcho": str(slot.get("NoEcho", "")).lower() == "true",
            "Description": slot.get("Description"),
        }
        if whole:
            allowed = [str(value) for value in slot.get("AllowedValues", [])]
            constraints = {"AllowedValues": allowed}
            view |= {"ParameterType": slot["Type"], "ParameterConstraints": constraints}
        found.append(view)
    return found


def tags_view(tags: Mapping[str, str]) -> list[View]:
    """Tags, as every answer has them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _outputs(made: Drawing) -> list[View] | None:
    outputs: list[View] = [
        {"OutputKey": item.key, "OutputValue": item.value, "Description": item.description}
        for item in made.outputs
    ]
    return outputs or None


def _description(template: str) -> str:
    return str(read_template(template).get("Description", "")) if template else ""
