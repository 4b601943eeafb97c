"""Chance that comes out the same again."""

import statistics

import pytest

from orchestrator.sandbox.fleet.drawing import Drawing


def times(seed, median=10.0, count=4000):
    chance = Drawing(seed)
    return [chance.run_seconds(median, "host", number, "command", 1) for number in range(count)]


def test_the_same_seed_draws_the_same_times():
    assert times(7) == times(7)
    assert times(7) != times(8)


def test_what_is_drawn_does_not_hang_on_what_was_drawn_before():
    chance = Drawing(3)
    alone = chance.number("host", 5)
    _ = [chance.number("host", number) for number in range(5)]
    assert chance.number("host", 5) == alone
    assert 0 <= alone < 1


def test_run_times_lie_about_the_median_with_a_long_tail():
    found = sorted(times(1))
    assert statistics.median(found) == pytest.approx(10.0, rel=0.02)
    assert found[0] > 5
    late = [seconds for seconds in found if seconds > 17]
    assert 0.005 < len(late) / len(found) < 0.03
    assert 25 < found[-1] < 65


def test_starts_take_half_a_second_and_seldom_some():
    chance = Drawing(1)
    found = sorted(chance.start_seconds("host", number) for number in range(4000))
    assert statistics.median(found) == pytest.approx(0.5, rel=0.05)
    assert 1.5 < found[-1] < 8


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 0), (0.001, 1), (0.01, 2), (0.5, 100), (1.0, 200)]
)
def test_a_share_of_hosts_is_exact_and_never_none_at_all(share, expected):
    items = list(range(200))
    found = Drawing(5).some_of(items, share, "offline")
    assert len(found) == expected
    assert found == sorted(set(found))
    assert found == Drawing(5).some_of(items, share, "offline")


def test_different_faults_befall_different_hosts():
    items = list(range(1000))
    chance = Drawing(5)
    assert chance.some_of(items, 0.1, "offline") != chance.some_of(items, 0.1, "never-ends")
