"""From what was seen of one case to its figures: pure."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rivals.cases import Case
from rivals.job import PASS

Told = Mapping[tuple[int, str], tuple[str, float]]
"""By the script's number and the host: the verdict, and when it was there."""


@dataclass(frozen=True)
class Run:
    """One process on its hosts. ``cpu`` in seconds, ``memory`` in MiB: that of the largest process.

    Times are seconds since 1970.
    """

    hosts: Sequence[str]
    began: float
    ended: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Race:
    """What was seen of a case. ``ends`` are the hosts' own, by the script's number and the host."""

    runs: Sequence[Run]
    calls: Sequence[Mapping[str, Any]]
    ends: Mapping[tuple[int, str], float]
    told: Told


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
        race, more = extended(race, looked_at, scripts)
    lags = lags_of(race)
    calls = (len(race.calls) + more) / len(race.runs)
    wall = statistics.median(run.ended - run.began for run in race.runs)
    return {
        "strategy": case.strategy,
        "hosts": case.hosts,
        "fault": case.fault,
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


def extended(race: Race, looked_at: Sequence[str], scripts: int) -> tuple[Race, float]:
    """The case as it would have gone on to the last host, and how many more calls that takes.

    The second half of the hosts looked at did not wait for their ends any more: each of the others
    takes as long as one of these, and as many calls.
    """
    (run,) = race.runs
    told, ends = dict(race.told), dict(race.ends)
    rest = run.hosts[len(looked_at) :]
    late, more = 0.0, 0.0
    for number in range(scripts):
        times = sorted(at for (n, _), (_, at) in race.told.items() if n == number)
        half = len(times) // 2
        through = len(times) - 1 - half
        pace = (times[-1] - times[half]) / through
        within = [call for call in race.calls if times[half] < call["at"] <= times[-1]]
        more += len(within) / through * len(rest)
        # Whatever is done with the later script begins when the earlier one's hosts are through.
        told |= {w: (v, at + late) for w, (v, at) in race.told.items() if w[0] == number}
        ends |= {which: at + late for which, at in race.ends.items() if which[0] == number}
        for place, host in enumerate(rest, start=1):
            told[number, host] = PASS, times[-1] + late + place * pace
        late += len(rest) * pace
    whole = replace(run, ended=run.ended + late)
    return Race([whole], race.calls, ends, told), more
