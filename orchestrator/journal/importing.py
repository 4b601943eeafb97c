"""A run from another journal is added whole, or not at all."""

from __future__ import annotations

import sqlite3

from orchestrator.errors import JournalError
from orchestrator.journal.arrived import Arrived, ArrivedRun
from orchestrator.journal.digests import HOST_COLUMNS, RUN_COLUMNS, parts_text, text_digest
from orchestrator.journal.opened import OpenedFile
from orchestrator.journal.sealing import digests_of, seal
from orchestrator.model.chain import LinkKind

_RUN = (*RUN_COLUMNS, "plan", "managed", "closing", "origin")


class AnotherRunError(JournalError):
    """What came cannot stand beside what is kept already."""

    exit_code = 2


class Importing(OpenedFile):
    """Adds runs that came from elsewhere."""

    def adopt(self, run: ArrivedRun, hosts: Arrived) -> bool:
        """Add it, with its hosts; False where the very same is kept here already.

        Raises:
            AnotherRunError: another run of that id is kept, or its places would be taken for those
                of one that is not from there.
        """
        with self._writing() as file:
            if file.execute("SELECT 1 FROM runs WHERE run_id = ?", (run.run_id,)).fetchone():
                _hold_to_kept(file, run, hosts)
                return False
            _hold_to_whole(file, run)
            file.execute(
                f"INSERT INTO runs ({', '.join(_RUN)}) VALUES ({', '.join('?' * len(_RUN))})",  # noqa: S608 - our own columns
                (*run.row, run.plan, run.managed, run.closing, run.origin),
            )
            file.executemany(
                "INSERT INTO chunks (run_id, number, instance_ids, command_id) VALUES (?, ?, ?, ?)",
                ((run.run_id, *chunk) for chunk in run.chunks),
            )
            columns = ("run_id", *HOST_COLUMNS)
            file.executemany(
                f"INSERT INTO hosts ({', '.join(columns)})"  # noqa: S608 - our own columns
                f" VALUES ({', '.join('?' * len(columns))})",
                ((run.run_id, *row) for row in hosts.rows()),
            )
            seal(file, run.run_id, LinkKind.IMPORTED, run.origin)
        return True


def _hold_to_kept(file: sqlite3.Connection, run: ArrivedRun, hosts: Arrived) -> None:
    kept = text_digest(parts_text(digests_of(file, run.run_id).parts))
    if kept != text_digest(run.parts(hosts.digest())):
        what = f"another run is kept here as {run.run_id}, or this one as it was at another time"
        mend = f"`orch runs show {run.run_id}` shows it; import without that run"
        raise AnotherRunError(what, where="RUN", mend=mend)


def _hold_to_whole(file: sqlite3.Connection, run: ArrivedRun) -> None:
    """Parts of one run are shown as one: all of them must be from the same journal."""
    found = file.execute(
        "SELECT run_id FROM runs WHERE origin <> :origin AND (whole = :run_id"
        " OR (:whole <> '' AND (whole = :whole OR run_id = :whole))) LIMIT 1",
        {"origin": run.origin, "run_id": run.run_id, "whole": run.whole},
    ).fetchone()
    if found:
        what = f"{run.run_id} would be taken for a part of a run that is from elsewhere: {found[0]}"
        mend = "import without that run"
        raise AnotherRunError(what, where="RUN", mend=mend)
