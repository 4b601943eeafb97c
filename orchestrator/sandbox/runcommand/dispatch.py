"""The rules by which a command goes on: how many at once, when to stop, when to give up.

Each takes a command and moves its invocations on; none of them waits or looks at a clock.
"""

from __future__ import annotations

from orchestrator.sandbox.runcommand import states
from orchestrator.sandbox.runcommand.records import Command, Invocation


def share(text: str, whole: int, least: int) -> int:
    """A number or a percentage of the targets: MaxConcurrency and MaxErrors."""
    if text.endswith("%"):
        return max(least, whole * int(text[:-1]) // 100)
    return int(text)


def expire(command: Command, age: float) -> None:
    """Give up what has no final state when both time-outs have passed together."""
    if age >= command.sending.lifetime and not command.is_over:
        for invocation in command.invocations.values():
            command.end(invocation, states.DELIVERY_TIMED_OUT)


def stop_if_failing(command: Command) -> None:
    """With more errors than allowed, end what was not sent yet."""
    if command.count(states.ERRORS) > command.sending.errors_allowed:
        for invocation in command.next_unsent(len(command.invocations)):
            command.end(invocation, states.TERMINATED)


def send_more(command: Command) -> list[str]:
    """Mark the next invocations as sent, as many as may run at once, and name their instances."""
    under_way = command.count(frozenset({states.IN_PROGRESS, states.CANCELLING}))
    ready = command.next_unsent(command.sending.most_at_once - under_way)
    for invocation in ready:
        command.move(invocation, states.IN_PROGRESS)
    return [invocation.instance_id for invocation in ready]


def cancel(command: Command, invocation: Invocation) -> bool:
    """Cancel it. True where its agent has it and must be told."""
    if invocation.state.final:
        return False
    if not invocation.delivered:
        command.end(invocation, states.CANCELLED)
        return False
    command.move(invocation, states.CANCELLING)
    return True
