"""A file of runs is taken in, run by run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

from orchestrator.errors import UsageError
from orchestrator.journal.arrived import Arrived
from orchestrator.journal.arriving import LONGEST_LINE, Lines, arriving
from orchestrator.journal.importing import AnotherRunError
from orchestrator.journal.store import SqliteJournal

__all__ = ["LONGEST_LINE", "received"]


def received(
    journal: SqliteJournal, name: str, source: Iterable[bytes]
) -> Iterator[tuple[str, bool]]:
    """Add the runs of these lines; each one's id, and whether it was not here before.

    ``name`` is that of the file, for messages. A run is added when all of it has come and is what
    its hashes say; what was added before an error stays.

    Raises:
        UsageError: a line is wrong, or a run cannot stand beside what is kept.
        JournalError: the journal cannot be written to.
    """
    lines = Lines(name, source)
    with closing(Arrived()) as hosts:
        for run in arriving(lines, hosts):
            try:
                yield run.run_id, journal.adopt(run, hosts)
            except AnotherRunError as error:
                where = f"{name} line {lines.number}"
                raise UsageError(error.what, where=where, mend=error.mend) from error
