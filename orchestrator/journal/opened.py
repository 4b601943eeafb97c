"""The journal's file, opened when it is first needed, for one reader or writer at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestrator.errors import JournalError
from orchestrator.journal.file import connect, ours
from orchestrator.journal.texts import from_text


class OpenedFile:
    """What reads and writes the file; several threads may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _understood(self, kind: Any, text: str) -> Any:
        try:
            return from_text(kind, text)
        except ValueError as error:
            raise self._unread(error) from error

    def _unread(self, error: Exception) -> JournalError:
        what = f"an entry cannot be read: {str(error).splitlines()[0]}"
        mend = "move the file away, and orch begins a new one"
        return JournalError(what, where=str(self.path), mend=mend)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, ours(self.path):
            file = self._file()
            file.execute("BEGIN IMMEDIATE")
            try:
                yield file
                file.execute("COMMIT")
            except BaseException:
                if file.in_transaction:
                    file.execute("ROLLBACK")
                raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, ours(self.path):
            yield self._file()

    def _file(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self.path)
        return self._connection
