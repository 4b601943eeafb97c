"""One host from run to run."""

from dataclasses import replace
from datetime import timedelta

from orchestrator.drift import courses, facts_of
from orchestrator.model.history import Past, Seen
from orchestrator.report.drift import course_document, course_lines
from orchestrator.report.styled import plain
from support import samples
from support.kept_runs import FAILED, NOW, PASSED, SILENT


def past(*kinds, asked="q" * 64):
    """A run an hour with these reports of the host: what was seen, and what is known."""
    seen = [
        Seen(
            run_id=f"run-{number}",
            at=NOW + timedelta(hours=number),
            instance_id=samples.INSTANCE,
            name="HOST",
            region="ap-northeast-1",
            account_role="",
            outcome=kind.outcome,
            cause=kind.causes[0].id if kind.causes else "",
            runbook="switch-role",
            plan_sha256=asked if isinstance(asked, str) else asked[number],
        )
        for number, kind in enumerate(kinds)
    ]
    return Past(tuple(seen)), {f"run-{n}": facts_of(kind) for n, kind in enumerate(kinds)}


def stretches(course):
    return [(s.first.run_id, s.last.run_id, s.runs, s.first.outcome) for s in course.stretches]


def newer(kind):
    facts = dict(kind.evidence.facts) | {"module": "AWS.Tools", "module_version": "5"}
    return replace(kind, evidence=replace(kind.evidence, facts=facts))


def older(kind):
    facts = dict(kind.evidence.facts) | {"module": "AWS.Tools", "module_version": "4"}
    return replace(kind, evidence=replace(kind.evidence, facts=facts))


def test_runs_without_a_change_are_one_stretch():
    (course,) = courses(*past(PASSED, PASSED, FAILED, FAILED, FAILED))
    assert stretches(course) == [
        ("run-0", "run-1", 2, "PASS"),
        ("run-2", "run-4", 3, "FAIL"),
    ]
    assert course.since == NOW + timedelta(hours=2)
    assert {change.aspect for change in course.stretches[1].changes} == {
        *("outcome", "first cause", "after.s3_bucket")
    }
    assert not course.flapping


def test_a_fact_that_changes_parts_runs_of_the_same_outcome():
    (course,) = courses(*past(older(PASSED), newer(PASSED)))
    assert [change.aspect for change in course.stretches[1].changes] == ["module"]
    assert course.since == NOW


def test_a_fact_is_held_to_when_it_was_last_observed():
    (course,) = courses(*past(older(PASSED), SILENT, newer(PASSED), SILENT, newer(PASSED)))
    changed = [[c.aspect for c in stretch.changes] for stretch in course.stretches]
    assert changed == [
        [],
        ["outcome", "first cause"],
        ["outcome", "first cause", "module"],
        ["outcome", "first cause"],
        ["outcome", "first cause"],
    ]


def test_there_and_back_and_there_again_is_flapping():
    (twice,) = courses(*past(PASSED, FAILED, PASSED))
    assert (twice.flips, twice.flapping) == (2, False)
    (often,) = courses(*past(PASSED, FAILED, PASSED, SILENT))
    assert (often.flips, often.looked_at, often.flapping) == (3, 4, True)
    (over,) = courses(*past(PASSED, FAILED, PASSED, FAILED, *[FAILED] * 10))
    assert (over.flips, over.looked_at, over.flapping) == (0, 10, False)


def test_what_lies_before_what_was_looked_at_is_not_claimed():
    seen, facts = past(PASSED, FAILED, FAILED)
    assert not courses(seen, facts, cut=True)[0].longer
    assert not courses(*past(FAILED, FAILED))[0].longer
    assert courses(*past(FAILED, FAILED), cut=True)[0].longer


def test_different_questions_are_no_flapping():
    asked = ["a" * 64, "b" * 64] * 3
    found = courses(*past(*[PASSED, FAILED] * 3, asked=asked))
    assert [(c.newest.outcome, c.flips, len(c.stretches)) for c in found] == [
        ("FAIL", 0, 1),
        ("PASS", 0, 1),
    ]


def test_the_text_and_the_document_tell_the_same():
    found = courses(*past(older(PASSED), FAILED, newer(PASSED), FAILED))
    text = plain(list(course_lines(found)))
    assert text.splitlines()[:3] == [
        f"FAIL  since 2026-01-02 06:04  {samples.INSTANCE}  HOST",
        "  switch-role in ap-northeast-1, asked qqqqqqqqqqqq",
        "  flapping: 3 changes of outcome in 4 runs",
    ]
    assert f"FAIL     run-3  {FAILED.causes[0].id}" in text
    assert "module  AWS.Tools 4 -> AWS.Tools 5" in text
    assert max(map(len, text.splitlines())) <= 80
    (data,) = course_document(found)["questions"]
    assert (data["outcome"], data["flapping"], len(data["stretches"])) == ("FAIL", True, 4)
    assert data["stretches"][1]["cause"] == FAILED.causes[0].id
