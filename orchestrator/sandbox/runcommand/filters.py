"""The filters of the list calls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from orchestrator.ports import Clock
from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.records import Command
from orchestrator.sandbox.runcommand.registry import Instance
from orchestrator.sandbox.runcommand.states import State


def passes(command: Command, state: State, filters: Iterable[Mapping[str, str]]) -> bool:
    """Whether a command, or an invocation of it in this state, passes every command filter."""
    return all(_passes(command, state, f["key"], f["value"]) for f in filters)


def _passes(command: Command, state: State, key: str, value: str) -> bool:
    match key:
        case "InvokedAfter":
            return command.requested > _moment(value)
        case "InvokedBefore":
            return command.requested < _moment(value)
        case "Status":
            return value in state
        case "ExecutionStage":
            return value == ("Complete" if state.final else "Executing")
        case _:
            return command.sending.document.name == value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ApiError(
            "ValidationException", f"{text!r} is not a time such as 2026-01-31T12:00:00Z"
        )
    return moment


_OF_INSTANCE: Mapping[str, Callable[[Instance, Clock], str | None]] = {
    "InstanceIds": lambda instance, _: instance.instance_id,
    "PingStatus": lambda instance, clock: instance.ping(clock),
    "PlatformTypes": lambda instance, _: instance.platform,
    "AgentVersion": lambda instance, _: instance.info.agent_version,
    "ResourceType": lambda _, __: "EC2Instance",
    "SourceIds": lambda instance, _: instance.instance_id,
    "SourceTypes": lambda _, __: "AWS::EC2::Instance",
    # These are of instances that were registered by an activation, or have associations.
    "ActivationIds": lambda _, __: None,
    "IamRole": lambda _, __: None,
    "AssociationStatus": lambda _, __: None,
}
_OF_TAGS = ("tag:", "tag-key")
_GROUP = "resource-groups:Name"

Members = Callable[[str], Collection[str]]
"""The ids in a resource group of that name. ApiError where the caller may not list them."""


class DeniedGroupError(Exception):
    """The caller may not list the resource group that a command is for."""


def chosen(
    instances: Mapping[str, Instance], request: Mapping[str, Any], clock: Clock
) -> Iterator[Instance]:
    """The instances that pass both kinds of filters of DescribeInstanceInformation, in order.

    Raises ApiError: InvalidFilterKey for a key that there is none of, and for a tag filter beside
    another kind ("Tag filters can't be combined with other filter types", the API model; its error
    is not documented); ValidationException where both kinds are given.
    """
    newer, older = request.get("Filters", []), request.get("InstanceInformationFilterList", [])
    if newer and older:
        message = "Filters and InstanceInformationFilterList cannot be used together."
        raise ApiError("ValidationException", message)
    wanted = [(f["Key"], f["Values"]) for f in newer]
    wanted += [(f["key"], f["valueSet"]) for f in older]
    tags = [key for key, _ in wanted if key.startswith(_OF_TAGS)]
    if tags and len(tags) < len(wanted):
        message = f"The filter {tags[0]} cannot be combined with other kinds of filters."
        raise ApiError("InvalidFilterKey", message)
    for key, _ in wanted:
        if key not in _OF_INSTANCE and not key.startswith(_OF_TAGS):
            raise ApiError("InvalidFilterKey", f"There is no filter key {key}.")
    named = [values for key, values in wanted if key == "InstanceIds"]
    some = _named(instances, named[0]) if named else instances.values()
    return (i for i in some if all(_has(i, key, values, clock) for key, values in wanted))


def targeted(
    instances: Mapping[str, Instance],
    targets: Sequence[Mapping[str, Any]],
    clock: Clock,
    members: Members,
) -> Sequence[Instance]:
    """The instances of SendCommand's Targets: all of the keys, any of each key's values.

    A command has one resource group at most, and then nothing else ("Run commands at scale" in the
    Systems Manager User Guide says the first; the second is the sandbox's own).

    Raises ApiError: InvalidParameters for more than that, and for a key that is not in the sandbox.
    DeniedGroupError: the caller may not list the group.
    """
    wanted = [(target["Key"], target.get("Values", [])) for target in targets]
    if any(key == _GROUP for key, _ in wanted):
        if len(wanted) > 1 or len(wanted[0][1]) != 1:
            message = f"{_GROUP} takes the name of one resource group, and no other key beside it."
            raise ApiError("InvalidParameters", message)
        return _in_group(instances, wanted[0][1][0], members)
    for key, _ in wanted:
        if key != "InstanceIds" and not key.startswith(_OF_TAGS):
            raise ApiError("InvalidParameters", f"The target key {key} is not in the sandbox.")
    some = _named(instances, wanted[0][1]) if wanted[0][0] == "InstanceIds" else instances.values()
    return [i for i in some if all(_has(i, key, values, clock) for key, values in wanted)]


def _in_group(instances: Mapping[str, Instance], name: str, members: Members) -> Sequence[Instance]:
    try:
        found = members(name)
    except ApiError as error:
        if error.code != "AccessDeniedException":
            raise
        raise DeniedGroupError from error
    return _named(instances, found)


def _named(instances: Mapping[str, Instance], ids: Iterable[str]) -> Sequence[Instance]:
    return [instances[wanted] for wanted in dict.fromkeys(ids) if wanted in instances]


def _has(instance: Instance, key: str, values: Sequence[str], clock: Clock) -> bool:
    if key.startswith("tag:"):
        return instance.info.tags.get(key.removeprefix("tag:")) in values
    if key == "tag-key":
        return any(tag in values for tag in instance.info.tags)
    return _OF_INSTANCE[key](instance, clock) in values
