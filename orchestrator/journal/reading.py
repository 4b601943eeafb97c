"""What is read of runs afterwards, one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from orchestrator.journal.file import WHOLE
from orchestrator.journal.opened import OpenedFile
from orchestrator.model.enums import Outcome
from orchestrator.model.fleet import Invocation, ManagedInstance
from orchestrator.model.journal import Closing, KeptRun, RunRecord, RunState, SentChunk
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostReport

RECENT = 200
"""Hosts of earlier runs whose times say how long the next one will take."""

RECORD = (
    "run_id, started, runbook, plan_sha256, region, hosts, ended, outcome, exit_code, whole,"
    " account_role, schedule, origin"
)
"""What `record_of` makes a record of."""


class Reading(OpenedFile):
    """Reads what was written down."""

    def past_seconds(self, plan_sha256: str) -> Sequence[float]:
        """How long the hosts of late took that were asked the same, `RECENT` of them at most."""
        with self._reading() as file:
            rows = file.execute(
                "SELECT seconds FROM hosts JOIN runs USING (run_id)"
                " WHERE plan_sha256 = ? AND seconds IS NOT NULL ORDER BY started DESC LIMIT ?",
                (plan_sha256, RECENT),
            ).fetchall()
        return [seconds for (seconds,) in rows]

    def records(self, most: int = 50, schedule: str | None = None) -> list[RunRecord]:
        """The newest runs, newest first; those that this schedule sent, where one is given."""
        with self._reading() as file:
            rows = file.execute(
                f"SELECT {RECORD} FROM runs WHERE {WHOLE} IN (SELECT {WHOLE} FROM runs"  # noqa: S608 - our own columns
                " WHERE ?2 IS NULL OR schedule = ?2"
                f" GROUP BY {WHOLE} ORDER BY max(started) DESC, {WHOLE} DESC LIMIT ?1)"
                " ORDER BY started DESC, run_id DESC",
                (most, schedule),
            ).fetchall()
        return [record_of(row) for row in rows]

    def parts(self, run_id: str) -> list[str]:
        """The ids of the runs that this one is made of; itself alone where it has one place."""
        with self._reading() as file:
            rows = file.execute(
                "SELECT run_id FROM runs WHERE ?1 <> '' AND (run_id = ?1 OR whole = ?1)"
                " ORDER BY length(run_id), run_id",
                (run_id,),
            ).fetchall()
        return [found for (found,) in rows]

    def load(self, run_id: str) -> KeptRun | None:
        """A run by its id, or None."""
        with self._reading() as file:
            row = file.execute(
                f"SELECT {RECORD}, plan, managed, asked, options, closing"  # noqa: S608 - our own columns
                " FROM runs WHERE run_id = ?",
                (run_id,),
            ).fetchone()
            chunks = file.execute(
                "SELECT number, instance_ids, command_id FROM chunks WHERE run_id = ?"
                " ORDER BY number",
                (run_id,),
            ).fetchall()
        if row is None:
            return None
        *record, plan, managed, asked, options, closing = row
        return KeptRun(
            record=record_of(tuple(record)),
            plan=self._understood(Plan, plan),
            managed=self._understood(Mapping[str, ManagedInstance], managed),
            asked=bool(asked),
            chunks=tuple(
                SentChunk(number, tuple(json.loads(ids)), command_id)
                for number, ids, command_id in chunks
            ),
            options=json.loads(options),
            closing=self._understood(Closing, closing) if closing else None,
        )

    def invocation(self, run_id: str, instance_id: str) -> Invocation | None:
        """What ended on one host, or None."""
        text = self._text("invocation", run_id, instance_id)
        return self._understood(Invocation, text) if text else None

    def host(self, run_id: str, instance_id: str) -> HostReport | None:
        """One host's report, or None."""
        text = self._text("report", run_id, instance_id)
        return self._understood(HostReport, text) if text else None

    def strays(self, run_id: str, targets: Sequence[str]) -> Sequence[str]:
        """The hosts of the run that are none of its targets."""
        with self._reading() as file:
            rows = file.execute(
                "SELECT instance_id FROM hosts WHERE run_id = ? AND report IS NOT NULL", (run_id,)
            ).fetchall()
        return sorted({instance_id for (instance_id,) in rows}.difference(targets))

    def seen(self, run_id: str) -> int:
        """How many hosts of the run were seen to have ended."""
        with self._reading() as file:
            row = file.execute(
                "SELECT count(invocation) FROM hosts WHERE run_id = ?", (run_id,)
            ).fetchone()
        return int(row[0])

    def tally(self, run_id: str) -> Mapping[Outcome, int]:
        """How many hosts of the run ended how."""
        with self._reading() as file:
            rows = file.execute(
                "SELECT outcome, count(*) FROM hosts WHERE run_id = ? AND outcome IS NOT NULL"
                " GROUP BY outcome",
                (run_id,),
            ).fetchall()
        return {Outcome(outcome): count for outcome, count in rows}

    def _text(self, column: str, run_id: str, instance_id: str) -> str | None:
        with self._reading() as file:
            row = file.execute(
                f"SELECT {column} FROM hosts WHERE run_id = ? AND instance_id = ?",  # noqa: S608 - our own columns
                (run_id, instance_id),
            ).fetchone()
        return row[0] if row else None

    def invocations(self, run_id: str) -> Iterator[Invocation]:
        """What ended, one by one, so that a large run need not fit into memory."""
        for text in self._texts("invocation", run_id):
            yield self._understood(Invocation, text)

    def hosts(self, run_id: str) -> Iterator[HostReport]:
        """The hosts' reports, one by one, in the order of their ids."""
        for text in self._texts("report", run_id):
            yield self._understood(HostReport, text)

    def _texts(self, column: str, run_id: str) -> Iterator[str]:
        last = ""
        while True:
            with self._reading() as file:
                rows = file.execute(
                    f"SELECT instance_id, {column} FROM hosts"  # noqa: S608 - our own columns
                    " WHERE run_id = ? AND instance_id > ? ORDER BY instance_id LIMIT 200",
                    (run_id, last),
                ).fetchall()
            yield from (text for _, text in rows if text is not None)
            if not rows:
                return
            last = rows[-1][0]


def record_of(row: tuple[Any, ...]) -> RunRecord:
    """The record that a row of `RECORD` tells of."""
    (run_id, started, runbook, plan_sha256, region, hosts) = row[:6]
    ended, outcome, exit_code, whole, account_role, schedule, origin = row[6:]
    return RunRecord(
        run_id=run_id,
        state=RunState.ENDED if ended else RunState.BEGUN,
        started=datetime.fromisoformat(started),
        runbook=runbook,
        plan_sha256=plan_sha256,
        region=region,
        hosts=hosts,
        ended=datetime.fromisoformat(ended) if ended else None,
        outcome=Outcome(outcome) if outcome else None,
        exit_code=exit_code,
        whole=whole,
        account_role=account_role,
        schedule=schedule,
        origin=origin,
    )
