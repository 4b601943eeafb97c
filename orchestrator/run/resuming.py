"""A run that did not come to its end, taken up again: nothing is sent twice."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.model.fleet import Invocation
from orchestrator.model.journal import KeptRun
from orchestrator.model.report import Report
from orchestrator.ports import Clock, Fleet, Journal, Listener, PolicyReader
from orchestrator.run.command import MARGIN, Commands, comment_of, in_chunks
from orchestrator.run.keeping import Keeping
from orchestrator.run.runner import Begun, Stages, complete
from orchestrator.run.sending import find
from orchestrator.run.targets import Targets, known_targets, unsorted_targets


def resume(
    kept: KeptRun,
    past: Iterable[Invocation],
    fleet: Fleet,
    clock: Clock,
    listener: Listener,
    *,
    journal: Journal,
    policies: PolicyReader | None = None,
) -> Report:
    """See the run to its end. ``past`` is what was seen of it already.

    A command whose answer was never seen is looked for by its comment, and sent only where SSM has
    none. What is waited for is what is left of the plan's time.

    Raises:
        CannotRunError: AWS cannot be asked.
    """
    plan = kept.plan
    stages, keeping = Stages(clock, listener), Keeping(journal, plan.run_id)
    commands = Commands(plan, fleet, clock, listener, keeping)
    begun = Begun(commands, stages, kept.record.started, policies)
    begun.notes.append(f"taken up again at {clock.now():%Y-%m-%d %H:%M:%S} UTC")
    targets = known_targets(plan, kept.managed) if kept.asked else unsorted_targets(plan)
    with stages.stage("send"):
        _send_the_rest(kept, targets, commands)
    commands.take_past(past)
    whole = plan.delivery_timeout + plan.execution_timeout + MARGIN
    gone = (clock.now() - kept.record.started).total_seconds()
    return complete(begun, targets, at_most=max(float(MARGIN), whole - gone))


def _send_the_rest(kept: KeptRun, targets: Targets, commands: Commands) -> None:
    """Watch what was sent, and send what was not."""
    known = {chunk.number: chunk for chunk in kept.chunks}
    chunks = in_chunks(targets.reachable)
    for number, ids in enumerate(chunks):
        chunk = known.get(number)
        command_id = chunk.command_id if chunk else None
        if chunk is not None and command_id is None:
            command_id = find(
                comment_of(kept.plan, number, len(chunks)), commands.fleet, commands.clock
            )
            if command_id is not None:
                commands.keeping.sent(number, command_id)
        if command_id is not None:
            commands.watch(command_id, ids)
        else:
            commands.send_chunk(number, ids, len(chunks))
