"""Lines of JSON from another journal, read one by one and believed in nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from orchestrator.errors import UsageError
from orchestrator.journal.arrived import CHAIN, Arrived, ArrivedRun, host_row, run_of
from orchestrator.journal.digests import text_digest
from orchestrator.journal.exporting import FORMAT, FORMAT_VERSION
from orchestrator.kinds import shown
from orchestrator.model.enums import sum_of
from orchestrator.wording import hosts_words

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes: a run's own line names up to 10,000 hosts; a host's line is far shorter."""

_COPY = "copy the file again, or let it be exported again"


class Lines:
    """The lines of a file, each a JSON object, with their numbers for messages.

    Every method raises UsageError that says in which line what is wrong, and how to mend it.
    """

    def __init__(self, name: str, source: Iterable[bytes]) -> None:
        """``source`` gives a line at a time, none longer than `LONGEST_LINE` and one byte."""
        self._name = name
        self._source = iter(source)
        self.number = 0

    def wrong(self, what: str, mend: str = _COPY) -> NoReturn:
        """The last line that was read is wrong."""
        where = f"{self._name} line {self.number}" if self.number else self._name
        raise UsageError(what, where=where, mend=mend)

    def objects(self) -> Iterator[dict[str, Any]]:
        """All lines; empty ones are passed over."""
        for line in self._source:
            self.number += 1
            if len(line) > LONGEST_LINE:
                self.wrong(f"it is longer than {LONGEST_LINE // 1024**2} MiB")
            if self.number == 1 and line.startswith((b"\xff\xfe", b"\xfe\xff")):
                self.wrong(
                    "it is UTF-16, as Windows PowerShell writes what is sent to a file with >",
                    "write it with `orch runs export --to FILE`",
                )
            if line.strip():
                yield self._object(line)

    def _object(self, line: bytes) -> dict[str, Any]:
        try:
            text = line.decode("utf-8-sig" if self.number == 1 else "utf-8")
            found = json.loads(text, parse_constant=_no_number)
        except UnicodeDecodeError:
            self.wrong("it is no UTF-8")
        except (ValueError, RecursionError) as error:
            what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            self.wrong(f"it is no JSON: {what.splitlines()[0][:120]}")
        if not isinstance(found, dict):
            self.wrong("it is no JSON object")
        return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def arriving(lines: Lines, hosts: Arrived) -> Iterator[ArrivedRun]:
    """The runs one by one, each when all of it has come and is what its hashes say.

    The hosts of the last one lie in ``hosts`` until the next is asked for.

    Raises:
        UsageError: a line is not what it should be; what came before it stands.
    """
    objects = lines.objects()
    chain = _chain(lines, next(objects, None))
    for found in objects:
        if found.get("line") != "run":
            lines.wrong(f"here a run should begin, and there is {shown(str(found.get('line')))}")
        yield _run(lines, objects, found, hosts, chain)


def _chain(lines: Lines, head: dict[str, Any] | None) -> str:
    """The chain that the file came from, of its first line."""
    if head is None or head.get("line") != "header" or head.get("format") != FORMAT:
        lines.wrong("it is no export of runs", "write one with `orch runs export --to FILE`")
    version = head.get("version")
    if version is True or not isinstance(version, int) or version < 1:
        lines.wrong("it does not say of which version it is")
    if version > FORMAT_VERSION:
        what = f"it was written by a newer orch (version {version}, this one reads"
        lines.wrong(f"{what} {FORMAT_VERSION})", "update orch")
    chain = head.get("chain")
    if not isinstance(chain, str) or CHAIN.fullmatch(chain) is None:
        lines.wrong("it does not say which chain it came from")
    return chain


def _run(
    lines: Lines,
    objects: Iterator[dict[str, Any]],
    found: dict[str, Any],
    hosts: Arrived,
    chain: str,
) -> ArrivedRun:
    try:
        run = run_of(found, chain)
    except ValueError as error:
        lines.wrong(_first(error))
    hosts.begin()
    for line in objects:
        kind = line.get("line")
        if kind not in {"host", "link"} or line.get("run_id") != run.run_id:
            lines.wrong(f"it is no line of the run {run.run_id}, which has not ended yet")
        if kind == "link":
            _hold_to_link(lines, run, hosts, line)
            return run
        try:
            hosts.add(host_row(line, run.asks))
        except ValueError as error:
            lines.wrong(_first(error))
    return lines.wrong(f"the file ends in the middle of the run {run.run_id}")


def _hold_to_link(lines: Lines, run: ArrivedRun, hosts: Arrived, line: dict[str, Any]) -> None:
    count = line.get("hosts")
    if count is True or not isinstance(count, int):
        lines.wrong(f"the run {run.run_id} does not say how many hosts it has")
    if count != hosts.count:
        lines.wrong(f"the run {run.run_id} has {hosts_words(count)}, and {hosts.count} came")
    silent = run.targets.difference(hosts.outcomes)
    if silent:
        lines.wrong(f"the run {run.run_id} has no report of {min(silent)}")
    if sum_of(hosts.outcomes.values()) is not run.outcome:
        lines.wrong(f"the outcome of the run {run.run_id} is not that of its hosts")
    if line.get("record_sha256") != text_digest(run.parts(hosts.digest())):
        lines.wrong(f"the run {run.run_id} is not what its SHA-256 says")


def _first(error: ValueError) -> str:
    """What pydantic, or we ourselves, said first."""
    said = [part.strip() for part in str(error).splitlines() if part.strip()]
    return " ".join(said[:3])[:300] if said else "it cannot be read"
