"""Associations and executions as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.statemanager.records import Association, Execution, Target
from orchestrator.sandbox.statemanager.terms import Terms

Json = dict[str, Any]


def description(one: Association, version: int = 0, *, is_new: bool = False) -> Json:
    """An AssociationDescription, of the latest version where none is named."""
    number = version or len(one.versions)
    last, new = one.last, {"Status": "Pending", "DetailedStatus": "Creating"}
    row = {
        **_given(one.versions[number - 1]),
        "AssociationId": one.association_id,
        "AssociationVersion": str(number),
        "Date": one.created.timestamp(),
        "LastUpdateAssociationDate": one.terms.created.timestamp(),
        "Overview": new if is_new else _overview(one),
    }
    if last is not None:
        row["LastExecutionDate"] = last.created.timestamp()
    if one.last_success is not None:
        row["LastSuccessfulExecutionDate"] = one.last_success.timestamp()
    return row


def association_row(one: Association) -> Json:
    """An Association of ListAssociations."""
    shown = (
        *("Name", "DocumentVersion", "Targets", "ScheduleExpression", "AssociationName"),
        *("ScheduleOffset", "Duration"),
    )
    given, last = _given(one.terms), one.last
    row = {
        **{name: given[name] for name in shown if name in given},
        "AssociationId": one.association_id,
        "AssociationVersion": str(len(one.versions)),
        "Overview": _overview(one),
    }
    return row | ({"LastExecutionDate": last.created.timestamp()} if last else {})


def version_row(one: Association, number: int) -> Json:
    """An AssociationVersionInfo."""
    terms = one.versions[number - 1]
    return {
        **_given(terms),
        "AssociationId": one.association_id,
        "AssociationVersion": str(number),
        "CreatedDate": terms.created.timestamp(),
    }


def execution_row(execution: Execution) -> Json:
    """An AssociationExecution. The counts are written as in the AWS CLI's example."""
    status, details = execution.state
    counts = sorted(execution.counts.items())
    return {
        **_common(execution),
        "Status": status,
        "DetailedStatus": details,
        "CreatedTime": execution.created.timestamp(),
        "LastExecutionDate": execution.last_date.timestamp(),
        "ResourceCountByStatus": f"{{{', '.join(f'{word}={count}' for word, count in counts)}}}",
    }


def target_row(execution: Execution, target: Target) -> Json:
    """An AssociationExecutionTarget; its output is the command's ("Example" in the AWS CLI)."""
    return {
        **_common(execution),
        "ResourceId": target.instance_id,
        "ResourceType": "ManagedInstance",
        "Status": target.status,
        "DetailedStatus": target.details,
        "LastExecutionDate": (target.date or execution.created).timestamp(),
        "OutputSource": {
            "OutputSourceId": execution.command_id,
            "OutputSourceType": "RunCommand",
        },
    }


def status_row(one: Association, execution: Execution, target: Target) -> Json:
    """An InstanceAssociationStatusInfo."""
    row = {
        "AssociationId": one.association_id,
        "Name": execution.terms.name,
        "DocumentVersion": execution.document_version,
        "AssociationVersion": str(execution.version),
        "InstanceId": target.instance_id,
        "ExecutionDate": (target.date or execution.created).timestamp(),
        "Status": target.status,
        "DetailedStatus": target.details,
    }
    name = execution.terms.given.get("AssociationName")
    return row | ({"AssociationName": name} if name else {})


def _given(terms: Terms) -> Mapping[str, Any]:
    usual = {"DocumentVersion": "$DEFAULT", "ApplyOnlyAtCronInterval": False}
    return {**usual, **terms.given}


def _common(execution: Execution) -> Json:
    return {
        "AssociationId": execution.association_id,
        "AssociationVersion": str(execution.version),
        "ExecutionId": execution.execution_id,
    }


def _overview(one: Association) -> Json:
    last = one.last
    if last is None:
        return {"Status": "Pending", "DetailedStatus": "Pending"}
    status, details = last.state
    row: Json = {"Status": status, "DetailedStatus": details}
    return row | {"AssociationStatusAggregatedCount": dict(last.counts)}
