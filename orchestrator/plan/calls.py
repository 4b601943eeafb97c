"""The API calls that a run makes, at least and at most, retries after throttling not counted."""

from __future__ import annotations

from orchestrator.model.plan import ApiCall
from orchestrator.waiting import looks_within

CHUNK = 50
"""Instance ids that one DescribeInstanceInformation or SendCommand takes."""


def api_calls(hosts: int, worst_case: int) -> tuple[ApiCall, ...]:
    """The calls for so many hosts, if the wait may last so many seconds."""
    chunks = -(-hosts // CHUNK)
    return (
        ApiCall("DescribeInstanceInformation", chunks, chunks, "is each target managed and online"),
        ApiCall("SendCommand", chunks, chunks, f"one for up to {CHUNK} targets"),
        ApiCall(
            "ListCommandInvocations",
            chunks,
            chunks * looks_within(worst_case),
            "one look at all hosts of a command",
        ),
        ApiCall("GetCommandInvocation", 0, hosts, "for output longer than a page shows"),
        ApiCall("ListCommands", 0, chunks, "if the answer to SendCommand is lost"),
        ApiCall("CancelCommand", 0, chunks, "only after Ctrl-C"),
    )
