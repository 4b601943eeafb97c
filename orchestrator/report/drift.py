"""What differs between two runs, and a host's course through its runs, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orchestrator.model.codec import as_data
from orchestrator.model.drift import Change, Course, Drift, Side, Stretch
from orchestrator.model.enums import Outcome
from orchestrator.model.history import Seen
from orchestrator.report.hanging import hanging
from orchestrator.report.styled import STYLES, WIDTH, Line, Segment, harmless
from orchestrator.wording import hosts_words, place_words

_FEW = 2
"""So many hosts of a change are named; the rest is counted."""

_WORDS = {0: ("NO DIFFERENCE", "good"), 1: ("DIFFERENT", "bad"), 4: ("NOT COMPARABLE", "unknown")}


def lines(drift: Drift) -> Iterator[Line]:
    """The sum first, then what was asked, then one entry for each kind of change."""
    word, style = _WORDS[drift.exit_code]
    yield (Segment(word, style), Segment(f"  {hosts_words(drift.compared)} in both runs"))
    yield from _side("A", drift.a)
    yield from _side("B", drift.b)
    yield from _asked(drift)
    for change in drift.changes:
        yield ()
        yield from _change(change)
    yield from _alone("A", drift.only_a)
    yield from _alone("B", drift.only_b)
    if drift.unobserved:
        said = f"{hosts_words(drift.unobserved)} gave no evidence in one of the runs, or in both"
        yield ()
        yield from hanging(
            Segment(""), f"{said}: only outcome and first cause are compared there", "unknown"
        )


def _side(name: str, side: Side) -> Iterator[Line]:
    yield (
        Segment(f"{name}  ", "strong"),
        Segment(f"{side.outcome:<7}", STYLES[side.outcome]),
        Segment(f"  {side.run_id:<22}", "strong"),
        Segment(f"  {side.started:%Y-%m-%d %H:%M}  {hosts_words(len(side.hosts))}"),
    )


def _asked(drift: Drift) -> Iterator[Line]:
    for item in drift.unlike:
        place = place_words(item.region, item.account_role) if len(drift.a.plans) > 1 else ""
        where = f" in {place}" if place else ""
        text = f"the runs did not ask the same{where}: {', '.join(item.parts)}"
        yield from hanging(Segment("asked   ", "dim"), text, "unknown")
    if drift.unlike:
        text = "only what does not depend on it is compared below"
        yield from hanging(Segment("        "), text)
        return
    yield from hanging(Segment("asked   ", "dim"), "the same (the plan's SHA-256)")
    same = "the same, but for the run's id"
    other = "another one, for the same question: orch itself changed in between"
    style = "" if drift.same_script else "bad"
    yield from hanging(Segment("script  ", "dim"), same if drift.same_script else other, style)


def _change(change: Change) -> Iterator[Line]:
    count = f"{hosts_words(len(change.instance_ids)):>11}  "
    yield (Segment(count, "strong"), *_headed(change, len(count)))
    yield from _values(change, len(count))
    yield from _named(change.instance_ids, len(count))


def _headed(change: Change, margin: int) -> tuple[Segment, ...]:
    """The aspect, and both values behind it where they fit on the line."""
    if margin + len(_short(change)) > WIDTH:
        return (Segment(change.aspect),)
    return (Segment(f"{change.aspect}  ", "dim"), Segment(f"{_was(change)} -> {_now(change)}"))


def _values(change: Change, margin: int) -> Iterator[Line]:
    """Both values, each on a line of its own, where they do not fit behind the aspect."""
    if margin + len(_short(change)) > WIDTH:
        yield from hanging(Segment(f"{'':{margin}}was  ", "dim"), _was(change))
        yield from hanging(Segment(f"{'':{margin}}now  ", "dim"), _now(change))


def _short(change: Change) -> str:
    return f"{change.aspect}  {_was(change)} -> {_now(change)}"


def _was(change: Change) -> str:
    return harmless(change.was) or "none"


def _now(change: Change) -> str:
    return harmless(change.now) or "none"


def _named(instance_ids: Sequence[str], margin: int) -> list[Line]:
    more = len(instance_ids) - _FEW
    text = ", ".join(instance_ids[:_FEW]) + (f" and {more} more" if more > 0 else "")
    return hanging(Segment(" " * margin), text, "dim")


def _alone(name: str, instance_ids: Sequence[str]) -> Iterator[Line]:
    if instance_ids:
        count = f"{hosts_words(len(instance_ids)):>11}  "
        yield ()
        yield (Segment(count, "strong"), Segment(f"only in {name}"))
        yield from _named(instance_ids, len(count))


def document(drift: Drift) -> Mapping[str, object]:
    """The same as plain data, with all hosts named."""
    return {
        "schema_version": "1.0",
        "exit_code": drift.exit_code,
        "comparable": not drift.unlike,
        "a": _side_data(drift.a),
        "b": _side_data(drift.b),
        "unlike": [as_data(item) for item in drift.unlike],
        "same_script": drift.same_script,
        "changes": [as_data(change) for change in drift.changes],
        "only_in_a": list(drift.only_a),
        "only_in_b": list(drift.only_b),
        "compared": drift.compared,
        "unobserved": drift.unobserved,
    }


def _side_data(side: Side) -> Mapping[str, object]:
    return {
        "run_id": side.run_id,
        "started": side.started.isoformat(),
        "outcome": side.outcome.value,
        "hosts": len(side.hosts),
        "plan_sha256": [plan.procedure_sha256 for plan in side.plans],
        "script_sha256_without_run": list(side.scripts),
    }


def course_lines(courses: Sequence[Course]) -> Iterator[Line]:
    """A host's courses, the newest run of each first."""
    for number, course in enumerate(courses):
        if number:
            yield ()
        newest = course.newest
        yield (
            Segment(f"{newest.outcome}", STYLES[newest.outcome]),
            Segment(f"  since {'at least ' * course.longer}{course.since:%Y-%m-%d %H:%M}"),
            Segment(f"  {course.instance_id}  {harmless(newest.name)}".rstrip(), "strong"),
        )
        yield from hanging(Segment("  "), _asked_of(newest), "dim")
        if course.flapping:
            said = f"flapping: {course.flips} changes of outcome in {course.looked_at} runs"
            yield (Segment(f"  {said}", "unknown"),)
        for stretch in reversed(course.stretches):
            yield from _stretch(stretch)


def _asked_of(newest: Seen) -> str:
    where = place_words(newest.region, newest.account_role)
    return harmless(f"{newest.runbook} in {where}, asked {newest.plan_sha256[:12]}")


def _stretch(stretch: Stretch) -> Iterator[Line]:
    first = stretch.first
    outcome: Outcome = first.outcome
    yield (
        Segment(f"  {first.at:%Y-%m-%d %H:%M}  "),
        Segment(f"{outcome:<7}", STYLES[outcome]),
        Segment(f"  {_runs(stretch)}", "strong"),
        Segment(f"  {first.cause}" if first.cause else ""),
    )
    for change in stretch.changes:
        if change.aspect in {"outcome", "first cause"}:
            continue  # they stand in the line above already
        margin = 20
        yield (Segment(" " * margin), *_headed(change, margin))
        yield from _values(change, margin)


def _runs(stretch: Stretch) -> str:
    if stretch.runs == 1:
        return stretch.first.run_id
    more = "1 more" if stretch.runs == 2 else f"{stretch.runs - 1} more"
    return f"{stretch.first.run_id} and {more}"


def course_document(courses: Sequence[Course]) -> Mapping[str, object]:
    """The same as plain data, oldest stretch first."""
    return {"schema_version": "1.0", "questions": [_course_data(course) for course in courses]}


def _course_data(course: Course) -> Mapping[str, object]:
    newest = course.newest
    return {
        "instance_id": course.instance_id,
        "name": newest.name,
        "region": newest.region,
        "account_role": newest.account_role or None,
        "runbook": newest.runbook,
        "plan_sha256": newest.plan_sha256,
        "outcome": newest.outcome.value,
        "since": course.since.isoformat(),
        "perhaps_longer": course.longer,
        "flapping": course.flapping,
        "changes_of_outcome": course.flips,
        "looked_at": course.looked_at,
        "stretches": [
            {
                "outcome": stretch.first.outcome.value,
                "cause": stretch.first.cause or None,
                "runs": stretch.runs,
                "first": {
                    "run_id": stretch.first.run_id,
                    "at": stretch.first.at.isoformat(),
                    "schedule": stretch.first.schedule or None,
                },
                "last": {"run_id": stretch.last.run_id, "at": stretch.last.at.isoformat()},
                "changes": [
                    {"aspect": change.aspect, "was": change.was, "now": change.now}
                    for change in stretch.changes
                ],
            }
            for stretch in course.stretches
        ],
    }
