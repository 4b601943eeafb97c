"""What a run writes while it goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.errors import JournalError
from orchestrator.journal.links import drop, reopen
from orchestrator.journal.opened import OpenedFile
from orchestrator.journal.sealing import seal
from orchestrator.journal.texts import to_text
from orchestrator.model.fleet import Invocation, ManagedInstance
from orchestrator.model.journal import Closing
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostReport


class Writing(OpenedFile):
    """Writes runs down, each thing as it happens."""

    def __init__(self, path: Path, options: Mapping[str, str] | None = None) -> None:
        """``options`` are kept with every run that begins here."""
        super().__init__(path)
        self._options = dict(options or {})

    def begin(
        self,
        plan: Plan,
        started: datetime,
        managed: Mapping[str, ManagedInstance],
        *,
        asked: bool,
    ) -> None:
        """Keep the plan before anything is sent. A run id that is there already is refused."""
        row = (
            *(plan.run_id, _utc(started), plan.procedure.runbook, plan.procedure_sha256),
            *(plan.procedure.region, len(plan.targets)),
            *(to_text(plan), to_text(managed), int(asked), to_text(self._options)),
            *(plan.whole, plan.account_role, plan.schedule),
        )
        with self._writing() as file:
            known = "SELECT 1 FROM runs WHERE run_id = ?"
            if file.execute(known, (plan.run_id,)).fetchone():
                mend = "give another --run-id, or `orch runs resume` it"
                what = f"the run {plan.run_id} is kept here already"
                raise JournalError(what, where=str(self.path), mend=mend)
            file.execute(
                "INSERT INTO runs (run_id, started, runbook, plan_sha256, region, hosts, plan,"
                " managed, asked, options, whole, account_role, schedule)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def sending(self, run_id: str, number: int, instance_ids: Sequence[str]) -> None:
        """These ids are about to be sent to, as the run's chunk of that number."""
        with self._writing_of(run_id) as file:
            file.execute(
                "INSERT OR REPLACE INTO chunks (run_id, number, instance_ids) VALUES (?, ?, ?)",
                (run_id, number, to_text(list(instance_ids))),
            )

    def sent(self, run_id: str, number: int, command_id: str) -> None:
        """The chunk has this command."""
        with self._writing_of(run_id) as file:
            file.execute(
                "UPDATE chunks SET command_id = ? WHERE run_id = ? AND number = ?",
                (command_id, run_id, number),
            )

    def took(self, run_id: str, invocations: Sequence[Invocation]) -> None:
        """These have ended, and will not change any more."""
        rows = [(run_id, item.instance_id, to_text(item), item.seconds) for item in invocations]
        with self._writing_of(run_id) as file:
            file.executemany(
                "INSERT INTO hosts (run_id, instance_id, invocation, seconds) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET invocation = excluded.invocation,"
                " seconds = excluded.seconds WHERE invocation IS NULL",
                rows,
            )

    def judged(self, run_id: str, hosts: Iterable[HostReport]) -> None:
        """What came of these hosts."""
        with self._writing_of(run_id) as file:
            file.executemany(
                "INSERT INTO hosts (run_id, instance_id, outcome, name, cause, report)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET outcome = excluded.outcome,"
                " name = excluded.name, cause = excluded.cause, report = excluded.report",
                (_judged_row(run_id, host) for host in hosts),
            )

    def end(self, run_id: str, closing: Closing) -> None:
        """The run is over, with this report. All that is kept of it is given its hash."""
        with self._writing() as file:
            done = file.execute(
                "UPDATE runs SET ended = ?, outcome = ?, exit_code = ?, closing = ?"
                " WHERE run_id = ?",
                (
                    _utc(closing.ended),
                    closing.outcome.value,
                    closing.exit_code,
                    to_text(closing),
                    run_id,
                ),
            )
            if done.rowcount:
                seal(file, run_id)

    def stop(self, run_ids: Sequence[str]) -> None:
        """Nothing more is to be sent in these runs, whoever carries them out."""
        with self._writing() as file:
            file.executemany(
                "UPDATE runs SET stopped = 1 WHERE run_id = ?", [(run_id,) for run_id in run_ids]
            )

    def is_stopped(self, run_id: str) -> bool:
        """Whether that was said of the run."""
        with self._reading() as file:
            row = file.execute("SELECT stopped FROM runs WHERE run_id = ?", (run_id,)).fetchone()
        return bool(row and row[0])

    def forget(self, run_id: str) -> None:
        """Nothing of the run came about: it is dropped."""
        with self._writing() as file:
            drop(file, [run_id])

    @contextmanager
    def _writing_of(self, run_id: str) -> Iterator[sqlite3.Connection]:
        """Write into the run's record; of one that has its hash already the chain says so."""
        with self._writing() as file:
            reopen(file, run_id)
            yield file


def _utc(moment: datetime) -> str:
    """Times are compared as texts, which is right in one time zone alone."""
    return moment.astimezone(UTC).isoformat()


def _judged_row(run_id: str, host: HostReport) -> tuple[str, ...]:
    cause = host.causes[0].id if host.causes else ""
    return run_id, host.instance_id, host.outcome.value, host.name, cause, to_text(host)
