"""A run that did not come to its end, taken up again: nothing is sent twice."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.model.fleet import Invocation
from orchestrator.model.journal import KeptRun
from orchestrator.model.report import Report
from orchestrator.ports import Clock, Fleet, Journal, Listener, PolicyReader
from orchestrator.run.begun import Begun, Stages
from orchestrator.run.command import MARGIN, Commands
from orchestrator.run.keeping import Keeping
from orchestrator.run.runner import complete
from orchestrator.run.targets import known_targets, unsorted_targets

LONG_AGO = 86_400.0
"""Seconds after which nothing that was sent goes on still, at whatever pace."""


def resume(
    kept: KeptRun,
    past: Iterable[Invocation],
    fleet: Fleet,
    clock: Clock,
    listener: Listener,
    *,
    journal: Journal,
    policies: PolicyReader | None = None,
    stop: bool = False,
    alone: bool = True,
) -> Report:
    """See the run to its end. ``past`` is what was seen of it already. ``stop``: by cancelling it.

    A command whose answer was never seen is looked for by its comment, and sent only where SSM has
    none. What is waited for is what is left of the plan's time.

    Raises:
        CannotRunError: AWS cannot be asked.
    """
    plan = kept.plan
    commands = Commands(plan, fleet, clock, listener, Keeping(journal, plan.run_id))
    commands.since = kept.record.started
    if not plan.tags:
        # Whom a command to tags reached is only known by looking at it.
        commands.remember(past)
    begun = Begun(
        commands=commands,
        targets=known_targets(plan, kept.managed) if kept.asked else unsorted_targets(plan),
        stages=Stages(clock, listener),
        started=kept.record.started,
        policies=policies,
        notes=[f"taken up again at {clock.now():%Y-%m-%d %H:%M:%S} UTC"],
        known={chunk.number: chunk for chunk in kept.chunks},
        alone=alone,
        resumed=True,
    )
    whole = plan.delivery_timeout + plan.execution_timeout + MARGIN
    gone = (clock.now() - kept.record.started).total_seconds()
    paced = bool(plan.pace.max_concurrency or plan.pace.max_errors or plan.pace.canary)
    if paced and gone < LONG_AGO:
        # Its last commands may have been sent long after it began.
        gone = 0.0
    return complete(begun, stop=stop, at_most=max(float(MARGIN), whole - gone))
