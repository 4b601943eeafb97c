"""Clocks, and whoever listens to a run: the fakes beside those that people meet."""

import pytest

from orchestrator.cli.progress import Progress
from orchestrator.model.progress import Look
from orchestrator.run import run
from orchestrator.waiting.clock import SystemClock
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener


@pytest.fixture(params=[FakeClock, SystemClock])
def clock(request):
    return request.param()


def test_the_wall_clock_is_utc(clock):
    assert clock.now().utcoffset().total_seconds() == 0


def test_whoever_sleeps_finds_both_clocks_later_by_that_much(clock):
    wall, begun = clock.now(), clock.monotonic()
    clock.sleep(0.02)
    assert 0.02 <= clock.monotonic() - begun < 10
    assert clock.now() > wall


def test_no_sleep_at_all_is_one_too(clock):
    begun = clock.monotonic()
    clock.sleep(0)
    assert clock.monotonic() >= begun


def test_nobody_sleeps_backwards(clock):
    with pytest.raises(ValueError, match="non-negative"):
        clock.sleep(-0.1)


@pytest.fixture(params=["fake", "terminal", "pipe"])
def listener(request):
    if request.param == "fake":
        yield Listener()
    else:
        with Progress(terminal=request.param == "terminal") as progress:
            yield progress


def test_a_listener_takes_whatever_a_run_tells(listener):
    clock = FakeClock()
    fleet = FakeFleet(clock, [FakeHost(samples.INSTANCE, output=samples.envelope())])
    assert run(samples.plan(), fleet, clock, listener).exit_code == 0


def test_a_listener_takes_stages_and_states_that_it_does_not_know(listener):
    assert listener.stage("later") is None
    assert listener.stage("later", "a detail") is None
    assert listener.sent("a-command", 3, 0, 1) is None
    assert listener.look(Look(0.0, {})) is None
    assert listener.look(Look(12.5, {"Delayed": 2, "Success": 1}, 10.0, ("i-1",), ("i-2",))) is None
