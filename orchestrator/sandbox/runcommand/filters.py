"""The filters of the list calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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


_INSTANCE: Mapping[str, Callable[[Instance, Clock], str]] = {
    "InstanceIds": lambda instance, _: instance.instance_id,
    "PingStatus": lambda instance, clock: instance.ping(clock),
    "PlatformTypes": lambda instance, _: instance.platform,
    "AgentVersion": lambda instance, _: instance.info.agent_version,
    "ResourceType": lambda _, __: "EC2Instance",
}


def instance_passes(instance: Instance, request: Mapping[str, Any], clock: Clock) -> bool:
    """Whether an instance passes both kinds of filters of DescribeInstanceInformation."""
    wanted = [(f["Key"], f["Values"]) for f in request.get("Filters", [])]
    wanted += [(f["key"], f["valueSet"]) for f in request.get("InstanceInformationFilterList", [])]
    return all(value_of(instance, key, clock) in values for key, values in wanted)


def value_of(instance: Instance, key: str, clock: Clock) -> str | None:
    """What an instance has for a filter's key; ``tag:KEY`` asks for a tag. InvalidFilterKey."""
    if key.startswith("tag:"):
        return instance.info.tags.get(key.removeprefix("tag:"))
    if key not in _INSTANCE:
        raise ApiError("InvalidFilterKey", f"The filter key {key} is not in the sandbox.")
    return _INSTANCE[key](instance, clock)


def matches(instance: Instance, targets: Sequence[Mapping[str, Any]], clock: Clock) -> bool:
    """Whether an instance is among SendCommand's Targets: all keys, any of each key's values."""
    return all(value_of(instance, t["Key"], clock) in t.get("Values", []) for t in targets)
