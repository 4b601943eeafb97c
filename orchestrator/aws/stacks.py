"""CloudFormation: a stack, its change sets and its events, in our own small types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.aws.errors import as_ours, code_of
from orchestrator.aws.session import READS, SENDS, Access
from orchestrator.errors import CannotRunError, DeniedError
from orchestrator.setup import Change, ChangeSet, Conflict, Deployment, Event, StackState
from orchestrator.setup.deployment import CAPABILITY


class CloudFormation:
    """The stacks of one account and region. See `orchestrator.run.deploying.Stacks`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._reads = access.client("cloudformation", READS)
        # A change that was taken, and whose answer was lost, is not to be asked for twice.
        self._sends = access.client("cloudformation", SENDS)

    def account(self) -> str:
        """The account of these credentials. GetCallerIdentity needs no permission."""
        client = self._access.client("sts", READS)
        with self._as_ours("GetCallerIdentity"):
            return str(client.get_caller_identity()["Account"])

    def find(self, name: str) -> StackState | None:
        """The stack of that name or id; None where there is none."""
        with self._as_ours("DescribeStacks"):
            try:
                answer = self._reads.describe_stacks(StackName=name)
            except ClientError as error:
                if code_of(error) == "ValidationError" and "does not exist" in str(error):
                    return None
                raise
        return _stack(answer["Stacks"][0])

    def propose(self, deployment: Deployment, name: str, kept: Sequence[str], *, new: bool) -> str:
        """Let AWS find out what would change; the change set's ARN.

        ``kept`` are the parameters that keep their previous value.
        """
        given: list[dict[str, Any]] = [
            {"ParameterKey": item.parameter, "ParameterValue": item.value}
            for item in deployment.values
        ]
        given += [{"ParameterKey": name, "UsePreviousValue": True} for name in kept]
        with self._as_ours("CreateChangeSet"):
            answer = self._sends.create_change_set(
                StackName=deployment.stack_name,
                ChangeSetName=name,
                ChangeSetType="CREATE" if new else "UPDATE",
                TemplateBody=deployment.template,
                Parameters=given,
                Capabilities=[CAPABILITY],
                Description="orch setup deploy",
            )
        return str(answer["Id"])

    def look(self, change_set_id: str) -> ChangeSet:
        """The change set as it stands."""
        changes: list[Change] = []
        more: dict[str, str] = {}
        while True:
            with self._as_ours("DescribeChangeSet"):
                page = self._reads.describe_change_set(ChangeSetName=change_set_id, **more)
            changes += [_change(row["ResourceChange"]) for row in page.get("Changes", [])]
            if not page.get("NextToken"):
                break
            more = {"NextToken": page["NextToken"]}
        return ChangeSet(
            change_set_id=page["ChangeSetId"],
            stack_id=page["StackId"],
            status=page["Status"],
            reason=page.get("StatusReason", ""),
            changes=tuple(changes),
        )

    def conflicts(self, change_set_id: str) -> Sequence[Conflict]:
        """What early validation found; nothing where that cannot be read."""
        try:
            with self._as_ours("DescribeEvents"):
                answer = self._reads.describe_events(ChangeSetName=change_set_id)
        except CannotRunError:
            return ()
        rows = answer.get("OperationEvents", [])
        return tuple(
            Conflict(
                row.get("LogicalResourceId", ""),
                row.get("ResourceType", ""),
                row.get("ValidationStatusReason", ""),
            )
            for row in rows
            if row.get("ValidationStatus") == "FAILED"
        )

    def execute(self, change_set_id: str) -> None:
        """Do what the change set says."""
        with self._as_ours("ExecuteChangeSet"):
            self._sends.execute_change_set(ChangeSetName=change_set_id)

    def forget(self, change_set_id: str) -> None:
        """Delete the change set."""
        with self._as_ours("DeleteChangeSet"):
            self._reads.delete_change_set(ChangeSetName=change_set_id)

    def has_change_sets(self, stack_id: str) -> bool:
        """Whether the stack has any change set."""
        with self._as_ours("ListChangeSets"):
            return bool(self._reads.list_change_sets(StackName=stack_id).get("Summaries"))

    def remove(self, stack_id: str) -> None:
        """Delete the stack."""
        with self._as_ours("DeleteStack"):
            self._reads.delete_stack(StackName=stack_id)

    def events(self, stack_id: str) -> Sequence[Event]:
        """What has happened since the last change of the stack began, the newest first."""
        found: list[Event] = []
        with self._as_ours("DescribeStackEvents"):
            pages = self._reads.get_paginator("describe_stack_events").paginate(StackName=stack_id)
            for row in (row for page in pages for row in page["StackEvents"]):
                event = _event(row)
                found.append(event)
                if event.reason == "User Initiated":
                    break
        return found

    @contextmanager
    def _as_ours(self, operation: str) -> Iterator[None]:
        try:
            with as_ours(operation, self._access.region, self._access.profile):
                yield
        except DeniedError as error:
            # What `orch plan` lists is for a run; this takes more.
            mend = f"use a profile that may cloudformation:{operation}, e.g. an administrator's"
            raise DeniedError(error.what, where=error.where, mend=mend) from error


def _stack(row: Mapping[str, Any]) -> StackState:
    return StackState(
        stack_id=row["StackId"],
        name=row["StackName"],
        status=row["StackStatus"],
        reason=row.get("StackStatusReason", ""),
        parameters={
            item["ParameterKey"]: item.get("ParameterValue", "")
            for item in row.get("Parameters", [])
        },
        outputs={item["OutputKey"]: item["OutputValue"] for item in row.get("Outputs", [])},
    )


def _change(row: Mapping[str, Any]) -> Change:
    details = row.get("Details", [])
    return Change(
        action=row["Action"],
        logical_id=row["LogicalResourceId"],
        type=row["ResourceType"],
        physical_id=row.get("PhysicalResourceId", ""),
        replacement=row.get("Replacement", ""),
        properties=tuple(dict.fromkeys(_targets(details))),
        causes=tuple(dict.fromkeys(d["CausingEntity"] for d in details if d.get("CausingEntity"))),
    )


def _targets(details: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for detail in details:
        target = detail.get("Target", {})
        yield target.get("Name") or target.get("Attribute", "")


def _event(row: Mapping[str, Any]) -> Event:
    return Event(
        at=row["Timestamp"],
        logical_id=row["LogicalResourceId"],
        type=row.get("ResourceType", ""),
        status=row.get("ResourceStatus", ""),
        reason=row.get("ResourceStatusReason", ""),
    )
