"""`orch schedule`, `orch collect` and `orch compliance` from the command line on."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.cli import compliance_command
from orchestrator.envelope import pack
from orchestrator.journal import holding
from orchestrator.model.compliance import HostItems, Published
from orchestrator.model.fleet import Invocation
from orchestrator.model.schedule import ExecutionTarget
from orchestrator.render import read_header
from orchestrator.schedules import read_content
from support import samples
from support.fake_schedules import FakeCommands, FakeStateManager
from support.fakes import FakeClock

NAME, HOST = "orch-switch-role", samples.INSTANCE
ASKED = ("--role-arn", samples.ROLE_ARN, "--bucket", samples.BUCKET, "--region", "ap-northeast-1")
DAILY = ("--rate", "1 day", *ASKED)


@pytest.fixture
def manager(monkeypatch):
    """State Manager behind the command line, with Run Command beside it."""
    clock, found, commands = _Now(), FakeStateManager(), FakeCommands()
    found.commands = commands
    monkeypatch.setattr("orchestrator.waiting.clock.SystemClock", lambda: clock)
    monkeypatch.setattr("orchestrator.aws.session.Access", lambda *_given, **_more: None)
    monkeypatch.setattr("orchestrator.aws.fleet.RunCommandFleet", lambda access, clock: commands)
    monkeypatch.setattr(
        "orchestrator.aws.policies.IamPolicyReader", lambda own, other: _NoPolicies()
    )
    monkeypatch.setattr(
        "orchestrator.aws.state_manager.AwsStateManager", lambda access, clock: found
    )
    return found


class _Now(FakeClock):
    """Nobody waits by it, and it has the time of day that the command line has."""

    def now(self):
        return datetime.now(UTC)


class _NoPolicies:
    def read(self, wanted):
        raise AssertionError("policies of an old run say nothing of it")


def ran(manager, execution, ago, *, status="Success", changes=None, host=HOST, key=None):
    """The schedule ran so long ago, and its host answered with that envelope."""
    key = key or next(iter(manager.associations))
    name = manager.associations[key][-1].name
    header = read_header(read_content(manager.documents[name][-1][0]).script)
    told = samples.data(header.procedure, run=header.run_id, **(changes or {}))
    output = pack(header.procedure.sha256(), told)
    row = Invocation(host, status, status, {"Success": 0}.get(status, 10), output, name="WEB")
    manager.commands.rows[execution] = [row]
    target = ExecutionTarget(host, status, status, execution)
    manager.ran(key, execution, datetime.now(UTC) - ago, [target])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say when it runs"),
        (("--rate", "1 day", "--cron", "0 2 ? * * *"), "only one of --cron and --rate"),
        (("--rate", "5 minutes"), "too often: State Manager takes 30 minutes or more"),
        (("--cron", "0 2 1 * ? *"), "'0 2 1 * ? *' is not taken"),
        (("--rate", "1 day", "--apply-only-at-cron-interval"), "does not go together with --rate"),
        (("--rate", "1 day", "--name", "nightly"), "'nightly' is no name of a schedule"),
        (("--rate", "1 day", "--name", "orch-" + "x" * 130), "no name of a schedule"),
        (("--rate", "1 day", "--association-dispatch-assume-role", "x"), "e.g. --association-di"),
        (("--rate", "1 day", "--region", "eu-west-1,eu-west-2"), "are in one place"),
        (("switch-role-cli", "--rate", "1 day"), "switch-role-cli writes on the host"),
        (("switch-role-sdk-store", "--rate", "1 day"), "writes on the host"),
        (("--rate", "1 day", "--instance", ",".join(f"i-{n:08x}" for n in range(51))), "52 values"),
    ],
)
def test_what_cannot_be_scheduled_is_told_before_aws_is_asked(orch, manager, words, said):
    ended = orch("schedule", "apply", "--instance", HOST, *ASKED, *words)
    assert (ended.code, ended.out) == (2, ""), ended.err
    assert said in ended.err
    assert "mend: " in ended.err
    assert manager.reads == manager.writes == []


@pytest.mark.parametrize("option", ["--mode", "--canary", "--run-id", "--delivery-timeout"])
def test_what_means_nothing_in_a_schedule_is_no_option(orch, option):
    assert orch("schedule", "apply", option, "x", *DAILY).code == 2


def test_plan_says_what_apply_does_and_apply_does_it(orch, manager):
    words = ("--tag", "env=prod", "--tag", "env=test", "--severity", "HIGH", *DAILY)
    planned = orch("schedule", "plan", *words)
    assert planned.code == 0, planned.err
    assert manager.writes == []
    for line in (
        "  targets     tag:env prod, test",
        "  runs        rate(1 day), and at once when it is made or changed",
        "To be done in ap-northeast-1",
        "    on arn:aws:ssm:ap-northeast-1:*:document/orch-switch-role:",
    ):
        assert line in planned.out.splitlines()
    assert max(map(len, planned.out.splitlines())) <= 80
    done = orch("schedule", "apply", *words, "--output", "json")
    assert done.code == 0, done.err
    (place,) = done.report["places"]
    assert [act["deed"] for act in place["acts"]] == ["make-document", "make-association"]
    assert place["document_version"] == "1"
    again = orch("schedule", "apply", *words)
    assert "Nothing to do: orch-switch-role is as it should be" in again.out
    changed = orch("schedule", "plan", *words, "--profile-name", "other")
    assert "profile.name: switch_test -> other" in changed.out
    assert len(manager.writes) == 2


def test_a_schedule_is_called_after_its_runbook_however_that_is_said(orch, manager):
    words = ("--tag", "env=prod", *DAILY)
    assert orch("schedule", "apply", "--runbook", "switch-role-cli", *words).code == 2
    assert orch("schedule", "apply", "--runbook", "switch-role-default", *words).code == 0
    assert [*manager.documents] == ["orch-switch-role-default"]
    both = orch("schedule", "plan", "switch-role", "--runbook", "parity", *words)
    assert (both.code, "it is both 'switch-role' and 'parity'" in both.err) == (2, True)
    here = ("--region", "ap-northeast-1")
    assert "there is no schedule orch-switch-role there" in orch("schedule", "show", *here).err
    shown = orch("schedule", "show", "--runbook", "switch-role-default", *here)
    assert shown.out.startswith("Schedule orch-switch-role-default in")
    assert "none-such" in orch("schedule", "show", "--runbook", "none-such", *here).err
    assert orch("schedule", "remove", "--runbook", "switch-role-default", *here).code == 0
    assert not manager.documents


def test_a_schedule_in_several_places_has_an_association_in_each(orch, manager):
    asked = [word for word in ASKED if word not in {"--region", "ap-northeast-1"}]
    words = ("--all", "--rate", "1 day", *asked, "--region", "eu-west-1,eu-west-2")
    made = orch("schedule", "plan", *words, "--output", "json").report["places"]
    assert [place["region"] for place in made] == ["eu-west-1", "eu-west-2"]
    assert made[0]["plan_sha256"] != made[1]["plan_sha256"]


def test_it_is_shown_started_and_removed(orch, manager):
    here = ("--region", "ap-northeast-1")
    assert "there is no schedule" in orch("schedule", "show", *here).err
    assert orch("schedule", "run-now", *here).code == 3
    orch("schedule", "apply", "--all", *DAILY)
    shown = orch("schedule", "show", *here)
    assert "everything that SSM manages there" in shown.out
    assert "It has not run yet" in shown.out
    assert orch("schedule", "run-now", *here).out == "started in ap-northeast-1\n"
    assert "removed the association" in orch("schedule", "remove", *here).out
    assert not manager.documents


def test_collect_and_compliance_tell_of_it(orch, manager, tmp_path):
    here = ("--region", "ap-northeast-1")
    orch("schedule", "apply", "--instance", HOST, "--severity", "low", *DAILY)
    ran(manager, "e-1", timedelta(days=2))
    ran(manager, "e-2", timedelta(days=1), status="Failed", changes=_refused(manager))
    collected = orch("collect", NAME, *here, "--report", f"json:{tmp_path / 'newest.json'}")
    assert collected.code == 1, collected.err
    lines = collected.out.splitlines()
    assert lines[0] == f"{NAME} in ap-northeast-1: 2 executions"
    assert [line[:9].strip() for line in lines[1:5]] == ["PASS", "", "FAIL", ""]
    assert f"{HOST} WEB: PASS -> FAIL [assume-role-refused]" in collected.out
    assert json.loads((tmp_path / "newest.json").read_text())["run_id"] == "e-2"
    again = orch("collect", "--all", *here, "--report", f"json:{tmp_path / 'again.json'}")
    assert (again.code, "nothing new" in again.out) == (0, True)
    assert json.loads((tmp_path / "again.json").read_text())["run_id"] == "e-2"
    stands = orch("compliance", "--output", "json")
    assert stands.code == 1
    (one,) = stands.report["standings"]
    assert (one["outcome"], one["cause"], one["severity"]) == ("FAIL", "assume-role-refused", "LOW")
    text = orch("compliance", NAME).out
    assert text.startswith("FAIL  1 FAIL\n")
    assert "[assume-role-refused]" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "FAIL  e-2 " in orch("runs", "list").out


def _refused(manager):
    header = read_header(read_content(manager.documents[NAME][-1][0]).script)
    own = {item.id: "PASS" for item in header.procedure.expectations}
    steps = {}
    for step in ("after.identity", "after.s3_bucket"):
        steps[step] = samples.failed(step, samples.ASSUME_REFUSED)
        own |= {item.id: "FAIL" for item in header.procedure.expectations if item.step == step}
    return {"step": steps, "own": own, "verdict": "FAIL"}


def test_a_run_of_a_schedule_is_neither_resumed_nor_cancelled(orch, manager):
    orch("schedule", "apply", "--instance", HOST, *DAILY)
    ran(manager, "e-1", timedelta(minutes=5), status="InProgress")
    assert orch("collect", NAME, "--region", "ap-northeast-1").code == 4
    for command in ("resume", "cancel"):
        ended = orch("runs", command, "e-1")
        assert (ended.code, f"mend: `orch collect {NAME}`" in ended.err) == (2, True), ended.err
    assert orch("compliance").code == 4
    assert "it has never answered" in orch("compliance").out


def test_a_collect_that_another_one_is_at_is_told_so(orch, manager, tmp_path):
    orch("schedule", "apply", "--instance", HOST, *DAILY)
    ran(manager, "e-1", timedelta(hours=3))
    (key,) = manager.associations
    with holding(tmp_path / "state", f"collect-{key}"):
        ended = orch("collect", NAME, "--region", "ap-northeast-1")
    assert (ended.code, ended.out) == (3, "")
    assert "another `orch collect` on this machine is at it" in ended.err
    quiet = orch("collect", NAME, "--region", "ap-northeast-1", "--quiet")
    assert (quiet.code, quiet.out) == (0, "")
    assert orch("compliance").out.startswith("PASS  1 PASS")


def test_a_schedule_that_cannot_be_collected_does_not_stop_the_others(orch, manager):
    here = ("--region", "ap-northeast-1")
    for name in ("orch-a", "orch-b"):
        orch("schedule", "apply", "--instance", HOST, "--name", name, *DAILY)
    for key, execution in zip(manager.associations, ("e-a", "e-b"), strict=True):
        ran(manager, execution, timedelta(hours=2), key=key)
    content, _ = manager.documents["orch-a"][0]
    manager.documents["orch-a"] = [(content.replace("# run: ", "# mine: "), "mine")]
    ended = orch("collect", "--all", *here)
    assert (ended.code, ended.out.splitlines()[0]) == (3, "orch-b in ap-northeast-1: 1 execution")
    assert ended.err.startswith("orch: orch-a: version 1 of the document cannot be read")
    assert "orch-a" not in ended.out
    again = orch("collect", "orch-b", "orch-none", *here)
    assert (again.code, "there is no schedule 'orch-none'" in again.err) == (3, True)


def test_what_somebody_else_calls_so_is_no_schedule_of_ours(orch, manager):
    here = ("--region", "ap-northeast-1")
    for name in ("orch-a", "orch-b"):
        orch("schedule", "apply", "--instance", HOST, "--name", name, *DAILY)
    manager.descriptions["orch-a"] = "a document of somebody else's"
    ended = orch("collect", "--all", *here)
    assert (ended.code, "orch has not made its document" in ended.out) == (0, True)
    assert orch("collect", "orch-a", *here).code == 3


def test_where_there_is_no_schedule_collect_says_so(orch, manager):
    here = ("--region", "ap-northeast-1")
    assert orch("collect", "--all", *here).out.startswith("no schedule is there; `orch schedule")
    assert orch("collect", "--all", *here, "--output", "json").report["schedules"] == []


def test_each_host_is_published_with_the_profile_that_it_was_collected_with(
    orch, manager, monkeypatch
):
    """Two AWS profiles may lead to two accounts that have a schedule of the same name."""
    asked = []

    class Items:
        def __init__(self, profile):
            self.profile = profile

        def items(self, instance_id):
            asked.append((self.profile, instance_id))
            return HostItems()

        def put(self, *_given):
            return True

    monkeypatch.setattr(
        "orchestrator.aws.session.Access", lambda profile, *_given, **_more: profile
    )
    monkeypatch.setattr("orchestrator.aws.compliance.AwsCompliance", Items)
    orch("schedule", "apply", "--instance", HOST, *DAILY)
    here = ("--region", "ap-northeast-1")
    for profile, execution, host in (("one", "e-1", HOST), ("two", "e-2", f"{HOST[:-1]}0")):
        manager.runs.clear()
        ran(manager, execution, timedelta(hours=2), host=host)
        orch("collect", NAME, *here, "--profile", profile)
    ended = orch("compliance", "--publish")
    assert "2 hosts written" in ended.out
    assert sorted(asked) == [("one", HOST), ("two", f"{HOST[:-1]}0")]
    asked.clear()
    orch("compliance", "--publish", "--profile", "three")
    assert {profile for profile, _ in asked} == {"three"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("collect",), 2, "name schedules, or say --all"),
        (("collect", NAME, "--all"), 2, "--all, and names beside it"),
        (("collect", "orch-x"), 3, "there is no schedule 'orch-x' there"),
        (("compliance", "orch-x"), 2, "nothing was collected of 'orch-x'"),
        (("schedule", "show", "--name", "x"), 2, "no name of a schedule"),
    ],
)
def test_what_is_not_there_is_told(orch, manager, monkeypatch, words, code, said):
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    ended = orch(*words)
    assert (ended.code, said in ended.err) == (code, True), ended.err


def test_where_nothing_was_collected_nothing_is_known(orch):
    ended = orch("compliance")
    assert (ended.code, ended.out) == (4, "UNKNOWN  no schedule was collected yet\n")
    assert orch("compliance", "--fail-on", "fail").code == 0
    quiet = orch("compliance", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (4, "", "")
    assert orch("compliance", "--quiet", "--output", "json").code == 2


def test_a_quiet_compliance_still_tells_what_could_not_be_published(orch, monkeypatch):
    failed = Published(1, 0, failed=((HOST, "may not be done: ssm:PutComplianceItems"),))
    monkeypatch.setattr(compliance_command, "_publish", lambda *_: failed)
    ended = orch("compliance", "--publish", "--quiet")
    assert (ended.code, ended.out) == (3, "")
    assert f"publishing {HOST}: may not be done: ssm:PutComplianceItems" in ended.err
    assert "mend: " in ended.err
