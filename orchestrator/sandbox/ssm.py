"""SSM of one account and region: all of its parts that are in the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from wsgiref.types import WSGIEnvironment

from orchestrator.ports import Clock
from orchestrator.sandbox.compliance import Compliance
from orchestrator.sandbox.compliance import operations as compliance
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import Authorize, RunCommand
from orchestrator.sandbox.runcommand.filters import Members
from orchestrator.sandbox.runcommand.operations import OPERATIONS
from orchestrator.sandbox.runcommand.shapes import Json
from orchestrator.sandbox.runcommand.validation import validate
from orchestrator.sandbox.statemanager import StateManager
from orchestrator.sandbox.statemanager import operations as associations


class Ssm:
    """Run Command with its documents, State Manager, and Compliance.

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
        visibility_delay: float,
    ) -> None:
        self.run_command = run_command
        self.state_manager = StateManager(
            *(run_command, clock, place),
            members=members,
            has_bucket=has_bucket,
            visibility_delay=visibility_delay,
        )
        self.compliance = Compliance()
        self.state_manager.tell_ends(self.compliance.note)
        self.state_manager.on_delete = self.compliance.forget
        self._clock = clock
        self._place = place
        self._authorize = authorize
        run_command.tags.kinds[associations.KIND] = self._arn_if_there

    def handle(self, environ: WSGIEnvironment, operation: str, request: Mapping[str, Any]) -> Json:
        """Answer one request. ApiError."""
        if operation not in _BESIDE_RUN_COMMAND:
            return self.run_command.handle(environ, operation, request)
        self.run_command.slow_down(operation)
        validate(operation, request)
        permit = partial(self._authorize, environ)
        if operation in associations.OPERATIONS:
            call = associations.Call(
                manager=self.state_manager,
                run_command=self.run_command,
                clock=self._clock,
                request=request,
                operation=operation,
                permit=permit,
            )
            return associations.OPERATIONS[operation](call)
        self.state_manager.settle()
        asked = compliance.Call(
            compliance=self.compliance,
            place=self._place,
            managed=self.run_command.instances.keys(),
            request=request,
            allow=partial(permit, f"ssm:{operation}"),
        )
        return compliance.OPERATIONS[operation](asked)

    def _arn_if_there(self, association_id: str) -> str | None:
        found = any(one.association_id == association_id for one in self.state_manager.all())
        return associations.arn_of(self._place, association_id) if found else None


_BESIDE_RUN_COMMAND = frozenset({*associations.OPERATIONS, *compliance.OPERATIONS})


def knows(operation: str) -> bool:
    """Whether SSM answers that operation in the sandbox."""
    return operation in _BESIDE_RUN_COMMAND or operation in OPERATIONS
