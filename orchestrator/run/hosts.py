"""The hosts' reports of a run: in memory where they are few, in the journal where they are many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import overload

from orchestrator.errors import JournalError
from orchestrator.model.enums import Outcome
from orchestrator.model.report import HostReport
from orchestrator.ports import Journal
from orchestrator.run.command import FEW
from orchestrator.run.keeping import Keeping

_BATCH = 100
"""Reports that are written down together."""


class KeptHosts(Sequence[HostReport]):
    """The reports of these hosts, in their order, each read from the journal when it is asked for.

    Reading raises JournalError where the journal cannot be read.
    """

    def __init__(
        self,
        journal: Journal,
        run_id: str,
        instance_ids: Sequence[str],
        held: dict[str, HostReport],
    ) -> None:
        """``held`` are the reports that the journal does not have."""
        self._journal = journal
        self._run_id = run_id
        self._instance_ids = instance_ids
        self._held = held

    def __len__(self) -> int:
        return len(self._instance_ids)

    @overload
    def __getitem__(self, index: int) -> HostReport: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[HostReport]: ...
    def __getitem__(self, index: int | slice) -> HostReport | Sequence[HostReport]:
        if isinstance(index, slice):
            return [self._host(instance_id) for instance_id in self._instance_ids[index]]
        return self._host(self._instance_ids[index])

    def _host(self, instance_id: str) -> HostReport:
        held = self._held.get(instance_id)
        found = held or self._journal.host(self._run_id, instance_id)
        if found is None:
            what = f"the report of {instance_id} in the run {self._run_id} is not there any more"
            raise JournalError(what, mend="`orch runs resume` makes it again")
        return found


class HostBook:
    """Takes the reports as they are made. It counts outcomes, and remembers who is not clean."""

    def __init__(self, keeping: Keeping, instance_ids: Sequence[str]) -> None:
        self._keeping = keeping
        self._instance_ids = instance_ids
        self._outcomes: dict[str, Outcome] = {}
        self._held: dict[str, HostReport] = {}
        self._unwritten: list[HostReport] = []
        self.dirty: set[str] = set()

    def add(self, host: HostReport) -> None:
        """One more, or another one of the same host."""
        instance_id = host.instance_id
        self._outcomes[instance_id] = host.outcome
        self.dirty.discard(instance_id)
        if host.left:
            self.dirty.add(instance_id)
        self._held[instance_id] = host
        self._unwritten.append(host)
        if len(self._unwritten) >= _BATCH:
            self.write()

    def write(self) -> None:
        """Write down what is not yet; what could not be is held."""
        written = self._keeping.judged(self._unwritten)
        if written and len(self._instance_ids) > FEW:
            for host in self._unwritten:
                self._held.pop(host.instance_id, None)
        self._unwritten.clear()

    def host(self, instance_id: str) -> HostReport:
        """The report of that host, which was added before."""
        held = self._held.get(instance_id)
        return held or self.hosts()[self._instance_ids.index(instance_id)]

    def hosts(self) -> Sequence[HostReport]:
        """All of them, in the order of the targets."""
        journal, held = self._keeping.origin, self._held
        if journal is None or len(held) == len(self._instance_ids):
            return tuple(held[instance_id] for instance_id in self._instance_ids)
        return KeptHosts(journal, self._keeping.run_id, self._instance_ids, held)

    def tally(self) -> Counter[Outcome]:
        """How many ended how."""
        return Counter(self._outcomes.values())
