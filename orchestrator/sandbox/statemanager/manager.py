"""The associations of one account and region, and their runs.

Each run is a command of Run Command, to hosts that really run it. What only depends on time is
settled whenever somebody looks, and by the timekeeper.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from orchestrator.ports import Clock
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import RunCommand
from orchestrator.sandbox.runcommand.documents.given import check_parameters
from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.filters import Members
from orchestrator.sandbox.statemanager.records import Association, Execution
from orchestrator.sandbox.statemanager.runs import Runs, Told
from orchestrator.sandbox.statemanager.terms import IDS, Terms, check_bucket

MOST_ASSOCIATIONS = 2000
MOST_VERSIONS = 1000
KEPT = timedelta(days=30)
"""How long executions are kept, and the commands of theirs."""


class StateManager:
    """All of one place. ``members`` are the ids in a resource group, whoever asks.

    A new execution is shown after ``visibility_delay`` seconds. ``on_delete`` is told
    of each association that is deleted, by its id.
    """

    def __init__(
        self,
        run_command: RunCommand,
        clock: Clock,
        place: Place,
        *,
        members: Members,
        has_bucket: Callable[[str], bool],
        visibility_delay: float,
    ) -> None:
        self.place = place
        self._run_command = run_command
        self._clock = clock
        self._runs = Runs(run_command, clock, members)
        self._has_bucket = has_bucket
        self._visibility_delay = visibility_delay
        self._lock = threading.RLock()
        self._associations: dict[str, Association] = {}
        self.on_delete: Callable[[str], None] = lambda _: None
        run_command.documents.is_used = self._uses
        run_command.documents.on_change = self._document_changed

    def tell_ends(self, told: Told) -> None:
        """Let somebody be told of each target of an execution when it is over."""
        self._runs.told = told

    def create(self, terms: Terms) -> Association:
        """Keep a new one, and run it unless it waits for its schedule. ApiError."""
        self._check(terms)
        with self._lock:
            if len(self._associations) >= MOST_ASSOCIATIONS:
                message = f"You can have at most {MOST_ASSOCIATIONS} active associations."
                raise ApiError("AssociationLimitExceeded", message)
            made = Association(str(uuid.uuid4()), terms.created, [terms], terms.created)
            self._associations[made.association_id] = made
            if not terms.waits:
                self._runs.run(made)
            return made

    def update(self, association_id: str, version: str, terms: Terms) -> Association:
        """Replace all that it says, and run it unless it waits for its schedule. ApiError."""
        with self._lock:
            found = self.get(association_id)
            if version not in {"$LATEST", str(len(found.versions))}:
                message = "Only the latest version of an association can be updated."
                raise ApiError("InvalidAssociationVersion", message)
            if len(found.versions) >= MOST_VERSIONS:
                message = f"An association has at most {MOST_VERSIONS} versions."
                raise ApiError("AssociationVersionLimitExceeded", message)
            self._check(terms)
            found.versions.append(terms)
            found.considered = terms.created
            found.known.clear()
            found.ran_document = ""
            if not terms.waits:
                self._runs.run(found)
            return found

    def get(self, association_id: str) -> Association:
        """The association of that id. AssociationDoesNotExist."""
        with self._lock:
            self.settle()
            found = self._associations.get(association_id.lower())
        if found is None:
            raise ApiError("AssociationDoesNotExist", "The specified association does not exist.")
        return found

    def executions(self, association_id: str) -> list[Execution]:
        """Those that are shown by now, the newest first. AssociationDoesNotExist."""
        with self._lock:
            found = list(self.get(association_id).executions.values())
        since = self._clock.monotonic() - self._visibility_delay
        return [execution for execution in reversed(found) if execution.since <= since]

    def all(self) -> Sequence[Association]:
        """All of them, the oldest first."""
        with self._lock:
            self.settle()
            return list(self._associations.values())

    def delete(self, association_id: str) -> None:
        """Forget it; what runs of it goes on. AssociationDoesNotExist."""
        with self._lock:
            found = self.get(association_id)
            del self._associations[found.association_id]
        self.on_delete(found.association_id)

    def run_once(self, association_ids: Iterable[str]) -> None:
        """Run these at once, whatever their schedules. AssociationDoesNotExist, before any runs."""
        with self._lock:
            for found in [self.get(one) for one in association_ids]:
                self._runs.run(found)

    def next_due(self) -> datetime | None:
        """When a schedule wants a run next, None where none ever does."""
        with self._lock:
            due = (one.next_due for one in self._associations.values())
            return min((moment for moment in due if moment), default=None)

    def run_due(self) -> list[Execution]:
        """Run what is due by now, each once however often it was due meanwhile; those runs."""
        now, begun = self._clock.now(), []
        with self._lock:
            self.settle()
            for one in list(self._associations.values()):
                due = one.next_due
                if due is not None and due <= now:
                    one.considered = now
                    begun.append(self._runs.run(one))
        return begun

    def welcome(self) -> list[Execution]:
        """Run associations on instances that fit by now and did not when they last ran."""
        begun = []
        with self._lock:
            for one in list(self._associations.values()):
                if one.terms.waits or one.last is None:
                    continue
                new = [i for i in self._runs.targets(one.terms) if i.instance_id not in one.known]
                if new:
                    begun.append(self._runs.run(one, new))
        return begun

    def settle(self) -> None:
        """Bring all executions up to date, end those whose time is over, and forget old ones."""
        with self._lock:
            now = self._clock.now()
            for one in self._associations.values():
                for execution in list(one.executions.values()):
                    if not execution.is_over:
                        self._runs.bring_up(one, execution)
                    elif execution.created < now - KEPT:
                        del one.executions[execution.execution_id]
            self._run_command.forget_before(now - KEPT)

    def waited_for(self) -> tuple[int, int]:
        """How many targets will go on by themselves: not taken yet by hosts online, and running."""
        with self._lock:
            self.settle()
            managed = self._run_command.instances
            targets = [
                target
                for one in self._associations.values()
                for execution in one.executions.values()
                if not execution.is_over
                for target in execution.targets.values()
            ]
            running = sum(target.status == "InProgress" for target in targets)
            pending = sum(
                target.status == "Pending"
                and target.instance_id in managed
                and managed[target.instance_id].host.online
                for target in targets
            )
            return pending, running

    def matching(self, instance_id: str) -> list[Association]:
        """The associations that are for that instance by now."""
        return [
            one
            for one in self.all()
            if any(i.instance_id == instance_id for i in self._runs.targets(one.terms))
        ]

    def _check(self, terms: Terms) -> None:
        """All that has to be looked up: document, parameters, instances, bucket. ApiError."""
        documents = self._run_command.documents
        check_parameters(
            documents.named(terms.name, terms.document_version), terms.given.get("Parameters", {})
        )
        is_there = bool(terms.bucket) and self._has_bucket(terms.bucket["OutputS3BucketName"])
        check_bucket(terms, is_there)
        managed = self._run_command.instances
        for target in terms.targets:
            if target["Key"].lower() == IDS.lower():
                unknown = [i for i in target["Values"] if i != "*" and i not in managed]
                if unknown:
                    raise ApiError("InvalidTarget", f"Not managed here: {', '.join(unknown)}")

    def _uses(self, name: str) -> bool:
        # Without the lock: whoever asks holds that of the documents.
        associations = [*self._associations.values()]
        return any(one.terms.name.rpartition("/")[2] == name for one in associations)

    def _document_changed(self, name: str) -> None:
        """Run what goes by the version that has become another one, unless it waits."""
        with self._lock:
            for one in list(self._associations.values()):
                terms = one.terms
                if terms.waits or terms.name.rpartition("/")[2] != name or one.last is None:
                    continue
                version = self._run_command.documents.get(name).version(terms.document_version)
                if version.number != one.ran_document:
                    self._runs.run(one)
