"""What may go wrong before a run is taken up again, or while it is."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from orchestrator.errors import (
    CredentialsError,
    JournalError,
    LostAnswerError,
    UnreachableError,
)
from orchestrator.journal import SqliteJournal
from orchestrator.model.enums import Outcome
from orchestrator.model.journal import RunState
from orchestrator.model.plan import Pace
from orchestrator.run import resume, run
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener


def said(instance_id):
    before = samples.identity("111111111111", "EC2RoleforSSM", instance_id)
    return samples.envelope(step={"before.identity": samples.ok("before.identity", before)})


def hosts(count, seconds=10.0):
    names = [f"i-{n:017x}" for n in range(count)]
    return [FakeHost(name, seconds=seconds, output=said(name)) for name in names]


def plan_of(found, **more):
    plan = samples.plan(targets=tuple(host.instance_id for host in found))
    return replace(plan, pace=Pace(**more))


@pytest.fixture
def journal(tmp_path):
    found = SqliteJournal(tmp_path / "runs.sqlite")
    yield found
    found.close()


def taken_up(fleet, journal, **how):
    kept = journal.load(samples.RUN_ID)
    past = list(journal.invocations(samples.RUN_ID))
    return resume(kept, past, fleet, fleet.clock, Listener(), journal=journal, **how)


def received(fleet):
    return [i for request, _ in fleet.sent.values() for i in request.instance_ids]


class Killed(BaseException):
    pass


@dataclass
class Failing(FakeFleet):
    """Does as it is told until something is to happen at the n-th call of an operation."""

    at: tuple[str, int, BaseException] = ("", 0, Killed())
    seen: int = 0

    def _ask(self, operation):
        super()._ask(operation)
        if operation == self.at[0]:
            self.seen += 1
            if self.seen == self.at[1]:
                raise self.at[2]


@pytest.mark.parametrize("error", [UnreachableError("gone"), CredentialsError("expired")])
def test_a_lost_answer_that_cannot_be_looked_for_is_kept(journal, error):
    class Lossy(FakeFleet):
        def send(self, request):
            super().send(request)
            raise LostAnswerError("no answer", cause="perhaps-sent")

        def find_sent(self, comment):
            raise error

    found = hosts(3)
    fleet = Lossy(FakeClock(), found)
    with pytest.raises(LostAnswerError):
        run(plan_of(found), fleet, fleet.clock, Listener(), journal=journal)
    assert journal.load(samples.RUN_ID) is not None
    with pytest.raises(type(error)):
        taken_up(fleet, journal)
    good = FakeFleet(fleet.clock, found, sent=fleet.sent)
    assert taken_up(good, journal).tally == {Outcome.PASS: 3}
    assert sorted(received(good)) == sorted(host.instance_id for host in found)


def test_chunks_that_a_failing_journal_does_not_know_are_not_sent_again(journal):
    class Full:
        """Nothing can be written after the first chunk."""

        def __init__(self):
            self.chunks = 0

        def __getattr__(self, name):
            def call(*given, **more):
                self.chunks += name == "sending"
                if self.chunks > 1 and name not in {"past_seconds", "is_stopped"}:
                    raise JournalError("there is no room", where="x", mend="make room")
                return getattr(journal, name)(*given, **more)

            return call

    found = hosts(150)
    fleet = FakeFleet(FakeClock(), found)
    run(plan_of(found), fleet, fleet.clock, Listener(), journal=Full())
    assert journal.load(samples.RUN_ID).record.state is RunState.BEGUN
    report = taken_up(fleet, journal)
    assert report.tally == {Outcome.PASS: 150}
    assert len(received(fleet)) == 150


def test_a_cancelled_run_whose_process_is_gone_sends_nothing_more(journal):
    found = hosts(120, seconds=600.0)
    fleet = Failing(FakeClock(), found, at=("SendCommand", 2, Killed()))
    with pytest.raises(Killed):
        run(plan_of(found), fleet, fleet.clock, Listener(), journal=journal)
    sent = len(fleet.sent)
    report = taken_up(fleet, journal, stop=True)
    assert len(fleet.sent) == sent
    assert report.interrupted
    assert list(fleet.cancelled) == list(fleet.sent)
    assert report.tally[Outcome.UNKNOWN] == 120


def test_a_cancelled_run_in_its_second_wave_is_cancelled_there_too(journal):
    found = hosts(10, seconds=10.0)
    for host in found[1:]:
        host.seconds = 600.0
    fleet = Failing(FakeClock(), found)
    plan = plan_of(found, canary=1)

    class Dying(Listener):
        def sent(self, command_id, count, number, commands):
            if number == 1:
                raise Killed

    with pytest.raises(Killed):
        run(plan, fleet, fleet.clock, Dying(), journal=journal)
    report = taken_up(fleet, journal, stop=True)
    assert {host.status for host in report.hosts[1:]} == {"Cancelled"}
    assert all(host.left for host in report.hosts[1:])


def test_what_is_sent_when_a_run_is_taken_up_has_all_its_time(journal):
    found = hosts(10, seconds=100.0)
    fleet = Failing(FakeClock(), found, at=("ListCommandInvocations", 2, Killed()))
    with pytest.raises(Killed):
        run(plan_of(found, canary=1), fleet, fleet.clock, Listener(), journal=journal)
    fleet.clock.sleep(3600)
    assert taken_up(fleet, journal).tally == {Outcome.PASS: 10}


def test_the_error_budget_holds_back_nothing_that_is_out_already(journal):
    found = hosts(120)
    for host in found[:3]:
        host.output, host.exit_code = "nothing of ours", 1
    fleet = Failing(FakeClock(), found, at=("ListCommandInvocations", 2, Killed()))
    plan = plan_of(found, max_errors="2", max_concurrency="120")
    with pytest.raises(Killed):
        run(plan, fleet, fleet.clock, Listener(), journal=journal)
    assert len(fleet.sent) == 3
    fleet.clock.sleep(60)
    report = taken_up(fleet, journal)
    assert all(host.command_id for host in report.hosts)
    assert report.tally == {Outcome.PASS: 117, Outcome.UNKNOWN: 3}


def test_a_run_that_could_not_be_watched_is_taken_up_again(journal):
    found = hosts(3)
    fleet = Failing(
        FakeClock(), found, at=("ListCommandInvocations", 2, CredentialsError("expired"))
    )
    report = run(plan_of(found), fleet, fleet.clock, Listener(), journal=journal)
    assert report.tally == {Outcome.UNKNOWN: 3}
    assert "orch runs resume" in report.notes[0]
    assert taken_up(fleet, journal).tally == {Outcome.PASS: 3}


def test_what_a_host_said_after_it_was_judged_unknown_is_kept(journal):
    found = hosts(502, seconds=60.0)
    fleet = Failing(FakeClock(), found, at=("CancelCommand", 1, KeyboardInterrupt()))

    class Pressed(Listener):
        def look(self, seen):
            if seen.elapsed > 5:
                raise KeyboardInterrupt

    report = run(plan_of(found), fleet, fleet.clock, Pressed(), journal=journal)
    assert report.tally == {Outcome.UNKNOWN: 502}
    fleet.clock.sleep(120)
    assert taken_up(fleet, journal).tally == {Outcome.PASS: 502}


def test_half_a_character_of_one_host_takes_nobodys_report_away(journal):
    found = hosts(2)
    found[0].output = samples.envelope(facts={"config_path": "a\ud800b"})
    fleet = FakeFleet(FakeClock(), found)
    run(plan_of(found), fleet, fleet.clock, Listener(), journal=journal)
    host = journal.host(samples.RUN_ID, found[0].instance_id)
    assert host.evidence.facts["config_path"] == "a\ufffdb"


def test_the_counters_are_asked_for_from_when_the_run_began(journal):
    asked = []

    class Asked(Failing):
        def count(self, command_ids, since):
            asked.append(since)
            return super().count(command_ids, since)

    found = hosts(160)
    fleet = Asked(FakeClock(), found, at=("ListCommands", 1, Killed()))
    begun = fleet.clock.now()
    with pytest.raises(Killed):
        run(plan_of(found), fleet, fleet.clock, Listener(), journal=journal)
    fleet.clock.sleep(3600)
    taken_up(fleet, journal)
    assert len(asked) > 1  # by both of them
    assert max(asked) - begun < timedelta(minutes=1)
