"""From what is wanted and what there is to what has to be done."""

from dataclasses import replace

import pytest

from orchestrator.errors import CannotRunError
from orchestrator.model.fleet import OutputS3
from orchestrator.model.procedure import Profile
from orchestrator.model.schedule import (
    Deed,
    Found,
    KnownAssociation,
    KnownDocument,
    KnownVersion,
)
from orchestrator.schedules import applying, mark, removing
from support.schedules import NAME, asked, wanted

WANTED = wanted()
DOCUMENT = KnownDocument(
    NAME, f"{mark(NAME)}x", (KnownVersion("1", WANTED.document.label, "Active"),)
)
SPEC = replace(WANTED.association, document_version="1")
ONE = KnownAssociation("id-1", NAME, "1", SPEC)
RIGHT = Found(DOCUMENT, (ONE,), WANTED.document.content)


def deeds(acts):
    return [act.deed.value for act in acts]


def test_where_nothing_is_both_are_made():
    acts = applying(WANTED, Found(), None)
    assert deeds(acts) == ["make-document", "make-association"]


def test_what_is_as_wanted_is_left_alone():
    assert applying(WANTED, RIGHT, asked()) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expression": "rate(2 days)"}, "schedule: rate(1 day) -> rate(2 days)"),
        ({"severity": "HIGH"}, "severity: UNSPECIFIED -> HIGH"),
        ({"targets": (("tag:env", ("test",)),)}, "targets: tag:env prod -> tag:env test"),
        (
            {"targets": (("InstanceIds", ("*",)),)},
            "targets: tag:env prod -> everything that SSM manages there",
        ),
        ({"max_errors": "10%"}, "failures allowed: 100% -> 10%"),
        ({"max_concurrency": "5"}, "at once: 100% -> 5"),
        ({"only_at_cron": True}, "only at the cron's times: no -> yes"),
        ({"output_s3": OutputS3("bucket", "a/b")}, "output: none -> bucket/a/b"),
        ({"dispatch_role": "arn:x"}, "dispatch role: none -> arn:x"),
    ],
)
def test_a_change_of_the_association_is_told_and_needs_no_version(changes, said):
    (act,) = applying(wanted(**changes), RIGHT, asked())
    assert (act.deed, act.changes, act.target) == (Deed.UPDATE_ASSOCIATION, (said,), "id-1")


def test_the_order_of_targets_changes_nothing():
    targets = (("tag:a", ("1", "2")), ("tag:b", ("3",)))
    there = (("tag:b", ("3",)), ("tag:a", ("2", "1")))
    found = Found(DOCUMENT, (replace(ONE, spec=replace(SPEC, targets=there)),), "")
    assert applying(wanted(targets=targets), found, None) == ()


def test_another_question_makes_a_version_and_says_which_part_of_it():
    question = asked(profile=Profile("switch_test", "arn:aws:iam::222222222222:role/Other"))
    version, association = applying(wanted(question), RIGHT, asked())
    assert version.deed is Deed.ADD_VERSION
    assert version.changes == (
        "profile.role_arn: arn:aws:iam::222222222222:role/Test-Switch-Role"
        " -> arn:aws:iam::222222222222:role/Other",
    )
    assert association.deed is Deed.UPDATE_ASSOCIATION


def test_a_check_that_is_left_out_is_named():
    less = asked(
        steps=tuple(step for step in asked().steps if step.id != "after.s3_bucket"),
        expectations=asked().expectations[:-1],
    )
    version, _ = applying(wanted(less), RIGHT, asked())
    assert "steps.after.s3_bucket.check: left out" in version.changes


def test_the_same_question_in_other_bytes_is_a_version_too():
    version, _ = applying(wanted(timeout=600), RIGHT, asked())
    assert version.changes == ("how long the script may run: 900 s -> 600 s",)
    one = wanted()
    other = replace(one, document=replace(one.document, label="rendered otherwise"))
    version, _ = applying(other, RIGHT, asked())
    assert version.changes == ("the script: rendered differently, for the same question",)


def test_an_earlier_question_finds_its_version_again():
    versions = (
        KnownVersion("1", WANTED.document.label, "Active"),
        KnownVersion("2", "b", "Active"),
    )
    found = Found(
        replace(DOCUMENT, versions=versions),
        (replace(ONE, spec=replace(SPEC, document_version="2")),),
        "",
    )
    (act,) = applying(WANTED, found, None)
    assert (act.deed, act.changes) == (Deed.UPDATE_ASSOCIATION, ("document version: 2 -> 1",))


def test_a_version_that_failed_does_not_serve():
    failed = replace(DOCUMENT, versions=(KnownVersion("1", WANTED.document.label, "Failed"),))
    acts = applying(WANTED, Found(failed, (ONE,)), None)
    assert deeds(acts) == ["add-version", "update-association"]


def test_a_second_association_of_an_apply_that_was_cut_off_is_removed():
    twice = Found(DOCUMENT, (ONE, replace(ONE, association_id="id-0")))
    (act,) = applying(WANTED, twice, None)
    assert (act.deed, act.target) == (Deed.DELETE_ASSOCIATION, "id-1")


@pytest.mark.parametrize("description", ["", "somebody's", f"{mark('orch-other')}x"])
def test_a_document_of_somebody_else_is_an_error_with_a_mend(description):
    foreign = Found(replace(DOCUMENT, description=description))
    for ask in (lambda: applying(WANTED, foreign, None), lambda: removing(NAME, foreign)):
        with pytest.raises(CannotRunError) as caught:
            ask()
        assert "--name" in caught.value.mend


def test_an_association_of_somebody_else_is_never_touched():
    other = KnownAssociation("id-9", NAME, "1", replace(SPEC, name="somebody's"))
    assert applying(WANTED, Found(DOCUMENT, (other, ONE)), None) == ()
    with pytest.raises(CannotRunError, match="somebody's runs its document") as caught:
        removing(NAME, Found(DOCUMENT, (other, ONE)))
    assert "id-9" in caught.value.mend


def test_what_is_removed_is_told():
    assert deeds(removing(NAME, RIGHT)) == ["delete-association", "delete-document"]
    assert deeds(removing(NAME, Found(DOCUMENT))) == ["delete-document"]
    assert deeds(removing(NAME, Found(None, (ONE,)))) == ["delete-association"]
    assert removing(NAME, Found()) == ()
