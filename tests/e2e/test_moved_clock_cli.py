"""State Manager and its clock, with the AWS CLI as a foreign client against one sandbox."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from support.processes import call, soon, standing

pytestmark = pytest.mark.e2e

LINUX = "i-0b2f8c61d9a74e305"
ROLE = "Test-Switch-Role"
ROLE_ARN = f"arn:aws:iam::222222222222:role/{ROLE}"
ASSUME = f"aws sts assume-role --region ap-northeast-1 --role-arn {ROLE_ARN}"
SWITCH = f"{ASSUME} --role-session-name scheduled > /dev/null 2>&1"
DOCUMENT = {
    "schemaVersion": "2.2",
    "description": "Whether the switch works.",
    "mainSteps": [
        {
            "action": "aws:runShellScript",
            "name": "switch",
            "precondition": {"StringEquals": ["platformType", "Linux"]},
            "inputs": {
                "timeoutSeconds": "60",
                "runCommand": [f"if {SWITCH}; then echo switched; else echo refused; exit 1; fi"],
            },
        }
    ],
}
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
BUCKET = "runs-of-associations"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """It begins a week ago."""
    options = ("--engine", "stand-in", "--stack-delay", "0", "--clock", "-7d")
    with standing(tmp_path_factory.mktemp("moved"), *options) as found:
        yield found


@pytest.fixture(scope="module")
def aws(sandbox, tmp_path_factory):
    """The AWS CLI as account A's administrator, or as another profile; its answer as data."""
    home = str(tmp_path_factory.mktemp("home"))

    def ask(*words, profile="account-a-admin", fails=False):
        named = ("--profile", profile, "--output", "json")
        ended = call("aws", *words, *named, **(sandbox.variables | {"HOME": home}))
        assert bool(ended.code) is fails, ended.err
        return ended.err if fails else json.loads(ended.out or "null")

    return ask


@pytest.fixture(scope="module")
def document(aws, tmp_path_factory):
    """The name of a document with the script, which can be used by now."""
    path = tmp_path_factory.mktemp("document") / "switch.json"
    path.write_text(json.dumps(DOCUMENT))
    words = ("--name", "switch", "--document-type", "Command", "--content", f"file://{path}")
    made = aws("ssm", "create-document", *words)["DocumentDescription"]
    assert made["PlatformTypes"] == ["Linux"]
    described = ("ssm", "describe-document", "--name", "switch")
    assert soon(lambda: aws(*described)["Document"]["Status"] == "Active")
    return "switch"


def clock(sandbox, *words):
    ended = call("orch", "sandbox", "clock", *words, timeout=300, **sandbox.variables)
    assert ended.code == 0, ended.err
    return ended.out


def now(sandbox):
    return datetime.strptime(clock(sandbox).strip(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def associate(aws, name, *more):
    words = ("--name", name, "--targets", f"Key=InstanceIds,Values={LINUX}", *more)
    return aws("ssm", "create-association", *words)["AssociationDescription"]["AssociationId"]


def executions(aws, one):
    told = aws("ssm", "describe-association-executions", "--association-id", one)
    return told["AssociationExecutions"]


def evidence(aws, one, execution):
    """What the script of that run said, by the command that its target names."""
    where = ("--association-id", one, "--execution-id", execution["ExecutionId"])
    told = aws("ssm", "describe-association-execution-targets", *where)
    (target,) = told["AssociationExecutionTargets"]
    assert target["OutputSource"]["OutputSourceType"] == "RunCommand"
    command = ("--command-id", target["OutputSource"]["OutputSourceId"], "--instance-id", LINUX)
    got = aws("ssm", "get-command-invocation", *command)
    assert (target["Status"] == "Success") is (got["ResponseCode"] == 0)
    return got["StandardOutputContent"].strip()


def put_trust(aws, policy):
    words = ("--role-name", ROLE, "--policy-document", json.dumps(policy))
    aws("iam", "update-assume-role-policy", *words, profile="account-b-admin")


def test_a_week_of_daily_runs_tells_when_the_trust_was_broken(sandbox, aws, document):
    assert abs(datetime.now(UTC) - timedelta(days=7) - now(sandbox)) < timedelta(minutes=5)
    daily = ("--schedule-expression", "rate(1 day)", "--association-name", "daily")
    one = associate(aws, document, *daily, "--compliance-severity", "HIGH")
    assert soon(lambda: executions(aws, one)[0]["Status"] == "Success")
    get_role = ("iam", "get-role", "--role-name", ROLE)
    trust = aws(*get_role, profile="account-b-admin")["Role"]["AssumeRolePolicyDocument"]
    said = clock(sandbox, "forward", "2d")
    assert said.splitlines()[2].startswith("2 runs; it is ")
    put_trust(aws, NOBODY)
    broken = clock(sandbox, "forward", "2d")
    put_trust(aws, trust)
    assert [line.split("  ")[1:] for line in broken.splitlines()[:2]] == [
        ["daily", "Failed", "1 Failed"]
    ] * 2
    compliance = ("ssm", "list-compliance-items", "--resource-ids", LINUX)
    (item,) = aws(*compliance)["ComplianceItems"]
    assert (item["Status"], item["Severity"], item["Id"]) == ("NON_COMPLIANT", "HIGH", one)
    clock(sandbox, "forward", "3d")
    found = list(reversed(executions(aws, one)))
    told = [evidence(aws, one, execution) for execution in found]
    assert told == ["switched"] * 3 + ["refused"] * 2 + ["switched"] * 3
    moments = [datetime.fromtimestamp(execution["CreatedTime"], UTC) for execution in found]
    gaps = [b - a for a, b in pairwise(moments)]
    assert all(abs(gap - timedelta(days=1)) < timedelta(minutes=1) for gap in gaps)
    assert abs(datetime.now(UTC) - now(sandbox)) < timedelta(minutes=5)
    assert aws(*compliance)["ComplianceItems"][0]["Status"] == "COMPLIANT"
    aws("ssm", "delete-association", "--association-id", one)


def test_output_of_a_run_is_where_the_agent_puts_it(sandbox, aws, document):
    place = "LocationConstraint=ap-northeast-1"
    aws("s3api", "create-bucket", "--bucket", BUCKET, "--create-bucket-configuration", place)
    grant = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": ["s3:PutObject", "s3:PutObjectAcl"],
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        },
    }
    role = ("--role-name", "EC2RoleforSSM", "--policy-name", "Output")
    aws("iam", "put-role-policy", *role, "--policy-document", json.dumps(grant))
    location = f"S3Location={{OutputS3BucketName={BUCKET},OutputS3KeyPrefix=runs}}"
    one = associate(aws, document, "--output-location", location)
    assert soon(lambda: executions(aws, one)[0]["Status"] == "Success")
    (listed,) = aws("ssm", "list-commands", "--max-items", "1")["Commands"]
    keys = [row["Key"] for row in aws("s3api", "list-objects-v2", "--bucket", BUCKET)["Contents"]]
    assert keys == [f"runs/{listed['CommandId']}/{LINUX}/awsrunShellScript/switch/stdout"]
    aws("ssm", "delete-association", "--association-id", one)


def test_the_operator_may_neither_make_nor_schedule_documents(aws, document):
    words = ("--name", document, "--targets", "Key=InstanceIds,Values=*")
    said = aws("ssm", "create-association", *words, profile="operator", fails=True)
    assert "(AccessDeniedException) when calling the CreateAssociation operation" in said
    said = aws("ssm", "delete-document", "--name", document, profile="operator", fails=True)
    assert "(AccessDeniedException)" in said


def test_what_is_not_there_says_so(aws):
    said = aws("ssm", "describe-automation-executions", fails=True)
    assert "DescribeAutomationExecutions is not in the sandbox" in said
