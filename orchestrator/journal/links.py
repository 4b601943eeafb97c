"""The chain in the file: every link holds the hash of the one before."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from orchestrator.errors import JournalError
from orchestrator.journal.digests import digest, parts_text, text_digest
from orchestrator.model.chain import Link, LinkKind

FIRST = "0" * 64
"""What stands for the link before the first."""

_KINDS = frozenset(LinkKind)

_COLUMNS = "number, kind, run_id, at, origin, parts, record_sha256, previous, sha256"


def link_digest(link: Link) -> str:
    """The hash that the link must have."""
    record = (link.run_id, link.at, link.origin, link.record_sha256)
    return digest([link.number, link.kind.value, *record, link.previous])


def begin_chain(file: sqlite3.Connection) -> None:
    """Make the first link. It names the runs that were kept before, and no other chain has it."""
    before = [row[0] for row in file.execute("SELECT run_id FROM runs ORDER BY run_id")]
    parts = {"before": before, "nonce": secrets.token_hex(16)}
    append(file, LinkKind.BEGAN, "", parts_text(parts))


def append(
    file: sqlite3.Connection, kind: LinkKind, run_id: str, parts: str, origin: str = ""
) -> Link:
    """Add a link at the end, inside of the caller's transaction."""
    last = newest(file)
    number, previous = (last.number + 1, last.sha256) if last else (1, FIRST)
    at = datetime.now(UTC).isoformat()
    link = Link(number, kind, run_id, at, origin, parts, text_digest(parts), previous, "")
    file.execute(
        f"INSERT INTO links ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own columns
        (
            *(number, kind.value, run_id, at, origin),
            *(parts, link.record_sha256, previous, link_digest(link)),
        ),
    )
    return link


def newest(file: sqlite3.Connection) -> Link | None:
    """The last link; None where there is no chain."""
    return next(_links(file, "ORDER BY number DESC LIMIT 1"), None)


def newest_of(file: sqlite3.Connection, run_id: str) -> Link | None:
    """The last link about that run; None where it has none."""
    return next(_links(file, "WHERE run_id = ? ORDER BY number DESC LIMIT 1", (run_id,)), None)


def all_links(file: sqlite3.Connection) -> list[Link]:
    """The whole chain, first one first."""
    return list(_links(file, "ORDER BY number"))


def drop(file: sqlite3.Connection, run_ids: Sequence[str]) -> None:
    """Drop these runs. Where one has a link, another one says that it was dropped on purpose."""
    for run_id in run_ids:
        last = newest_of(file, run_id)
        if last is not None and last.kind is not LinkKind.PRUNED:
            append(file, LinkKind.PRUNED, run_id, last.parts)
        file.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))


def reopen(file: sqlite3.Connection, run_id: str) -> None:
    """The record is about to be written to. Where it has a link, another one says so."""
    last = newest_of(file, run_id)
    if last is not None and last.kind in {LinkKind.ENDED, LinkKind.IMPORTED}:
        append(file, LinkKind.REOPENED, run_id, last.parts)


def _links(file: sqlite3.Connection, which: str, values: Sequence[str] = ()) -> Iterator[Link]:
    rows = file.execute(f"SELECT {_COLUMNS} FROM links {which}", values)  # noqa: S608 - our own columns
    for number, kind, *rest in rows:
        if kind not in _KINDS:
            what = f"the link {number} of its chain is of a kind that is not known: {kind[:40]!a}"
            mend = "a newer orch may know it; else somebody altered the file"
            raise JournalError(what, where="runs", mend=mend)
        yield Link(number, LinkKind(kind), *rest)
