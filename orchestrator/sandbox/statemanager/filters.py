"""The filters of the list calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.statemanager.records import Association, Execution, Target
from orchestrator.sandbox.statemanager.terms import GROUP


def _group(one: Association) -> str:
    first = one.terms.targets[0]
    return str(first["Values"][0]) if first["Key"] == GROUP else ""


_WORDS: Mapping[str, Callable[[Association], str]] = {
    "Name": lambda one: one.terms.name,
    "AssociationId": lambda one: one.association_id,
    "AssociationName": lambda one: str(one.terms.given.get("AssociationName", "")),
    "AssociationStatusName": lambda one: one.last.state[0] if one.last else "Pending",
    "ResourceGroupName": _group,
    # Only what was made with a member InstanceId is found by it, and nothing here was.
    "InstanceId": lambda _: "",
}


def passes(one: Association, wanted: Iterable[tuple[str, str]]) -> bool:
    """Whether an association passes every filter of ListAssociations. ValidationException."""
    return all(_passes(one, key, value) for key, value in wanted)


def of_executions(filters: Sequence[Mapping[str, str]]) -> Callable[[Execution], bool]:
    """Whether an execution passes all of these. ValidationException where one is no filter."""
    tests = [_of_execution(f["Key"], f["Value"], f["Type"]) for f in filters]
    return lambda execution: all(test(execution) for test in tests)


def fits(target: Target, wanted: Iterable[tuple[str, str]]) -> bool:
    """Whether a target of an execution passes every filter."""
    own = {
        "Status": target.status,
        "ResourceId": target.instance_id,
        "ResourceType": "ManagedInstance",
    }
    return all(own[key] == value for key, value in wanted)


def _passes(one: Association, key: str, value: str) -> bool:
    if key in {"LastExecutedBefore", "LastExecutedAfter"}:
        limit, last = _moment(value), one.last
        if last is None:
            return False
        return last.created < limit if key == "LastExecutedBefore" else last.created > limit
    if key not in _WORDS:
        raise ApiError("ValidationException", f"The filter {key} is not in the sandbox.")
    return _WORDS[key](one) == value


def _of_execution(key: str, value: str, kind: str) -> Callable[[Execution], bool]:
    if key == "CreatedTime":
        limit = _moment(value)
        if kind == "EQUAL":
            return lambda execution: execution.created.replace(microsecond=0) == limit
        if kind == "GREATER_THAN":
            return lambda execution: execution.created > limit
        return lambda execution: execution.created < limit
    if kind != "EQUAL":
        raise ApiError("ValidationException", f"The filter {key} knows EQUAL alone.")
    if key == "ExecutionId":
        return lambda execution: execution.execution_id == value
    return lambda execution: execution.state[0] == value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a time such as 2026-01-31T12:00:00Z"
        raise ApiError("ValidationException", message) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
