from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import UnreachableError
from orchestrator.waiting import (
    LONGEST_WAIT,
    look_until,
    looks_within,
    times_worth,
    try_again,
    wait_before_look,
)
from support.fakes import FakeClock


class Host:
    """Done after so many seconds; ``faults`` looks in the middle get no answer."""

    def __init__(self, clock, seconds, faults=()):
        self.clock, self.seconds, self.faults, self.looks = clock, seconds, set(faults), 0

    def look(self):
        self.looks += 1
        if self.looks in self.faults:
            raise UnreachableError("the network is gone")
        return self.clock.monotonic() >= self.seconds


def watch(seconds, deadline=990.0, faults=(), chance=0.0):
    clock = FakeClock()
    host = Host(clock, seconds, faults)
    done = look_until(
        host.look,
        bool,
        clock=clock,
        deadline=deadline,
        excused=UnreachableError,
        chance=lambda: chance,
    )
    return done, clock.elapsed, host.looks


@given(st.floats(0.1, 900), st.floats(0, 1))
def test_the_end_is_seen_and_no_later_than_by_the_hosts_own_time_again(seconds, chance):
    done, elapsed, _ = watch(seconds, chance=chance)
    assert done
    assert elapsed <= max(0.5, min(seconds * 1.93, seconds + LONGEST_WAIT * 1.05))


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_ten_seconds_cost_six_looks_whatever_chance_does(chance):
    _, _, looks = watch(10.0, chance=chance)
    assert looks == 6
    assert looks_within(10.0) == 6


def test_the_deadline_brings_one_last_look_and_no_end():
    done, elapsed, _ = watch(10_000, deadline=60.0)
    assert not done
    assert elapsed == pytest.approx(60.0)


@pytest.mark.parametrize("begun", [3.695062328274075, 0.1 + 0.2, 1e6 + 0.1])
def test_a_clock_that_cannot_count_the_rest_of_a_wait_still_comes_to_the_end(begun):
    # The first of them plus 0.5, less itself, is under 0.5 by what no addition can make up for.
    clock, looks = FakeClock(), []
    clock.sleep(begun)

    def look():
        looks.append(clock.monotonic())
        assert len(looks) < 10
        return len(looks) > 3

    assert look_until(look, bool, clock=clock, deadline=60.0, excused=UnreachableError)
    assert looks == sorted(set(looks))
    looks.clear()
    assert not look_until(
        lambda: looks.append(0) or len(looks) > 3,
        bool,
        clock=clock,
        deadline=0.5,
        excused=UnreachableError,
    )


def test_a_dropped_network_in_the_middle_ends_nothing():
    done, _, looks = watch(10.0, faults={2, 3, 4})
    assert done
    assert looks == 6


def test_a_network_that_never_comes_back_is_raised_at_the_deadline():
    with pytest.raises(UnreachableError):
        watch(10.0, deadline=30.0, faults=range(100))


def test_another_error_is_raised_at_once():
    clock = FakeClock()

    def look():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        look_until(look, bool, clock=clock, deadline=10, excused=UnreachableError)
    assert clock.elapsed == pytest.approx(0.5)


def test_waits_grow_up_to_a_bound():
    waits = [wait_before_look(elapsed) for elapsed in (0.5, 1, 2, 5, 10, 100)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_nothing_is_known_without_a_past():
    assert times_worth((), 50) == ()


def test_looks_come_when_so_many_of_the_hosts_have_ended():
    past = [10.0 + n / 5 for n in range(100)]
    assert times_worth(past, 50) == (17.5, 22.5, 27.5)
    few = times_worth(past, 3)
    assert few == (12.5, 16.5, 20.5, 24.5, 28.5, 29.9)
    assert min(later - at for at, later in pairwise(few)) >= 0.8


def test_what_took_as_long_each_time_is_not_looked_at_at_every_moment():
    assert times_worth([10.0] * 40, 50) == (10.5,)


@given(st.lists(st.floats(0.1, 900), min_size=1, max_size=60), st.integers(1, 500))
def test_times_worth_a_look_go_upwards_and_are_of_the_past(past, hosts):
    found = times_worth(past, hosts)
    assert list(found) == sorted(set(found))
    assert 0 < len(found) <= 6
    assert min(past) * 0.87 <= found[0] <= found[-1] <= max(past) * 1.14 + 1


@given(st.lists(st.floats(1, 400), min_size=1, max_size=60), st.floats(0.1, 800))
def test_what_takes_longer_or_shorter_than_ever_is_still_seen_in_time(past, seconds):
    clock = FakeClock()
    host = Host(clock, seconds)
    worth = times_worth(past, 50)
    look_until(host.look, bool, clock=clock, deadline=990.0, excused=UnreachableError, worth=worth)
    assert clock.elapsed >= min(seconds, worth[0])
    assert clock.elapsed <= max(worth[-1], seconds + 8.0 * 1.05)
    assert host.looks <= len(worth) + 12 + seconds / 7


def test_try_again_gives_up_after_so_many_attempts_with_the_last_error():
    clock = FakeClock()
    tried = []

    def call():
        tried.append(clock.elapsed)
        raise UnreachableError(f"attempt {len(tried)}")

    with pytest.raises(UnreachableError, match="attempt 3"):
        try_again(call, when=lambda e: isinstance(e, UnreachableError), clock=clock, attempts=3)
    assert len(tried) == 3
