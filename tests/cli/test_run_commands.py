"""`orch run`, `orch plan` and `orch render`: what comes out where, and with which code."""

import errno
import hashlib
import json
import re
from pathlib import Path

import jsonschema
import pytest

from support import samples
from support.fakes import FakeHost

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "orchestrator/schemas/report.schema.json").read_text()
)
OTHER = "i-00000000000000002"
ROLE = "arn:aws:iam::333333333333:role/orch-operator"
RUN_ID = "20260101T000000Z-abc123"
GIVEN = (
    *("--instance", samples.INSTANCE, "--role-arn", samples.ROLE_ARN),
    *("--bucket", samples.BUCKET, "--region", "ap-northeast-1"),
)
FAILED = {
    "verdict": "FAIL",
    "step": {"after.s3_bucket": samples.ok("after.s3_bucket", {"found": False})},
}


def without(option):
    at = GIVEN.index(option)
    return (*GIVEN[:at], *GIVEN[at + 2 :])


def script_of(request):
    return "\n".join(request.commands)


def test_a_run_tells_its_report_and_beside_it_the_command_alone(orch, fleet):
    ended = orch("run", *GIVEN)
    assert ended.code == 0, ended.err
    assert ended.out.startswith("PASS  switch-role on 1 host")
    assert "\x1b" not in ended.out
    (command_id,) = fleet.sent
    assert ended.err == f"command {command_id} sent to 1 host\n"


def test_a_file_may_name_the_runbook_and_the_command_line_wins(orch, tmp_path):
    settings = tmp_path / "orch.toml"
    settings.write_text('runbook = "switch-role-cli"\n')
    assert "switch-role-cli" in orch("plan", *GIVEN).out
    named = orch("plan", "switch-role-python", *GIVEN).out
    assert "switch-role-python" in named
    assert "switch-role-cli" not in named
    settings.write_text('runbook = "nothing"\n')
    wrong = orch("plan", *GIVEN)
    assert wrong.code == 2
    assert "there is no built-in runbook 'nothing'" in wrong.err


def test_without_the_preflight_ssm_is_not_asked_about_the_hosts(orch, fleet):
    ended = orch("run", *GIVEN, "--no-preflight", "--output", "json")
    assert ended.code == 0
    assert "DescribeInstanceInformation" not in ended.report["api_calls"]
    assert ended.report["notes"] == [
        "the targets were not checked before the send (--no-preflight)"
    ]


def test_an_error_about_a_file_is_not_taken_for_one_of_the_output(orch, fleet, monkeypatch):
    def fails(_report):
        raise OSError(errno.ENOSPC, "No space left on device", "some.file")

    monkeypatch.setattr("orchestrator.report.text.lines", fails)
    ended = orch("run", *GIVEN)
    assert (ended.code, "this is a mistake in orch" in ended.err) == (3, True)


def test_json_is_one_document_that_keeps_the_published_schema(orch, fleet):
    ended = orch("run", *GIVEN, "--output", "json")
    report = json.loads(ended.out)
    jsonschema.validate(report, SCHEMA, jsonschema.Draft202012Validator)
    assert (ended.code, report["outcome"], report["exit_code"]) == (0, "PASS", 0)
    assert ended.out == json.dumps(report, indent=2) + "\n"


def test_text_and_json_tell_of_the_same(orch, fleet):
    fleet.hosts = [FakeHost(samples.INSTANCE), FakeHost(OTHER, exit_code=1)]
    text = orch("run", *GIVEN, "--instance", OTHER).out
    data = orch("runs", "show", "latest", "--output", "json").report
    for host in data["hosts"]:
        assert re.search(rf"^{host['instance_id']} .* {host['outcome']}$", text, re.M)
    assert data["plan_sha256"] in text


ENDS = {
    "inconclusive": ({}, FakeHost(samples.INSTANCE, ping_status="ConnectionLost"), 4, "UNKNOWN"),
    "two judges": (FAILED, FakeHost(samples.INSTANCE, exit_code=10), 4, "UNKNOWN"),
}


@pytest.mark.parametrize(("changes", "host", "code", "outcome"), ENDS.values(), ids=ENDS)
def test_the_exit_code_is_that_of_the_report(orch, fleet, changes, host, code, outcome):
    fleet.hosts, fleet.changes = [host], changes
    ended = orch("run", *GIVEN, "--output", "json")
    assert (ended.code, ended.report["exit_code"], ended.report["outcome"]) == (code, code, outcome)
    jsonschema.validate(ended.report, SCHEMA, jsonschema.Draft202012Validator)


def test_a_check_that_failed_is_code_1(orch, fleet):
    asked = orch("plan", *GIVEN, "--output", "json").report["procedure"]
    own = {item["id"]: "PASS" for item in asked["expectations"]}
    (found,) = (name for name in own if name.startswith("after.s3_bucket.found"))
    fleet.changes = FAILED | {"own": own | {found: "FAIL"}}
    fleet.hosts = [FakeHost(samples.INSTANCE, exit_code=10)]
    ended = orch("run", *GIVEN)
    assert ended.code == 1, ended.out
    assert ended.out.startswith("FAIL  switch-role on 1 host")


def test_what_could_not_run_is_code_3_with_nothing_on_standard_output(orch, fleet):
    fleet.hosts = []
    ended = orch("run", *GIVEN, "--output", "json")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("orch: region ap-northeast-1, this account: SSM does not manage")


def test_the_plan_is_what_the_run_sends(orch, fleet):
    words = (*GIVEN, "--run-id", RUN_ID, "--timeout", "10m", "--delivery-timeout", "90s")
    plan = orch("plan", *words, "--output", "json").report
    script = orch("render", *words).out
    assert orch("run", *words).code == 0
    (request,) = fleet.requests
    assert script_of(request) == script
    assert plan["script"]["sha256"] == hashlib.sha256(script.encode()).hexdigest()
    assert plan["script"]["size"] == len(script.encode())
    assert plan["script"]["text"] == script
    assert tuple(plan["targets"]) == request.instance_ids
    assert (plan["execution_timeout"], plan["delivery_timeout"]) == (600, 90)
    assert (request.execution_timeout, request.delivery_timeout) == (600, 90)
    assert (plan["comment"], plan["document"]) == (request.comment, request.document)


def test_a_plan_needs_no_aws_and_says_what_a_run_would_do(orch):
    ended = orch("plan", *GIVEN, "--run-id", RUN_ID)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"Plan of run {RUN_ID}\n")
    for text in ("ssm:SendCommand", samples.INSTANCE, samples.ROLE_ARN, "Targets: 1"):
        assert text in ended.out


def test_a_plan_as_json_is_one_document(orch):
    ended = orch("plan", *GIVEN, "-o", "json")
    assert ended.err == ""
    assert ended.out == json.dumps(ended.report, indent=2) + "\n"
    assert ended.report["procedure"]["runbook"] == "switch-role"


def test_a_run_without_an_id_has_a_new_one_each_time(orch):
    ids = {orch("plan", *GIVEN, "-o", "json").report["run_id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", run_id) for run_id in ids)


def test_set_gives_an_input_that_has_no_option(orch):
    plan = orch("plan", *GIVEN, "--set", "expected_role=Somebody-Else", "-o", "json").report
    values = [item["value"] for item in plan["procedure"]["expectations"]]
    assert "Somebody-Else" in values


@pytest.mark.parametrize("shell", ["powershell", "python"])
def test_the_script_is_written_to_a_folder_with_its_parts(orch, tmp_path, shell):
    words = (*GIVEN, "--run-id", RUN_ID, "--shell", shell)
    whole = orch("render", *words).out
    ended = orch("render", *words, "--to", "deep/review")
    written = [Path(line) for line in ended.out.splitlines()]
    parts = {"powershell": ["config"], "python": ["config", "check.py"]}[shell]
    assert [path.name for path in written] == ["script.ps1", *parts]
    assert sorted((tmp_path / "deep/review").iterdir()) == sorted(tmp_path / p for p in written)
    assert written[0].read_bytes() == whole.encode()
    assert written[1].read_text().startswith("[profile switch_test]\n")
    assert ended.err == ""


def test_a_folder_that_cannot_be_written_to_is_told(orch, tmp_path):
    (tmp_path / "file").write_text("")
    ended = orch("render", *GIVEN, "--to", "file/folder")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("orch: --to: file/folder/script.ps1 cannot be written: ")


MANY = ",".join(f"i-{n:017x}" for n in range(1, 12))


def test_many_instances_without_a_terminal_need_a_yes_before_anything_is_sent(orch, fleet):
    ended = orch("run", *without("--instance"), "--instance", MANY)
    assert (ended.code, ended.out, fleet.requests) == (2, "", [])
    assert ended.err == (
        "orch: --instance: this would run on 11 instances\n"
        "  mend: say --yes to run on more than 10\n"
    )


def test_many_instances_with_a_yes_are_sent_to(orch, fleet):
    fleet.hosts = [FakeHost(instance_id) for instance_id in MANY.split(",")]
    ended = orch("run", *without("--instance"), "--instance", MANY, "--yes")
    assert ended.code == 0, ended.out
    assert [len(request.instance_ids) for request in fleet.requests] == [11]
    assert "PASS  switch-role on 11 hosts" in ended.out


@pytest.mark.parametrize(("answer", "sent"), [("y", 1), ("YES", 1), ("n", 0), ("", 0)])
def test_a_person_is_asked_about_many_instances(orch, fleet, person, answer, sent):
    person(answer)
    fleet.hosts = [FakeHost(instance_id) for instance_id in MANY.split(",")]
    ended = orch("run", *without("--instance"), "--instance", MANY)
    assert (ended.code, len(fleet.requests)) == (0 if sent else 2, sent)
    assert ended.err.startswith("Run on 11 instances? [y/N]: ")


def test_nobody_is_asked_about_a_plan_of_many(orch, person):
    person()
    assert orch("plan", *without("--instance"), "--instance", MANY).code == 0


def test_questions_go_to_standard_error_and_data_alone_to_standard_output(orch, fleet, person):
    person("My_Bucket", samples.BUCKET)
    ended = orch("run", *without("--bucket"), "--output", "json")
    assert ended.code == 0, ended.err
    jsonschema.validate(ended.report, SCHEMA, jsonschema.Draft202012Validator)
    asked = f"(e.g. {samples.BUCKET}): "
    assert ended.err.count(asked) == 2
    assert "  'My_Bucket' is not a bucket name" in ended.err


def test_an_end_of_the_input_names_the_option(orch, person):
    person()
    ended = orch("run", *without("--bucket"))
    assert (ended.code, ended.out) == (2, "")
    assert f"mend: give it as an option: --bucket {samples.BUCKET}" in ended.err


@pytest.mark.parametrize("command", ["run", "plan", "render"])
def test_all_that_is_missing_is_one_error_whose_example_would_do(orch, fleet, command):
    ended = orch(command)
    assert (ended.code, ended.out, fleet.requests) == (2, "", [])
    assert ended.err.count("missing: ") == 4
    example = re.search(rf"for example: orch ({command} .+)\n", ended.err)[1]
    assert orch(*example.split()).code == 0


@pytest.mark.parametrize("command", ["run", "plan", "render"])
def test_the_help_has_an_example_that_begins_like_the_command(orch, command):
    told = " ".join(orch(command, "--help").out.split())
    assert f"Example: orch {command} --instance {samples.INSTANCE}" in told


SELECTED = (*GIVEN[2:], "--tag", "env=prod")


def tagged(number, **facts):
    return FakeHost(f"i-{number:017x}", tags={"env": "prod"}, **facts)


def test_the_plan_shows_who_is_online_and_who_is_skipped_and_why(orch, fleet):
    fleet.hosts = [tagged(1), tagged(2, ping_status="ConnectionLost"), tagged(3, platform="Linux")]
    ended = orch("plan", *SELECTED, "--canary", "1", "--max-errors", "10%")
    assert ended.code == 0, ended.err
    assert (
        "Targets: 2\n  i-00000000000000001\n  Skipped: 1; their verdict is UNKNOWN\n" in ended.out
    )
    assert "    i-00000000000000002: its SSM agent is ConnectionLost since 20" in ended.out
    assert "the first 1 go ahead; the others follow if all of those pass" in ended.out
    assert "after more than 10% failures nothing more is sent" in ended.out
    named = orch("plan", *GIVEN, "--instance", "i-00000000000000002", "--resolve")
    assert "i-00000000000000002: its SSM agent is ConnectionLost" in named.out
    assert fleet.sent == {}


def test_what_is_selected_is_run_and_what_is_of_another_platform_is_left_out(orch, fleet):
    fleet.hosts = [tagged(1), tagged(2), tagged(3, platform="Linux"), FakeHost(OTHER)]
    ended = orch("run", *SELECTED, "--output", "json")
    assert ended.code == 0, ended.err
    assert [host["instance_id"] for host in ended.report["hosts"]] == [
        "i-00000000000000001",
        "i-00000000000000002",
    ]
    assert ended.report["notes"] == [
        "ap-northeast-1: 1 host is left out, which does not run Windows"
    ]
    assert ended.report["api_calls"]["DescribeInstanceInformation"] == 1


def test_nothing_selected_is_an_error_that_says_so(orch, fleet):
    ended = orch("run", *GIVEN[2:], "--tag", "env=nope")
    assert (ended.code, ended.out) == (3, "")
    assert "SSM manages no instance that is tagged 'env=nope'" in ended.err


def test_ids_come_from_a_file_with_comments(orch, fleet, tmp_path):
    (tmp_path / "ids").write_text(f"# ours\n{samples.INSTANCE}, {OTHER} # and\n\n{OTHER}\n")
    fleet.hosts = [FakeHost(samples.INSTANCE), FakeHost(OTHER)]
    ended = orch("run", *GIVEN[2:], "--targets", "ids", "--output", "json")
    assert ended.code == 0, ended.err
    assert len(ended.report["hosts"]) == 2


WRONG = {
    "tag": (("--tag", "env"), "--tag: 'env' is not KEY=VALUE"),
    "empty value": (("--tag", "x="), "--tag: 'x=' has no value"),
    "empty region": (("--all", "--region", ""), "--region: '' is not a region"),
    "empty key": (("--tag", "=x"), "--tag: '=x' is not KEY=VALUE"),
    "two ways": (("--tag", "a=b", "--all"), "--all: it does not go together with --tag"),
    "named too": (
        ("--tag", "a=b", "--instance", OTHER),
        "--tag: it does not go together with --instance",
    ),
    "no file": (("--targets", "nowhere"), "--targets: cannot be read: No such file"),
    "no id": (("--targets", "words"), "--targets: 'web01' is not an instance id"),
    "empty file": (("--targets", "empty"), "--targets: there is no instance id in it"),
    "concurrency": (("--all", "--max-concurrency", "0"), "--max-concurrency: '0' is neither"),
    "errors": (("--all", "--max-errors", "101%"), "--max-errors: '101%' is neither"),
    "canary": (("--all", "--canary", "-1"), "--canary"),
    "role": (("--all", "--account-role", "me"), "--account-role: 'me' is not the ARN of a role"),
    "region": (("--all", "--region", "here,us-east-1"), "--region: 'here' is not a region"),
    "group": (("--resource-group", ""), "--resource-group: the name is empty"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_a_selection_that_is_wrong_is_told_before_anything_is_asked(
    orch, fleet, tmp_path, words, said
):
    (tmp_path / "words").write_text(f"{OTHER}\nweb01\n")
    (tmp_path / "empty").write_text("# nobody\n")
    ended = orch("run", *GIVEN[2:], *words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert fleet.calls() == {}


def test_places_are_asked_each_and_reported_together(orch, fleet, monkeypatch):
    def one_for_each(_access, clock):
        return type(fleet)(clock, [tagged(1)])

    monkeypatch.setattr("orchestrator.aws.fleet.RunCommandFleet", one_for_each)
    words = ("run", *SELECTED, "--region", "us-east-1", "--account-role", ROLE, "--output", "json")
    ended = orch(*words)
    assert ended.code == 0, ended.err
    report = ended.report
    jsonschema.validate(report, SCHEMA, jsonschema.Draft202012Validator)
    places = [(place["region"], place["account_role"]) for place in report["places"]]
    assert places == [("ap-northeast-1", ROLE), ("us-east-1", ROLE)]
    assert [host["region"] for host in report["hosts"]] == ["ap-northeast-1", "us-east-1"]
    shown = orch("runs", "show", "latest", "--output", "json").report
    assert shown == report
    listed = json.loads(orch("runs", "list", "--output", "json").out)["runs"]
    assert [(run["run_id"], run["hosts"]) for run in listed] == [(report["run_id"], 2)]
    assert "us-east-1 of account 333333333333" in orch("runs", "show", "latest").out
