"""What was seen of hosts in many runs at once, without reading a single report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from orchestrator.journal.file import WHOLE
from orchestrator.journal.opened import OpenedFile
from orchestrator.model.enums import Outcome
from orchestrator.model.history import Past, Seen

_FITTING = """
  AND (:schedule IS NULL OR schedule = :schedule)
  AND (:plan_sha256 IS NULL OR plan_sha256 = :plan_sha256)
"""

_OF_THESE = """
  AND run_id IN (SELECT run_id FROM hosts WHERE outcome IS NOT NULL
    AND instance_id IN (SELECT value FROM json_each(:ids)))
"""
"""A run in which none of the hosts was does not count among the newest."""

_RUNS = """
SELECT {whole} AS id, min(started) FROM runs
WHERE {whole} IN (SELECT {whole} FROM runs WHERE true {fitting})
GROUP BY id HAVING count(*) = count(ended) AND (:since IS NULL OR min(started) >= :since)
ORDER BY min(started) DESC, id DESC LIMIT :most
"""

_PARTS = """
SELECT run_id, {whole} AS id, region, account_role, runbook, plan_sha256, schedule FROM runs
WHERE id IN (SELECT value FROM json_each(:wholes)) {fitting}
"""

_HOSTS = """
SELECT instance_id, outcome, cause, name FROM hosts
WHERE run_id = :run_id AND outcome IS NOT NULL {these} ORDER BY instance_id
"""

_THESE = "AND instance_id IN (SELECT value FROM json_each(:ids))"

_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


class LookingBack(OpenedFile):
    """Reads many runs in short, from columns alone."""

    def past(
        self,
        instance_ids: Sequence[str] | None = None,
        *,
        schedule: str | None = None,
        plan_sha256: str | None = None,
        since: datetime | None = None,
        most: int = 200,
    ) -> Past:
        """What was seen of these hosts, of all if None, oldest first.

        Looked at are the newest ``most`` runs that have ended in all their places, that began at
        ``since`` or later, and that fit: in which one of the hosts was, which that schedule sent
        ("" for those that were run by hand), which asked what has that SHA-256. Of a run that asked
        several things, as one in several regions does, only the hosts that were asked this are
        told.
        """
        ids = None if instance_ids is None else json.dumps(list(instance_ids))
        asked = {
            "ids": ids,
            "schedule": schedule,
            "plan_sha256": plan_sha256,
            "since": None if since is None else since.astimezone(UTC).isoformat(),
            "most": most,
        }
        return Past(tuple(self._seen(asked)))

    def _seen(self, asked: dict[str, Any]) -> Iterator[Seen]:
        some = asked["ids"] is not None
        runs = _RUNS.format(whole=WHOLE, fitting=_FITTING + (_OF_THESE if some else ""))
        with self._reading() as file:
            began = dict(file.execute(runs, asked).fetchall())
            parts = file.execute(
                _PARTS.format(whole=WHOLE, fitting=_FITTING),
                asked | {"wholes": json.dumps(list(began))},
            ).fetchall()
        parts.sort(key=lambda part: (began[part[1]], part[1], len(part[0]), part[0]))
        hosts = _HOSTS.format(these=_THESE if some else "")
        # The same few words come again in every run, and are kept once.
        words: dict[str, str] = {}
        for run_id, whole, region, account_role, *of_run in parts:
            at = datetime.fromisoformat(began[whole])
            with self._reading() as file:
                rows = file.execute(hosts, asked | {"run_id": run_id}).fetchall()
            for instance_id, outcome, cause, name in rows:
                yield Seen(
                    *(whole, at, words.setdefault(instance_id, instance_id)),
                    *(words.setdefault(name, name), region, account_role),
                    *(_OUTCOMES[outcome], words.setdefault(cause, cause), *of_run),
                )
