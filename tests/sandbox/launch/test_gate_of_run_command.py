"""Run Command asks the same identities and policies as everything else in the sandbox."""

from datetime import timedelta

import pytest

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud.clients import new_client
from orchestrator.sandbox.launch.gate import authorizer, locator
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import RunCommand, Settings
from orchestrator.sandbox.runcommand.everywhere import Everywhere
from orchestrator.sandbox.server import Server
from support.paper_service import PaperHost
from support.standing_cloud import A, B, D, Keys, Standing, policy, put, refused, statement

DOCUMENT = f"arn:aws:ssm:{world.REGION}::document/AWS-RunPowerShellScript"
INSTANCE = f"arn:aws:ec2:{world.REGION}:{A}:instance/{world.INSTANCE_ID}"
IN_A, IN_D = "i-0000000000000000a", "i-0000000000000000d"
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

    def make(place):
        authorize = authorizer(standing.cloud, "ssm")
        return RunCommand(standing.clock, place.region, place.account, Settings(), authorize)

    everywhere = Everywhere(make, locator(standing.cloud, "ssm"))
    everywhere.at(Place(A, world.REGION)).register(PaperHost(IN_A))
    everywhere.at(Place(D, "us-east-1")).register(PaperHost(IN_D))
    server = Server(everywhere.app)

    def client(who, region=world.REGION):
        keys = who if isinstance(who, Keys) else standing.cloud.keys[who]
        token = getattr(keys, "token", None)
        given = ("ssm", server.url, keys.access_key_id, keys.secret_access_key, token)
        return new_client(*given, region=region)

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
    assert ids(client) == [IN_A]
    assert client.list_commands()["Commands"] == []
    assert client.list_command_invocations()["CommandInvocations"] == []


def test_the_host_itself_may_not_send(standing, ssm):
    with refused("AccessDeniedException", 400):
        ssm(standing.host()).send_command(**SEND)


def ids(client):
    rows = client.describe_instance_information()["InstanceInformationList"]
    return [row["InstanceId"] for row in rows]


def in_d(standing):
    """The operator of account A as the role of account D."""
    return standing.assume(world.OPERATOR, world.role_arn(D, world.OPERATOR_ROLE))


def test_each_account_and_region_knows_its_own_hosts_alone(standing, ssm):
    assert ids(ssm(world.ADMIN_A)) == [IN_A]
    assert ids(ssm(world.ADMIN_A, "us-east-1")) == []
    assert ids(ssm(world.ADMIN_B)) == []
    assert ids(ssm(world.ADMIN_D)) == []
    assert ids(ssm(world.ADMIN_D, "us-east-1")) == [IN_D]
    assert ids(ssm(in_d(standing), "us-east-1")) == [IN_D]


def test_whoever_may_do_all_in_account_b_finds_no_host_of_account_a(ssm):
    with refused("InvalidInstanceId", 400):
        ssm(world.ADMIN_B).send_command(**{**SEND, "InstanceIds": [IN_A]})


def test_the_role_in_account_d_sends_there_and_sees_only_what_is_sent_there(standing, ssm):
    sent_in_a = ssm(world.ADMIN_A).send_command(**{**SEND, "InstanceIds": [IN_A]})
    client = ssm(in_d(standing), "us-east-1")
    with refused("InvalidInstanceId", 400):
        client.send_command(**{**SEND, "InstanceIds": [IN_A]})
    sent_in_d = client.send_command(**{**SEND, "InstanceIds": [IN_D]})
    standing.clock.sleep(1)
    listed = [command["CommandId"] for command in client.list_commands()["Commands"]]
    assert listed == [sent_in_d["Command"]["CommandId"]]
    with refused("InvalidCommandId", 400):
        client.cancel_command(CommandId=sent_in_a["Command"]["CommandId"])


def test_nobody_but_the_operator_becomes_the_role_in_account_d(standing):
    for who in (world.ADMIN_A, world.ADMIN_B, standing.host()):
        with refused("AccessDenied", 403):
            standing.assume(who, world.role_arn(D, world.OPERATOR_ROLE))


def test_the_role_in_account_d_may_no_more_than_the_operator(standing):
    keys = in_d(standing)
    with refused("AccessDenied", 403):
        standing.client("iam", keys).create_user(UserName="mallory")
    with refused("AccessDenied", 403):
        standing.client("sts", keys).assume_role(
            RoleArn=world.role_arn(B, world.READER_ROLE), RoleSessionName="further"
        )


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
