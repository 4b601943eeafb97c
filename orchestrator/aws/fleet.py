"""The hosts of one account and region through SSM Run Command: the port `Fleet`, for real."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError, SSLError
from botocore.exceptions import ConnectionError as NoConnectionError

from orchestrator.aws.errors import THROTTLED, as_ours, code_of
from orchestrator.aws.groups import ResourceGroups
from orchestrator.aws.paging import MOST_PAGES, pages
from orchestrator.aws.session import READS, SENDS, Access
from orchestrator.aws.shapes import (
    command_count,
    invocation_of_get,
    invocation_of_row,
    managed_instance,
)
from orchestrator.errors import LostAnswerError
from orchestrator.model.fleet import (
    CommandCount,
    Invocation,
    ManagedInstance,
    OutputS3,
    Selection,
    SendRequest,
)
from orchestrator.ports import Clock
from orchestrator.waiting import try_again

PAGE = 50
"""The largest page that DescribeInstanceInformation and ListCommandInvocations give."""

STORED = 2_000_000
"""Bytes that are read of an object in S3, from its end, where the envelope is: more than the
longest that is believed (`envelope.LIMIT`) can have."""

_PAGES_BACK = 20
"""Pages of the newest commands in which a lost one is looked for: a thousand."""

_SKEW = timedelta(minutes=10)
"""More than a clock may be off whose signatures AWS takes."""


class RunCommandFleet:
    """SSM Run Command. See `orchestrator.ports.Fleet` for what each method promises."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._reads = access.client("ssm", READS)
        self._sends = access.client("ssm", SENDS)
        self._groups = ResourceGroups(access)
        self._objects: Any = None

    def calls(self) -> Mapping[str, int]:
        """Requests so far, by operation, retries included."""
        return dict(self._access.calls)

    def describe(self, instance_ids: Sequence[str]) -> Mapping[str, ManagedInstance]:
        """The rows that SSM has for these ids."""
        found: dict[str, ManagedInstance] = {}
        for begin in range(0, len(instance_ids), PAGE):
            chunk = list(instance_ids[begin : begin + PAGE])
            found |= self._managed([{"Key": "InstanceIds", "Values": chunk}])
        return found

    def find(self, selection: Selection) -> Mapping[str, ManagedInstance]:
        """The rows of what is selected. A group's members are asked of Resource Groups."""
        if selection.resource_group:
            return self.describe(self._groups.instances(selection.resource_group))
        tags = [{"Key": f"tag:{key}", "Values": [*values]} for key, values in selection.tags]
        return self._managed(tags)

    def _managed(self, filters: Sequence[Mapping[str, Any]]) -> dict[str, ManagedInstance]:
        request = {"MaxResults": PAGE, **({"Filters": [*filters]} if filters else {})}
        rows = (
            managed_instance(row)
            for page in self._pages("DescribeInstanceInformation", request)
            for row in page.get("InstanceInformationList", [])
        )
        return {row.instance_id: row for row in rows}

    def count(self, command_ids: Sequence[str], since: datetime) -> Mapping[str, CommandCount]:
        """How far these commands are, newest first, until all of them were seen."""
        if len(command_ids) == 1:
            request: dict[str, Any] = {"CommandId": command_ids[0]}
        else:
            after = (since.astimezone(UTC) - _SKEW).strftime("%Y-%m-%dT%H:%M:%SZ")
            request = {"Filters": [{"key": "InvokedAfter", "value": after}], "MaxResults": PAGE}
        wanted = set(command_ids)
        found: dict[str, CommandCount] = {}
        for page in self._pages("ListCommands", request):
            rows = (command_count(row) for row in page.get("Commands", []))
            found |= {row.command_id: row for row in rows if row.command_id in wanted}
            if len(found) == len(wanted):
                break
        return found

    def send(self, request: SendRequest) -> str:
        """Send. What was surely not taken is sent again; a lost answer is not: see the port."""
        with as_ours("SendCommand", self._access.region, self._access.profile):
            try:
                return try_again(
                    lambda: self._send_in_turn(request),
                    when=_never_connected,
                    clock=self._clock,
                    attempts=3,
                )
            except (ClientError, HTTPClientError, SSLError) as error:
                if isinstance(error, ClientError) and not _is_fault(error):
                    raise
                raise LostAnswerError(
                    f"the command may or may not have been taken: {error}",
                    where=f"SendCommand in {self._access.region}",
                    mend=f"look for the comment {request.comment!r} in `aws ssm list-commands`",
                    cause="perhaps-sent",
                ) from error

    def _send_in_turn(self, request: SendRequest) -> str:
        return try_again(
            lambda: self._send(request), when=_throttled, clock=self._clock, attempts=8
        )

    def _send(self, request: SendRequest) -> str:
        tags = [{"Key": f"tag:{key}", "Values": [*values]} for key, values in request.tags]
        whom = {"Targets": tags} if tags else {"InstanceIds": list(request.instance_ids)}
        pace = {"MaxConcurrency": request.max_concurrency} if request.max_concurrency else {}
        answer = self._sends.send_command(
            DocumentName=request.document,
            **whom,
            **pace,
            **_output(request.output_s3),
            Comment=request.comment,
            TimeoutSeconds=request.delivery_timeout,
            # The service's own budget of 0 errors would stop all others after the first that fails.
            MaxErrors=request.max_errors,
            Parameters={
                "commands": list(request.commands),
                "executionTimeout": [str(request.execution_timeout)],
            },
        )
        return str(answer["Command"]["CommandId"])

    def find_sent(self, comment: str) -> str | None:
        """The command with this comment among the newest; SSM may be some seconds behind."""
        for page in self._pages("ListCommands", {"MaxResults": PAGE}, most=_PAGES_BACK):
            for command in page.get("Commands", []):
                if command.get("Comment") == comment:
                    return str(command["CommandId"])
        return None

    def look(self, command_id: str) -> Sequence[Invocation]:
        """Every invocation of the command, with what a page shows of its output."""
        request = {"CommandId": command_id, "Details": True, "MaxResults": PAGE}
        return [
            invocation_of_row(row)
            for page in self._pages("ListCommandInvocations", request)
            for row in page.get("CommandInvocations", [])
        ]

    def fetch(self, command_id: str, instance_id: str) -> Invocation | None:
        """One invocation with its output as far as GetCommandInvocation gives it."""
        with as_ours("GetCommandInvocation", self._access.region, self._access.profile):
            try:
                answer = self._reads.get_command_invocation(
                    CommandId=command_id, InstanceId=instance_id
                )
            except ClientError as error:
                if _code(error) == "InvocationDoesNotExist":
                    return None
                raise
        return invocation_of_get(answer)

    def stored(self, bucket: str, key: str) -> str | None:
        """The end of an object in S3, as text."""
        with as_ours("GetObject", self._access.region, self._access.profile):
            try:
                answer = self._s3().get_object(Bucket=bucket, Key=key, Range=f"bytes=-{STORED}")
                data: bytes = answer["Body"].read(STORED)
            except ClientError as error:
                if _code(error) == "NoSuchKey":
                    return None
                raise
        return data.decode("utf-8", "replace")

    def _s3(self) -> Any:
        """Made when it is needed, since hardly any run needs it."""
        if self._objects is None:
            self._objects = self._access.client("s3", READS)
        return self._objects

    def cancel(self, command_id: str) -> None:
        """Ask SSM to cancel the command on every host.

        Right after the send SSM may not know the command yet; then it is asked again.
        """
        with as_ours("CancelCommand", self._access.region, self._access.profile):
            try_again(
                lambda: self._reads.cancel_command(CommandId=command_id),
                when=lambda error: _code(error) == "InvalidCommandId",
                clock=self._clock,
                attempts=5,
            )

    def _pages(
        self, operation: str, request: Mapping[str, Any], most: int = MOST_PAGES
    ) -> Iterator[Mapping[str, Any]]:
        return pages(self._access, self._reads, operation, request, most)


def _output(where: OutputS3) -> Mapping[str, str]:
    """SendCommand takes no empty ones."""
    given = {"OutputS3BucketName": where.bucket_name, "OutputS3KeyPrefix": where.key_prefix}
    return {name: value for name, value in given.items() if value}


def _code(error: BaseException) -> str:
    """The code that AWS gave; empty where it is not AWS's answer at all."""
    return code_of(error) if isinstance(error, ClientError) else ""


def _is_fault(error: ClientError) -> bool:
    """Whether the service failed, in which case nobody knows how far it came."""
    return (
        not _throttled(error)
        and int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) >= 500
    )


def _never_connected(error: BaseException) -> bool:
    """An error of TLS may come in the middle of an answer, too."""
    return isinstance(error, NoConnectionError) and not isinstance(error, SSLError)


def _throttled(error: BaseException) -> bool:
    return _code(error) in THROTTLED
