"""A schedule brought about and removed, also by somebody who was killed on the way."""

from dataclasses import replace

import pytest

from orchestrator.errors import CannotRunError, UnreachableError
from orchestrator.model.procedure import Profile
from orchestrator.run.scheduling import apply, plan_apply, procedure_of, remove, seen, start
from support.fake_schedules import FakeStateManager, Killed, day
from support.fakes import FakeClock
from support.schedules import NAME, asked, wanted

OTHER = asked(profile=Profile("switch_test", "arn:aws:iam::222222222222:role/Other"))
HERE = ("ap-northeast-1", "")


@pytest.fixture
def manager():
    return FakeStateManager()


def bring(made, manager):
    return apply(made, manager, FakeClock())


def only(manager):
    (versions,) = manager.associations.values()
    return versions[-1]


def test_it_is_made_and_then_left_alone(manager):
    done = bring(wanted(), manager)
    assert manager.writes == ["make_document", "make_association"]
    assert done.version == only(manager).document_version == "1"
    assert procedure_of(manager.content(NAME, "1")) == asked()
    again = bring(wanted(), manager)
    assert (again.acts, again.version) == ((), "1")
    assert len(manager.writes) == 2


def test_planning_writes_nothing_and_says_what_apply_does(manager):
    planned = plan_apply(wanted(), manager)
    assert manager.writes == []
    assert [act.deed for act in planned.acts] == [act.deed for act in bring(wanted(), manager).acts]


def test_a_changed_question_is_pinned_and_an_earlier_one_comes_back(manager):
    bring(wanted(), manager)
    bring(wanted(OTHER), manager)
    assert only(manager).document_version == "2"
    done = bring(wanted(), manager)
    assert only(manager).document_version == "1"
    assert [act.deed.value for act in done.acts] == ["update-association"]
    assert len(manager.documents[NAME]) == 2


@pytest.mark.parametrize("first", [None, wanted(), wanted(OTHER)], ids=["new", "same", "other"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("dies", [1, 2])
def test_whoever_is_killed_at_any_write_runs_it_again(manager, first, after, dies):
    if first is not None:
        bring(first, manager)
    manager.writes.clear()
    manager.dies, manager.dies_after = dies, after
    changed = wanted(timeout=600, expression="rate(2 days)")
    try:
        bring(changed, manager)
    except Killed:
        pass
    else:
        pytest.fail("nobody was killed")
    manager.dies = 0
    bring(changed, manager)
    assert only(manager) == replace(
        changed.association, document_version=only(manager).document_version
    )
    assert manager.content(NAME, only(manager).document_version) == changed.document.content
    assert plan_apply(changed, manager).acts == ()
    assert remove(NAME, *HERE, manager).acts
    assert not manager.documents
    assert not manager.associations


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("dies", [1, 2])
def test_a_removal_that_was_cut_off_is_gone_on_with(manager, after, dies):
    bring(wanted(), manager)
    manager.writes.clear()
    manager.dies, manager.dies_after = dies, after
    with pytest.raises(Killed):
        remove(NAME, *HERE, manager)
    manager.dies = 0
    remove(NAME, *HERE, manager)
    assert not manager.documents
    assert not manager.associations
    assert remove(NAME, *HERE, manager).acts == ()


def test_a_half_removed_schedule_can_be_applied_again(manager):
    bring(wanted(), manager)
    manager.writes.clear()
    manager.dies, manager.dies_after = 1, True
    with pytest.raises(Killed):
        remove(NAME, *HERE, manager)
    manager.dies = 0
    bring(wanted(), manager)
    assert plan_apply(wanted(), manager).acts == ()


def test_a_document_that_takes_its_time_is_waited_for(manager):
    manager.creating = 4
    bring(wanted(), manager)
    assert only(manager).document_version == "1"


def test_a_document_that_never_becomes_usable_is_told(manager):
    manager.creating = 10_000
    with pytest.raises(CannotRunError, match="Creating"):
        bring(wanted(), manager)
    assert not manager.associations


@pytest.mark.parametrize("operation", ["make_document", "make_association"])
def test_what_aws_refuses_comes_out_and_the_next_apply_goes_on(manager, operation):
    manager.refuses = {operation}
    with pytest.raises(UnreachableError):
        bring(wanted(), manager)
    manager.refuses = set()
    bring(wanted(), manager)
    assert plan_apply(wanted(), manager).acts == ()


def test_a_document_of_somebody_else_stays_as_it_is(manager):
    manager.documents[NAME] = [("{}", "")]
    manager.descriptions[NAME] = "somebody's"
    for act in (
        lambda: bring(wanted(), manager),
        lambda: remove(NAME, *HERE, manager),
        lambda: start(NAME, manager),
        lambda: seen(NAME, manager, FakeClock()),
    ):
        with pytest.raises(CannotRunError, match="orch has not made it"):
            act()
    assert manager.writes == []


def test_it_is_shown_with_its_executions(manager):
    bring(wanted(), manager)
    (key,) = manager.associations
    for number in range(7):
        manager.ran(key, f"e-{number}", day(number), [])
    shown = seen(NAME, manager, FakeClock())
    assert [item.execution_id for item in shown.executions] == ["e-6", "e-5", "e-4", "e-3", "e-2"]
    assert shown.plan_sha256 == asked().sha256()
    assert shown.following == day(7)
    assert not seen("orch-other", manager, FakeClock()).is_there


def test_it_is_started_once_now(manager):
    bring(wanted(), manager)
    start(NAME, manager)
    assert manager.writes[-1].startswith("start ")
    with pytest.raises(CannotRunError, match="no schedule of this name"):
        start("orch-other", manager)
