"""After a host gave no evidence: what it may have left is put back, and what became of that."""

from dataclasses import replace

import pytest

from orchestrator.model.enums import Mode, Outcome, Way
from orchestrator.plan import restore_id, restoring
from orchestrator.render import render
from orchestrator.run import run
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener

OTHER = "i-00000000000000002"


class Fleet(FakeFleet):
    """Hosts whose second command is answered so."""

    answer = ""

    def send(self, request):
        if self.sent:
            for host in self.hosts:
                host.exit_code, host.output, host.seconds = 0, self.answer, 1.0
        return super().send(request)


def planned(mode=Mode.EPHEMERAL, targets=(samples.INSTANCE,)):
    asked = replace(samples.procedure(), mode=mode)
    what = restoring(asked, samples.RUN_ID)
    own = restore_id(samples.RUN_ID)
    restore = replace(
        samples.plan(what, targets),
        run_id=own,
        script=render(what, own),
        delivery_timeout=30,
        execution_timeout=120,
    )
    return replace(samples.plan(asked, targets), restore=restore)


def answer_of(plan, verdict="PASS", said="restored: as it was", left=()):
    restored = {"state": "failed" if left else "restored", "changed": [], "left": list(left)}
    facts = {f"run {samples.RUN_ID}": said, "runs": "1"}
    return samples.envelope(
        plan.restore.procedure,
        run=plan.restore.run_id,
        steps=[],
        own={},
        verdict=verdict,
        facts=facts,
        restored=restored,
    )


def run_on(plan, *hosts, answer=None, fleet=None):
    clock = FakeClock()
    fleet = fleet or Fleet(clock, hosts)
    fleet.answer = answer_of(plan) if answer is None else answer
    return run(plan, fleet, fleet.clock, Listener()), fleet


def killed(instance_id=samples.INSTANCE, **changes):
    return FakeHost(instance_id, exit_code=137, **changes)


def test_what_a_killed_script_left_is_put_back():
    report, fleet = run_on(planned(), killed())
    (host,) = report.hosts
    assert (host.outcome, host.put_back.outcome, host.left) == (Outcome.UNKNOWN, Outcome.PASS, ())
    assert host.put_back.said == (f"run {samples.RUN_ID} restored: as it was",)
    assert len(fleet.sent) == 2
    assert "restore" in report.timings


def test_a_host_with_evidence_is_sent_nothing_more():
    plan = planned()
    healthy = FakeHost(samples.INSTANCE, output=samples.envelope(plan.procedure))
    report, fleet = run_on(plan, healthy)
    assert (len(fleet.sent), report.hosts[0].put_back) == (1, None)


def test_only_the_hosts_without_evidence_are_sent_to():
    plan = planned(targets=(samples.INSTANCE, OTHER))
    healthy = FakeHost(samples.INSTANCE, output=samples.envelope(plan.procedure))
    _, fleet = run_on(plan, healthy, killed(OTHER))
    (_, (request, _)) = fleet.sent.values()
    assert request.instance_ids == (OTHER,)


def test_evidence_that_names_something_left_is_no_excuse():
    plan = planned()
    left = {"state": "failed", "changed": [], "left": ["C:\\x\\orch-1"]}
    host = FakeHost(samples.INSTANCE, output=samples.envelope(plan.procedure, restored=left))
    report, _ = run_on(plan, host)
    assert (report.hosts[0].put_back.outcome, report.hosts[0].left) == (Outcome.PASS, ())


def test_what_could_not_be_put_back_is_named_by_the_host():
    plan = planned(Mode.INSTALL)
    answer = answer_of(plan, "FAIL", "failed: changed", ["C:\\c: the lines"])
    report, _ = run_on(plan, killed(), answer=answer)
    assert report.hosts[0].left == ("C:\\c: the lines",)


def test_a_host_that_does_not_answer_again_keeps_what_may_be_left():
    report, _ = run_on(planned(), killed(), answer="noise")
    (host,) = report.hosts
    assert host.put_back.outcome is Outcome.UNKNOWN
    assert host.left


def test_a_host_that_went_away_is_not_waited_for():
    plan = planned()
    fleet = Fleet(FakeClock(), [killed(ping_status="ConnectionLost")])
    report, _ = run_on(plan, fleet=fleet)
    assert report.hosts[0].put_back is None or report.hosts[0].put_back.command_id is None


def test_what_cannot_be_sent_is_a_note():
    class Refusing(Fleet):
        def send(self, request):
            if self.sent:
                self.denied = frozenset({"SendCommand"})
            return super().send(request)

    report, _ = run_on(planned(), fleet=Refusing(FakeClock(), [killed()]))
    assert any("could not be put back" in note for note in report.notes)
    assert report.hosts[0].left


@pytest.mark.parametrize("plan", [replace(planned(), restore=None)])
def test_nothing_is_put_back_where_it_is_to_stay(plan):
    clock = FakeClock()
    fleet = Fleet(clock, [killed()])
    report = run(plan, fleet, clock, Listener())
    assert (len(fleet.sent), report.hosts[0].put_back) == (1, None)
    assert report.hosts[0].left


def test_a_run_that_changes_no_file_may_leave_its_folder_all_the_same():
    """The AWS CLI keeps the keys of the role there."""
    by_cli = replace(samples.procedure(), mode=Mode.EXISTING, ways=(Way.CLI,))
    plan = replace(samples.plan(by_cli), restore=None)
    report = run(plan, Fleet(clock := FakeClock(), [killed()]), clock, Listener())
    (left,) = report.hosts[0].left
    assert plan.host_folder.rpartition("\\")[2] in left


def test_a_mode_that_writes_nothing_leaves_nothing():
    plan = replace(planned(Mode.EXISTING), restore=None)
    clock = FakeClock()
    report = run(plan, Fleet(clock, [killed()]), clock, Listener())
    assert report.hosts[0].left == ()
