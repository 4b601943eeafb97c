"""How the fleet stands, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from orchestrator.model.codec import as_data
from orchestrator.model.compliance import Fleet, Published, Standing
from orchestrator.model.enums import Outcome
from orchestrator.wording import hosts_words, place_words

MANY = 10
"""From more hosts than this on, those that pass and are steady are only counted."""

Part = tuple[str, str]
"""A text, and the outcome that gives it its style, or nothing."""


def lines(fleet: Fleet) -> Iterator[tuple[Part, ...]]:
    """The whole of it: what is wrong first, by schedule and place."""
    counts = Counter(item.outcome for item in fleet.standings)
    said = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    yield (fleet.outcome, fleet.outcome), (f"  {said or 'no schedule was collected yet'}", "")
    places: dict[tuple[str, str, str], list[Standing]] = {}
    for item in fleet.standings:
        key = (item.schedule, item.region, item.account_role)
        places.setdefault(key, []).append(item)
    for (schedule, region, role), standings in places.items():
        yield ()
        yield ((f"{schedule} in {place_words(region, role)}", "strong"),)
        yield from _of_place(standings)
    for note in fleet.notes:
        yield ()
        yield ((f"note  {note}", ""),)


_ORDER = {Outcome.FAIL: 0, Outcome.UNKNOWN: 1, Outcome.PASS: 2}


def _of_place(standings: Sequence[Standing]) -> Iterator[tuple[Part, ...]]:
    quiet = [item for item in standings if item.outcome is Outcome.PASS and not item.flapping]
    told = standings if len(standings) <= MANY else [i for i in standings if i not in quiet]
    for item in sorted(told, key=lambda item: (_ORDER[item.outcome], item.instance_id)):
        yield from _of_host(item)
    if told is not standings and quiet:
        yield ((f"{Outcome.PASS:<7}", Outcome.PASS), (f"  {hosts_words(len(quiet))} more", ""))


def _of_host(item: Standing) -> Iterator[tuple[Part, ...]]:
    since = f"since {item.since:%Y-%m-%d %H:%M}"
    name = f"{item.instance_id}  {item.name}".rstrip()
    yield (f"{item.outcome:<7}", item.outcome), (f"  {name:<42}  {since}", "")
    if item.outcome is Outcome.UNKNOWN:
        yield ((f"         {item.reason}", ""),)
    elif item.cause:
        yield ((f"         [{item.cause}]", ""),)
    if item.flapping:
        yield (
            (f"         flapping: {item.changes} changes in its newest results", Outcome.UNKNOWN),
        )


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
        "published": as_data(published),
        "notes": list(fleet.notes),
    }
