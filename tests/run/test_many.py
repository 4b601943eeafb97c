"""Many hosts: what is looked at, how often, and what is written down meanwhile."""

from dataclasses import replace

import pytest

from orchestrator.errors import JournalError, UnreachableError
from orchestrator.journal import SqliteJournal
from orchestrator.model.enums import Outcome
from orchestrator.model.journal import RunState
from orchestrator.model.plan import Pace
from orchestrator.run import run
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener

FIRST = "i-00000000000000000"


def host(number, seconds=10.0):
    return FakeHost(f"i-{number:017x}", seconds=seconds, output=samples.envelope())


def run_on(hosts, journal=None, fleet=None, run_id=samples.RUN_ID):
    fleet = fleet or FakeFleet(FakeClock(), hosts)
    what = samples.plan(targets=tuple(item.instance_id for item in hosts))
    return run(replace(what, run_id=run_id), fleet, fleet.clock, Listener(), journal=journal), fleet


@pytest.fixture
def journal(tmp_path):
    found = SqliteJournal(tmp_path / "runs.sqlite")
    yield found
    found.close()


def spread(count):
    """Most take some ten seconds, some take long."""
    return [host(n, 8.0 + n % 5 + (60.0 if n % 97 == 96 else 0.0)) for n in range(count)]


@pytest.mark.parametrize(("count", "most"), [(50, 0.28), (500, 0.15), (2000, 0.1)])
def test_a_host_of_a_fleet_costs_a_part_of_a_call(count, most):
    report, fleet = run_on(spread(count))
    assert {item.command_id for item in report.hosts} == set(fleet.sent)
    assert all(item.status for item in report.hosts)
    assert sum(report.api_calls.values()) <= most * count, report.api_calls


def test_every_host_is_seen_at_its_end_though_few_pages_are_read():
    hosts = spread(400)
    report, fleet = run_on(hosts)
    assert all(item.status == "Success" for item in report.hosts)
    assert fleet.clock.elapsed < 8 + 4 + 60 + 8 + 1
    assert report.api_calls["ListCommands"] > 0


def test_what_is_known_by_the_counters_alone_is_told_too():
    hosts = [host(n, 10.0 if n % 2 else 60.0) for n in range(400)]
    fleet, listener = FakeFleet(FakeClock(), hosts), Listener()
    plan = samples.plan(targets=tuple(item.instance_id for item in hosts))
    run(plan, fleet, fleet.clock, listener)
    looks = [event[1] for event in listener.events if event[0] == "look"]
    assert all(sum(seen.states.values()) == 400 for seen in looks)
    halfway = [seen for seen in looks if 15 < seen.elapsed < 55]
    assert halfway
    assert all(
        seen.states.get("ended", 0) + seen.states.get("Success", 0) == 200 for seen in halfway
    )


def test_who_may_not_count_looks_at_every_page():
    hosts = spread(150)
    fleet = FakeFleet(FakeClock(), hosts, denied=frozenset({"ListCommands"}))
    report, _ = run_on(hosts, fleet=fleet)
    assert all(item.status == "Success" for item in report.hosts)
    assert report.api_calls["ListCommands"] == 1


def test_each_command_of_a_run_has_a_comment_of_its_own():
    _, fleet = run_on(spread(120))
    comments = [request.comment for request, _ in fleet.sent.values()]
    assert comments == [f"{samples.plan().comment} {n}/3" for n in (1, 2, 3)]
    _, fleet = run_on(spread(2))
    assert [request.comment for request, _ in fleet.sent.values()] == [samples.plan().comment]


def test_what_is_known_to_take_long_is_first_looked_at_then(journal):
    run_on([host(0, seconds=200.0)], journal)
    report, fleet = run_on([host(0, seconds=200.0)], journal, run_id="second")
    assert report.api_calls["ListCommandInvocations"] <= 2
    assert fleet.clock.elapsed < 202


def test_a_host_that_is_quicker_than_ever_is_still_seen(journal):
    run_on([host(0, seconds=20.0)], journal)
    report, _ = run_on([host(0, seconds=1.0)], journal, run_id="second")
    assert report.hosts[0].status == "Success"


def test_the_run_is_written_down_as_it_happens(journal):
    hosts = [host(n) for n in range(60)]
    seen = []

    class Watched(FakeFleet):
        def send(self, request):
            kept = journal.load(samples.RUN_ID)
            seen.append([(c.number, len(c.instance_ids), c.command_id) for c in kept.chunks])
            return super().send(request)

    fleet = Watched(FakeClock(), hosts)
    report, _ = run_on(hosts, journal, fleet)
    first, second = fleet.sent
    assert seen == [[(0, 50, None)], [(0, 50, first), (1, 10, None)]]
    kept = journal.load(samples.RUN_ID)
    assert [c.command_id for c in kept.chunks] == [first, second]
    assert kept.record.state is RunState.ENDED
    assert (kept.record.outcome, kept.record.exit_code) == (report.outcome, report.exit_code)
    assert {item.instance_id for item in journal.invocations(samples.RUN_ID)} == {
        item.instance_id for item in hosts
    }


class Broken:
    """A journal whose disk is full from the n-th write on."""

    def __init__(self, good):
        self.good = good
        self.written = 0

    def past_seconds(self, _plan):
        return ()

    def is_stopped(self, _run_id):
        return False

    def __getattr__(self, _name):
        def write(*_given, **_more):
            self.written += 1
            if self.written > self.good:
                raise JournalError("there is no room for it", where="runs.sqlite", mend="make room")

        return write


@pytest.mark.parametrize("good", range(6))
def test_a_journal_that_fails_never_ends_a_run(good):
    broken = Broken(good)
    report, _ = run_on([host(0)], broken)
    assert report.hosts[0].status == "Success"
    assert broken.written == good + 1
    notes = [note for note in report.notes if note.startswith("the journal")]
    assert len(notes) == 1
    assert all("no room" in note and "goes on" in note for note in notes)


def test_a_run_that_could_send_nothing_is_kept_too(journal):
    gone = replace(host(0), ping_status="ConnectionLost")
    report, _ = run_on([gone], journal)
    assert report.outcome is Outcome.UNKNOWN
    (record,) = journal.records()
    assert (record.outcome, record.exit_code) == (Outcome.UNKNOWN, 4)
    assert journal.load(samples.RUN_ID).chunks == ()


def test_what_was_sent_before_the_network_went_is_kept(journal):
    class Lost(FakeFleet):
        def send(self, request):
            if self.sent:
                raise UnreachableError("no answer", where="SendCommand", mend="look")
            return super().send(request)

    hosts = [host(n) for n in range(60)]
    fleet = Lost(FakeClock(), hosts)
    run_on(hosts, journal, fleet)
    (command_id,) = fleet.sent
    chunks = journal.load(samples.RUN_ID).chunks
    assert [c.command_id for c in chunks] == [command_id, None]


TAGS = (("env", ("prod",)),)


def tagged(hosts):
    return [replace(item, tags={"env": "prod"}) for item in hosts]


def run_by_tag(hosts, targets=None, **more):
    fleet = FakeFleet(FakeClock(), tagged(hosts))
    plan = samples.plan(targets=tuple(item.instance_id for item in targets or hosts))
    plan = replace(plan, tags=TAGS, pace=Pace(**more))
    return run(plan, fleet, fleet.clock, Listener()), fleet


def test_one_command_goes_to_all_that_have_a_tag():
    report, fleet = run_by_tag(spread(1200))
    ((request, _),) = fleet.sent.values()
    assert (request.tags, request.max_concurrency, request.max_errors) == ((), "100%", "100%")
    assert {item.status for item in report.hosts} == {"Success"}
    assert report.api_calls["SendCommand"] == 1
    _, fleet = run_by_tag(spread(1200), max_concurrency="10%", max_errors="5")
    ((request, _),) = fleet.sent.values()
    assert (request.max_concurrency, request.max_errors) == ("120", "5")


def test_whoever_has_the_tag_by_then_is_in_the_report_too():
    report, _ = run_by_tag([host(n) for n in range(5)], [host(n) for n in range(3)])
    assert [item.instance_id for item in report.hosts] == [f"i-{n:017x}" for n in range(5)]
    assert {item.status for item in report.hosts} == {"Success"}


def test_whoever_has_lost_the_tag_is_not_waited_for():
    report, fleet = run_by_tag([host(n) for n in range(3)], [host(n) for n in range(5)])
    assert [item.status for item in report.hosts] == ["Success"] * 3 + [""] * 2
    assert report.hosts[4].causes[0].id in {"not-managed", "not-sent"}
    assert fleet.clock.elapsed < 30


def test_a_plan_that_was_asked_before_costs_less(journal):
    run_on(spread(100), journal)
    report, _ = run_on(spread(100), journal, run_id="second")
    first, _ = run_on(spread(100))
    assert sum(report.api_calls.values()) < sum(first.api_calls.values())
