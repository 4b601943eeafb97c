"""State Manager, as Protocols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from orchestrator.model.compliance import HostItems, Item
from orchestrator.model.enums import Outcome
from orchestrator.model.journal import KeptRun, ScheduledRun
from orchestrator.model.schedule import (
    Association,
    Document,
    Execution,
    ExecutionTarget,
    Found,
    KnownDocument,
)
from orchestrator.ports import Journal


class StateManager(Protocol):
    """Documents and associations of one account and region.

    Every method may raise CredentialsError, DeniedError, UnreachableError or CannotRunError. What
    changes something is never repeated by itself where its answer was lost: LostAnswerError then.
    """

    def find(self, name: str) -> Found:
        """What there is of the schedule of that name."""

    def document(self, name: str) -> KnownDocument | None:
        """The document of that name with all its versions, or None."""

    def content(self, name: str, version: str) -> str:
        """The JSON of one version of a document."""

    def names(self) -> Sequence[str]:
        """The names of all associations that are named as their document, ``orch-`` first."""

    def make_document(self, document: Document) -> str:
        """Make it, and give back its first version's number."""

    def add_version(self, document: Document) -> str:
        """Give it another version, and give back the number of that."""

    def delete_document(self, name: str) -> None:
        """Delete it with all its versions. One that is gone is no error."""

    def make_association(self, association: Association) -> str:
        """Make it, and give back its id."""

    def update_association(self, association_id: str, association: Association) -> None:
        """Make it what it is wanted to be. All is given: what is not would be forgotten."""

    def delete_association(self, association_id: str) -> None:
        """Delete it. One that is gone is no error."""

    def start(self, association_id: str) -> None:
        """Run it once now."""

    def document_versions(self, association_id: str) -> Mapping[str, Association]:
        """What every version of the association was, by its number."""

    def executions(self, association_id: str, after: datetime | None) -> Iterator[Execution]:
        """The times that it ran, those created after that moment, or all that are shown."""

    def targets(self, execution: Execution) -> Sequence[ExecutionTarget]:
        """The hosts of that execution; empty also where it is not shown any more."""

    def calls(self) -> Mapping[str, int]:
        """How many API requests were made so far, by operation, retries included."""


class ScheduleJournal(Journal, Protocol):
    """The journal, with what it has of schedules' runs."""

    def scheduled(self, name: str | None = None) -> Sequence[ScheduledRun]:
        """The runs of that schedule, or of all, oldest first."""

    def pruned(self, run_ids: Sequence[str]) -> frozenset[str]:
        """Those of these runs that were dropped on purpose, and are not here again."""

    def load(self, run_id: str) -> KeptRun | None:
        """A run by its id, or None."""

    def strays(self, run_id: str, targets: Sequence[str]) -> Sequence[str]:
        """The hosts of the run that are none of its targets."""

    def tally(self, run_id: str) -> Mapping[Outcome, int]:
        """How many hosts of the run ended how."""


class Compliance(Protocol):
    """The compliance items of Systems Manager, for one account and region."""

    def items(self, instance_id: str) -> HostItems | None:
        """The items of our type that the host has; None where SSM does not manage it any more."""

    def put(
        self,
        instance_id: str,
        items: Sequence[Item],
        content_hash: str,
        seen: datetime,
        execution_id: str,
    ) -> bool:
        """Put them in place of all of our type that the host has; False where it is gone.

        ``seen`` is when the newest of it was seen, in the execution of that id.
        """
