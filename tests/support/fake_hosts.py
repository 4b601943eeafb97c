"""A host of the fake Run Command: what it is like, and what SSM has of it at which moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from orchestrator.model.fleet import Invocation, SendRequest
from orchestrator.sandbox.agent.document.model import Step
from orchestrator.sandbox.agent.endings import Ending, Output, exited, result_of, stopped
from orchestrator.sandbox.runcommand import states
from orchestrator.sandbox.runcommand.messages import Result

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TO_CANCEL = 0.15
"""Seconds that an agent needs to end a script that is cancelled."""

STEP = Step("aws:runPowerShellScript", "aws:runPowerShellScript", {}, "")


@dataclass
class FakeHost:
    """A host whose script takes so many seconds, prints this and ends with that exit code.

    ``status``, ``status_details`` and ``response_code`` stand in place of what follows from it.
    ``may_put``: its role lets the agent put output into a bucket.
    """

    instance_id: str
    seconds: float = 1.0
    exit_code: int = 0
    output: str = ""
    error: str = ""
    ping_status: str = "Online"
    platform: str = "Windows"
    name: str = "HOST"
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str | None = None
    status_details: str | None = None
    response_code: int | None = None
    may_put: bool = True


def row_of(
    host: FakeHost, request: SendRequest, age: float, cancelled: float | None
) -> tuple[Invocation, Result | None]:
    """The row at that age of the command, and the reply of the agent if it came."""
    state, at, reply = _end(host, request, cancelled)
    if age < at:
        state = states.IN_PROGRESS if cancelled is None else states.CANCELLING
        return Invocation(host.instance_id, *state, response_code=-1, name=host.name), None
    code = reply.code if reply else -1
    row = Invocation(
        host.instance_id,
        state.status if host.status is None else host.status,
        state.details if host.status_details is None else host.status_details,
        code if host.response_code is None else host.response_code,
        output=reply.output if reply else "",
        seconds=(reply.ended - reply.began).total_seconds() if reply else None,
        name=host.name,
    )
    return row, reply


def _end(
    host: FakeHost, request: SendRequest, cancelled: float | None
) -> tuple[states.State, float, Result | None]:
    """How it ends, at which age of the command, and what its agent says then."""
    if host.ping_status != "Online":
        if cancelled is not None:
            return states.CANCELLED, cancelled, None
        lifetime = float(request.delivery_timeout + request.execution_timeout)
        return states.DELIVERY_TIMED_OUT, lifetime, None
    seconds = min(host.seconds, float(request.execution_timeout))
    if cancelled is not None and cancelled < seconds:
        reply = _result(host, stopped("Cancelled"), cancelled, printed=False)
        return states.CANCELLED, cancelled + TO_CANCEL, reply
    if host.seconds > seconds:
        reply = _result(host, stopped("TimedOut"), seconds, printed=False)
    else:
        reply = _result(host, exited(host.exit_code), seconds)
    return states.of_reply(reply.status), seconds, reply


def _result(host: FakeHost, ending: Ending, seconds: float, *, printed: bool = True) -> Result:
    """It prints at its very end, and the agent adds its own line."""
    output, error = (host.output, host.error) if printed else ("", "")
    ran = Output(ending, output.encode(), (error + ending.line).encode())
    ended = BEGIN + timedelta(seconds=seconds)
    return replace(result_of(STEP, ran), began=BEGIN, ended=ended)
