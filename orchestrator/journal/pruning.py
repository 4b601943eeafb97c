"""Old runs are dropped, and the chain says that it was on purpose."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from orchestrator.journal.file import WHOLE
from orchestrator.journal.links import drop
from orchestrator.journal.opened import OpenedFile
from orchestrator.journal.reading import RECORD, record_of
from orchestrator.model.journal import RunRecord

_DUE = f"""
SELECT {RECORD} FROM runs WHERE {WHOLE} IN (
  SELECT {WHOLE} FROM runs GROUP BY {WHOLE} HAVING count(*) = count(ended)
    AND (?1 IS NULL OR max(started) < ?1)
  EXCEPT
  SELECT id FROM (SELECT {WHOLE} AS id FROM runs GROUP BY id
    ORDER BY max(started) DESC, id DESC LIMIT ?2)
) ORDER BY started DESC, run_id DESC
"""  # noqa: S608 - our own columns


class Pruning(OpenedFile):
    """Drops runs."""

    def due(self, before: datetime | None = None, keep: int = 0) -> list[RunRecord]:
        """The runs that `prune` would drop, newest first."""
        with self._reading() as file:
            return _due(file, before, keep)

    def prune(self, before: datetime | None = None, keep: int = 0) -> list[RunRecord]:
        """Drop the runs that began before that time, but for the newest ``keep`` of all.

        A run that has not ended in all its places stays. Their links stay, each with one that says
        that the run was dropped.
        """
        with self._writing() as file:
            found = _due(file, before, keep)
            drop(file, [record.run_id for record in found])
        return found


def _due(file: sqlite3.Connection, before: datetime | None, keep: int) -> list[RunRecord]:
    time = None if before is None else before.astimezone(UTC).isoformat()
    return [record_of(row) for row in file.execute(_DUE, (time, keep))]
