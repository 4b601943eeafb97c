"""One host from run to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from orchestrator.drift.comparing import changes_of
from orchestrator.model.drift import Change, Course, HostFacts, Stretch
from orchestrator.model.history import Past, Seen

LOOKED_AT = 10
"""So many of the newest runs say whether a host is flapping."""

FLAPPING = 3
"""So many changes of the outcome among them are flapping: there, back, and there again."""


def courses(past: Past, facts: Mapping[str, HostFacts], *, cut: bool = False) -> tuple[Course, ...]:
    """The courses of one host, one for each question; the one that was asked last comes first.

    ``facts`` are what is known of the host in each run, by run id. ``cut``: there are older runs.
    """
    questions: dict[tuple[str, str], list[Seen]] = {}
    for item in past.seen:
        questions.setdefault((item.runbook, item.plan_sha256), []).append(item)
    found = [_course(seen, facts, cut) for seen in questions.values()]
    return tuple(sorted(found, key=lambda course: course.newest.at, reverse=True))


def _course(seen: Sequence[Seen], facts: Mapping[str, HostFacts], cut: bool) -> Course:
    newest = seen[-LOOKED_AT:]
    flips = sum(was.outcome is not now.outcome for was, now in pairwise(newest))
    since = seen[-1]
    for item in reversed(seen):
        if item.outcome is not since.outcome:
            break
        since = item
    return Course(
        instance_id=seen[-1].instance_id,
        stretches=tuple(_stretches(seen, facts)),
        since=since.at,
        longer=cut and since is seen[0],
        flips=flips,
        looked_at=len(newest),
        flapping=flips >= FLAPPING,
    )


def _stretches(seen: Sequence[Seen], facts: Mapping[str, HostFacts]) -> Iterator[Stretch]:
    stretch: Stretch | None = None
    known: HostFacts | None = None
    for item in seen:
        now = facts[item.run_id]
        changes = tuple(
            Change(*change, (item.instance_id,))
            for change in (changes_of(known, now) if known else ())
        )
        # What was not observed this time is held to what was last known of it.
        known = replace(now, known={**(known.known if known else {}), **now.known})
        if stretch is not None and not changes:
            stretch = replace(stretch, last=item, runs=stretch.runs + 1)
            continue
        if stretch is not None:
            yield stretch
        stretch = Stretch(item, item, 1, changes)
    if stretch is not None:
        yield stretch
