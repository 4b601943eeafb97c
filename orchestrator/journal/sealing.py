"""A run's record is given its hash when it ends, and held to it later."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from orchestrator.journal import links
from orchestrator.journal.digests import (
    CHUNK_COLUMNS,
    HOST_COLUMNS,
    RUN_COLUMNS,
    HostDigest,
    Summing,
    host_digest,
    parts_text,
    run_digests,
)
from orchestrator.model.chain import LinkKind


class Digests(NamedTuple):
    """The hashes of a record by part, and its hosts' one by one, which ``parts`` sums up."""

    parts: dict[str, str]
    hosts: list[HostDigest]


def seal(
    file: sqlite3.Connection, run_id: str, kind: LinkKind = LinkKind.ENDED, origin: str = ""
) -> None:
    """Hash all that is kept of the run, and add the link that says so."""
    file.execute("DELETE FROM sealed_hosts WHERE run_id = ?", (run_id,))
    summing = Summing()
    file.executemany(
        "INSERT INTO sealed_hosts (run_id, instance_id, said, judged) VALUES (?, ?, ?, ?)",
        ((run_id, *host) for host in summing.through(_hosts(file, run_id))),
    )
    parts = _parts(file, run_id) | {"hosts": summing.digest()}
    links.append(file, kind, run_id, parts_text(parts), origin)


def digests_of(file: sqlite3.Connection, run_id: str) -> Digests:
    """Hash all that is kept of the run, as it is now."""
    summing = Summing()
    hosts = list(summing.through(_hosts(file, run_id)))
    return Digests(_parts(file, run_id) | {"hosts": summing.digest()}, hosts)


def sealed_hosts(file: sqlite3.Connection, run_id: str) -> Digests:
    """What the hosts' hashes were when the run ended; nothing else is among the parts."""
    rows = file.execute(
        "SELECT instance_id, said, judged FROM sealed_hosts WHERE run_id = ? ORDER BY instance_id",
        (run_id,),
    )
    summing = Summing()
    hosts = list(summing.through(HostDigest(*row) for row in rows))
    return Digests({"hosts": summing.digest()}, hosts)


def _hosts(file: sqlite3.Connection, run_id: str) -> Iterator[HostDigest]:
    with closing(file.cursor()) as rows:
        rows.execute(
            f"SELECT {', '.join(HOST_COLUMNS)} FROM hosts WHERE run_id = ?"  # noqa: S608 - our own columns
            " ORDER BY instance_id",
            (run_id,),
        )
        yield from map(host_digest, rows)


def _parts(file: sqlite3.Connection, run_id: str) -> dict[str, str]:
    row = file.execute(
        f"SELECT {', '.join(RUN_COLUMNS)}, plan, managed, closing FROM runs WHERE run_id = ?",  # noqa: S608 - our own columns
        (run_id,),
    ).fetchone()
    chunks = file.execute(
        f"SELECT {', '.join(CHUNK_COLUMNS)} FROM chunks WHERE run_id = ? ORDER BY number",  # noqa: S608 - our own columns
        (run_id,),
    )
    *run, plan, managed, closing_text = row
    return run_digests(tuple(run), plan, managed, closing_text, chunks)
