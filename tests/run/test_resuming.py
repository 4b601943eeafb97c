"""A run that is killed at any moment, and taken up again, ends as if nothing had been."""

from dataclasses import replace

import pytest

from orchestrator.errors import LostAnswerError
from orchestrator.journal import SqliteJournal
from orchestrator.model.journal import RunState
from orchestrator.run import resume, run
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener


class Killed(BaseException):
    """As SIGKILL: nothing catches it, and nothing more is done."""


class Mortal:
    """Calls through, and dies before or after the n-th call, counted over all its parts."""

    def __init__(self, inner, count, at, *, after):
        self._inner, self._count, self._at, self._after = inner, count, at, after

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        if not callable(found) or name in {"calls", "now", "monotonic"}:
            return found

        def call(*given, **more):
            self._count.append(name)
            mine = len(self._count)
            if mine == self._at and not self._after:
                raise Killed
            answer = found(*given, **more)
            if mine == self._at:
                raise Killed
            return answer

        return call


HOSTS = 60


def world():
    hosts = [
        FakeHost(f"i-{n:017x}", seconds=3.0 + n % 7, output=samples.envelope())
        for n in range(HOSTS)
    ]
    hosts[7] = replace(hosts[7], output="nothing of ours", exit_code=1)
    hosts[8] = replace(hosts[8], ping_status="ConnectionLost")
    return FakeFleet(FakeClock(), hosts)


PLAN = samples.plan(targets=tuple(f"i-{n:017x}" for n in range(HOSTS)))


def told(report):
    """What must be the same: everything about each host but the command's own id."""
    return [replace(host, command_id=None) for host in report.hosts]


@pytest.fixture(scope="module")
def undisturbed():
    fleet = world()
    return told(run(PLAN, fleet, fleet.clock, Listener()))


def killed_at(fleet, journal, at, *, after):
    """A run that dies there; the names of the calls until then."""
    count = []
    mortals = (Mortal(part, count, at, after=after) for part in (fleet, journal))
    mortal_fleet, mortal_journal = mortals
    try:
        run(PLAN, mortal_fleet, fleet.clock, Listener(), journal=mortal_journal)
    except Killed:
        return count
    return None


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_call_it_ends_in_the_same_report_and_sends_nothing_twice(
    tmp_path, undisturbed, after
):
    at = 0
    while True:
        at += 1
        fleet, journal = world(), SqliteJournal(tmp_path / f"{at}.sqlite")
        died = killed_at(fleet, journal, at, after=after)
        if died is None:
            break
        fleet.clock.sleep(60)
        kept = journal.load(samples.RUN_ID)
        if kept is None:
            assert fleet.sent == {}
            continue
        if kept.record.state is RunState.BEGUN:
            past = list(journal.invocations(samples.RUN_ID))
            report = resume(kept, past, fleet, fleet.clock, Listener(), journal=journal)
            assert told(report) == undisturbed, died
        assert [*journal.hosts(samples.RUN_ID)]
        sent = [i for request, _ in fleet.sent.values() for i in request.instance_ids]
        assert len(sent) == len(set(sent)) == HOSTS - 1, died
        assert journal.load(samples.RUN_ID).record.state is RunState.ENDED
        journal.close()
    assert at > 20


def test_taken_up_days_later_it_looks_once_and_waits_for_nothing(tmp_path):
    fleet, journal = world(), SqliteJournal(tmp_path / "runs.sqlite")
    killed_at(fleet, journal, 10, after=True)
    fleet.clock.sleep(3 * 86_400)
    begun = fleet.clock.elapsed
    kept = journal.load(samples.RUN_ID)
    resume(kept, (), fleet, fleet.clock, Listener(), journal=journal)
    assert fleet.clock.elapsed - begun < 5


def test_a_command_that_ssm_has_forgotten_is_not_waited_for_without_end(tmp_path):
    fleet, journal = world(), SqliteJournal(tmp_path / "runs.sqlite")
    killed_at(fleet, journal, 10, after=True)
    fleet.clock.sleep(40 * 86_400)
    fleet.sent.clear()
    begun = fleet.clock.elapsed
    kept = journal.load(samples.RUN_ID)
    assert all(chunk.command_id for chunk in kept.chunks)
    report = resume(kept, (), fleet, fleet.clock, Listener(), journal=journal)
    assert report.exit_code == 4
    assert fleet.sent == {}
    assert fleet.clock.elapsed - begun < 60


def test_a_refused_send_leaves_nothing_to_take_up(tmp_path):
    from orchestrator.errors import DeniedError

    fleet, journal = world(), SqliteJournal(tmp_path / "runs.sqlite")
    fleet.denied = frozenset({"SendCommand"})
    with pytest.raises(DeniedError):
        run(PLAN, fleet, fleet.clock, Listener(), journal=journal)
    assert journal.records() == []


def test_a_send_that_nobody_knows_the_end_of_can_be_taken_up(tmp_path, undisturbed):
    class Lossy(FakeFleet):
        def send(self, request):
            super().send(request)
            raise LostAnswerError("the answer is lost", where="SendCommand", mend="look")

    good = world()
    lossy = Lossy(good.clock, good.hosts, sent=good.sent, denied=frozenset({"ListCommands"}))
    journal = SqliteJournal(tmp_path / "runs.sqlite")
    with pytest.raises(LostAnswerError):
        run(PLAN, lossy, good.clock, Listener(), journal=journal)
    kept = journal.load(samples.RUN_ID)
    report = resume(kept, (), good, good.clock, Listener(), journal=journal)
    assert told(report) == undisturbed
    assert len(good.sent) == 2
