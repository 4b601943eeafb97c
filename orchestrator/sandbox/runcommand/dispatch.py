"""The rules by which a command goes on: how many at once, when to stop, when to give up.

Each takes a command and moves its invocations on; none of them waits or looks at a clock.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.sandbox.runcommand import states
from orchestrator.sandbox.runcommand.records import Command, Invocation


def share(text: str, whole: int, least: int) -> int:
    """A number or a percentage of the targets: MaxConcurrency and MaxErrors."""
    if text.endswith("%"):
        return max(least, whole * int(text[:-1]) // 100)
    return int(text)


def expire(command: Command, age: float) -> None:
    """Give up what has no final state when both time-outs have passed together."""
    if age >= command.sending.lifetime:
        for invocation in command.invocations.values():
            invocation.end(states.DELIVERY_TIMED_OUT)


def stop_if_failing(command: Command) -> None:
    """With more errors than allowed, end what was not sent yet."""
    if command.count(states.ERRORS) > command.sending.errors_allowed:
        for invocation in _in(command, states.PENDING):
            invocation.end(states.TERMINATED)


def send_more(command: Command) -> list[str]:
    """Mark the next invocations as sent, as many as may run at once, and name their instances."""
    under_way = command.count(frozenset({states.IN_PROGRESS, states.CANCELLING}))
    free = max(0, command.sending.most_at_once - under_way)
    ready = list(_in(command, states.PENDING))[:free]
    for invocation in ready:
        invocation.state = states.IN_PROGRESS
    return [invocation.instance_id for invocation in ready]


def cancel(invocation: Invocation) -> bool:
    """Cancel it. True where its agent has it and must be told."""
    if invocation.state.final:
        return False
    if not invocation.delivered:
        invocation.end(states.CANCELLED)
        return False
    invocation.state = states.CANCELLING
    return True


def _in(command: Command, state: states.State) -> Iterator[Invocation]:
    return (found for found in command.invocations.values() if found.state == state)
