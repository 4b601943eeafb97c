"""A run that came from another journal: checked by part, and kept aside until all of it is here."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestrator.journal.answering import hold_host, hold_steps
from orchestrator.journal.digests import (
    HOST_COLUMNS,
    RUN_COLUMNS,
    Summing,
    host_digest,
    parts_text,
    run_digests,
)
from orchestrator.journal.exporting import DIGESTED
from orchestrator.journal.file import ours
from orchestrator.journal.texts import compact, from_text
from orchestrator.kinds import RUN_ID, check, shown
from orchestrator.model.enums import OWN_EXIT_CODES, Outcome
from orchestrator.model.fleet import Invocation, ManagedInstance
from orchestrator.model.journal import Closing, SentChunk
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostReport

CHAIN = re.compile("[0-9a-f]{64}")
"""What a chain is known by: its first link's hash."""

Row = tuple[Any, ...]

_ASIDE = Path("what has come of it, in the temporary folder")
"""What SQLite keeps aside has no name; for messages."""

_NAMES = {
    "run": "what its line says of the run",
    "plan": "its plan",
    "targets": "what SSM knew of its targets",
    "closing": "its closing",
    "chunks": "which commands were sent",
}


@dataclass(frozen=True, slots=True)
class ArrivedRun:
    """All of a run but its hosts, as rows of the journal; ``asks`` is the plan that it is of."""

    run_id: str
    asks: Plan
    whole: str
    targets: frozenset[str]
    outcome: Outcome
    origin: str
    row: Row
    plan: str
    managed: str
    closing: str
    chunks: tuple[Row, ...]
    digests: Mapping[str, str]

    def parts(self, hosts: str) -> str:
        """The text that the record's hash is of; ``hosts`` is the digest of them all."""
        return parts_text({**self.digests, "hosts": hosts})


class Arrived:
    """The hosts of one run, in a file that nobody else sees and that goes away with the process."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("")
        columns = ", ".join(HOST_COLUMNS)
        self._file.execute(f"CREATE TABLE hosts ({columns})")
        self.begin()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def begin(self) -> None:
        """Forget the last run's."""
        self._file.execute("DELETE FROM hosts")
        self._summing, self.count, self._last = Summing(), 0, ""
        self.outcomes: dict[str, Outcome] = {}

    def add(self, row: Row) -> None:
        """One more; ValueError where it does not come after the last one."""
        if row[0] <= self._last:
            raise ValueError(f"{row[0]} comes twice, or not in the order of the ids")
        self._last = row[0]
        self.count += 1
        self._summing.add(host_digest(row))
        outcome = row[HOST_COLUMNS.index("outcome")]
        if outcome is not None:
            self.outcomes[row[0]] = Outcome(outcome)
        marks = ", ".join("?" * len(HOST_COLUMNS))
        with ours(_ASIDE):
            self._file.execute(f"INSERT INTO hosts VALUES ({marks})", row)  # noqa: S608 - marks alone

    def digest(self) -> str:
        """Of all of them."""
        return self._summing.digest()

    def rows(self) -> Iterator[Row]:
        """All of them, as rows of `HOST_COLUMNS`."""
        yield from self._file.execute("SELECT * FROM hosts")


def run_of(line: Mapping[str, Any], chain: str) -> ArrivedRun:
    """What a run's own line says; ValueError where it is not what it must be."""
    plan_text, managed, closing_text = (
        compact(line.get(name)) for name in ("plan", "managed", "closing")
    )
    plan: Plan = from_text(Plan, plan_text)
    from_text(Mapping[str, ManagedInstance], managed)
    closing: Closing = from_text(Closing, closing_text)
    from_text(Mapping[str, str], compact(line.get("options")))
    chunks = _chunks(line.get("chunks"))
    origin = line.get("origin") or chain
    if not isinstance(origin, str) or CHAIN.fullmatch(origin) is None:
        raise ValueError("it does not say where it came from")
    if not isinstance(line.get("asked"), bool):
        raise ValueError("it does not say whether SSM was asked")
    _hold_plan(plan, line.get("run_id"))
    if closing.exit_code != (130 if closing.interrupted else OWN_EXIT_CODES[closing.outcome]):
        raise ValueError("its exit code is not that of its outcome")
    row = {
        "run_id": plan.run_id,
        "started": _time(line.get("started")),
        "runbook": plan.procedure.runbook,
        "plan_sha256": plan.procedure_sha256,
        "region": plan.procedure.region,
        "hosts": len(plan.targets),
        "asked": int(line["asked"]),
        "options": compact(line.get("options")),
        "ended": _time(line["closing"].get("ended")),
        "outcome": closing.outcome.value,
        "exit_code": closing.exit_code,
        "whole": plan.whole,
        "account_role": plan.account_role,
        "schedule": plan.schedule,
    }
    values = tuple(row[name] for name in RUN_COLUMNS)
    digests = run_digests(values, plan_text, managed, closing_text, chunks)
    _hold_to(line.get("sha256"), {part: (digests[part], _NAMES[part]) for part in DIGESTED})
    return ArrivedRun(
        run_id=plan.run_id,
        asks=plan,
        whole=plan.whole,
        targets=frozenset(plan.targets),
        outcome=closing.outcome,
        origin=origin,
        row=values,
        plan=plan_text,
        managed=managed,
        closing=closing_text,
        chunks=chunks,
        digests=digests,
    )


def host_row(line: Mapping[str, Any], plan: Plan) -> Row:
    """What a host's line says, as a row; ValueError where it is not what it must be."""
    instance_id = check("instance-id", _text(line, "instance_id"))
    texts = {
        name: None if line.get(name) is None else compact(line[name])
        for name in ("invocation", "report")
    }
    ended: Invocation | None = None
    report: HostReport | None = None
    if texts["invocation"] is not None:
        ended = from_text(Invocation, texts["invocation"])
    if texts["report"] is not None:
        report = from_text(HostReport, texts["report"])
    if {item.instance_id for item in (ended, report) if item is not None} - {instance_id}:
        raise ValueError(f"what it says of {instance_id} is about another host")
    if report is not None:
        hold_host(report, plan)
    row = {
        "instance_id": instance_id,
        "invocation": texts["invocation"],
        "seconds": ended.seconds if ended else None,
        "outcome": report.outcome.value if report else None,
        "name": report.name if report else "",
        "cause": report.causes[0].id if report and report.causes else "",
        "report": texts["report"],
    }
    values = tuple(row[name] for name in HOST_COLUMNS)
    _, said, judged = host_digest(values)
    names = {
        "said": (said, f"what {instance_id} ended with"),
        "judged": (judged, f"the report of {instance_id}"),
    }
    _hold_to(line.get("sha256"), names)
    return values


def _hold_to(sums: object, names: Mapping[str, tuple[str, str]]) -> None:
    given = sums if isinstance(sums, dict) else {}
    for part, (digest, name) in names.items():
        if given.get(part) != digest:
            raise ValueError(f"{name} is not what its SHA-256 says")


def _hold_plan(plan: Plan, run_id: object) -> None:
    """What is later used as a name, asked for again or printed as it is."""
    if plan.run_id != run_id or RUN_ID.fullmatch(plan.run_id) is None:
        raise ValueError(f"{shown(str(run_id))} is not the id of its run")
    if plan.whole and RUN_ID.fullmatch(plan.whole) is None:
        raise ValueError(f"{shown(plan.whole)} is not the id of a run")
    check("region", plan.procedure.region)
    if plan.account_role:
        check("role-arn", plan.account_role)
    for instance_id in plan.targets:
        check("instance-id", instance_id)
    hold_steps(plan)
    procedure = plan.procedure
    for text in (procedure.runbook, procedure.profile.name, plan.schedule, plan.procedure_sha256):
        if not text.isprintable() or len(text) > 200:
            raise ValueError(f"{shown(text)} is no name")


def _chunks(value: object) -> tuple[Row, ...]:
    sent: tuple[SentChunk, ...] = from_text(tuple[SentChunk, ...], compact(value))
    numbers = [chunk.number for chunk in sent]
    if numbers != sorted(set(numbers)) or any(number < 0 for number in numbers):
        raise ValueError("its commands come twice, or not in their order")
    return tuple((item.number, compact(item.instance_ids), item.command_id) for item in sent)


def _time(value: object) -> str:
    """A time as the journal writes it, so that times can be told apart by their text."""
    if isinstance(value, str):
        try:
            if datetime.fromisoformat(value).astimezone(UTC).isoformat() == value:
                return value
        except (ValueError, OverflowError):
            pass
    raise ValueError(f"{shown(str(value))} is no time in UTC")


def _text(line: Mapping[str, Any], name: str) -> str:
    value = line.get(name)
    if not isinstance(value, str):
        raise ValueError(f"there is no {name}")
    return value
