"""How many at once, how many may fail, who goes first; and one id that is gone stops no other."""

from dataclasses import dataclass, replace

import pytest

from orchestrator.errors import NotManagedError
from orchestrator.journal import SqliteJournal
from orchestrator.model.enums import Outcome
from orchestrator.model.plan import Pace
from orchestrator.run import resume, run
from orchestrator.run.pacing import Budget, budget, waves
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener

REFUSED = {"after.identity": samples.failed("after.identity", samples.ASSUME_REFUSED)}


def said(instance_id, **changes):
    """A healthy host's own envelope."""
    before = samples.identity("111111111111", "EC2RoleforSSM", instance_id)
    steps = {"before.identity": samples.ok("before.identity", before)} | changes.pop("step", {})
    return samples.envelope(step=steps, **changes)


def host(number, **facts):
    name = f"i-{number:017x}"
    return FakeHost(name, **({"seconds": 10.0, "output": said(name)} | facts))


def hosts(count):
    return [host(n) for n in range(count)]


def refused(number):
    """A host whose switch is refused."""
    asked = samples.procedure().expectations
    own = {e.id: "FAIL" if e.step == "after.identity" else "PASS" for e in asked}
    output = said(f"i-{number:017x}", step=REFUSED, verdict="FAIL", own=own)
    return host(number, output=output, exit_code=10)


@dataclass
class Watching(FakeFleet):
    """Remembers how many hosts were under way at most, after a send."""

    most: int = 0

    def send(self, request):
        command_id = super().send(request)
        rows = (row for known in self.sent for row in self._running(known))
        self.most = max(self.most, sum(not row.final for row in rows))
        return command_id

    def _running(self, command_id):
        request, begun = self.sent[command_id]
        if self.clock.monotonic() - begun < self.visible_after:
            return [FakeRow()] * len(request.instance_ids)
        return [row for row, _ in self._rows(command_id)]


class FakeRow:
    final = False


def run_on(found, pace, **more):
    fleet = Watching(FakeClock(), found)
    plan = replace(samples.plan(targets=tuple(h.instance_id for h in found)), pace=pace)
    return run(plan, fleet, fleet.clock, Listener(), **more), fleet


@pytest.mark.parametrize(
    ("pace", "wanted"),
    [
        (Pace(), Budget(120, 120)),
        (Pace(max_errors="0"), Budget(50, 0)),
        (Pace("10", "10%"), Budget(10, 12)),
        (Pace("33%"), Budget(39, 120)),
        (Pace("0%"), Budget(1, 120)),
        (Pace("500", "3"), Budget(500, 3)),
    ],
)
def test_a_pace_in_numbers_of_hosts(pace, wanted):
    assert budget(pace, 120) == wanted


@pytest.mark.parametrize("canary", [0, 1, 50, 60, 200])
def test_everybody_is_in_one_chunk_of_fifty_at_most_the_canary_first(canary):
    ids = [f"i-{n:017x}" for n in range(120)]
    found = waves(Pace(canary=canary), ids)
    chunks = [chunk for wave in found for chunk in wave]
    assert [i for chunk in chunks for i in chunk.instance_ids] == ids
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert all(0 < len(chunk.instance_ids) <= 50 for chunk in chunks)
    if 0 < canary < 120:
        first, _ = found
        assert sum(len(chunk.instance_ids) for chunk in first) == canary
    else:
        assert len(found) == 1


def test_no_more_hosts_are_under_way_than_allowed():
    report, fleet = run_on(hosts(220), Pace(max_concurrency="100"))
    assert report.outcome is Outcome.PASS
    assert fleet.most == 100
    assert [len(request.instance_ids) for request, _ in fleet.sent.values()] == [50] * 4 + [20]
    assert {request.max_concurrency for request, _ in fleet.sent.values()} == {""}
    _, unhurried = run_on(hosts(220), Pace())
    assert unhurried.most == 220


def test_fewer_at_once_than_one_command_holds_are_left_to_ssm():
    report, fleet = run_on(hosts(120), Pace(max_concurrency="5%"))
    assert report.outcome is Outcome.PASS
    assert {request.max_concurrency for request, _ in fleet.sent.values()} == {"6"}
    assert fleet.most <= 50


def test_nothing_more_is_sent_when_too_many_have_failed():
    found = hosts(200)
    found[:3] = [refused(n) for n in range(3)]
    report, fleet = run_on(found, Pace(max_errors="2"))
    assert report.exit_code == 1
    assert sum(len(request.instance_ids) for request, _ in fleet.sent.values()) == 50
    assert report.tally == {Outcome.PASS: 47, Outcome.FAIL: 3, Outcome.UNKNOWN: 150}
    assert {one.causes[0].id for one in report.hosts[50:]} == {"held-back"}
    assert "3 hosts failed before it, and --max-errors allows 2" in report.notes[-1]
    allowed, _ = run_on(found, Pace(max_errors="3"))
    assert allowed.tally == {Outcome.PASS: 197, Outcome.FAIL: 3}


def test_ssm_gets_what_is_left_of_the_error_budget():
    found = hosts(120)
    found[0] = refused(0)
    _, fleet = run_on(found, Pace(max_errors="5"))
    assert [request.max_errors for request, _ in fleet.sent.values()] == ["5", "4", "4"]
    _, fleet = run_on(found, Pace())
    assert {request.max_errors for request, _ in fleet.sent.values()} == {"100%"}


def test_one_host_that_fails_stops_nobody_else():
    found = hosts(120)
    found[0] = refused(0)
    report, _ = run_on(found, Pace())
    assert report.tally == {Outcome.PASS: 119, Outcome.FAIL: 1}


BAD = (refused(1), host(1, output="nothing of ours"), host(1, seconds=2000.0))


@pytest.mark.parametrize("bad", BAD, ids=["refused", "silent", "slow"])
def test_the_rest_waits_for_a_canary_that_does_not_pass_in_vain(bad):
    found = hosts(10)
    found[1] = bad
    report, fleet = run_on(found, Pace(canary=2))
    assert [request.instance_ids for request, _ in fleet.sent.values()] == [
        tuple(one.instance_id for one in found[:2])
    ]
    assert {one.causes[0].id for one in report.hosts[2:]} == {"held-back"}
    assert f"8 hosts were not sent to: the canary {found[1].instance_id} is" in report.notes[-1]
    assert all(one.left == () for one in report.hosts[2:])


def test_the_rest_follows_a_canary_that_passes():
    report, fleet = run_on(hosts(60), Pace(canary=2))
    assert [len(request.instance_ids) for request, _ in fleet.sent.values()] == [2, 50, 8]
    assert report.tally == {Outcome.PASS: 60}
    (_, first), (_, second), _ = fleet.sent.values()
    assert second - first >= 10


def test_a_canary_is_taken_up_again_where_it_was(tmp_path):
    journal = SqliteJournal(tmp_path / "runs.sqlite")

    class Dying(Watching):
        def look(self, command_id):
            raise SystemExit

    fleet = Dying(FakeClock(), hosts(60))
    plan = replace(
        samples.plan(targets=tuple(h.instance_id for h in fleet.hosts)), pace=Pace(canary=2)
    )
    with pytest.raises(SystemExit):
        run(plan, fleet, fleet.clock, Listener(), journal=journal)
    assert len(fleet.sent) == 1
    alive = Watching(fleet.clock, fleet.hosts, sent=fleet.sent)
    alive.clock.sleep(60)
    kept = journal.load(samples.RUN_ID)
    report = resume(kept, (), alive, alive.clock, Listener(), journal=journal)
    assert report.tally == {Outcome.PASS: 60}
    assert [len(request.instance_ids) for request, _ in alive.sent.values()] == [2, 50, 8]


def test_an_instance_that_is_gone_by_the_send_stops_no_other():
    class Shrinking(Watching):
        """The second send finds two of its hosts gone."""

        def send(self, request):
            if len(self.sent) == 1:
                self.hosts = [h for h in self.hosts if h.instance_id[-2:] not in {"33", "34"}]
            return super().send(request)

        def _rows(self, command_id):
            return super()._rows(command_id) if command_id in self.sent else []

    fleet = Shrinking(FakeClock(), hosts(120))
    plan = samples.plan(targets=tuple(h.instance_id for h in fleet.hosts))
    report = run(plan, fleet, fleet.clock, Listener())
    assert report.tally == {Outcome.PASS: 118, Outcome.UNKNOWN: 2}
    (gone, _) = (one for one in report.hosts if one.outcome is Outcome.UNKNOWN)
    assert gone.causes[0].id in {"not-managed", "not-sent"}


def test_a_fleet_that_is_gone_altogether_is_an_error():
    class Gone(Watching):
        def send(self, request):
            self.hosts = []
            return super().send(request)

    fleet = Gone(FakeClock(), hosts(3))
    with pytest.raises(NotManagedError):
        run(samples.plan(targets=(fleet.hosts[0].instance_id,)), fleet, fleet.clock, Listener())


@pytest.fixture
def journal(tmp_path):
    found = SqliteJournal(tmp_path / "runs.sqlite")
    yield found
    found.close()


def test_what_many_hosts_said_lies_in_the_journal_and_the_report_reads_it_there(journal):
    found = hosts(620)
    found[7].output = "nothing of ours"
    few, _ = run_on(found, Pace())
    many, _ = run_on(found, Pace(), journal=journal)
    assert isinstance(few.hosts, tuple)
    assert not isinstance(many.hosts, tuple)
    assert list(many.hosts) == list(few.hosts)
    assert many.tally == few.tally == {Outcome.PASS: 619, Outcome.UNKNOWN: 1}
    assert many.hosts[7:9] == list(few.hosts[7:9])


@pytest.mark.parametrize("good", [3, 20, 30, 40])
def test_a_journal_that_fails_midway_loses_nothing_of_what_many_said(journal, good):
    class Full:
        """Takes so many writes; what it took can be read."""

        def __init__(self):
            self.left = good

        def __getattr__(self, name):
            inner = getattr(journal, name)

            def call(*given, **more):
                if name in {"invocation", "host", "past_seconds", "is_stopped"}:
                    return inner(*given, **more)
                self.left -= 1
                if self.left < 0:
                    from orchestrator.errors import JournalError

                    raise JournalError("there is no room for it", where="x", mend="make room")
                return inner(*given, **more)

            return call

    found = hosts(620)
    few, _ = run_on(found, Pace())
    many, _ = run_on(found, Pace(), journal=Full())
    assert list(many.hosts) == list(few.hosts)
    assert [note for note in many.notes if "no room" in note]
