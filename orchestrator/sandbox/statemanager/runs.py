"""One run of an association: whom it is for, what is sent, and how far it is."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from orchestrator.ports import Clock
from orchestrator.sandbox.runcommand import RunCommand
from orchestrator.sandbox.runcommand.documents.given import check_parameters
from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.filters import Members, targeted
from orchestrator.sandbox.runcommand.registry import Instance
from orchestrator.sandbox.runcommand.states import CANCELLED, DELIVERY_TIMED_OUT
from orchestrator.sandbox.statemanager.records import Association, Execution, Target, target_state
from orchestrator.sandbox.statemanager.terms import IDS, Terms, command_request

Told = Callable[[Execution, Target], None]
"""Is told of a target that is over."""


class Runs:
    """Carries runs out by Run Command. ``told`` hears of each target that is over."""

    def __init__(self, run_command: RunCommand, clock: Clock, members: Members) -> None:
        self._run_command = run_command
        self._clock = clock
        self._members = members
        self.told: Told = lambda _, __: None

    def targets(self, terms: Terms) -> Sequence[Instance]:
        """The instances that an association is for by now."""
        managed, wanted = self._run_command.instances, []
        for target in terms.targets:
            key = IDS if target["Key"].lower() == IDS.lower() else target["Key"]
            if key != IDS or target["Values"] != ["*"]:
                wanted.append({"Key": key, "Values": target["Values"]})
        if not wanted:
            return list(managed.values())
        return targeted(managed, wanted, self._clock, self._members)

    def run(self, one: Association, targets: Sequence[Instance] | None = None) -> Execution:
        """Send it to all of its targets, or to these new ones. What still runs is timed out.

        "If you create a new association that is scheduled to run while an earlier association is
        still running, the earlier association is timed out" (User Guide).
        """
        terms, now = one.terms, self._clock.now()
        if targets is None:
            self._end_all(one)
            targets = self.targets(terms)
            one.known.clear()
        kept = self._run_command.documents.get(terms.name)
        document = kept.version(terms.document_version).document
        one.known.update(target.instance_id for target in targets)
        one.ran_document = document.version
        made = Execution(
            execution_id=str(uuid.uuid4()),
            association_id=one.association_id,
            version=len(one.versions),
            terms=terms,
            created=now,
            since=self._clock.monotonic(),
            document_version=document.version,
        )
        try:
            # The document may be another one than it was when they were given.
            check_parameters(document, terms.given.get("Parameters", {}))
        except ApiError as error:
            made.failure = error.code
        else:
            made.targets = {i.instance_id: Target(i.instance_id, date=now) for i in targets}
            request = command_request(terms, document)
            made.command_id = self._run_command.dispatch(document, targets, request)
        one.executions[made.execution_id] = made
        return made

    def _end_all(self, one: Association) -> None:
        for execution in one.executions.values():
            if not execution.is_over:
                self._run_command.give_up(execution.command_id, DELIVERY_TIMED_OUT)
                self.bring_up(one, execution)

    def bring_up(self, one: Association, execution: Execution) -> None:
        """Note how far its targets are, and end it where its hours are over."""
        now = self._clock.now()
        hours = execution.terms.given.get("Duration")
        if hours is not None and now - execution.created >= timedelta(hours=hours):
            self._run_command.give_up(execution.command_id, CANCELLED)
        still = [target for target in execution.targets.values() if not target.is_over]
        progress = self._run_command.progress(
            execution.command_id, [target.instance_id for target in still]
        )
        for target in still:
            invocation = progress.get(target.instance_id)
            if invocation is None:
                continue
            target.status, target.details = target_state(invocation)
            ended = [result.ended for result in invocation.results.values() if result.ended]
            if target.is_over:
                target.date = max(ended, default=now)
                self.told(execution, target)
        if execution.is_over and execution.state[0] == "Success":
            one.last_success = execution.last_date
