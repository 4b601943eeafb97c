"""SSM of one account and region: all of its parts that are in the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from wsgiref.types import WSGIEnvironment

from orchestrator.ports import Clock
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import Authorize, RunCommand
from orchestrator.sandbox.runcommand.filters import Members
from orchestrator.sandbox.runcommand.shapes import Json
from orchestrator.sandbox.runcommand.validation import validate
from orchestrator.sandbox.statemanager import StateManager
from orchestrator.sandbox.statemanager.operations import KIND, OPERATIONS, Call, arn_of


class Ssm:
    """Run Command with its documents, and State Manager.

    ``members`` are those of a resource group, whoever asks; see `RunCommand` for the others.
    """

    def __init__(
        self,
        run_command: RunCommand,
        clock: Clock,
        place: Place,
        authorize: Authorize,
        *,
        members: Members,
        has_bucket: Callable[[str], bool],
    ) -> None:
        self.run_command = run_command
        self.state_manager = StateManager(run_command, clock, place, members, has_bucket)
        self._clock = clock
        self._place = place
        self._authorize = authorize
        run_command.tags.kinds[KIND] = self._arn_if_there

    def handle(self, environ: WSGIEnvironment, operation: str, request: Mapping[str, Any]) -> Json:
        """Answer one request. ApiError."""
        if operation not in OPERATIONS:
            return self.run_command.handle(environ, operation, request)
        self.run_command.slow_down(operation)
        validate(operation, request)
        call = Call(
            manager=self.state_manager,
            run_command=self.run_command,
            clock=self._clock,
            request=request,
            operation=operation,
            permit=partial(self._authorize, environ),
        )
        return OPERATIONS[operation](call)

    def _arn_if_there(self, association_id: str) -> str | None:
        found = any(one.association_id == association_id for one in self.state_manager.all())
        return arn_of(self._place, association_id) if found else None
