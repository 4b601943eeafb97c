"""Runs as lines of JSON, for another journal. docs/history.md says what stands in each line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from orchestrator import __version__
from orchestrator.journal import links
from orchestrator.journal.digests import (
    CHUNK_COLUMNS,
    HOST_COLUMNS,
    RUN_COLUMNS,
    Summing,
    host_digest,
    parts_text,
    run_digests,
    text_digest,
)
from orchestrator.journal.opened import OpenedFile
from orchestrator.journal.texts import compact

FORMAT = "orch-runs"
FORMAT_VERSION = 1
"""Of the lines. An older orch refuses a newer one: what it does not know it would lose."""

DIGESTED = ("run", "plan", "targets", "closing", "chunks")
"""The parts that a run's own line carries."""


class Exporting(OpenedFile):
    """Writes runs as lines."""

    def exported(self, run_ids: Sequence[str]) -> Iterator[str]:
        """A line that says what this is, then the lines of each of these runs.

        Only runs that have ended can be exported; any other is left out. JournalError where what is
        kept cannot be read.
        """
        with self._reading() as file:
            first = next(iter(links.all_links(file)), None)
        chain = first.sha256 if first else ""
        head: dict[str, object] = {"line": "header", "format": FORMAT, "version": FORMAT_VERSION}
        yield compact(
            head
            | {"made_by": f"orch {__version__}", "at": datetime.now(UTC).isoformat()}
            | {"chain": chain}
        )
        for run_id in run_ids:
            with self._reading() as file:
                file.execute("BEGIN")
                try:
                    yield from self._run(file, run_id)
                finally:
                    file.execute("ROLLBACK")

    def _run(self, file: sqlite3.Connection, run_id: str) -> Iterator[str]:
        row = file.execute(
            f"SELECT {', '.join(RUN_COLUMNS)}, plan, managed, closing, origin FROM runs"  # noqa: S608 - our own columns
            " WHERE run_id = ? AND ended IS NOT NULL",
            (run_id,),
        ).fetchone()
        if row is None:
            return
        chunks = file.execute(
            f"SELECT {', '.join(CHUNK_COLUMNS)} FROM chunks WHERE run_id = ? ORDER BY number",  # noqa: S608 - our own columns
            (run_id,),
        ).fetchall()
        *columns, plan, managed, ending, origin = row
        values = {"plan": plan, "managed": managed, "closing": ending}
        values = {name: self._value(text) for name, text in values.items()}
        # As whoever reads the line will have them.
        texts = [compact(value) for value in values.values()]
        parts = run_digests(tuple(columns), texts[0], texts[1], texts[2], chunks)
        run = dict(zip(RUN_COLUMNS, columns, strict=True))
        digests = {part: parts[part] for part in DIGESTED}
        line = self._run_line(run, chunks) | {"origin": origin, **values, "sha256": digests}
        yield compact(line)
        summing, count = Summing(), 0
        with closing(file.cursor()) as rows:
            rows.execute(
                f"SELECT {', '.join(HOST_COLUMNS)} FROM hosts WHERE run_id = ?"  # noqa: S608 - our own columns
                " ORDER BY instance_id",
                (run_id,),
            )
            for host in rows:
                line, spaced = self._host_line(run_id, host)
                digested = host_digest(spaced)
                summing.add(digested)
                sums = {"said": digested.said, "judged": digested.judged}
                yield compact(line | {"sha256": sums})
                count += 1
        record = text_digest(parts_text(parts | {"hosts": summing.digest()}))
        link = links.newest_of(file, run_id)
        yield compact(
            {"line": "link", "run_id": run_id, "hosts": count, "record_sha256": record}
            | {"link_sha256": link.sha256 if link else None}
        )

    def _run_line(
        self, run: Mapping[str, Any], chunks: Sequence[tuple[Any, ...]]
    ) -> dict[str, object]:
        return {
            "line": "run",
            "run_id": run["run_id"],
            "started": run["started"],
            "asked": bool(run["asked"]),
            "options": self._value(run["options"]),
            "chunks": [
                {"number": number, "instance_ids": self._value(ids), "command_id": command_id}
                for number, ids, command_id in chunks
            ],
        }

    def _host_line(
        self, run_id: str, host: tuple[Any, ...]
    ) -> tuple[dict[str, object], tuple[Any, ...]]:
        """The line, and the row as whoever reads the line will have it."""
        row = dict(zip(HOST_COLUMNS, host, strict=True))
        values = {
            name: None if row[name] is None else self._value(row[name])
            for name in ("invocation", "report")
        }
        line = {"line": "host", "run_id": run_id, "instance_id": row["instance_id"], **values}
        row |= {name: None if row[name] is None else compact(values[name]) for name in values}
        return line, tuple(row[name] for name in HOST_COLUMNS)

    def _value(self, text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._unread(error) from error
