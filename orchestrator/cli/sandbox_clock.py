"""`orch sandbox clock`: SSM's time of day in the sandbox that this shell is in, and moving it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from orchestrator.errors import UsageError

clock_app = typer.Typer(
    help="SSM's time in the sandbox; `forward` moves it.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@clock_app.callback()
def clock(context: typer.Context) -> None:
    """Print the time that SSM's schedules and dates go by in this sandbox.

    Example: orch sandbox clock
    """
    if context.invoked_subcommand is None:
        from orchestrator.sandbox.clock.asking import read_clock

        typer.echo(_shown(read_clock(_url())))


@clock_app.command()
def forward(
    by: Annotated[str, typer.Argument(metavar="TIME", help="How far, e.g. 1d, 12h or 1d12h.")],
) -> None:
    """Move it on: whatever is due on the way is run, one after the other, each at its own time.

    A line for each run, as soon as it has ended; at last how many there were.

    Example: orch sandbox clock forward 7d
    """
    length = duration(by, where="clock forward")
    if length <= timedelta(0):
        mend = "e.g. orch sandbox clock forward 1d; `--clock -7d` lets a sandbox begin in the past"
        raise UsageError("the clock goes forward alone", where="clock forward", mend=mend)
    from orchestrator.sandbox.clock.asking import move_forward

    for step in move_forward(_url(), length):
        typer.echo(_line(step))


def duration(text: str, *, where: str) -> timedelta:
    """That length of time. UsageError."""
    from orchestrator.sandbox.clock.durations import read_duration

    try:
        return read_duration(text)
    except ValueError as error:
        raise UsageError(str(error), where=where, mend="e.g. 7d, 12h, 30m or 1d12h") from error


def _url() -> str:
    url = os.environ.get("ORCH_SANDBOX_CLOCK", "")
    if not url:
        what = "this shell is in no sandbox: ORCH_SANDBOX_CLOCK is not set"
        mend = "orch sandbox exec -- sh, or paste what `orch sandbox start` prints"
        raise UsageError(what, where="orch sandbox clock", mend=mend)
    return url


def _line(step: Mapping[str, Any]) -> str:
    if "runs" in step:
        many = "run" if step["runs"] == 1 else "runs"
        return f"{step['runs']} {many}; it is {_shown(datetime.fromisoformat(step['now']))}"
    counts = ", ".join(f"{count} {word}" for word, count in sorted(step["targets"].items()))
    at = _shown(datetime.fromisoformat(step["at"]))
    return f"{at}  {step['name']}  {step['status']}  {counts or 'no targets'}"


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
