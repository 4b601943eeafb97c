"""A schedule over a week in the sandbox: somebody breaks the trust, and it tells since when.

The sandbox's clock begins a week ago and is moved up to the present, so that what `orch` takes for
now is so.
"""

import json
from datetime import datetime, timedelta

import pytest

from support.processes import INSTANCE, call, soon, standing

pytestmark = pytest.mark.e2e

LINUX = "i-0b2f8c61d9a74e305"
ROLE = "Test-Switch-Role"
NAME = "orch-switch-role"
DAILY = ("--name", NAME, "--shell", "python", "--rate", "1 day", "--severity", "high")
NOBODY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::333333333333:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    options = ("--engine", "stand-in", "--stack-delay", "0", "--clock", "-7d")
    with standing(tmp_path_factory.mktemp("scheduled"), *options) as found:
        yield found


@pytest.fixture(scope="module")
def aws(sandbox, tmp_path_factory):
    """The AWS CLI as that profile; its answer as data."""
    home = str(tmp_path_factory.mktemp("home"))

    def ask(*words, profile="account-a-admin"):
        named = ("--profile", profile, "--output", "json")
        ended = call("aws", *words, *named, **(sandbox.variables | {"HOME": home}))
        assert ended.code == 0, ended.err
        return json.loads(ended.out or "null")

    return ask


@pytest.fixture(scope="module")
def orch(sandbox):
    def ask(*words, code=0):
        ended = call("orch", *words, timeout=300, **sandbox.variables)
        assert ended.code == code, ended.out + ended.err
        return ended

    return ask


def put_trust(aws, policy):
    words = ("--role-name", ROLE, "--policy-document", json.dumps(policy))
    aws("iam", "update-assume-role-policy", *words, profile="account-b-admin")


def executions(aws):
    (one,) = aws("ssm", "list-associations")["Associations"]
    words = ("--association-id", one["AssociationId"])
    return aws("ssm", "describe-association-executions", *words)["AssociationExecutions"]


@pytest.fixture(scope="module")
def week(sandbox, aws, orch):
    """Scheduled on the first day; the trust policy broken on the third, and mended on the fifth."""
    orch("run", "--instance", INSTANCE, "--shell", "python", "--mode", "install")
    orch("schedule", "apply", "--instance", INSTANCE, *DAILY)
    assert soon(lambda: executions(aws)[0]["Status"] == "Success")
    get_role = ("iam", "get-role", "--role-name", ROLE)
    trust = aws(*get_role, profile="account-b-admin")["Role"]["AssumeRolePolicyDocument"]
    orch("sandbox", "clock", "forward", "2d")
    put_trust(aws, NOBODY)
    orch("sandbox", "clock", "forward", "2d")
    put_trust(aws, trust)
    orch("sandbox", "clock", "forward", "3d")
    return sandbox


def test_what_apply_did_is_as_wanted_and_stays_so(week, aws, orch):
    again = json.loads(orch("schedule", "apply", "--instance", INSTANCE, *DAILY, "-o", "json").out)
    assert again["places"][0]["acts"] == []
    planned = json.loads(orch("schedule", "plan", "--instance", INSTANCE, *DAILY, "-o", "json").out)
    assert planned["places"][0]["acts"] == []
    assert len(executions(aws)) == 8
    (versions,) = (aws("ssm", "list-document-versions", "--name", NAME)["DocumentVersions"],)
    assert [row["VersionName"].split(".")[0] for row in versions] == [
        planned["places"][0]["plan_sha256"]
    ]


def test_a_week_is_collected_and_tells_since_when_it_works_again(week, orch):
    collected = json.loads(orch("collect", NAME, "--output", "json", code=1).out)
    (schedule,) = collected["schedules"]
    assert schedule["notes"] == []
    told = [item["outcome"] for item in schedule["executions"]]
    assert told == ["PASS"] * 3 + ["FAIL"] * 2 + ["PASS"] * 3
    changes = [
        (number, change["before"], change["now"], change["cause"])
        for number, item in enumerate(schedule["executions"])
        for change in item["changes"]
    ]
    assert changes == [
        (0, None, "PASS", ""),
        (3, "PASS", "FAIL", changes[1][3]),
        (5, "FAIL", "PASS", ""),
    ]
    # What the policies say by now is not why it failed then, so the evidence alone is told.
    assert changes[1][3] == "assume-role-refused"
    assert orch("collect", NAME).out.startswith(f"{NAME} in ap-northeast-1: nothing new")
    fifth = datetime.fromisoformat(schedule["executions"][5]["started"])
    stands = json.loads(orch("compliance", "--output", "json").out)
    (one,) = stands["standings"]
    assert (one["outcome"], datetime.fromisoformat(one["since"])) == ("PASS", fifth)
    assert (one["changes"], one["flapping"]) == (2, False)
    failed = schedule["executions"][4]["run_id"]
    assert orch("runs", "show", failed, code=1).out.startswith("FAIL")


def test_how_it_stands_is_read_by_the_aws_cli(week, aws, orch):
    foreign = [
        {"Id": "theirs", "Title": "x", "Severity": "LOW", "Status": "COMPLIANT"},
    ]
    words = ("--resource-id", INSTANCE, "--resource-type", "ManagedInstance")
    kind = "Custom:OrchSwitchRole"
    summary = "ExecutionTime=2026-01-01T00:00:00Z"
    put = ("ssm", "put-compliance-items", *words, "--compliance-type", kind)
    aws(*put, "--execution-summary", summary, "--items", json.dumps(foreign))
    assert "1 host written" in orch("compliance", "--publish").out
    assert "0 hosts written, 1 already as told here" in orch("compliance", "--publish").out
    listed = ("ssm", "list-compliance-items", "--resource-ids", INSTANCE)
    found = aws(*listed, "--filters", f"Key=ComplianceType,Values={kind},Type=EQUAL")
    items = {item["Id"]: item for item in found["ComplianceItems"]}
    assert set(items) == {"theirs", NAME}
    assert (items[NAME]["Status"], items[NAME]["Severity"]) == ("COMPLIANT", "HIGH")
    assert items[NAME]["Details"]["Outcome"] == "PASS"
    since = datetime.fromisoformat(items[NAME]["Details"]["Since"])
    seen = datetime.fromisoformat(items[NAME]["Details"]["Seen"])
    assert abs(seen - since - timedelta(days=2)) < timedelta(minutes=5)


def test_a_host_of_another_platform_is_unknown_and_never_compliant(week, aws, orch):
    orch("schedule", "apply", "--all", *DAILY, "--name", "orch-all")
    assert soon(lambda: is_over(aws, "orch-all"))
    collected = orch("collect", "orch-all", "--output", "json", code=4)
    (execution,) = json.loads(collected.out)["schedules"][0]["executions"]
    found = {change["instance_id"]: change for change in execution["changes"]}
    assert found[INSTANCE]["now"] == "PASS"
    assert (found[LINUX]["now"], found[LINUX]["cause"]) == ("UNKNOWN", "wrong-platform")
    orch("compliance", "orch-all", "--publish", code=4)
    orch("compliance", "orch-all", "--fail-on", "fail")
    listed = ("ssm", "list-compliance-items", "--resource-ids", LINUX)
    (item,) = aws(*listed)["ComplianceItems"]
    assert (item["Status"], item["Severity"]) == ("NON_COMPLIANT", "UNSPECIFIED")
    assert item["Title"] == "UNKNOWN: wrong-platform"
    orch("schedule", "remove", "--name", "orch-all")


def is_over(aws, name):
    words = ("--association-filter-list", f"key=AssociationName,value={name}")
    (one,) = aws("ssm", "list-associations", *words)["Associations"]
    ask = ("ssm", "describe-association-executions", "--association-id", one["AssociationId"])
    return aws(*ask)["AssociationExecutions"][0]["Status"] in {"Success", "Failed"}


def test_at_last_nothing_is_left_and_the_journal_keeps_it(week, aws, orch):
    shown = orch("schedule", "show").out
    assert "rate(1 day)" in shown
    assert "removed the document: with its 1 version" in orch("schedule", "remove").out
    assert aws("ssm", "list-associations")["Associations"] == []
    mine = ("ssm", "list-documents", "--filters", "Key=Owner,Values=Self")
    assert aws(*mine)["DocumentIdentifiers"] == []
    assert "Nothing of orch-switch-role" in orch("schedule", "remove").out
    orch("schedule", "show", code=2)
    assert json.loads(orch("compliance", NAME, "-o", "json").out)["outcome"] == "PASS"
