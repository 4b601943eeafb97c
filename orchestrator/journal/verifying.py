"""What is kept, held to the chain: what was altered, dropped, or put in."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from orchestrator.journal import links
from orchestrator.journal.digests import HostDigest, parts_text, text_digest
from orchestrator.journal.opened import OpenedFile
from orchestrator.journal.sealing import digests_of, sealed_hosts
from orchestrator.model.chain import Finding, Link, LinkKind, Verified, Wrong

_SEALED = {LinkKind.ENDED, LinkKind.IMPORTED}


class Verifying(OpenedFile):
    """Holds records to their links."""

    def linked(self, run_id: str) -> list[str]:
        """That run if the chain knows it, or the parts that were linked of it, gone or not."""
        with self._reading() as file:
            rows = file.execute(
                "SELECT run_id FROM links WHERE run_id = ?1 UNION"
                " SELECT run_id FROM runs WHERE ?1 <> '' AND (run_id = ?1 OR whole = ?1)",
                (run_id,),
            ).fetchall()
        return [found for (found,) in rows if found]

    def verify(self, run_ids: Sequence[str] | None = None, expect: str = "") -> Verified:
        """Hold these runs to their links, all if None, and the chain to itself in any case.

        ``expect`` is the hash of a link that was seen before: it must be in the chain still.
        """
        with self._reading() as file:
            file.execute("BEGIN")
            try:
                return _verified(file, run_ids, expect)
            finally:
                file.execute("ROLLBACK")


def _verified(file: sqlite3.Connection, run_ids: Sequence[str] | None, expect: str) -> Verified:
    chain = links.all_links(file)
    last = {link.run_id: link for link in chain if link.run_id}
    kept = {
        run_id: (bool(ended), origin)
        for run_id, ended, origin in file.execute(
            "SELECT run_id, ended, origin FROM runs ORDER BY started, run_id"
        )
    }
    wanted = list(dict.fromkeys([*kept, *last])) if run_ids is None else list(run_ids)
    unchained = _before(chain)
    findings, before, still_open, runs = list(_of_chain(chain)), [], [], 0
    for run_id in _without_a_run(file):
        link = last.get(run_id)
        is_told = link is not None and link.kind is not LinkKind.PRUNED
        if not is_told and (run_ids is None or run_id in wanted):
            findings.append(Finding(Wrong.INSERTED, run_id, ("hosts or commands without a run",)))
    for run_id in wanted:
        link, (ended, origin) = last.get(run_id), kept.get(run_id, (False, ""))
        sealed = link is not None and link.kind in _SEALED
        if run_id not in kept:
            if link is not None and link.kind is not LinkKind.PRUNED:
                findings.append(Finding(Wrong.MISSING, run_id))
        elif link is not None and sealed:
            runs += 1
            parts = tuple(_differing(file, link, origin))
            findings += [Finding(Wrong.ALTERED, run_id, parts)] * bool(parts)
        elif not ended or (link is not None and link.kind is LinkKind.REOPENED):
            still_open.append(run_id)
        elif link is None and run_id in unchained:
            before.append(run_id)
        else:
            findings.append(Finding(Wrong.INSERTED, run_id))
    return Verified(
        runs=runs,
        links=len(chain),
        before=tuple(before),
        open=tuple(still_open),
        pruned=sum(last[name].kind is LinkKind.PRUNED for name in wanted if name in last),
        findings=tuple(findings),
        newest=chain[-1] if chain else None,
        expected=_place_of(expect, chain) if expect else None,
    )


def _without_a_run(file: sqlite3.Connection) -> Iterator[str]:
    """Ids of runs that are not kept, and of which there are rows: a later run would have them."""
    rows = file.execute(
        "SELECT run_id FROM (SELECT run_id FROM hosts UNION SELECT run_id FROM chunks"
        " UNION SELECT run_id FROM sealed_hosts) WHERE run_id NOT IN (SELECT run_id FROM runs)"
        " ORDER BY run_id"
    )
    yield from (run_id for (run_id,) in rows)


def _place_of(sha256: str, chain: Sequence[Link]) -> int:
    return next((link.number for link in chain if link.sha256 == sha256), 0)


def _before(chain: Sequence[Link]) -> frozenset[str]:
    """The runs that were kept when the chain began."""
    try:
        return frozenset(json.loads(chain[0].parts)["before"])
    except (IndexError, ValueError, KeyError, TypeError):
        return frozenset()


def _of_chain(chain: Sequence[Link]) -> Iterator[Finding]:
    """What is wrong with the links themselves."""
    previous, number = links.FIRST, 0
    for link in chain:
        for lost in range(number + 1, link.number):
            yield Finding(Wrong.MISSING, "", link=lost)
        same = link.sha256 == links.link_digest(link) and link.record_sha256 == text_digest(
            link.parts
        )
        follows = link.number != number + 1 or link.previous == previous
        if not (same and follows):
            yield Finding(Wrong.ALTERED, link.run_id, link=link.number)
        previous, number = link.sha256, link.number
    if not chain:
        yield Finding(Wrong.MISSING, "", link=1)


_NAMES = {
    "run": "the run's own row",
    "plan": "the plan",
    "targets": "what SSM knew of the targets",
    "closing": "the closing",
    "chunks": "which commands were sent",
    "hosts": "the hosts",
}


def _differing(file: sqlite3.Connection, link: Link, origin: str) -> Iterator[str]:
    """What of the record is not as the link has it."""
    now = digests_of(file, link.run_id)
    if origin != link.origin:
        yield "where it was imported from"
    then = _parts_of(link)
    is_same = parts_text(now.parts) == link.parts
    for part, name in _NAMES.items():
        if not is_same and part != "hosts" and then.get(part) != now.parts[part]:
            yield name
    sealed = sealed_hosts(file, link.run_id)
    if then.get("hosts") != now.parts["hosts"]:
        yield from _differing_hosts(sealed.hosts, now.hosts)
    if then.get("hosts") != sealed.parts["hosts"]:
        # They say which host it is that differs, and so may not be altered themselves.
        yield "the hashes of its hosts"


def _parts_of(link: Link) -> Mapping[str, object]:
    try:
        found = json.loads(link.parts)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _differing_hosts(then: Iterable[HostDigest], now: Iterable[HostDigest]) -> Iterator[str]:
    were = {host.instance_id: host for host in then}
    for host in now:
        was = were.pop(host.instance_id, None)
        if was is None:
            yield f"{host.instance_id}: put in"
            continue
        if was.judged != host.judged:
            yield f"{host.instance_id}: its report"
        if was.said != host.said:
            yield f"{host.instance_id}: what it ended with"
    for instance_id in were:
        yield f"{instance_id}: missing"
