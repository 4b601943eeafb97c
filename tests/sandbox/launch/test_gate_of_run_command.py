"""Run Command asks the same identities and policies as everything else in the sandbox."""

from datetime import timedelta

import pytest

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud.clients import new_client
from orchestrator.sandbox.launch.gate import authorizer
from orchestrator.sandbox.runcommand import RunCommand, Settings
from orchestrator.sandbox.server import Server
from support.standing_cloud import A, B, Keys, Standing, policy, put, refused, statement

DOCUMENT = f"arn:aws:ssm:{world.REGION}::document/AWS-RunPowerShellScript"
INSTANCE = f"arn:aws:ec2:{world.REGION}:{A}:instance/{world.INSTANCE_ID}"
SEND = {
    "DocumentName": "AWS-RunPowerShellScript",
    "InstanceIds": [world.INSTANCE_ID],
    "Parameters": {"commands": ["exit 0"]},
}


@pytest.fixture(scope="module")
def standing():
    found = Standing()
    yield found
    found.close()


@pytest.fixture(scope="module")
def ssm(standing):
    """SSM as whoever has those keys, or that profile."""
    commands = RunCommand(
        standing.clock, world.REGION, A, Settings(), authorize=authorizer(standing.cloud)
    )
    server = Server(commands.app)

    def client(who):
        keys = who if isinstance(who, Keys) else standing.cloud.keys[who]
        token = getattr(keys, "token", None)
        return new_client("ssm", server.url, keys.access_key_id, keys.secret_access_key, token)

    yield client
    server.close()


@pytest.fixture
def alice(standing):
    """A user of account A; what she may is given in the test."""
    iam = standing.client("iam", A)
    names = [user["UserName"] for user in iam.list_users()["Users"]]
    if "alice" not in names:
        standing.alice = standing.new_user("alice")

    def may(*statements):
        put(iam.put_user_policy, policy(*statements), UserName="alice")
        return standing.alice

    return may


def sent(client):
    """That the instance is unknown to Run Command is said after the policies were asked."""
    with refused("InvalidInstanceId", 400):
        client.send_command(**SEND)


def test_the_operator_may_do_what_orch_run_needs(ssm):
    client = ssm(world.OPERATOR)
    sent(client)
    assert client.describe_instance_information()["InstanceInformationList"] == []
    assert client.list_commands()["Commands"] == []
    assert client.list_command_invocations()["CommandInvocations"] == []


def test_account_b_and_the_host_itself_may_not_send(standing, ssm):
    for who in (world.ADMIN_B, standing.host()):
        with refused("AccessDeniedException", 400):
            ssm(who).send_command(**SEND)


@pytest.mark.parametrize(
    ("resources", "is_allowed"),
    [
        ([DOCUMENT, INSTANCE], True),
        ([DOCUMENT], False),
        ([INSTANCE], False),
        ([DOCUMENT.replace("PowerShell", "Shell"), INSTANCE], False),
        ([DOCUMENT, INSTANCE.replace("i-0", "i-1")], False),
        ([DOCUMENT.replace(world.REGION, "us-east-1"), INSTANCE], False),
        ([DOCUMENT, INSTANCE.replace(A, B)], False),
    ],
)
def test_document_and_instance_both_have_to_be_allowed(ssm, alice, resources, is_allowed):
    client = ssm(alice(statement(action="ssm:SendCommand", resource=resources)))
    if is_allowed:
        sent(client)
        return
    with refused("AccessDeniedException", 400) as said:
        client.send_command(**SEND)
    assert (
        f"User: arn:aws:iam::{A}:user/alice is not authorized to perform: ssm:SendCommand"
        in said.message
    )


@pytest.mark.parametrize(
    ("operation", "asked", "action"),
    [
        ("describe_instance_information", {}, "ssm:DescribeInstanceInformation"),
        ("list_commands", {}, "ssm:ListCommands"),
        ("list_command_invocations", {}, "ssm:ListCommandInvocations"),
    ],
)
def test_each_read_needs_its_own_action(ssm, alice, operation, asked, action):
    client = ssm(alice({"Effect": "Allow", "NotAction": action, "Resource": "*"}))
    with refused("AccessDeniedException", 400):
        getattr(client, operation)(**asked)
    client = ssm(alice(statement(action=action)))
    assert getattr(client, operation)(**asked)


def test_a_deny_and_an_unmet_condition_hold_here_too(ssm, alice):
    client = ssm(alice(statement(action="ssm:*"), statement("Deny", "ssm:ListCommands")))
    with refused("AccessDeniedException", 400) as said:
        client.list_commands()
    assert "with an explicit deny in an identity-based policy" in said.message
    elsewhere = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    client = ssm(alice(statement(action="ssm:*", Condition=elsewhere)))
    with refused("AccessDeniedException", 400):
        client.list_commands()


def test_a_wrong_key_secret_or_clock_is_told_in_ssms_words(standing, ssm, alice):
    keys = alice(statement())
    with refused("UnrecognizedClientException", 400):
        ssm(Keys("AKIAAAAAAAAAAAAAAAAA", "x")).list_commands()
    with refused("InvalidSignatureException", 400):
        ssm(Keys(keys.access_key_id, "wrong")).list_commands()
    with refused("UnrecognizedClientException", 400):
        ssm(Keys(keys.access_key_id, keys.secret_access_key, "token")).list_commands()
    standing.clock.offset = timedelta(minutes=6)
    try:
        with refused("InvalidSignatureException", 400) as said:
            ssm(keys).list_commands()
    finally:
        standing.clock.offset = timedelta(0)
    assert said.message.startswith("Signature expired")


def test_a_signature_for_another_service_does_not_fit(standing, ssm, alice):
    server_url = ssm(alice(statement())).meta.endpoint_url
    target = {"X-Amz-Target": "AmazonSSM.ListCommands"}
    request = standing.signed("sts", alice(statement()), b"{}", headers=target)
    request.url = server_url
    host, port = server_url.removeprefix("http://").split(":")
    assert (host, int(port)) != standing.address
    answer = ask_at((host, int(port)), request)
    assert (answer[0], b"InvalidSignatureException" in answer[1]) == (400, True)


def ask_at(address, request):
    from http.client import HTTPConnection

    wire = HTTPConnection(*address, timeout=10)
    wire.request("POST", "/", request.body, request.headers)
    answer = wire.getresponse()
    found = answer.status, answer.read()
    wire.close()
    return found


def test_nobody_gets_in_unsigned(standing, ssm, alice):
    url = ssm(alice(statement())).meta.endpoint_url
    host, port = url.removeprefix("http://").split(":")
    target = {"X-Amz-Target": "AmazonSSM.ListCommands"}

    class Plain:
        body, headers = b"{}", target

    status, body = ask_at((host, int(port)), Plain)
    assert status == 400
    assert b"MissingAuthenticationTokenException" in body
