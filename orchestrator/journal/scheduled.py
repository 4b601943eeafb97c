"""What the journal has of schedules' runs, ended or not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from orchestrator.journal.opened import OpenedFile
from orchestrator.model.chain import LinkKind
from orchestrator.model.enums import Outcome
from orchestrator.model.history import Seen
from orchestrator.model.journal import ScheduledRun

_UNDER_WAY = """
SELECT run_id, started, instance_id, name, region, account_role, hosts.outcome, cause, runbook,
  plan_sha256, schedule
FROM hosts JOIN runs USING (run_id)
WHERE schedule <> '' AND ended IS NULL AND hosts.outcome IS NOT NULL
UNION ALL
SELECT run_id, started, meant.value, '', region, account_role, 'UNKNOWN', '', runbook,
  plan_sha256, schedule
FROM runs, json_each(plan, '$.targets') AS meant
WHERE schedule <> '' AND ended IS NULL AND NOT EXISTS (SELECT 1 FROM hosts
  WHERE hosts.run_id = runs.run_id AND instance_id = meant.value AND outcome IS NOT NULL)
ORDER BY started, run_id, instance_id
"""


class Scheduled(OpenedFile):
    """Reads the runs that schedules sent, from columns alone."""

    def scheduled(self, name: str | None = None) -> Sequence[ScheduledRun]:
        """The runs of that schedule, or of all, oldest first."""
        with self._reading() as file:
            rows = file.execute(
                "SELECT run_id, schedule, started, ended, region, account_role, options FROM runs"
                " WHERE schedule <> '' AND (?1 IS NULL OR schedule = ?1) ORDER BY started, run_id",
                (name,),
            ).fetchall()
        return [_run(*row) for row in rows]

    def pruned(self, run_ids: Sequence[str]) -> frozenset[str]:
        """Those of these runs that were dropped on purpose, and are not here again."""
        with self._reading() as file:
            rows = file.execute(
                "SELECT run_id FROM links WHERE run_id IN (SELECT value FROM json_each(?))"
                " AND kind = ? AND number ="
                " (SELECT max(number) FROM links AS each WHERE each.run_id = links.run_id)",
                (json.dumps(list(run_ids)), LinkKind.PRUNED.value),
            ).fetchall()
        return frozenset(run_id for (run_id,) in rows)

    def under_way(self) -> Sequence[Seen]:
        """What was seen of hosts in schedules' runs that have not ended, oldest first.

        Hosts that nobody has judged yet, since a collect was cut off, are among them as UNKNOWN.
        """
        with self._reading() as file:
            rows = file.execute(_UNDER_WAY).fetchall()
        return [_seen(*row) for row in rows]


def _run(
    run_id: str,
    schedule: str,
    started: str,
    ended: str | None,
    *rest: str,
) -> ScheduledRun:
    region, account_role, options = rest
    at = datetime.fromisoformat(started)
    known = json.loads(options)
    return ScheduledRun(run_id, schedule, at, bool(ended), region, account_role, known)


def _seen(run_id: str, started: str, *rest: str) -> Seen:
    instance_id, name, region, account_role, outcome, *more = rest
    at = datetime.fromisoformat(started)
    return Seen(run_id, at, instance_id, name, region, account_role, Outcome(outcome), *more)
