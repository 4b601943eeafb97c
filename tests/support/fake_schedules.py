"""State Manager and Run Command as far as schedules need them, in memory, with faults to order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orchestrator.errors import CannotRunError, UnreachableError
from orchestrator.model.fleet import Invocation, ManagedInstance
from orchestrator.model.schedule import (
    Association,
    Document,
    Execution,
    ExecutionTarget,
    Found,
    KnownAssociation,
    KnownDocument,
    KnownVersion,
)
from orchestrator.schedules import mark


class Killed(BaseException):
    """The process is gone, before or after a call was carried out."""


@dataclass
class FakeStateManager:
    """Keeps what AWS would: versions by content, an association's versions, and what it ran.

    ``dies`` is the write at which the process is killed, from 1, and ``dies_after`` whether it was
    carried out; ``refuses`` are operations that fail, ``hidden`` executions that are not shown yet.
    """

    documents: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    associations: dict[str, list[Association]] = field(default_factory=dict)
    runs: dict[str, list[tuple[Execution, list[ExecutionTarget]]]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    dies: int = 0
    dies_after: bool = False
    refuses: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    creating: int = 0
    made: int = 0

    def find(self, name: str) -> Found:
        self._read("find")
        known = tuple(
            self._known(key)
            for key, versions in self.associations.items()
            if self._document_of(versions[-1]) == name
        )
        pinned = next((one.spec.document_version for one in known if one.spec.name == name), "")
        document = self.document(name)
        numbers = {version.number for version in document.versions} if document else set()
        content = self.content(name, pinned) if pinned in numbers else ""
        return Found(document, known, content)

    def _document_of(self, association: Association) -> str:
        return association.name.removesuffix("+else")

    def _known(self, key: str) -> KnownAssociation:
        versions = self.associations[key]
        last = [execution.created for execution, _ in self.runs.get(key, [])]
        return KnownAssociation(
            key,
            self._document_of(versions[-1]),
            str(len(versions)),
            versions[-1],
            max(last, default=None),
        )

    def document(self, name: str) -> KnownDocument | None:
        if name not in self.documents:
            return None
        status = "Creating" if self.creating > 0 else "Active"
        self.creating -= 1
        versions = tuple(
            KnownVersion(
                str(number), label, status if number == len(self.documents[name]) else "Active"
            )
            for number, (_, label) in enumerate(self.documents[name], 1)
        )
        return KnownDocument(name, self.descriptions.get(name, mark(name)), versions)

    def content(self, name: str, version: str) -> str:
        self._read("content")
        try:
            return self.documents[name][int(version) - 1][0]
        except (KeyError, IndexError, ValueError):
            raise CannotRunError("InvalidDocumentVersion", where="GetDocument") from None

    def names(self) -> Sequence[str]:
        return sorted({versions[-1].name for versions in self.associations.values()})

    def make_document(self, document: Document) -> str:
        with self._write("make_document") as go:
            if go:
                assert document.name not in self.documents, "DocumentAlreadyExists"
                self.documents[document.name] = [(document.content, document.label)]
        return "1"

    def add_version(self, document: Document) -> str:
        with self._write("add_version") as go:
            if go:
                versions = self.documents[document.name]
                if any(content == document.content for content, _ in versions):
                    raise CannotRunError("DuplicateDocumentContent", where="UpdateDocument")
                versions.append((document.content, document.label))
        return str(len(self.documents[document.name]))

    def delete_document(self, name: str) -> None:
        with self._write("delete_document") as go:
            if go:
                used = any(self._document_of(v[-1]) == name for v in self.associations.values())
                if used:
                    raise CannotRunError("AssociatedInstances", where="DeleteDocument")
                self.documents.pop(name, None)

    def make_association(self, association: Association) -> str:
        assert association.document_version.isdigit(), association
        self.made += 1
        key = f"{self.made:08d}-0000-4000-8000-000000000000"
        with self._write("make_association") as go:
            if go:
                self.associations[key] = [association]
        return key

    def update_association(self, association_id: str, association: Association) -> None:
        assert association.document_version.isdigit(), association
        with self._write("update_association") as go:
            if go:
                self.associations[association_id].append(association)

    def delete_association(self, association_id: str) -> None:
        with self._write("delete_association") as go:
            if go:
                self.associations.pop(association_id, None)
                self.runs.pop(association_id, None)

    def start(self, association_id: str) -> None:
        with self._write(f"start {association_id}"):
            pass

    def document_versions(self, association_id: str) -> Mapping[str, Association]:
        self._read("document_versions")
        versions = self.associations[association_id]
        return {str(number): item for number, item in enumerate(versions, 1)}

    def executions(self, association_id: str, after: datetime | None) -> Iterator[Execution]:
        self._read("executions")
        rows = reversed(self.runs.get(association_id, []))
        for execution, _ in sorted(rows, key=lambda row: row[0].created, reverse=True):
            if execution.execution_id in self.hidden:
                continue
            if after is None or execution.created > after:
                yield execution

    def targets(self, execution: Execution) -> Sequence[ExecutionTarget]:
        self._read("targets")
        for run, targets in self.runs.get(execution.association_id, []):
            if run.execution_id == execution.execution_id:
                return targets
        return []

    def calls(self) -> Mapping[str, int]:
        return dict(self.counts)

    def ran(
        self,
        association_id: str,
        execution_id: str,
        created: datetime,
        targets: list[ExecutionTarget],
    ) -> Execution:
        """It ran then, and this came of it."""
        ended = {item.status for item in targets}
        status = "InProgress" if ended & {"Pending", "InProgress"} else "Success"
        if status == "Success" and ended != {"Success"}:
            status = "Failed"
        version = str(len(self.associations[association_id]))
        made = Execution(execution_id, association_id, version, status, status, created)
        rows = self.runs.setdefault(association_id, [])
        rows[:] = [row for row in rows if row[0].execution_id != execution_id]
        rows.append((made, targets))
        return made

    def _read(self, name: str) -> None:
        self.reads.append(name)
        self.counts[name] += 1
        if name in self.refuses:
            raise UnreachableError("ThrottlingException", where=name)

    def _write(self, name: str) -> _Write:
        return _Write(self, name)


@dataclass
class _Write:
    manager: FakeStateManager
    name: str

    def __enter__(self) -> bool:
        manager = self.manager
        if self.name in manager.refuses:
            raise UnreachableError("ThrottlingException", where=self.name)
        manager.writes.append(self.name)
        manager.counts[self.name] += 1
        if manager.dies == len(manager.writes) and not manager.dies_after:
            raise Killed
        return True

    def __exit__(self, *failed: object) -> None:
        if failed[0] is None and self.manager.dies == len(self.manager.writes):
            raise Killed


@dataclass
class FakeCommands:
    """What Run Command has of commands: rows by command, whole outputs, objects in S3, hosts."""

    rows: dict[str, list[Invocation]] = field(default_factory=dict)
    whole: dict[tuple[str, str], Invocation] = field(default_factory=dict)
    objects: dict[tuple[str, str], str] = field(default_factory=dict)
    managed: dict[str, ManagedInstance] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def look(self, command_id: str) -> Sequence[Invocation]:
        self.counts["ListCommandInvocations"] += 1
        return self.rows.get(command_id, [])

    def fetch(self, command_id: str, instance_id: str) -> Invocation | None:
        self.counts["GetCommandInvocation"] += 1
        return self.whole.get((command_id, instance_id))

    def stored(self, bucket: str, key: str) -> str | None:
        self.counts["GetObject"] += 1
        return self.objects.get((bucket, key))

    def describe(self, instance_ids: Sequence[str]) -> Mapping[str, ManagedInstance]:
        self.counts["DescribeInstanceInformation"] += 1
        return {name: self.managed[name] for name in instance_ids if name in self.managed}

    def calls(self) -> Mapping[str, int]:
        return dict(self.counts)


def later(invocation: Invocation, **changes: object) -> Invocation:
    """The same host's part as another look sees it."""
    return replace(invocation, **changes)  # type: ignore[arg-type]  # by name


def day(number: int, hour: int = 3) -> datetime:
    """A day of the tests' month."""
    from support.fake_hosts import BEGIN

    return BEGIN + timedelta(days=number, hours=hour)
