"""A simulated fleet, met by the AWS CLI and by `orch run` as processes."""

import json
import time
from collections import Counter

import pytest

from support.processes import INSTANCE, call, soon, standing

pytestmark = pytest.mark.e2e

HOSTS = 120
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
def fleet(tmp_path_factory):
    options = ("--engine", "stand-in", "--hosts", str(HOSTS), "--host-seconds", "2", "--seed", "7")
    with standing(tmp_path_factory.mktemp("fleet"), *options) as found:
        yield found


@pytest.fixture(scope="module")
def aws(fleet, tmp_path_factory):
    """The AWS CLI in that sandbox: its answer as data."""
    surroundings = fleet.variables | {"HOME": str(tmp_path_factory.mktemp("home"))}

    def ask(*words, **changes):
        ended = call("aws", *words, "--output", "json", **(surroundings | changes))
        assert ended.code == 0, ended.err
        return json.loads(ended.out or "null")

    return ask


@pytest.fixture(scope="module")
def ids(aws):
    """The Windows hosts that the AWS CLI lists, but for the emulated one."""
    rows = aws("ssm", "describe-instance-information", "--page-size", "50")
    found = [row["InstanceId"] for row in rows["InstanceInformationList"]]
    platforms = Counter(row["PlatformType"] for row in rows["InstanceInformationList"])
    assert platforms == {"Windows": HOSTS + 1, "Linux": 1}
    return [i for i in found[2:] if i != INSTANCE]


def run(fleet, hosts, **more):
    named = ("--instance", ",".join(hosts))
    return call("orch", "run", *named, "--yes", "--output", "json", **(fleet.variables | more))


def test_orch_runs_on_120_hosts_that_the_aws_cli_listed(fleet, ids, tmp_path):
    assert len(ids) == HOSTS
    ended = run(fleet, ids, ORCH_STATE_DIR=str(tmp_path))
    assert (ended.code, ended.report["outcome"]) == (0, "PASS"), ended.err
    hosts = ended.report["hosts"]
    assert [host["instance_id"] for host in hosts] == ids
    assert {(host["outcome"], host["engine"]) for host in hosts} == {("PASS", "simulated")}
    sessions = {host["before"]["identity"]["value"]["session"] for host in hosts}
    assert sessions == set(ids)
    assert len({host["after"]["identity"]["value"]["session"] for host in hosts}) == HOSTS


def test_the_ids_are_in_a_file_and_those_of_the_seed(fleet, ids):
    place = {"account": "111111111111", "region": "ap-northeast-1", "hosts": HOSTS}
    assert fleet.description["fleet"] == {"hosts": HOSTS, "seed": 7, "places": [place]}
    folder = fleet.variables["ORCH_SANDBOX_DIR"]
    with open(f"{folder}/fleet.txt") as file:  # noqa: PTH123 - a string is at hand
        assert file.read().split() == ids


def test_later_commands_answer_by_what_iam_says_then(fleet, aws, ids, tmp_path):
    admin = ("--role-name", "Test-Switch-Role", "--profile", "account-b-admin")
    trust = aws("iam", "get-role", *admin)["Role"]["AssumeRolePolicyDocument"]

    def put(policy):
        document = ("--policy-document", json.dumps(policy))
        aws("iam", "update-assume-role-policy", *admin, *document)

    put(NOBODY)
    try:
        broken = run(fleet, ids[:20], ORCH_STATE_DIR=str(tmp_path))
    finally:
        put(trust)
    assert broken.code == 1, broken.err
    for host in broken.report["hosts"]:
        assert (host["outcome"], host["engine"]) == ("FAIL", "simulated")
        assert host["causes"][0]["id"] == "trust-names-others"
    mended = run(fleet, ids[:20], ORCH_STATE_DIR=str(tmp_path))
    assert (mended.code, mended.report["outcome"]) == (0, "PASS"), mended.err


def test_a_policy_that_names_one_instance_is_seen_by_that_one_alone(fleet, aws, ids, tmp_path):
    denied = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": "sts:AssumeRole",
                "Resource": "*",
                "Condition": {"StringLike": {"aws:userid": f"*:{ids[1]}"}},
            }
        ],
    }
    of = ("--role-name", "EC2RoleforSSM", "--policy-name", "NotThisOne")
    admin = ("--profile", "account-a-admin")
    aws("iam", "put-role-policy", *of, *admin, "--policy-document", json.dumps(denied))
    try:
        ended = run(fleet, ids[:3], ORCH_STATE_DIR=str(tmp_path))
    finally:
        aws("iam", "delete-role-policy", *of, *admin)
    outcomes = [host["outcome"] for host in ended.report["hosts"]]
    assert outcomes == ["PASS", "FAIL", "PASS"]


def test_the_aws_cli_sends_to_a_tag_and_reads_page_by_page(fleet, aws, tmp_path):
    rendered = call("orch", "render", "--instance", INSTANCE, **fleet.variables)
    wanted = aws(
        *("ssm", "describe-instance-information"),
        *("--filters", "Key=tag:env,Values=prod", "Key=tag:team,Values=web,data"),
    )["InstanceInformationList"]
    assert 10 < len(wanted) < HOSTS
    request = tmp_path / "send.json"
    asked = {
        "DocumentName": "AWS-RunPowerShellScript",
        "Targets": [
            {"Key": "tag:env", "Values": ["prod"]},
            {"Key": "tag:team", "Values": ["web", "data"]},
        ],
        "MaxErrors": "100%",
        "Parameters": {"commands": rendered.out.split("\n"), "executionTimeout": ["60"]},
    }
    request.write_text(json.dumps(asked))
    command = aws("ssm", "send-command", "--cli-input-json", f"file://{request}")["Command"]
    assert command["TargetCount"] == len(wanted)
    which = ("--command-id", command["CommandId"])

    def completed():
        time.sleep(0.5)
        (found,) = aws("ssm", "list-commands", *which)["Commands"]
        return found["CompletedCount"] == len(wanted)

    time.sleep(1)
    assert soon(completed)
    listed = aws("ssm", "list-command-invocations", "--details", "--page-size", "7", *which)
    rows = listed["CommandInvocations"]
    assert {row["InstanceId"] for row in rows} == {row["InstanceId"] for row in wanted}
    assert {row["CommandPlugins"][0]["Output"][:6] for row in rows} <= {"ORCH1:"}


def test_ec2_knows_the_hosts_with_their_tags(aws, ids):
    found = aws("ec2", "describe-instances", "--page-size", "50")
    instances = [i for r in found["Reservations"] for i in r["Instances"]]
    assert len(instances) == HOSTS + 2
    assert {i["InstanceId"] for i in instances} >= set(ids)
    (one,) = (i for i in instances if i["InstanceId"] == ids[0])
    tags = {tag["Key"]: tag["Value"] for tag in one["Tags"]}
    assert set(tags) == {"Name", "env", "team", "wave", "canary"}


def test_the_aws_cli_makes_a_group_and_sends_to_it(aws):
    admin = ("--profile", "account-a-admin")
    named = ("--group", "prod-web")
    tags = [{"Key": "env", "Values": ["prod"]}, {"Key": "team", "Values": ["web"]}]
    query = {"ResourceTypeFilters": ["AWS::EC2::Instance"], "TagFilters": tags}
    asked = json.dumps({"Type": "TAG_FILTERS_1_0", "Query": json.dumps(query)})
    aws("resource-groups", "create-group", *admin, "--name", "prod-web", "--resource-query", asked)
    try:
        listed = aws("resource-groups", "list-group-resources", *admin, *named, "--page-size", "5")
        target = "Key=resource-groups:Name,Values=prod-web"
        sent = aws(
            *("ssm", "send-command", *admin, "--targets", target),
            *("--document-name", "AWS-RunPowerShellScript", "--parameters", "commands=exit 0"),
        )
    finally:
        aws("resource-groups", "delete-group", *admin, *named)
    members = [one["Identifier"]["ResourceArn"].rpartition("/")[2] for one in listed["Resources"]]
    tagged = aws(
        *("ssm", "describe-instance-information"),
        *("--filters", "Key=tag:env,Values=prod", "Key=tag:team,Values=web"),
    )["InstanceInformationList"]
    assert members == [row["InstanceId"] for row in tagged]
    assert len(members) > 5
    assert sent["Command"]["TargetCount"] == len(members)


def test_faults_are_met_on_the_way_and_by_hosts(tmp_path):
    options = ("--hosts", "30", "--host-seconds", "2", "--seed", "3")
    faults = ("throttle=0.2", "empty-list=3", "offline=0.1", "truncated=0.1")
    given = [word for fault in faults for word in ("--fault", fault)]
    with standing(tmp_path, "--engine", "stand-in", *options, *given) as found:
        with open(f"{found.variables['ORCH_SANDBOX_DIR']}/fleet.txt") as file:  # noqa: PTH123
            hosts = file.read().split()
        ended = run(found, hosts, ORCH_STATE_DIR=str(tmp_path / "state"))
    assert ended.code == 4, ended.err
    told = Counter(host["outcome"] for host in ended.report["hosts"])
    assert told == {"PASS": 27, "UNKNOWN": 3}
    fetched = [h for h in ended.report["hosts"] if h["evidence_from"] == "GetCommandInvocation"]
    assert len(fetched) >= 2


def test_ssm_sends_nothing_more_when_its_error_budget_is_used_up(tmp_path):
    options = ("--hosts", "20", "--host-seconds", "1", "--scenario", "trust-missing")
    with standing(tmp_path, "--engine", "stand-in", *options) as found:
        with open(f"{found.variables['ORCH_SANDBOX_DIR']}/fleet.txt") as file:  # noqa: PTH123
            hosts = file.read().split()
        budget = ("--max-concurrency", "2", "--max-errors", "1")
        words = ("--instance", ",".join(hosts), "--yes", "--output", "json", *budget)
        ended = call("orch", "run", *words, **found.variables)
    causes = Counter(host["causes"][0]["id"] for host in ended.report["hosts"])
    assert ended.code == 1
    assert set(causes) == {"trust-names-others", "terminated"}
    assert 2 <= causes["trust-names-others"] <= 3


@pytest.mark.slow
def test_ten_thousand_hosts_stand_within_seconds(tmp_path):
    begun = time.monotonic()
    with standing(tmp_path, "--engine", "stand-in", "--hosts", "10000") as found:
        started = time.monotonic() - begun
        ended = call(
            *("aws", "ssm", "describe-instance-information", "--page-size", "50"),
            *("--output", "json"),
            **(found.variables | {"HOME": str(tmp_path)}),
        )
    assert len(json.loads(ended.out)["InstanceInformationList"]) == 10_002, ended.err
    # It takes about two; others may need this machine as well.
    assert started < 30
