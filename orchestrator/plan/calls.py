"""The API calls that a run makes, at least and at most, retries after throttling not counted."""

from __future__ import annotations

from orchestrator.model.access import MOST_POLICIES
from orchestrator.model.plan import ApiCall
from orchestrator.waiting import looks_within

CHUNK = 50
"""Instance ids that one DescribeInstanceInformation or SendCommand takes."""


def api_calls(
    hosts: int,
    worst_case: int,
    restoring: int = 0,
    *,
    at_once: bool = False,
    stored: bool = False,
) -> tuple[ApiCall, ...]:
    """The calls for so many hosts, if the wait may last so many seconds.

    ``restoring`` is how long the wait for what is put back may last; 0 where nothing is.
    ``at_once``: one command goes to all of them, by their tags. ``stored``: their output goes to S3
    too.
    """
    chunks = -(-hosts // CHUNK)
    sends = 1 if at_once else chunks
    most = chunks * (2 if restoring else 1)
    looks = looks_within(worst_case) + (looks_within(restoring) if restoring else 0)
    return (
        ApiCall("DescribeInstanceInformation", chunks, most, "is each target managed and online"),
        ApiCall(
            "SendCommand",
            sends,
            sends + most - chunks,
            "one for all that have the tags" if at_once else f"one for up to {CHUNK} targets",
        ),
        ApiCall(
            "ListCommandInvocations",
            chunks,
            chunks * looks,
            "one look at all hosts of a command",
        ),
        ApiCall("GetCommandInvocation", 0, hosts, "for output longer than a page shows"),
        *([ApiCall("GetObject", 0, hosts, "for output longer than that shows")] if stored else []),
        ApiCall("ListCommands", 0, chunks, "if the answer to SendCommand is lost"),
        ApiCall("CancelCommand", 0, chunks, "only after Ctrl-C"),
        *_reads(hosts + 1),
    )


def _reads(roles: int) -> tuple[ApiCall, ...]:
    """What is read of IAM after a refusal: a role a host at most, and the role switched to."""
    why = "after a refusal: the policies"
    managed = roles * (MOST_POLICIES + 1)
    return (
        ApiCall("GetCallerIdentity", 0, 2, "after a refusal: which accounts"),
        ApiCall("GetRole", 0, roles, why),
        ApiCall("ListRoles", 0, 1, "where the role does not exist"),
        ApiCall("ListRolePolicies", 0, roles, why),
        ApiCall("GetRolePolicy", 0, roles * MOST_POLICIES, why),
        ApiCall("ListAttachedRolePolicies", 0, roles, why),
        ApiCall("GetPolicy", 0, managed, why),
        ApiCall("GetPolicyVersion", 0, managed, why),
    )


READS = tuple(f"iam:{call.operation}" for call in _reads(1) if call.operation[:9] != "GetCaller")
"""The permissions that these reads need; GetCallerIdentity needs none."""
