"""How hosts stand: what was seen of them, as a table, and what holds of whatever was seen."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.compliance import fleet
from orchestrator.model.compliance import Followed
from orchestrator.model.enums import Outcome
from orchestrator.model.history import FLAPPING, NEWEST, Seen

BEGIN = datetime(2026, 11, 1, 3, tzinfo=UTC)
DAY = 86_400
HOST = "i-0d176f4a5f9738429"
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
PLACE = ("orch-x", "eu-west-1", "")
LETTERS = {"P": PASS, "F": FAIL, "U": UNKNOWN}


def day(number):
    return BEGIN + timedelta(days=number)


def seen(number, outcome, host=HOST, plan="a", cause=None):
    cause = cause if cause is not None else ("" if outcome is PASS else "trust-missing")
    return Seen(
        *(f"run-{number}", day(number), host, "WEB", "eu-west-1", "", outcome, cause),
        *("switch-role", plan, "orch-x"),
    )


def stand(letters, at=None, under_way=(), period=DAY):
    ended = [
        seen(number, LETTERS[letter]) for number, letter in enumerate(letters) if letter != " "
    ]
    now = day(len(letters) - 1 if at is None else at)
    found = fleet(ended, under_way, {PLACE: Followed("orch-x", period, "HIGH")}, now)
    (one,) = found.standings
    return one


@pytest.mark.parametrize(
    ("letters", "at", "outcome", "since", "flapping"),
    [
        ("P", None, PASS, 0, False),
        ("PPP", None, PASS, 0, False),
        ("PPFFPPP", None, PASS, 4, False),
        ("PPFF", None, FAIL, 2, False),
        ("PU", None, UNKNOWN, 1, False),
        ("PPP", 4, PASS, 0, False),
        ("PPP", 5, UNKNOWN, 2, False),
        ("PF", 30, UNKNOWN, 1, False),
        ("PFPF", None, FAIL, 3, True),
        ("PFP", None, PASS, 2, False),
        ("PUPU", None, UNKNOWN, 3, True),
        ("FPFPFP" + "P" * 12, None, PASS, 5, False),
        ("P    P", None, PASS, 0, False),
    ],
)
def test_how_a_host_stands(letters, at, outcome, since, flapping):
    one = stand(letters, at)
    assert (one.outcome, one.since, one.flapping) == (outcome, day(since), flapping)
    assert one.severity == "HIGH"


def test_no_news_says_since_when_and_is_never_right():
    one = stand("PPP", 6)
    assert one.reason == "no news since 2026-11-03 03:00 UTC, when it was PASS"
    assert (one.cause, one.run_id) == ("", "run-2")


def test_without_a_known_period_a_result_counts_for_a_month():
    assert stand("P", 30, period=0).outcome is PASS
    assert stand("P", 31, period=0).outcome is UNKNOWN


def test_a_failure_names_its_cause():
    assert stand("PF").cause == "trust-missing"


def test_a_run_under_way_tells_only_what_is_certain():
    waiting = [seen(3, UNKNOWN, cause="agent-offline")]
    assert stand("PPP", 3, waiting).outcome is PASS
    assert stand("PPP", 3, [seen(3, FAIL)]).outcome is FAIL
    assert stand("PPP", 5, [seen(5, UNKNOWN)]).outcome is UNKNOWN


def test_a_host_that_never_answered_is_unknown():
    found = fleet([], [seen(0, UNKNOWN, cause="agent-offline")], {}, day(0))
    (one,) = found.standings
    assert (one.outcome, one.reason) == (UNKNOWN, "it has never answered")
    assert found.exit_code == 4


def test_only_the_same_question_counts():
    ended = [seen(0, FAIL), seen(1, PASS), seen(2, FAIL), seen(3, PASS, plan="b")]
    (one,) = fleet(ended, [], {}, day(3)).standings
    assert (one.outcome, one.since, one.changes) == (PASS, day(3), 0)
    waiting = [seen(4, UNKNOWN, plan="c", cause="still-pending")]
    (one,) = fleet(ended, waiting, {}, day(4)).standings
    assert (one.outcome, one.since) == (UNKNOWN, day(4))
    assert one.reason == "it has not answered yet what is asked now"


def test_a_host_that_is_not_meant_any_more_is_left_out_after_a_month():
    other = "i-0d176f4a5f9738430"
    ended = [seen(0, PASS, other), *(seen(number, PASS) for number in range(32))]
    early = fleet(ended[:20], [], {PLACE: Followed("orch-x", DAY)}, day(18))
    assert {one.instance_id: one.outcome for one in early.standings} == {HOST: PASS, other: UNKNOWN}
    late = fleet(ended, [], {PLACE: Followed("orch-x", DAY)}, day(31))
    assert [one.instance_id for one in late.standings] == [HOST]
    assert late.notes == ("1 host that no run has meant for 30 days left out",)


def test_of_nothing_nothing_is_known():
    assert (fleet([], [], {}, BEGIN).outcome, fleet([], [], {}, BEGIN).exit_code) == (UNKNOWN, 4)


def test_a_schedule_that_finds_no_host_is_not_passed_over():
    idle = ("orch-idle", "eu-west-1", "")
    followed = {PLACE: Followed("orch-x", DAY), idle: Followed("orch-idle", DAY)}
    found = fleet([seen(0, PASS)], [], followed, day(0))
    assert (found.idle, found.outcome, found.exit_code) == ((idle,), UNKNOWN, 4)
    assert fleet([seen(0, FAIL)], [], followed, day(0)).outcome is FAIL
    assert fleet([], [seen(0, UNKNOWN)], {PLACE: Followed("orch-x", DAY)}, day(0)).idle == ()


results = st.lists(st.sampled_from("PFU "), min_size=1, max_size=40).filter(
    lambda letters: any(letter != " " for letter in letters)
)


@given(letters=results, later=st.integers(0, 20))
def test_pass_is_only_said_of_a_host_whose_newest_result_is_one_and_new(letters, later):
    last = max(at for at, letter in enumerate(letters) if letter != " ")
    one = stand(letters, len(letters) - 1 + later)
    age = len(letters) - 1 + later - last
    assert (one.outcome is PASS) == (letters[last] == "P" and age <= 2)
    assert (one.outcome is FAIL) == (letters[last] == "F" and age <= 2)
    assert one.seen == day(last)
    assert one.since <= one.seen
    assert bool(one.reason) == (one.outcome is UNKNOWN)


@given(letters=results)
def test_flapping_counts_changes_among_the_newest_alone(letters):
    kept = [letter for letter in letters if letter != " "]
    one = stand(letters)
    again = stand(kept[-NEWEST:])
    assert (one.changes, one.flapping) == (again.changes, one.changes >= FLAPPING)


@given(letters=results, data=st.data())
def test_the_order_in_which_it_is_told_changes_nothing(letters, data):
    ended = [seen(n, LETTERS[letter]) for n, letter in enumerate(letters) if letter != " "]
    mixed = data.draw(st.permutations(ended))
    now = day(len(letters))
    assert fleet(mixed, [], {}, now) == fleet(ended, [], {}, now)
