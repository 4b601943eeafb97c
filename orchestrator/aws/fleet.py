"""The hosts of one account and region through SSM Run Command: the port `Fleet`, for real."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError

from orchestrator.aws.errors import THROTTLED, as_ours, code_of
from orchestrator.aws.session import READS, SENDS, Access
from orchestrator.aws.shapes import invocation_of_get, invocation_of_row, managed_instance
from orchestrator.errors import UnreachableError
from orchestrator.model.fleet import Invocation, ManagedInstance, SendRequest
from orchestrator.ports import Clock
from orchestrator.waiting import try_again

PAGE = 50
"""The largest page that DescribeInstanceInformation and ListCommandInvocations give."""


class RunCommandFleet:
    """SSM Run Command. See `orchestrator.ports.Fleet` for what each method promises."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._reads = access.client("ssm", READS)
        self._sends = access.client("ssm", SENDS)

    def calls(self) -> Mapping[str, int]:
        """Requests so far, by operation, retries included."""
        return dict(self._access.calls)

    def describe(self, instance_ids: Sequence[str]) -> Mapping[str, ManagedInstance]:
        """The rows that SSM has for these ids."""
        found: dict[str, ManagedInstance] = {}
        for begin in range(0, len(instance_ids), PAGE):
            chunk = list(instance_ids[begin : begin + PAGE])
            request = {"Filters": [{"Key": "InstanceIds", "Values": chunk}], "MaxResults": PAGE}
            for page in self._pages("DescribeInstanceInformation", request):
                for row in page.get("InstanceInformationList", []):
                    instance = managed_instance(row)
                    found[instance.instance_id] = instance
        return found

    def send(self, request: SendRequest) -> str:
        """Send once. A throttled request was not taken and is sent again; a lost answer is not."""
        with as_ours("SendCommand", self._access.region, self._access.profile):
            try:
                return try_again(
                    lambda: self._send(request), when=_throttled, clock=self._clock, attempts=8
                )
            except HTTPClientError as error:
                return self._sent_all_the_same(request, error)

    def _send(self, request: SendRequest) -> str:
        answer = self._sends.send_command(
            DocumentName=request.document,
            InstanceIds=list(request.instance_ids),
            Comment=request.comment,
            TimeoutSeconds=request.delivery_timeout,
            # The default budget of 0 errors would stop all others after the first failing host.
            MaxErrors="100%",
            Parameters={
                "commands": list(request.commands),
                "executionTimeout": [str(request.execution_timeout)],
            },
        )
        return str(answer["Command"]["CommandId"])

    def _sent_all_the_same(self, request: SendRequest, error: HTTPClientError) -> str:
        """The command's id where SSM took it although its answer was lost, found by the comment."""
        for page in self._pages("ListCommands", {"MaxResults": PAGE}, most=1):
            for command in page.get("Commands", []):
                if command.get("Comment") == request.comment:
                    return str(command["CommandId"])
        raise UnreachableError(
            f"the command may or may not have been taken: {error}",
            where=f"SendCommand in {self._access.region}",
            mend=f"look for the comment {request.comment!r} in `aws ssm list-commands`",
        ) from error

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
        self, operation: str, request: Mapping[str, Any], most: int = 10_000
    ) -> Iterator[Mapping[str, Any]]:
        """Page by page; a token that comes again ends it instead of going round for ever."""
        method = getattr(self._reads, _METHODS[operation])
        token: str | None = None
        for _ in range(most):
            more = {"NextToken": token} if token else {}
            with as_ours(operation, self._access.region, self._access.profile):
                page = method(**request, **more)
            yield page
            following = page.get("NextToken")
            if not following or following == token:
                return
            token = following


_METHODS = {
    "DescribeInstanceInformation": "describe_instance_information",
    "ListCommandInvocations": "list_command_invocations",
    "ListCommands": "list_commands",
}


def _code(error: BaseException) -> str:
    """The code that AWS gave; empty where it is not AWS's answer at all."""
    return code_of(error) if isinstance(error, ClientError) else ""


def _throttled(error: BaseException) -> bool:
    return _code(error) in THROTTLED
