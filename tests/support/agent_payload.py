"""A reply as the real agent writes it: SendReplyPayload of agent/runcommand/contracts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from orchestrator.sandbox.runcommand.messages import Reply, Result
from support.agent_cases import text

_AGENT = {"lang": "en-US", "name": "amazon-ssm-agent", "os": "", "osver": "1", "ver": "3.3.0.0"}
_NO_TIME = "0001-01-01T00:00:00.000Z"
_TEXTS = ("output", "standardOutput", "standardError")
_TIMES = {"startDateTime": "2026-11-24T00:00:01.000Z", "endDateTime": "2026-11-24T00:00:03.500Z"}


def payload_of(reply: Reply) -> str:
    """A reply of ours."""
    result = reply.result
    return _payload(
        reply.status,
        reply.trace,
        dict(reply.counts) or None,
        {result.key: _plugin(result)} if result else None,
    )


def payload_of_case(recorded: dict[str, Any]) -> str:
    """A reply of the recordings, which have no times."""
    plugins = {
        key: {**_TIMES, **{n: text(v) if n in _TEXTS else v for n, v in plugin.items()}}
        for key, plugin in recorded["plugins"].items()
    }
    status, trace = recorded["documentStatus"], recorded.get("documentTraceOutput", "")
    return _payload(status, trace, recorded.get("counts"), plugins or None)


def _payload(
    status: str, trace: str, counts: dict[str, int] | None, plugins: dict[str, Any] | None
) -> str:
    info = {
        "agent": _AGENT,
        "dateTime": _time(datetime.now(UTC)),
        "runId": "",
        "runtimeStatusCounts": counts,
        "ableToOpenMGSConnection": False,
    }
    return json.dumps(
        {
            "additionalInfo": info,
            "documentStatus": status,
            "documentTraceOutput": trace,
            "runtimeStatus": plugins,
        },
        ensure_ascii=False,
    )


def _plugin(result: Result) -> dict[str, Any]:
    made: dict[str, Any] = {
        "status": result.status,
        "code": result.code,
        "name": result.plugin,
        "output": result.output,
        "startDateTime": _time(result.began),
        "endDateTime": _time(result.ended),
        "standardOutput": result.stdout,
        "standardError": result.stderr,
    }
    names = {"outputS3BucketName": result.bucket, "outputS3KeyPrefix": result.key_prefix}
    return {**made, **names, "stepName": result.step} if result.bucket else made


def _time(moment: datetime | None) -> str:
    if moment is None:
        return _NO_TIME
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
