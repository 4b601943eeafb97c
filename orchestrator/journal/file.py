"""The journal's file: opened, brought to this version's form, and its errors made ours."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors import JournalError
from orchestrator.journal.links import begin_chain

BUSY = 10.0
"""Seconds that another `orch` may hold the file before this one gives up."""

WHOLE = "coalesce(nullif(whole, ''), run_id)"
"""In SQL, what the parts of one run have in common."""

_STEPS = (
    """
CREATE TABLE runs (
  run_id TEXT PRIMARY KEY,
  started TEXT NOT NULL,
  runbook TEXT NOT NULL,
  plan_sha256 TEXT NOT NULL,
  region TEXT NOT NULL,
  hosts INTEGER NOT NULL,
  plan TEXT NOT NULL,
  managed TEXT NOT NULL,
  asked INTEGER NOT NULL,
  options TEXT NOT NULL,
  ended TEXT,
  outcome TEXT,
  exit_code INTEGER,
  closing TEXT
) STRICT;
CREATE INDEX runs_by_time ON runs (started);
CREATE TABLE chunks (
  run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  number INTEGER NOT NULL,
  instance_ids TEXT NOT NULL,
  command_id TEXT,
  PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE hosts (
  run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  instance_id TEXT NOT NULL,
  invocation TEXT,
  seconds REAL,
  outcome TEXT,
  report TEXT,
  PRIMARY KEY (run_id, instance_id)
) STRICT;
""",
    """
ALTER TABLE runs ADD COLUMN whole TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN account_role TEXT NOT NULL DEFAULT '';
CREATE INDEX runs_by_whole ON runs (whole);
""",
    """
ALTER TABLE runs ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0;
""",
    # What is asked of many runs at once stands in indexes of its own: behind a report or a plan in
    # its row, a column is only found by reading through them.
    """
ALTER TABLE runs ADD COLUMN schedule TEXT NOT NULL DEFAULT '';
UPDATE runs SET schedule = coalesce(json_extract(plan, '$.schedule'), '') WHERE json_valid(plan);
ALTER TABLE hosts ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE hosts ADD COLUMN cause TEXT NOT NULL DEFAULT '';
UPDATE hosts SET name = coalesce(json_extract(report, '$.name'), ''),
  cause = coalesce(json_extract(report, '$.causes[0].id'), '') WHERE json_valid(report);
CREATE INDEX runs_in_short ON runs
  (started, run_id, whole, ended, schedule, plan_sha256, runbook, region, account_role);
CREATE INDEX hosts_of_run_in_short ON hosts (run_id, instance_id, outcome, cause, name);
CREATE INDEX runs_of_host ON hosts (instance_id, run_id, outcome);
""",
    """
ALTER TABLE runs ADD COLUMN origin TEXT NOT NULL DEFAULT '';
CREATE TABLE links (
  number INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  run_id TEXT NOT NULL,
  at TEXT NOT NULL,
  origin TEXT NOT NULL,
  parts TEXT NOT NULL,
  record_sha256 TEXT NOT NULL,
  previous TEXT NOT NULL,
  sha256 TEXT NOT NULL
) STRICT;
CREATE INDEX links_of_run ON links (run_id, number);
CREATE TABLE sealed_hosts (
  run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  instance_id TEXT NOT NULL,
  said TEXT NOT NULL,
  judged TEXT NOT NULL,
  PRIMARY KEY (run_id, instance_id)
) STRICT, WITHOUT ROWID;
""",
)
"""What brings the file from each form to the next one; the first makes it."""

CHAINED = 5
"""The first form with a chain."""

VERSION = len(_STEPS)
"""Of the file's form. A newer one is refused: what this version does not know it would lose."""


def connect(path: Path) -> sqlite3.Connection:
    """The file, made if it is not there.

    Raises:
        JournalError: it cannot be opened or written, is no journal, or is of a newer version.
    """
    with ours(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Readable by its owner alone: it holds what hosts said.
        path.touch(mode=0o600)
        found = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
    try:
        with ours(path):
            _write_ahead(found)
            found.execute("PRAGMA synchronous = FULL")
            found.execute("PRAGMA foreign_keys = ON")
            _bring_to_form(found, path)
    except BaseException:
        found.close()
        raise
    return found


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn the file to a write-ahead log. Where two do so at once, SQLite lets neither wait."""
    until = time.monotonic() + BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _bring_to_form(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            what = f"it was written by a newer orch (form {version}, this one knows {VERSION})"
            mend = "update orch, or name another folder in ORCH_STATE_DIR"
            raise JournalError(what, where=str(path), mend=mend)
        for step in _STEPS[version:]:
            for statement in step.split(";"):
                connection.execute(statement)
        if version < CHAINED:
            begin_chain(connection)
        if version < VERSION:
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


@contextmanager
def ours(path: Path) -> Iterator[None]:
    """SQLite's errors, and the system's about the file, as JournalError."""
    try:
        yield
    except sqlite3.Error as error:
        raise JournalError(_what(error), where=str(path), mend=_mend(error)) from error
    except OSError as error:
        what = error.strerror or str(error)
        mend = "name a folder that you may write to in ORCH_STATE_DIR"
        raise JournalError(what, where=str(path), mend=mend) from error


def _what(error: sqlite3.Error) -> str:
    return {
        sqlite3.SQLITE_FULL: "there is no room for it on the disk",
        sqlite3.SQLITE_BUSY: f"another orch has held it for more than {BUSY:.0f} s",
        sqlite3.SQLITE_NOTADB: "it is no journal of orch's",
        sqlite3.SQLITE_CORRUPT: "it is damaged",
        sqlite3.SQLITE_READONLY: "it may not be written to",
        sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    }.get(_code(error), f"SQLite says: {error}")


def _mend(error: sqlite3.Error) -> str:
    if _code(error) == sqlite3.SQLITE_FULL:
        return "make room; `orch runs prune` drops old runs"
    if _code(error) == sqlite3.SQLITE_BUSY:
        return "wait for the other one to end"
    return "move the file away, and orch begins a new one; or name a folder in ORCH_STATE_DIR"


def _code(error: sqlite3.Error) -> int:
    """The primary code: the lowest byte of what SQLite gives."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
