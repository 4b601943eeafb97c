"""How the way a script ended becomes the agent's reply: statuses, codes and added lines."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from datetime import datetime

from orchestrator.sandbox.agent import cuts
from orchestrator.sandbox.runcommand.messages import Reply

KILLED = 137
"""The code of a script that the agent ended; from a script itself it means time-out all the same.

Scripts that end with 168 stop the document as a success, with 169 as a failure.
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """A script that ended: what it wrote (at least the first 24,000 bytes of each) and when."""

    stdout: bytes
    stderr: bytes
    began: datetime
    ended: datetime


def exited(code: int, ran: Ran) -> Reply:
    """The reply for a script that ended by itself; a negative code is the signal that ended it."""
    if code == 0:
        return _reply("Success", code, ran)
    if code == KILLED:
        return stopped("TimedOut", ran)
    if code == 168:
        return _last_step("Success", code, "succeeded", ran)
    failed = _with_line(ran, _reason(code))
    if code == 169:
        return _last_step("Failed", code, "Failed", failed)
    return _reply("Failed", max(code, -1), failed)


def stopped(status: str, ran: Ran) -> Reply:
    """The reply for a script that the agent ended: ``TimedOut`` or ``Cancelled``."""
    return _reply(status, KILLED, ran)


def not_started(reason: str, when: datetime) -> Reply:
    """The reply where the host could not start the script at all."""
    return _reply("Failed", 1, _with_line(Ran(b"", b"", when, when), reason))


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    name = (signal.strsignal(-code) or f"signal {-code}").lower()
    return f"signal: {name}"


def _with_line(ran: Ran, reason: str) -> Ran:
    """The agent adds its own line without a line end before it."""
    line = f"failed to run commands: {reason}".encode()
    return Ran(ran.stdout, ran.stderr + line, ran.began, ran.ended)


def _last_step(status: str, code: int, marking: str, ran: Ran) -> Reply:
    """The codes that end a document add a sentence to both streams, after the page was made."""
    said = (
        f"\nStep exited with code {code}. Therefore, marking step as {marking}. "
        "Further document steps will be skipped."
    )
    stderr = cuts.decode(cuts.stream(ran.stderr)) + said if status == "Failed" else ""
    return Reply(
        status=status,
        code=code,
        stdout=cuts.decode(cuts.stream(ran.stdout)) + said,
        stderr=stderr,
        output=cuts.decode(cuts.page(ran.stdout, ran.stderr)),
        began=ran.began,
        ended=ran.ended,
    )


def _reply(status: str, code: int, ran: Ran) -> Reply:
    return Reply(
        status=status,
        code=code,
        stdout=cuts.decode(cuts.stream(ran.stdout)),
        stderr=cuts.decode(cuts.stream(ran.stderr)),
        output=cuts.decode(cuts.page(ran.stdout, ran.stderr)),
        began=ran.began,
        ended=ran.ended,
    )
