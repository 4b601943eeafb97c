"""From what was seen of one case to its figures: pure."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from typing import Any

from rivals.cases import Case
from rivals.estimated import WAYS
from rivals.job import PASS
from rivals.seen import Race, Run, Told


def figures(case: Case, race: Race) -> dict[str, Any]:
    """What is kept of it: per host and per run, the medians where there are several runs."""
    scripts = max(1, len(case.scripts))
    hosts = [host for run in race.runs for host in run.hosts]
    looked_at = hosts[: case.looked_at]
    wrong = sum(not _right(race.told, host, scripts) for host in looked_at)
    is_sample = len(looked_at) < len(hosts)
    counts = Counter(str(call["operation"]) for call in race.calls)
    more = 0.0
    if is_sample:
        race, more = WAYS[case.strategy](race, looked_at, scripts)
    lags = lags_of(race)
    calls = (len(race.calls) + more) / len(race.runs)
    wall = statistics.median(run.ended - run.began for run in race.runs)
    return {
        "strategy": case.strategy,
        "hosts": case.hosts,
        "fault": case.fault,
        "asked_before": case.asked_before,
        "scripts": scripts,
        "runs": len(race.runs),
        "estimated_from": len(looked_at) if is_sample else None,
        "calls": round(calls, 1),
        "calls_by_operation": dict(counts),
        "calls_per_host": round(calls / case.hosts, 4),
        "calls_per_second": round(calls / wall, 2),
        "wall": round(wall, 2),
        "first_script": _rounded(statistics.median(_first(race, run) for run in race.runs)),
        "lag_median": _rounded(statistics.median(lags) if lags else None),
        "lag_p95": _rounded(lags[math.ceil(0.95 * len(lags)) - 1] if lags else None),
        "lag_most": _rounded(lags[-1] if lags else None),
        "after_last_host": _rounded(statistics.median(_after(race, run) for run in race.runs)),
        "cpu": round(statistics.median(run.cpu for run in race.runs), 2),
        "memory": round(max(run.memory for run in race.runs), 1),
        "wrong": wrong,
    }


def _right(told: Told, host: str, scripts: int) -> bool:
    """Whether each script's verdict is there, and PASS: no host of a case fails."""
    return all(told.get((n, host), ("", 0.0))[0] == PASS for n in range(scripts))


def lags_of(race: Race) -> list[float]:
    """From a host's end to its right verdict, for each script and host, the shortest first."""
    right = {which: at for which, (verdict, at) in race.told.items() if verdict == PASS}
    return sorted(right[which] - ended for which, ended in race.ends.items() if which in right)


def _first(race: Race, run: Run) -> float:
    """Until the first script's last verdict: what a strategy takes that sends but one."""
    times = [race.told[0, host][1] for host in run.hosts if (0, host) in race.told]
    return max(times, default=math.nan) - run.began


def _after(race: Race, run: Run) -> float:
    """From the end of the last host to that of the process."""
    own = set(run.hosts)
    times = [at for (_, host), at in race.ends.items() if host in own]
    return run.ended - max(times, default=math.nan)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None or math.isnan(seconds) else round(seconds, 2)
