"""The journal as a port, with all that can be asked of it afterwards."""

from __future__ import annotations

from datetime import datetime

from orchestrator.journal.file import WHOLE
from orchestrator.journal.looking_back import LookingBack
from orchestrator.journal.reading import Reading
from orchestrator.journal.scheduled import Scheduled
from orchestrator.journal.writing import Writing


class SqliteJournal(Writing, Reading, LookingBack, Scheduled):
    """One file; see `orchestrator.ports.Journal` for what each method promises.

    Every method raises JournalError where the file cannot be used. It may be called from several
    threads; several processes may use one file.
    """

    def prune(self, before: datetime) -> int:
        """Drop the runs that began before that time and have ended; how many they were."""
        with self._writing() as file:
            found = file.execute(
                f"DELETE FROM runs WHERE {WHOLE} NOT IN (SELECT {WHOLE} FROM runs"  # noqa: S608 - our own columns
                " WHERE started >= ? OR ended IS NULL)",
                (before.isoformat(),),
            )
        return found.rowcount
