"""What SSM answers, in our own small types."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orchestrator.model.fleet import CommandCount, Invocation, ManagedInstance


def in_utc(moment: datetime | None) -> datetime | None:
    """A time of AWS's, which botocore gives in this machine's own time zone."""
    return None if moment is None else moment.astimezone(UTC)


def managed_instance(row: Mapping[str, Any]) -> ManagedInstance:
    """A row of DescribeInstanceInformation."""
    return ManagedInstance(
        instance_id=row["InstanceId"],
        ping_status=row.get("PingStatus", ""),
        platform=row.get("PlatformType", ""),
        agent_version=row.get("AgentVersion", ""),
        name=row.get("ComputerName", ""),
        last_ping=in_utc(row.get("LastPingDateTime")),
    )


def command_count(row: Mapping[str, Any]) -> CommandCount:
    """A row of ListCommands."""
    return CommandCount(
        command_id=row["CommandId"],
        status=row.get("Status", ""),
        targets=int(row.get("TargetCount", 0)),
        completed=int(row.get("CompletedCount", 0)),
    )


def invocation_of_row(row: Mapping[str, Any]) -> Invocation:
    """A row of ListCommandInvocations with Details: both streams merged, 2,500 bytes at most."""
    plugins = row.get("CommandPlugins") or [{}]
    plugin = plugins[0]
    begun, ended = plugin.get("ResponseStartDateTime"), plugin.get("ResponseFinishDateTime")
    return Invocation(
        instance_id=row["InstanceId"],
        status=row["Status"],
        status_details=row.get("StatusDetails", ""),
        response_code=plugin.get("ResponseCode"),
        output=plugin.get("Output", ""),
        seconds=(ended - begun).total_seconds() if begun and ended else None,
        name=row.get("InstanceName", ""),
    )


def invocation_of_get(answer: Mapping[str, Any]) -> Invocation:
    """The answer of GetCommandInvocation: the streams apart, 24,000 and 8,000 characters."""
    return Invocation(
        instance_id=answer["InstanceId"],
        status=answer["Status"],
        status_details=answer.get("StatusDetails", ""),
        response_code=answer.get("ResponseCode"),
        output=answer.get("StandardOutputContent", ""),
        error=answer.get("StandardErrorContent", ""),
        whole=True,
    )
