"""How the way a script ended becomes a plugin's result: statuses, codes and added lines."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from orchestrator.sandbox.agent import cuts
from orchestrator.sandbox.agent.document.flow import (
    FAILURE_AND_EXIT,
    SUCCESS_AND_EXIT,
    has_failure_exit,
)
from orchestrator.sandbox.agent.document.model import Step
from orchestrator.sandbox.runcommand.messages import Result

KILLED = 137
"""The code of a script that the agent ended; from a script itself it means time-out as well."""

_RISING = ("Success", "Failed", "Cancelled", "TimedOut")
"""Of two sets of inputs of one plugin the worse status counts (contracts.MergeResultStatus)."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A script's status and code; ``line`` is what the agent adds to its standard error."""

    status: str
    code: int
    line: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """How a script ended and what it wrote, at most 24,000 bytes of each stream."""

    ending: Ending
    stdout: bytes = b""
    stderr: bytes = b""


def exited(code: int) -> Ending:
    """The ending of a script that ended by itself; a negative code is the signal that ended it."""
    if code == 0:
        return Ending("Success", code)
    if code == KILLED:
        return Ending("TimedOut", code)
    return Ending("Failed", max(code, -1), f"failed to run commands: {_reason(code)}")


def stopped(status: str) -> Ending:
    """The ending of a script that the agent ended: ``TimedOut`` or ``Cancelled``."""
    return Ending(status, KILLED)


def not_started(reason: str) -> Ending:
    """The ending where the host could not start the script at all."""
    return Ending("Failed", 1, f"failed to run commands: {reason}")


def unfit(reason: str) -> Output:
    """What a plugin gives back whose inputs cannot be used."""
    return Output(Ending("Failed", 1), stderr=reason.encode("utf-8", "replace"))


CANCELLED_BEFORE = Output(Ending("Cancelled", 1))
"""What a plugin gives back that was not begun, since the command was cancelled."""


def merged(outputs: Iterable[Output]) -> Output:
    """The outputs of one plugin's sets of inputs as one: the first code that is not 0 stays."""
    return reduce(_merged, outputs)


def _merged(one: Output, other: Output) -> Output:
    status = max(one.ending.status, other.ending.status, key=_RISING.index)
    return Output(
        Ending(status, one.ending.code or other.ending.code),
        one.stdout + (b"\n" if one.stdout else b"") + other.stdout,
        one.stderr + (b"\n" if one.stderr else b"") + other.stderr,
    )


def result_of(step: Step, output: Output) -> Result:
    """What the reply says of a step with this output, without its times."""
    status, code = output.ending.status, output.ending.code
    stderr = b"" if code == SUCCESS_AND_EXIT else output.stderr
    page = cuts.page(output.stdout, stderr)
    said = ""
    if code == SUCCESS_AND_EXIT:
        status, said = "Success", _last_step(code, "succeeded")
    elif code == FAILURE_AND_EXIT:
        said = _last_step(code, "Failed")
    elif status == "Failed" and has_failure_exit(step):
        said = (
            "\nStep was found to have onFailure property. Further document steps will be skipped."
        )
        if step.modifier("onFailure") == "successAndExit":
            status, code = "Success", SUCCESS_AND_EXIT
    added = said.encode()
    told_in_error = added if output.ending.code != SUCCESS_AND_EXIT else b""
    return Result(
        key=step.key,
        plugin=step.plugin,
        status=status,
        code=code,
        stdout=cuts.decode(cuts.stream(output.stdout + added)),
        stderr=cuts.decode(cuts.stream(stderr + told_in_error)),
        output=cuts.decode(page),
    )


def _last_step(code: int, marking: str) -> str:
    """The codes that end a document add a sentence to the streams, after the page was made."""
    return (
        f"\nStep exited with code {code}. Therefore, marking step as {marking}. "
        "Further document steps will be skipped."
    )


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    name = (signal.strsignal(-code) or f"signal {-code}").lower()
    return f"signal: {name}"
