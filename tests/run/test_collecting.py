"""What a schedule did is read, judged and kept: nothing twice, nothing left out."""

import json
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator.errors import CannotRunError, UnreachableError
from orchestrator.journal import SqliteJournal
from orchestrator.model.access import AccessRead
from orchestrator.model.enums import Outcome
from orchestrator.model.fleet import Invocation, ManagedInstance, OutputS3
from orchestrator.model.procedure import Profile
from orchestrator.model.schedule import ExecutionTarget
from orchestrator.run.collecting import Collecting, Place
from orchestrator.run.scheduling import apply
from support.fake_schedules import FakeCommands, FakeStateManager, day
from support.fakes import FakeClock
from support.samples import ASSUME_REFUSED, envelope, failed
from support.schedules import NAME, asked, wanted

HOST, OTHER_HOST = "i-0d176f4a5f9738429", "i-0d176f4a5f9738430"
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


class Stage:
    """A schedule that was applied, a journal, and a clock."""

    def __init__(self, folder):
        self.manager, self.commands, self.clock = FakeStateManager(), FakeCommands(), FakeClock()
        self.path = folder / "runs.sqlite"
        self.made = wanted()
        apply(self.made, self.manager, self.clock)
        (self.key,) = self.manager.associations
        self.journal = SqliteJournal(self.path, {"association": self.key})
        self.policies = None

    def at(self, number, hour=4):
        self.clock.elapsed = (day(number, hour) - day(0, 0)).total_seconds()
        return self

    def reapply(self, made):
        apply(made, self.manager, self.clock)
        self.made = made

    def ran(self, number, answers, execution=None):
        """It ran that day, and the hosts said this: an output, or a row of their own."""
        execution = execution or f"e-{number}"
        command = f"c-{execution}"
        rows = {
            host: _row(host, said) if isinstance(said, str) else said
            for host, said in answers.items()
        }
        self.commands.rows[command] = [row for row in rows.values() if isinstance(row, Invocation)]
        targets = [
            row
            if isinstance(row, ExecutionTarget)
            else ExecutionTarget(host, _word(row), _word(row), command)
            for host, row in rows.items()
        ]
        return self.manager.ran(self.key, execution, day(number), targets)

    def said(self, ok=True, question=None, made=None):
        made = made or self.made
        question = question or made.procedure
        changes = {} if ok else refused()
        return envelope(question, run=made.run_id, **changes)

    def collect(self):
        collecting = self.collecting()
        found = self.manager.find(NAME)
        return list(collecting.reports(found)), collecting.notes

    def collecting(self):
        place = Place("ap-northeast-1", "", self.manager, self.commands, self.policies)
        return Collecting(NAME, place, self.journal, self.clock)

    def known(self):
        return {run.run_id: run.is_ended for run in self.journal.scheduled(NAME)}


def refused():
    own = {item.id: "PASS" for item in asked().expectations}
    steps = {}
    for step in ("after.identity", "after.s3_bucket"):
        steps[step] = failed(step, ASSUME_REFUSED)
        own |= {item.id: "FAIL" for item in asked().expectations if item.step == step}
    return {"step": steps, "own": own, "verdict": "FAIL"}


def _row(host, output):
    code = 0 if "FAIL" not in output else 10
    return Invocation(host, "Success", "Success", code, output, seconds=4.0, name="WEB")


def _word(row):
    return row.status


def failing(said):
    return Invocation(HOST, "Failed", "Failed", 10, said, seconds=4.0, name="WEB")


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def outcomes(reports):
    return {r.run_id: {h.instance_id: h.outcome for h in r.hosts} for r in reports}


def test_each_execution_becomes_a_run_and_twice_adds_nothing(stage):
    stage.ran(1, {HOST: stage.said()})
    stage.ran(2, {HOST: failing(stage.said(ok=False))})
    reports, notes = stage.at(2).collect()
    assert outcomes(reports) == {"e-1": {HOST: PASS}, "e-2": {HOST: FAIL}}
    assert notes == []
    assert [report.started for report in reports] == [day(1), day(2)]
    assert stage.known() == {"e-1": True, "e-2": True}
    before = stage.commands.counts.total()
    stage.manager.reads.clear()
    assert stage.collect() == ([], [])
    assert stage.commands.counts.total() == before
    assert "targets" not in stage.manager.reads


def test_the_run_tells_its_plan_and_schedule(stage):
    stage.ran(1, {HOST: stage.said()})
    stage.at(2).collect()
    kept = stage.journal.load("e-1")
    assert (kept.plan.schedule, kept.plan.procedure, kept.record.started) == (NAME, asked(), day(1))
    (seen,) = stage.journal.past(schedule=NAME).seen
    assert (seen.outcome, seen.at, seen.plan_sha256) == (PASS, day(1), asked().sha256())


def test_a_run_that_is_collected_late_did_not_take_so_long(stage):
    """Reports say when it was last observed, which is not when it was read."""
    stage.ran(1, {HOST: stage.said()})
    ((execution, (target,)),) = stage.manager.runs[stage.key]
    targets = [replace(target, at=day(1, 3) + timedelta(seconds=40))]
    stage.manager.runs[stage.key] = [(execution, targets)]
    (report,), _ = stage.at(20).collect()
    assert (report.started, report.ended) == (day(1), day(1, 3) + timedelta(seconds=40))
    assert stage.journal.load("e-1").closing.ended == report.ended


def test_an_envelope_of_a_run_by_hand_proves_nothing_here(stage):
    stage.ran(1, {HOST: envelope(asked(), run="20260101T000000Z-abc123")})
    (report,), _ = stage.at(2).collect()
    assert report.hosts[0].outcome is UNKNOWN
    assert report.hosts[0].causes[0].id == "evidence-foreign"


def test_what_ran_before_a_change_is_judged_by_what_was_asked_then(stage):
    old = stage.made
    stage.ran(1, {HOST: stage.said()})
    other = asked(profile=Profile("other", "arn:aws:iam::222222222222:role/Other"))
    stage.reapply(wanted(other))
    stage.ran(2, {HOST: stage.said(made=old)}, "late")
    stage.ran(3, {HOST: stage.said()})
    reports, _ = stage.at(3).collect()
    assert outcomes(reports) == {
        "e-1": {HOST: PASS},
        "late": {HOST: UNKNOWN},
        "e-3": {HOST: PASS},
    }
    asks = [report.plan.procedure.profile.name for report in reports]
    assert asks == ["switch_test", "other", "other"]


def test_a_run_that_goes_on_is_looked_at_until_it_ends(stage):
    running = Invocation(OTHER_HOST, "InProgress", "InProgress", -1)
    stage.ran(1, {HOST: stage.said(), OTHER_HOST: running})
    (report,), _ = stage.at(1).collect()
    hosts = {host.instance_id: host for host in report.hosts}
    assert hosts[HOST].outcome is PASS
    assert [cause.id for cause in hosts[OTHER_HOST].causes] == ["still-pending"]
    assert stage.known() == {"e-1": False}
    stage.ran(1, {HOST: stage.said(), OTHER_HOST: stage.said()})
    stage.at(2).collect()
    assert stage.known() == {"e-1": True}
    assert stage.journal.host("e-1", OTHER_HOST).outcome is UNKNOWN  # its facts name another host


def test_an_offline_host_waits_and_says_so_and_is_taken_when_it_is_back(stage):
    pending = ExecutionTarget(HOST, "Pending", "Pending", "c-e-1")
    stage.commands.managed[HOST] = ManagedInstance(
        HOST, "ConnectionLost", "Windows", "3.3.1", "WEB", day(0)
    )
    stage.ran(1, {HOST: pending})
    stage.commands.rows["c-e-1"] = [Invocation(HOST, "InProgress", "InProgress", -1)]
    (report,), _ = stage.at(2).collect()
    assert [cause.id for cause in report.hosts[0].causes] == ["agent-offline"]
    assert report.notes == ("it has not ended yet; `orch collect` looks again",)
    (seen,) = stage.journal.under_way()
    assert (seen.outcome, seen.cause, seen.schedule) == (UNKNOWN, "agent-offline", NAME)
    assert stage.journal.past(schedule=NAME).seen == ()
    stage.ran(1, {HOST: stage.said()})
    (report,), _ = stage.at(2, 12).collect()
    assert report.hosts[0].outcome is PASS
    assert stage.known() == {"e-1": True}
    assert stage.journal.under_way() == []


def test_an_agent_that_was_lost_later_did_not_cause_it(stage):
    lost = ManagedInstance(HOST, "ConnectionLost", "Windows", "3.3.1", "WEB", day(5))
    stage.commands.managed[HOST] = lost
    stage.ran(1, {HOST: Invocation(HOST, "TimedOut", "DeliveryTimedOut", -1)})
    (report,), _ = stage.at(6).collect()
    assert [cause.id for cause in report.hosts[0].causes] == ["delivery-timed-out"]


def test_another_platform_is_told_and_not_a_script_that_was_killed(stage):
    skipped = Invocation(HOST, "Success", "Success", 0, "Step execution skipped due to ...")
    stage.commands.managed[HOST] = ManagedInstance(HOST, "Online", "Linux", "3.3.1", "", day(9))
    stage.ran(1, {HOST: skipped})
    (report,), _ = stage.at(1).collect()
    assert report.hosts[0].outcome is UNKNOWN
    assert [cause.id for cause in report.hosts[0].causes] == ["wrong-platform"]


def test_what_was_never_sent_has_its_status_as_cause(stage):
    target = ExecutionTarget(HOST, "Failed", "Undeliverable")
    stage.ran(1, {HOST: target})
    (report,), _ = stage.at(1).collect()
    assert [cause.id for cause in report.hosts[0].causes] == ["undeliverable"]
    assert stage.known() == {"e-1": True}


def test_a_command_that_is_not_shown_yet_is_waited_for_and_later_called_dropped(stage):
    stage.ran(1, {HOST: stage.said()})
    rows = stage.commands.rows.pop("c-e-1")
    (report,), _ = stage.at(1, 3).collect()
    assert [cause.id for cause in report.hosts[0].causes] == ["still-pending"]
    stage.commands.rows["c-e-1"] = rows
    (report,), _ = stage.at(1, 3).collect()
    assert report.hosts[0].outcome is PASS
    stage.ran(2, {HOST: stage.said()})
    stage.commands.rows.clear()
    (report,), _ = stage.at(30).collect()
    assert report.hosts[0].outcome is UNKNOWN
    assert [cause.id for cause in report.hosts[0].causes] == ["evidence-dropped"]
    assert stage.known() == {"e-1": True, "e-2": True}


def test_an_execution_that_is_gone_before_its_end_is_closed_with_what_is_known(stage):
    running = Invocation(OTHER_HOST, "InProgress", "InProgress", -1)
    stage.ran(1, {HOST: stage.said(), OTHER_HOST: running})
    stage.at(1).collect()
    stage.manager.runs.clear()
    (report,), notes = stage.at(40).collect()
    found = {host.instance_id: (host.outcome, host.causes) for host in report.hosts}
    assert found[HOST] == (PASS, ())
    assert [cause.id for cause in found[OTHER_HOST][1]] == ["evidence-dropped"]
    assert stage.known() == {"e-1": True}
    assert "cannot be known" in notes[0]
    assert stage.collect()[0] == []


def test_a_host_that_vanishes_from_its_execution_is_not_called_pending_for_ever(stage):
    running = Invocation(OTHER_HOST, "InProgress", "InProgress", -1)
    stage.ran(1, {HOST: stage.said(), OTHER_HOST: running})
    stage.at(1).collect()
    stage.ran(1, {HOST: stage.said()})
    stage.at(2).collect()
    assert stage.known() == {"e-1": False}  # perhaps it is shown again
    (report,), _ = stage.at(4).collect()
    found = {host.instance_id: [cause.id for cause in host.causes] for host in report.hosts}
    assert found == {HOST: [], OTHER_HOST: ["evidence-dropped"]}
    assert report.tally == {PASS: 1, UNKNOWN: 1}
    assert stage.known() == {"e-1": True}


def test_an_execution_that_is_not_shown_for_a_moment_is_not_given_up(stage):
    running = Invocation(HOST, "InProgress", "InProgress", -1)
    stage.ran(1, {HOST: running})
    stage.at(1).collect()
    stage.manager.hidden = {"e-1"}
    assert stage.at(2).collect()[0] == []
    assert stage.known() == {"e-1": False}
    stage.manager.hidden = set()
    stage.ran(1, {HOST: stage.said()})
    reports, _ = stage.at(2, 5).collect()
    assert outcomes(reports) == {"e-1": {HOST: PASS}}


def test_another_accounts_schedule_of_the_same_name_hides_no_execution(stage):
    """Both are called alike where two AWS profiles lead to two accounts, or runs were imported."""
    for number in range(1, 21):
        stage.ran(number, {HOST: stage.said()})
    stage.at(20).collect()
    apply(stage.made, other := FakeStateManager(made=70), stage.clock)
    stage.manager, stage.key = other, next(iter(other.associations))
    stage.journal = SqliteJournal(stage.path, {"association": stage.key})
    for number in range(1, 21):
        stage.ran(number, {OTHER_HOST: stage.said()}, f"other-{number}")
    reports, notes = stage.at(20).collect()
    assert [report.run_id for report in reports] == [f"other-{n}" for n in range(1, 21)]
    assert ["of another association" in note for note in notes] == [True]
    assert stage.at(20).collect() == ([], [])


def test_somebody_elses_association_ends_nothing(stage):
    stage.ran(1, {HOST: Invocation(HOST, "InProgress", "InProgress", -1)})
    stage.at(1).collect()
    stage.manager.associations = {"another": stage.manager.associations.pop(stage.key)}
    assert stage.at(2).collect()[0] == []
    assert stage.known() == {"e-1": False}


def test_after_a_months_pause_nothing_is_left_out_and_a_gap_is_told(stage):
    stage.ran(0, {HOST: stage.said()})
    stage.at(0).collect()
    for number in range(1, 31):
        stage.ran(number, {HOST: stage.said()})
    reports, notes = stage.at(30).collect()
    assert len(reports) == 30
    assert notes == []
    for number in range(31, 61):
        stage.ran(number, {HOST: stage.said()})
    stage.manager.runs[stage.key] = stage.manager.runs[stage.key][-20:]
    reports, notes = stage.at(60).collect()
    assert len(reports) == 20
    assert notes == [
        "AWS does not show the execution of 2026-01-31 03:00 UTC any more: what ran between it and"
        " 2026-02-11 03:00 UTC cannot be known"
    ]


def test_what_was_pruned_does_not_come_back(stage):
    for number in range(1, 5):
        stage.ran(number, {HOST: stage.said()})
    stage.at(4).collect()
    stage.journal.prune(keep=1)
    assert stage.collect() == ([], [])
    stage.journal.prune(day(9))
    stage.ran(5, {HOST: stage.said()})
    reports, _ = stage.at(5).collect()
    assert list(outcomes(reports)) == ["e-5"]
    assert stage.journal.verify().findings == ()


def test_an_execution_that_is_shown_late_is_taken_all_the_same(stage):
    stage.ran(1, {HOST: stage.said()})
    stage.ran(2, {HOST: stage.said()})
    stage.manager.hidden = {"e-1"}
    reports, _ = stage.at(2).collect()
    assert list(outcomes(reports)) == ["e-2"]
    stage.manager.hidden = set()
    reports, _ = stage.at(2, 5).collect()
    assert list(outcomes(reports)) == ["e-1"]
    assert stage.known() == {"e-1": True, "e-2": True}


def test_output_that_a_page_cuts_is_fetched_and_then_read_in_s3(stage):
    stage.reapply(wanted(output_s3=OutputS3("some-bucket", "a")))
    said = stage.said()
    stage.ran(1, {HOST: "x" * 2_450})
    command = "c-e-1"
    stage.commands.whole[command, HOST] = Invocation(
        HOST, "Success", "Success", 0, "x" * 23_980, whole=True
    )
    key = f"a/{command}/{HOST}/awsrunPowerShellScript/orch/stdout"
    stage.commands.objects["some-bucket", key] = "x" * 30_000 + "\n" + said
    (report,), _ = stage.at(1).collect()
    (host,) = report.hosts
    assert (host.outcome, host.source) == (PASS, "S3")


def test_the_calls_are_few_and_are_told(stage):
    hosts = {f"i-0d176f4a5f97{number:05d}": stage.said() for number in range(120)}
    stage.ran(1, hosts)
    (report,), _ = stage.at(1).collect()
    assert report.api_calls == {"ListCommandInvocations": 1}
    assert len(report.hosts) == 120


def test_an_execution_that_found_nobody_is_kept_and_is_not_right(stage):
    stage.ran(1, {})
    (report,), _ = stage.at(1).collect()
    assert (report.outcome, len(report.hosts)) == (UNKNOWN, 0)
    assert report.notes == ("no host: State Manager says Failed",)
    assert stage.collect()[0] == []


@pytest.mark.parametrize("operation", ["executions", "targets", "content", "document_versions"])
def test_a_throttled_call_stops_it_and_the_next_time_goes_on(stage, operation):
    stage.ran(1, {HOST: stage.said()})
    stage.reapply(wanted(timeout=600))
    found = stage.manager.find(NAME)
    stage.manager.refuses = {operation}
    with pytest.raises(UnreachableError):
        list(stage.at(1).collecting().reports(found))
    stage.manager.refuses = set()
    reports, _ = stage.collect()
    assert outcomes(reports) == {"e-1": {HOST: PASS}}


@pytest.mark.parametrize("method", ["begin", "judged", "took", "end"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_collect_that_is_killed_loses_nothing(stage, monkeypatch, method, after):
    stage.ran(1, {HOST: stage.said()})
    stage.ran(2, {HOST: failing(stage.said(ok=False))})
    real = getattr(stage.journal, method)

    def killed(*given, **more):
        if after:
            real(*given, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SqliteJournal, method, lambda _self, *given, **more: killed(*given, **more))
        with pytest.raises(KeyboardInterrupt):
            stage.at(2).collect()
    stage.collect()
    assert stage.known() == {"e-1": True, "e-2": True}
    assert stage.journal.host("e-1", HOST).outcome is PASS
    assert stage.journal.host("e-2", HOST).outcome is FAIL
    assert stage.collect()[0] == []


def test_hosts_that_a_cut_off_collect_has_not_judged_are_not_lost(stage, monkeypatch):
    hosts = {f"i-0d176f4a5f97{number:05d}": stage.said() for number in range(60)}
    stage.ran(1, hosts)
    judged, times = stage.journal.judged, []

    def killed(*given):
        times.append(given)
        if len(times) == 2:
            raise KeyboardInterrupt
        judged(*given)

    with monkeypatch.context() as patched:
        patched.setattr(stage.journal, "judged", killed)
        with pytest.raises(KeyboardInterrupt):
            stage.at(1).collect()
    seen = stage.journal.under_way()
    assert [item.instance_id for item in seen] == sorted(hosts)
    assert {item.outcome for item in seen[50:]} == {UNKNOWN}
    stage.collect()
    assert stage.journal.under_way() == []
    assert stage.known() == {"e-1": True}


def test_two_collects_at_once_keep_each_execution_once(stage):
    for number in range(1, 4):
        stage.ran(number, {HOST: stage.said()})
    stage.at(3)
    found = stage.manager.find(NAME)
    first, second = (stage.collecting().reports(found) for _ in range(2))
    next(first)
    reports = list(second)
    assert list(outcomes(reports)) == ["e-2", "e-3"]
    assert list(first) == []
    with sqlite3.connect(stage.path) as file:
        assert file.execute("SELECT count(*) FROM runs").fetchone() == (3,)


def test_a_schedule_that_is_not_there_is_an_error(stage):
    with pytest.raises(CannotRunError, match="no schedule"):
        list(
            Collecting("orch-x", stage.collecting().place, stage.journal, stage.clock).reports(
                stage.manager.find("orch-x")
            )
        )


def test_a_version_that_was_deleted_is_no_answer(stage):
    stage.ran(1, {HOST: stage.said()})
    stage.reapply(wanted(timeout=600))
    stage.manager.documents[NAME][0] = ("gone", "")
    (report,), _ = stage.at(1).collect()
    assert report.hosts[0].outcome is UNKNOWN
    assert [cause.id for cause in report.hosts[0].causes] == ["evidence-dropped"]
    assert "version 1 of the document cannot be read" in report.hosts[0].causes[0].evidence


def edited(stage, edit):
    """Somebody edits the document by hand, which makes a version that the association then runs."""
    content, _ = stage.manager.documents[NAME][-1]
    stage.manager.documents[NAME].append((edit(content), ""))
    spec = stage.manager.associations[stage.key][-1]
    number = str(len(stage.manager.documents[NAME]))
    stage.manager.update_association(stage.key, replace(spec, document_version=number))


@pytest.mark.parametrize(
    "edit",
    [
        lambda content: content.replace("plan sha256: ", "plan sha256: 0"),
        lambda content: content.replace('"runCommand":[', '"runCommand":["# mine",'),
        lambda content: content.replace('"timeoutSeconds":"900"', '"timeoutSeconds":"90"'),
        lambda _content: "no JSON",
    ],
    ids=["header", "script", "timeout", "nothing"],
)
def test_what_ran_by_a_document_that_somebody_edited_is_no_answer(stage, edit):
    stage.ran(1, {HOST: stage.said()})
    edited(stage, edit)
    stage.ran(2, {HOST: stage.said()})
    stage.at(3)
    with pytest.raises(CannotRunError, match="not what orch put there") as caught:
        stage.collect()
    assert "schedule apply" in caught.value.mend
    assert stage.known() == {"e-1": True}
    stage.reapply(stage.made)
    stage.ran(3, {HOST: stage.said()})
    reports, _ = stage.at(3).collect()
    assert outcomes(reports) == {"e-2": {HOST: UNKNOWN}, "e-3": {HOST: PASS}}


def test_a_document_that_is_spaced_otherwise_is_the_same(stage):
    ((content, label),) = stage.manager.documents[NAME]
    stage.manager.documents[NAME] = [(json.dumps(json.loads(content), indent=2), label)]
    stage.ran(1, {HOST: stage.said()})
    reports, _ = stage.at(1).collect()
    assert outcomes(reports) == {"e-1": {HOST: PASS}}


@pytest.mark.parametrize("version", ["$LATEST", "$DEFAULT", ""])
def test_an_association_that_named_no_version_is_judged_by_none(stage, version):
    versions = stage.manager.associations[stage.key]
    versions.append(replace(versions[-1], document_version=version))
    stage.ran(1, {HOST: stage.said()})
    stage.reapply(stage.made)
    (report,), _ = stage.at(1).collect()
    assert report.hosts[0].outcome is UNKNOWN
    assert "which version that was" in report.hosts[0].causes[0].evidence


def test_a_host_that_waits_for_its_turn_is_not_called_dropped(stage):
    """With few hosts at once, SSM shows the part of a command on a host when its turn has come."""
    waiting = ExecutionTarget(OTHER_HOST, "Pending", "Pending", "c-e-1")
    stage.ran(1, {HOST: stage.said(), OTHER_HOST: waiting})
    (report,), _ = stage.at(1, 9).collect()
    causes = {host.instance_id: [cause.id for cause in host.causes] for host in report.hosts}
    assert causes == {HOST: [], OTHER_HOST: ["still-pending"]}
    assert stage.known() == {"e-1": False}
    (report,), _ = stage.at(40).collect()
    causes = {host.instance_id: [cause.id for cause in host.causes] for host in report.hosts}
    assert causes == {HOST: [], OTHER_HOST: ["evidence-dropped"]}


def test_policies_are_read_for_what_has_only_just_run(stage):
    asked_for = []

    class Policies:
        def read(self, wanted):
            asked_for.append(wanted)
            return AccessRead()

    stage.policies = Policies()
    stage.ran(1, {HOST: failing(stage.said(ok=False))})
    stage.at(1, 5).collect()
    assert asked_for == []
    stage.ran(2, {HOST: failing(stage.said(ok=False))})
    stage.at(2, 3).collect()
    assert len(asked_for) == 1


def test_who_is_silent_is_read_once_and_looked_up_once(stage):
    stage.commands.managed[HOST] = ManagedInstance(HOST, "Online", "Windows", "3.3.1", "", day(9))
    stage.ran(1, {HOST: "x" * 2_450})
    stage.at(1).collect()
    counts = stage.commands.counts
    assert (counts["GetCommandInvocation"], counts["DescribeInstanceInformation"]) == (1, 1)


def test_who_is_asked_again_is_not_read_again(stage):
    running = Invocation(OTHER_HOST, "InProgress", "InProgress", -1)
    stage.ran(1, {HOST: "x" * 2_450, OTHER_HOST: running})
    stage.at(1).collect()
    assert stage.commands.counts["GetCommandInvocation"] == 1
    stage.at(1, 5).collect()
    assert stage.commands.counts["GetCommandInvocation"] == 1
    assert stage.journal.load("e-1").plan.script.run_id == stage.made.run_id
