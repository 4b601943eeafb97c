"""Several places at once: one report, one listener, and one person who stops all of them."""

import threading
import time
from dataclasses import replace

import pytest

from orchestrator.errors import DeniedError
from orchestrator.model.enums import Outcome
from orchestrator.model.progress import Look
from orchestrator.run import run
from orchestrator.run.together import together
from orchestrator.waiting.clock import StoppableClock, Stops
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener


def said(instance_id):
    before = samples.identity("111111111111", "EC2RoleforSSM", instance_id)
    return samples.envelope(step={"before.identity": samples.ok("before.identity", before)})


def place(number, hosts, fleet=None, **more):
    """The work of one place, and its fleet."""
    found = [
        FakeHost(name, output=said(name), **more)
        for name in (f"i-{number:01x}{n:016x}" for n in range(hosts))
    ]
    fleet = fleet or FakeFleet(FakeClock(), found)
    fleet.hosts = found
    plan = replace(
        samples.plan(targets=tuple(host.instance_id for host in found)),
        run_id=f"{samples.RUN_ID}-{number}",
        whole=samples.RUN_ID,
    )
    output = [
        replace(host, output=host.output.replace(samples.RUN_ID, plan.run_id)) for host in found
    ]
    fleet.hosts = output

    def work(listener):
        return run(plan, fleet, fleet.clock, listener, alone=False)

    return work, fleet


def merged(listener=None, **works):
    return together("whole", works, listener or Listener(), lambda: None)


def test_one_report_is_made_of_all_places():
    (first, a), (second, b) = place(1, 3, seconds=10), place(2, 60, seconds=20)
    listener = Listener()
    report = merged(listener, here=first, there=second)
    assert report.run_id == "whole"
    assert [plan.run_id[-1] for plan in report.plans] == ["1", "2"]
    assert len(report.hosts) == sum(report.tally.values()) == 63
    assert [host.instance_id for host in report.hosts] == [
        *(host.instance_id for host in a.hosts),
        *(host.instance_id for host in b.hosts),
    ]
    assert report.hosts[3] == report.hosts[3:4][0]
    assert report.hosts[-1].instance_id == b.hosts[-1].instance_id
    assert report.api_calls["SendCommand"] == 3
    assert report.timings["wait"] >= 20
    last = [event[1] for event in listener.events if event[0] == "look"][-1]
    assert sum(last.states.values()) in {3, 60, 63}


def test_a_place_where_nothing_can_be_sent_has_verdicts_too():
    good, _ = place(1, 2)
    bad, _ = place(2, 2, FakeFleet(FakeClock(), [], denied=frozenset({"SendCommand"})))
    report = merged(good=good, bad=bad)
    assert len(report.hosts) == 4
    assert {host.causes[0].id for host in report.hosts[2:]} == {"not-sent"}
    assert report.tally[Outcome.UNKNOWN] >= 2
    assert "bad: not everything was sent: SendCommand: AccessDeniedException" in report.notes[0]


def test_an_error_that_nobody_expected_is_raised():
    def broken(_listener):
        raise DeniedError("no")

    with pytest.raises(DeniedError):
        merged(good=place(1, 1)[0], broken=broken)


def test_looks_of_several_places_are_added_up():
    listener, gate = Listener(), threading.Barrier(2)

    def work(number):
        def do(voice):
            voice.look(Look(float(number), {"InProgress": number}, 10.0 * number))
            gate.wait()
            return place(number, 1)[0](Listener())

        return do

    merged(listener, one=work(1), two=work(2))
    looks = [event[1] for event in listener.events]
    assert looks[-1] == Look(2.0, {"InProgress": 3}, 20.0)


def test_whoever_sleeps_is_woken_once_by_each_stop():
    stops = Stops()
    clocks = [StoppableClock(stops) for _ in range(2)]
    stopped = []

    def sleep(clock):
        for _ in range(2):
            try:
                clock.sleep(30)
            except KeyboardInterrupt:
                stopped.append(clock)

    threads = [threading.Thread(target=sleep, args=(clock,)) for clock in clocks]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    stops.stop()
    stops.stop()
    for thread in threads:
        thread.join(10)
    assert sorted(map(id, stopped)) == sorted(map(id, clocks * 2))
    assert time.monotonic() - begun < 10
    clocks[0].sleep(0.01)
