"""A foreign client counts: the AWS CLI, as a process, against one sandbox."""

import json

import pytest

from support.processes import INSTANCE, call

pytestmark = pytest.mark.e2e

REGION = "ap-northeast-1"
ROLE_ARN = "arn:aws:iam::222222222222:role/Test-Switch-Role"
RENDER = ("orch", "render", "--instance", INSTANCE, "--shell", "python")
RUN = ("orch", "run", "--instance", INSTANCE, "--shell", "python", "--output", "json")
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
def aws(sandbox, tmp_path_factory):
    """The AWS CLI in the sandbox: its answer as data, or its error where one is expected.

    It has a home of its own, since it keeps the credentials of roles there.
    """
    surroundings = sandbox.variables | {"HOME": str(tmp_path_factory.mktemp("home"))}

    def ask(*words, fails=False, **changes):
        ended = call("aws", *words, "--output", "json", **(surroundings | changes))
        assert bool(ended.code) is fails, ended.err
        return ended.err if fails else json.loads(ended.out or "null")

    return ask


@pytest.fixture(scope="module")
def sent(sandbox, aws, tmp_path_factory):
    """A rendered script that the AWS CLI has sent, and waited for."""
    rendered = call(*RENDER, **sandbox.variables)
    assert rendered.code == 0, rendered.err
    request = tmp_path_factory.mktemp("request") / "send.json"
    parameters = {"commands": rendered.out.split("\n"), "executionTimeout": ["60"]}
    asked = {
        "DocumentName": "AWS-RunPowerShellScript",
        "InstanceIds": [INSTANCE],
        "Comment": "sent by a foreign client",
        "Parameters": parameters,
    }
    request.write_text(json.dumps(asked))
    command = aws("ssm", "send-command", "--cli-input-json", f"file://{request}")["Command"]
    assert (command["Status"], command["Comment"]) == ("Pending", "sent by a foreign client")
    where = ("--command-id", command["CommandId"], "--instance-id", INSTANCE)
    assert aws("ssm", "wait", "command-executed", *where) is None
    return where


def test_a_rendered_script_that_was_sent_by_hand_proves_the_same(aws, sent):
    got = aws("ssm", "get-command-invocation", *sent)
    assert (got["Status"], got["ResponseCode"]) == ("Success", 0)
    assert got["StandardOutputContent"].startswith("ORCH1:")
    assert got["StandardErrorContent"] == ""
    assert got["PluginName"] == "aws:runPowerShellScript"


def test_the_page_with_details_shows_the_same_output(aws, sent):
    listed = aws("ssm", "list-command-invocations", "--details", *sent)
    (invocation,) = listed["CommandInvocations"]
    (plugin,) = invocation["CommandPlugins"]
    got = aws("ssm", "get-command-invocation", *sent)
    assert plugin["Output"] == got["StandardOutputContent"]
    assert plugin["ResponseStartDateTime"] < plugin["ResponseFinishDateTime"]


def test_the_instance_is_described(aws):
    listed = aws("ssm", "describe-instance-information")["InstanceInformationList"]
    (row,) = [found for found in listed if found["InstanceId"] == INSTANCE]
    assert row["PingStatus"] == "Online"
    assert row["PlatformType"] == "Windows"


def test_an_instance_that_is_not_there_is_refused_as_aws_does(aws):
    words = ("--document-name", "AWS-RunPowerShellScript", "--parameters", "commands=exit 0")
    error = aws("ssm", "send-command", "--instance-ids", "i-00000000000000001", *words, fails=True)
    assert "(InvalidInstanceId) when calling the SendCommand operation" in error


def test_the_operator_may_change_nothing_in_iam(aws):
    words = ("--role-name", "EC2RoleforSSM", "--policy-document", json.dumps(NOBODY))
    error = aws("iam", "update-assume-role-policy", *words, fails=True)
    assert "(AccessDenied) when calling the UpdateAssumeRolePolicy operation" in error


def test_the_instances_credentials_lead_through_the_profile_to_the_other_account(
    sandbox, aws, tmp_path
):
    config = tmp_path / "config"
    config.write_text(
        "[profile switch_test]\n"
        f"role_arn = {ROLE_ARN}\ncredential_source = Ec2InstanceMetadata\nregion = {REGION}\n"
    )
    nobodys = {"AWS_PROFILE": "switch_test", "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}
    found = aws(
        *("sts", "get-caller-identity", "--profile", "switch_test"),
        AWS_CONFIG_FILE=str(config),
        AWS_EC2_METADATA_DISABLED="false",
        AWS_EC2_METADATA_SERVICE_ENDPOINT=sandbox.imds,
        **nobodys,
    )
    assert found["Account"] == "222222222222"
    assert found["Arn"].startswith(
        "arn:aws:sts::222222222222:assumed-role/Test-Switch-Role/botocore-session-"
    )


def test_the_verdict_follows_what_an_admin_changes(sandbox, aws):
    admin = ("--role-name", "Test-Switch-Role", "--profile", "account-b-admin")
    trust = aws("iam", "get-role", *admin)["Role"]["AssumeRolePolicyDocument"]

    def put(policy):
        document = ("--policy-document", json.dumps(policy))
        aws("iam", "update-assume-role-policy", *admin, *document)

    put(NOBODY)
    try:
        broken = call(*RUN, **sandbox.variables)
    finally:
        put(trust)
    assert broken.code == 1, broken.err
    (host,) = broken.report["hosts"]
    assert host["outcome"] == "FAIL"
    assert host["causes"][0]["id"] == "trust-names-others"
    mended = call(*RUN, **sandbox.variables)
    assert (mended.code, mended.report["outcome"]) == (0, "PASS"), mended.err
