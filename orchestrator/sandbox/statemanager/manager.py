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
from orchestrator.sandbox.runcommand.filters import Members, targeted
from orchestrator.sandbox.runcommand.registry import Instance
from orchestrator.sandbox.runcommand.states import CANCELLED, DELIVERY_TIMED_OUT
from orchestrator.sandbox.statemanager.records import Association, Execution, Target, target_state
from orchestrator.sandbox.statemanager.terms import IDS, Terms, check_bucket, command_request

MOST_ASSOCIATIONS = 2000
MOST_VERSIONS = 1000
KEPT = timedelta(days=30)
"""How long executions are kept, and the commands of theirs."""

Told = Callable[[Execution, Target], None]
"""Is told of a target that is over."""


class StateManager:
    """All of one place. ``members`` are the ids in a resource group, whoever asks.

    ``on_end`` is told of each target of an execution when it is over.
    """

    def __init__(
        self,
        run_command: RunCommand,
        clock: Clock,
        place: Place,
        members: Members,
        has_bucket: Callable[[str], bool],
    ) -> None:
        self.place = place
        self._run_command = run_command
        self._clock = clock
        self._members = members
        self._has_bucket = has_bucket
        self._lock = threading.RLock()
        self._associations: dict[str, Association] = {}
        self.on_end: Told = lambda _, __: None
        self.on_delete: Callable[[str], None] = lambda _: None
        run_command.documents.is_used = self._uses
        run_command.documents.on_change = self._document_changed

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
                self._run(made)
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
                self._run(found)
            return found

    def get(self, association_id: str) -> Association:
        """The association of that id. AssociationDoesNotExist."""
        with self._lock:
            self.settle()
            found = self._associations.get(association_id.lower())
        if found is None:
            raise ApiError("AssociationDoesNotExist", "The specified association does not exist.")
        return found

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
                self._run(found)

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
                    begun.append(self._run(one))
        return begun

    def welcome(self) -> list[Execution]:
        """Run associations on instances that fit by now and did not when they last ran."""
        begun = []
        with self._lock:
            for one in list(self._associations.values()):
                if one.terms.waits or one.last is None:
                    continue
                new = [i for i in self._targets(one.terms) if i.instance_id not in one.known]
                if new:
                    begun.append(self._run(one, new))
        return begun

    def settle(self) -> None:
        """Bring all executions up to date, end those whose time is over, and forget old ones."""
        with self._lock:
            now = self._clock.now()
            for one in self._associations.values():
                for execution in list(one.executions.values()):
                    if not execution.is_over:
                        self._bring_up(one, execution, now)
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
            if any(i.instance_id == instance_id for i in self._targets(one.terms))
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

    def _targets(self, terms: Terms) -> Sequence[Instance]:
        managed, wanted = self._run_command.instances, []
        for target in terms.targets:
            key = IDS if target["Key"].lower() == IDS.lower() else target["Key"]
            if key != IDS or target["Values"] != ["*"]:
                wanted.append({"Key": key, "Values": target["Values"]})
        if not wanted:
            return list(managed.values())
        return targeted(managed, wanted, self._clock, self._members)

    def _run(self, one: Association, targets: Sequence[Instance] | None = None) -> Execution:
        """Send it to all of its targets, or to these new ones. What still runs is timed out.

        "If you create a new association that is scheduled to run while an earlier association is
        still running, the earlier association is timed out" (User Guide).
        """
        terms, now = one.terms, self._clock.now()
        if targets is None:
            self._end_all(one)
            targets = self._targets(terms)
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
            command_id=self._run_command.dispatch(
                document, targets, command_request(terms, document)
            ),
            document_version=document.version,
            targets={i.instance_id: Target(i.instance_id, date=now) for i in targets},
        )
        one.executions[made.execution_id] = made
        return made

    def _end_all(self, one: Association) -> None:
        for execution in one.executions.values():
            if not execution.is_over:
                self._run_command.give_up(execution.command_id, DELIVERY_TIMED_OUT)
                self._bring_up(one, execution, self._clock.now())

    def _bring_up(self, one: Association, execution: Execution, now: datetime) -> None:
        hours = execution.terms.given.get("Duration")
        if hours is not None and now - execution.created >= timedelta(hours=hours):
            self._run_command.give_up(execution.command_id, CANCELLED)
        progress = self._run_command.progress(execution.command_id)
        for instance_id, target in execution.targets.items():
            invocation = progress.get(instance_id)
            if target.is_over or invocation is None:
                continue
            target.status, target.details = target_state(invocation)
            ended = [result.ended for result in invocation.results.values() if result.ended]
            if target.is_over:
                target.date = max(ended, default=now)
                self.on_end(execution, target)
        if execution.is_over and execution.state[0] == "Success":
            one.last_success = execution.last_date

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
                    self._run(one)
