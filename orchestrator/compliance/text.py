"""How the fleet stands, for people."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from orchestrator.model.codec import as_data
from orchestrator.model.compliance import Fleet, Published, Standing
from orchestrator.model.enums import Outcome
from orchestrator.wording import hosts_words, place_words

MANY = 10
"""From more hosts than this on, those that stand alike are told together."""

NAMED = 6
"""So many of them are named; with --output json all are."""

INDENT = " " * 9

Part = tuple[str, str]
"""A text, and the outcome that gives it its style, or nothing."""


def lines(fleet: Fleet) -> Iterator[tuple[Part, ...]]:
    """The whole of it: what is wrong first, by schedule and place."""
    counts = Counter(item.outcome for item in fleet.standings)
    parts = [f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome]]
    if fleet.idle:
        parts.append("1 schedule" if len(fleet.idle) == 1 else f"{len(fleet.idle)} schedules")
        parts[-1] += " without a host"
    said = ", ".join(parts) or "no schedule was collected yet"
    yield (fleet.outcome, fleet.outcome), (f"  {said}", "")
    places: dict[tuple[str, str, str], list[Standing]] = {}
    for item in fleet.standings:
        key = (item.schedule, item.region, item.account_role)
        places.setdefault(key, []).append(item)
    for (schedule, region, role), standings in places.items():
        yield ()
        yield ((f"{schedule} in {place_words(region, role)}", "strong"),)
        yield from _of_place(standings)
    for schedule, region, role in fleet.idle:
        yield ()
        yield ((f"{schedule} in {place_words(region, role)}", "strong"),)
        yield (Outcome.UNKNOWN, Outcome.UNKNOWN), ("  it has run, and found no host", "")
    for note in fleet.notes:
        yield ()
        yield ((f"note  {note}", ""),)


_ORDER = {Outcome.FAIL: 0, Outcome.UNKNOWN: 1, Outcome.PASS: 2}


def _of_place(standings: Sequence[Standing]) -> Iterator[tuple[Part, ...]]:
    """Few hosts one by one; of many, those that stand alike together."""
    if len(standings) <= MANY:
        for item in sorted(standings, key=lambda one: (_ORDER[one.outcome], one.instance_id)):
            name = f"{item.instance_id}  {item.name.partition('.')[0]}".rstrip()
            yield from _told(item, f"{name:<42}")
        return
    steady = [one for one in standings if one.outcome is Outcome.PASS and not one.flapping]
    alike: dict[tuple[int, str, str, bool], list[Standing]] = {}
    for item in standings:
        why = item.reason or item.cause
        key = (_ORDER[item.outcome], why, f"{item.since:%Y-%m-%d %H:%M}", item.flapping)
        if item.outcome is not Outcome.PASS or item.flapping:
            alike.setdefault(key, []).append(item)
    for _, items in sorted(alike.items()):
        yield from _told(items[0], f"{hosts_words(len(items)):<11}")
        for line in _named(items):
            yield ((line, ""),)
    if steady:
        yield (f"{Outcome.PASS:<7}", Outcome.PASS), (f"  {hosts_words(len(steady))}", "")


def _named(items: Sequence[Standing]) -> Iterator[str]:
    names = [item.instance_id for item in items]
    more = [f"and {len(names) - NAMED} more"] if len(names) > NAMED else []
    words = ", ".join([*names[:NAMED], *more])
    yield from textwrap.wrap(words, 80, initial_indent=INDENT, subsequent_indent=INDENT)


def _told(item: Standing, who: str) -> Iterator[tuple[Part, ...]]:
    since = f"since {item.since:%Y-%m-%d %H:%M}"
    yield (f"{item.outcome:<7}", item.outcome), (f"  {who}  {since}", "")
    if item.outcome is Outcome.UNKNOWN:
        yield ((f"{INDENT}{item.reason}", ""),)
    elif item.cause:
        yield ((f"{INDENT}[{item.cause}]", ""),)
    if item.flapping:
        words = f"flapping: {item.changes} changes in its newest results"
        yield ((f"{INDENT}{words}", Outcome.UNKNOWN),)


def document(fleet: Fleet, published: Published | None) -> Mapping[str, object]:
    """The same as plain data."""
    counts = Counter(item.outcome for item in fleet.standings)
    return {
        "schema_version": "1.0",
        "at": fleet.at.isoformat(),
        "outcome": fleet.outcome.value,
        "exit_code": fleet.exit_code,
        "tally": {outcome.value: counts[outcome] for outcome in Outcome},
        "standings": as_data(list(fleet.standings)),
        "idle": [
            {"schedule": schedule, "region": region, "account_role": role or None}
            for schedule, region, role in fleet.idle
        ],
        "published": as_data(published),
        "notes": list(fleet.notes),
    }
