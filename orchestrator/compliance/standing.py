"""How each host stands by each schedule.

Only results of the same question count: where the plan has changed, what was found before says
nothing of what is asked now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from orchestrator.model.compliance import Fleet, Followed, Standing
from orchestrator.model.enums import Outcome
from orchestrator.model.history import FLAPPING, Seen, flips
from orchestrator.wording import hosts_words

PERIODS = 2
"""After so many periods without a result nothing is known of a host any more."""

LEFT = timedelta(days=30)
"""A host that a schedule has not meant for so long, while it ran, is none of its hosts any more.
So long, too, a result counts where nobody can tell how often the schedule runs."""

Place = tuple[str, str, str]
"""A schedule, its region and its account's role."""


def fleet(
    ended: Iterable[Seen],
    under_way: Iterable[Seen],
    followed: Mapping[Place, Followed],
    now: datetime,
) -> Fleet:
    """How all hosts stand that were seen in schedules' runs.

    ``ended`` and ``under_way`` are in the order of time: what was seen in runs that have ended, and
    in those that have not, of which only what is certain counts as a result. ``followed`` are all
    schedules that ran, whether they found a host or not.
    """
    rows: dict[tuple[Place, str], tuple[list[Seen], list[Seen]]] = {}
    newest: dict[Place, datetime] = {}
    for item, is_over in [
        *((item, True) for item in ended),
        *((item, False) for item in under_way),
    ]:
        place = (item.schedule, item.region, item.account_role)
        newest[place] = max(item.at, newest.get(place, item.at))
        results, waiting = rows.setdefault((place, item.instance_id), ([], []))
        (results if is_over or item.outcome is not Outcome.UNKNOWN else waiting).append(item)
    standings, left = [], 0
    for (place, _), (results, waiting) in sorted(rows.items()):
        results.sort(key=lambda item: (item.at, item.run_id))
        last = max(item.at for item in (*results, *waiting))
        if newest[place] - last > LEFT:
            left += 1
            continue
        known = followed.get(place, Followed(place[0]))
        standings.append(_standing(results, waiting, known, now))
    notes = (f"{hosts_words(left)} that no run has meant for 30 days left out",) if left else ()
    idle = tuple(sorted(place for place in followed if place not in newest))
    return Fleet(now, tuple(standings), notes, idle)


def _standing(
    results: Sequence[Seen], waiting: Sequence[Seen], known: Followed, now: datetime
) -> Standing:
    every = sorted((*results, *waiting), key=lambda item: (item.at, item.run_id))
    asked = every[-1].plan_sha256
    same = [item for item in results if item.plan_sha256 == asked]
    if not same:
        first = next(item for item in every if item.plan_sha256 == asked)
        why = "it has not answered yet what is asked now" if results else "it has never answered"
        return _of(every[-1], known, outcome=Outcome.UNKNOWN, since=first.at, reason=why)
    newest = same[-1]
    outcome, since, reason = newest.outcome, _since(same), ""
    fresh = timedelta(seconds=PERIODS * known.period) if known.period else LEFT
    if now - newest.at > fresh:
        outcome, since = Outcome.UNKNOWN, newest.at
        reason = f"no news since {newest.at:%Y-%m-%d %H:%M} UTC, when it was {newest.outcome}"
    elif outcome is Outcome.UNKNOWN:
        reason = newest.cause or "its result was UNKNOWN"
    changes = flips([item.outcome for item in same])
    return _of(newest, known, outcome=outcome, since=since, reason=reason, changes=changes)


def _since(same: Sequence[Seen]) -> datetime:
    """When the newest of the results began to be what it is."""
    since = same[-1].at
    for item in reversed(same):
        if item.outcome is not same[-1].outcome:
            break
        since = item.at
    return since


def _of(
    newest: Seen,
    known: Followed,
    *,
    outcome: Outcome,
    since: datetime,
    reason: str,
    changes: int = 0,
) -> Standing:
    return Standing(
        instance_id=newest.instance_id,
        name=newest.name,
        region=newest.region,
        account_role=newest.account_role,
        schedule=newest.schedule,
        plan_sha256=newest.plan_sha256,
        outcome=outcome,
        since=since,
        seen=newest.at,
        run_id=newest.run_id,
        reason=reason,
        cause=newest.cause if outcome is newest.outcome else "",
        changes=changes,
        flapping=changes >= FLAPPING,
        severity=known.severity,
    )
