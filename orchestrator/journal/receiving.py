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
    its hashes say; what was added before an error stays. A run that cannot stand beside what is
    kept is passed over, with the other parts of the same run that come after it.

    Raises:
        UsageError: a line is wrong; or, when all others were added, a run was passed over.
        JournalError: the journal cannot be written to.
    """
    lines = Lines(name, source)
    refused: list[UsageError] = []
    wholes: set[str] = set()
    with closing(Arrived()) as hosts:
        for run in arriving(lines, hosts):
            if run.whole and run.whole in wholes:
                continue
            try:
                yield run.run_id, journal.adopt(run, hosts)
            except AnotherRunError as error:
                where = f"{name} line {lines.number}"
                refused.append(UsageError(error.what, where=where, mend=error.mend))
                wholes.add(run.whole)
    if refused:
        if more := len(refused) - 1:
            refused[0].what += f"; so {'is 1 more' if more == 1 else f'are {more} more'}"
        raise refused[0]
