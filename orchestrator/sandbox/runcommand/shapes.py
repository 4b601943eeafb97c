"""Commands, invocations and instances as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from orchestrator.ports import Clock
from orchestrator.sandbox.runcommand import states
from orchestrator.sandbox.runcommand.documents.model import Step
from orchestrator.sandbox.runcommand.messages import Result
from orchestrator.sandbox.runcommand.records import Command, Invocation
from orchestrator.sandbox.runcommand.registry import Instance

Json = dict[str, Any]

_STDOUT = 24_000
_STDERR = 8_000
_TRACE = 2_500
_KEPT = ("OutputS3BucketName", "OutputS3KeyPrefix")
_NO_CLOUDWATCH = {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": False}


def command_row(command: Command, region: str) -> Json:
    """A Command, as SendCommand and ListCommands answer it."""
    sending, state = command.sending, command.state
    request = sending.request
    return {
        **_common(command),
        "ExpiresAfter": (command.requested + timedelta(seconds=sending.lifetime)).timestamp(),
        "Parameters": sending.parameters,
        "InstanceIds": list(request.get("InstanceIds", [])),
        "Targets": list(request.get("Targets", [])),
        "Status": state.status,
        "StatusDetails": state.details,
        "OutputS3Region": region,
        **{name: request.get(name, "") for name in _KEPT},
        "MaxConcurrency": request.get("MaxConcurrency", "50"),
        "MaxErrors": request.get("MaxErrors", "0"),
        "TargetCount": len(command.invocations),
        "CompletedCount": command.completed,
        "ErrorCount": command.count(states.ERRORS),
        "DeliveryTimedOutCount": command.count(frozenset({states.DELIVERY_TIMED_OUT})),
        "TimeoutSeconds": sending.delivery_timeout,
    }


def invocation_row(command: Command, invocation: Invocation, region: str, *, details: bool) -> Json:
    """A CommandInvocation of ListCommandInvocations."""
    steps = command.sending.document.steps
    out, error = _urls(command, invocation, steps[0], region)
    plugins = [_plugin(command, invocation, step, region) for step in steps if details]
    return {
        **_common(command),
        "InstanceId": invocation.instance_id,
        "InstanceName": invocation.instance_name,
        "Status": invocation.state.status,
        "StatusDetails": invocation.state.details,
        "TraceOutput": invocation.reply.trace[:_TRACE] if invocation.reply else "",
        "StandardOutputUrl": out,
        "StandardErrorUrl": error,
        "CommandPlugins": plugins,
    }


def invocation_answer(command: Command, invocation: Invocation, step: Step, region: str) -> Json:
    """The answer of GetCommandInvocation: output only once there is a final state."""
    result = _result(invocation, step)
    out, error = _urls(command, invocation, step, region)
    began, ended = (result.began, result.ended) if result else (None, None)
    return {
        "CommandId": command.command_id,
        "InstanceId": invocation.instance_id,
        "Comment": command.sending.request.get("Comment", ""),
        "DocumentName": command.sending.document.name,
        "DocumentVersion": command.sending.request.get("DocumentVersion", "$DEFAULT"),
        "PluginName": step.key,
        "ResponseCode": result.code if result else -1,
        "ExecutionStartDateTime": _text(began),
        "ExecutionElapsedTime": _duration(began, ended),
        "ExecutionEndDateTime": _text(ended),
        "Status": invocation.state.status,
        "StatusDetails": invocation.state.details,
        "StandardOutputContent": result.stdout[:_STDOUT] if result else "",
        "StandardOutputUrl": out,
        "StandardErrorContent": result.stderr[:_STDERR] if result else "",
        "StandardErrorUrl": error,
        "CloudWatchOutputConfig": _cloudwatch(command),
    }


def instance_row(instance: Instance, clock: Clock) -> Json:
    """A row of DescribeInstanceInformation."""
    ping = instance.ping(clock)
    name, version = instance.operating_system
    return {
        "InstanceId": instance.instance_id,
        "PingStatus": ping,
        "LastPingDateTime": instance.last_ping.timestamp(),
        "AgentVersion": instance.info.agent_version,
        "IsLatestVersion": instance.info.is_latest_version,
        "PlatformType": instance.platform,
        "PlatformName": name,
        "PlatformVersion": version,
        "ResourceType": "EC2Instance",
        "IPAddress": instance.info.ip_address,
        "ComputerName": instance.name,
        "SourceId": instance.instance_id,
        "SourceType": "AWS::EC2::Instance",
    }


def _common(command: Command) -> Json:
    request = command.sending.request
    return {
        "CommandId": command.command_id,
        "DocumentName": command.sending.document.name,
        "DocumentVersion": request.get("DocumentVersion", "$DEFAULT"),
        "Comment": request.get("Comment", ""),
        "RequestedDateTime": command.requested.timestamp(),
        "ServiceRole": request.get("ServiceRoleArn", ""),
        "NotificationConfig": request.get(
            "NotificationConfig",
            {"NotificationArn": "", "NotificationEvents": [], "NotificationType": ""},
        ),
        "CloudWatchOutputConfig": _cloudwatch(command),
    }


def _result(invocation: Invocation, step: Step) -> Result | None:
    """What is told of a step: nothing of it is known before the whole has ended."""
    return invocation.results.get(step.key) if invocation.state.final else None


def _plugin(command: Command, invocation: Invocation, step: Step, region: str) -> Json:
    result, request = _result(invocation, step), command.sending.request
    out, error = _urls(command, invocation, step, region)
    row: Json = {
        "Name": step.key,
        **_state_of(command, invocation, result),
        "ResponseCode": result.code if result else -1,
        "Output": result.output if result else "",
        "StandardOutputUrl": out,
        "StandardErrorUrl": error,
        "OutputS3Region": region,
        "OutputS3BucketName": request.get("OutputS3BucketName", ""),
        # Down to the plugin's folder, once its agent has said so: the example of CommandPlugin in
        # the SSM API Reference.
        "OutputS3KeyPrefix": (result and result.key_prefix) or request.get("OutputS3KeyPrefix", ""),
    }
    if result and result.began and result.ended:
        row["ResponseStartDateTime"] = result.began.timestamp()
        row["ResponseFinishDateTime"] = result.ended.timestamp()
    return row


def _state_of(command: Command, invocation: Invocation, result: Result | None) -> Json:
    """One step's states: the invocation's, and where there are several its own.

    A plugin that was skipped is Success in the enum's words; its details are not documented.
    """
    whole = invocation.state
    if result is None or len(command.sending.document.steps) == 1:
        return {"Status": _of_plugin(whole.status), "StatusDetails": _of_plugin(whole.details)}
    status = "Success" if result.status == "Skipped" else result.status
    return {"Status": status, "StatusDetails": result.status}


def _of_plugin(word: str) -> str:
    """A plugin has no Cancelling."""
    return "InProgress" if word == "Cancelling" else word


def _urls(command: Command, invocation: Invocation, step: Step, region: str) -> tuple[str, str]:
    """Where the streams would lie in S3, whether anything was written there or not."""
    request = command.sending.request
    bucket = request.get("OutputS3BucketName")
    if not bucket:
        return "", ""
    prefix = request.get("OutputS3KeyPrefix")
    parts = [bucket, *([prefix] if prefix else []), command.command_id, invocation.instance_id]
    base = f"https://s3.{region}.amazonaws.com/{'/'.join(parts)}/{step.folders}"
    return f"{base}/stdout", f"{base}/stderr"


def _cloudwatch(command: Command) -> Mapping[str, Any]:
    given = command.sending.request.get("CloudWatchOutputConfig", {})
    return {**_NO_CLOUDWATCH, **given}


def _text(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z" if moment else ""


def _duration(began: datetime | None, ended: datetime | None) -> str:
    """ISO 8601, as in ``PT0.304S``."""
    if not began or not ended:
        return ""
    return f"PT{max(0.0, (ended - began).total_seconds()):.3f}S"
