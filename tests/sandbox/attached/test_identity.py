"""Who an agent is, is told by the keys that signed, and what it may by the policies."""

from __future__ import annotations

import json

import pytest
from botocore.credentials import Credentials

from orchestrator.sandbox import world
from orchestrator.sandbox.runcommand.messages import Reply
from support.agent_payload import payload_of
from support.agent_wire import AgentWire, Metadata
from support.attached_stage import INSTANCE, AttachedStage

SUCCESS = payload_of(Reply("Success"))


@pytest.fixture
def wire(stage) -> AgentWire:
    wire = stage.wire()
    assert wire.report().status == 200
    return wire


def code(answer) -> str:
    return answer.json["__type"]


def in_flight(stage: AttachedStage, wire: AgentWire) -> tuple[str, str]:
    """A command that the agent has: its id, and its message's name."""
    command_id = stage.send("true")
    return command_id, wire.next_message()["MessageId"]


def test_the_metadata_are_those_of_the_host(stage):
    metadata = Metadata(stage.urls["imds"])
    assert metadata.get("meta-data/instance-id") == INSTANCE
    assert metadata.get("meta-data/placement/region") == world.REGION
    document = json.loads(metadata.get("dynamic/instance-identity/document"))
    assert (document["instanceId"], document["accountId"]) == (INSTANCE, world.ACCOUNT_A)


def listed(ssm) -> list:
    wanted = [{"Key": "InstanceIds", "Values": [INSTANCE]}]
    return ssm.describe_instance_information(Filters=wanted)["InstanceInformationList"]


def test_a_first_report_that_only_tries_its_credentials_is_enough(stage):
    wire = stage.wire()
    own = {"InstanceId": INSTANCE, "AgentName": "amazon-ssm-agent", "AgentVersion": "3.3.0.0"}
    answer = wire.ssm("UpdateInstanceInformation", **own, PlatformType="Linux")
    assert (answer.status, answer.json) == (200, {})
    assert wire.report().status == 200
    wire.ssm("UpdateInstanceInformation", **own, PlatformType="Linux")
    (row,) = listed(stage.client("ssm"))
    assert (row["ComputerName"], row["AgentVersion"]) == ("attached.example", "3.3.0.0")


def test_without_a_health_call_for_two_of_its_times_it_is_lost(stage, wire):
    stage.pass_time(9 * 60)
    assert listed(stage.client("ssm"))[0]["PingStatus"] == "Online"
    before = listed(stage.client("ssm"))[0]["LastPingDateTime"]
    stage.pass_time(2 * 60)
    (row,) = listed(stage.client("ssm"))
    assert (row["PingStatus"], row["LastPingDateTime"]) == ("ConnectionLost", before)
    assert wire.report().status == 200


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"InstanceId": world.INSTANCE_ID}, "InvalidInstanceId"),
        ({"InstanceId": None}, "InvalidInstanceId"),
        ({"InstanceId": [INSTANCE]}, "InvalidInstanceId"),
        ({"PlatformType": "BeOS"}, "ValidationException"),
        ({"PlatformType": 7}, "ValidationException"),
        ({"ComputerName": "x" * 257}, "ValidationException"),
        ({"ComputerName": {"x": 1}}, "ValidationException"),
    ],
)
def test_a_report_of_another_host_or_of_a_wrong_type_is_refused(stage, wire, members, said):
    before = listed(stage.client("ssm"))
    answer = wire.report(**{"platform": "Linux", **members})
    assert (answer.status, code(answer)) == (400, said)
    assert listed(stage.client("ssm")) == before


def test_it_has_no_associations_and_what_else_it_asks_is_counted(stage, wire):
    answer = wire.ssm("ListInstanceAssociations", InstanceId=INSTANCE, MaxResults=20)
    assert answer.json == {"Associations": []}
    answer = wire.ssm("PutInventory", InstanceId=INSTANCE, Items=[])
    assert (answer.status, answer.json) == (200, {})
    assert stage.attached.other_calls()["PutInventory"] == 1


def test_what_its_role_may_not_is_refused(stage, wire):
    answer = wire.ssm("RegisterManagedInstance", PublicKey="x", PublicKeyType="Rsa")
    assert (answer.status, code(answer)) == (400, "AccessDeniedException")
    answer = wire.ssm("SendCommand", DocumentName="AWS-RunShellScript", InstanceIds=[INSTANCE])
    assert code(answer) == "AccessDeniedException"


def test_parameters_of_the_store(stage, wire):
    answer = wire.ssm("GetParameters", Names=["nosuch", "/a/b"], WithDecryption=False)
    assert answer.json == {"Parameters": [], "InvalidParameters": ["nosuch", "/a/b"]}
    for names in ([], ["x"] * 11, "x", [7], None):
        assert code(wire.ssm("GetParameters", Names=names)) == "ValidationException"


def test_another_hosts_keys_get_at_nothing_of_it(stage, wire):
    """The emulated hosts have the same role, and the same permissions."""
    command_id, name = in_flight(stage, wire)
    other = stage.cloud.instance_credentials(world.INSTANCE_ID, world.HOME, world.INSTANCE_ROLE)
    keys = Credentials(other.access_key_id, other.secret_access_key, other.token)
    stranger = stage.wire(credentials=keys)
    for operation, members in (
        ("GetMessages", {"Destination": INSTANCE, "MessagesRequestId": "x" * 16}),
        ("GetMessages", {"Destination": world.INSTANCE_ID, "MessagesRequestId": "x" * 16}),
        ("AcknowledgeMessage", {"MessageId": name}),
        ("SendReply", {"MessageId": name, "ReplyId": "x" * 16, "Payload": SUCCESS}),
        ("FailMessage", {"MessageId": name, "FailureType": "InternalHandlerException"}),
        ("DeleteMessage", {"MessageId": name}),
    ):
        answer = stranger.messages(operation, **members)
        assert (answer.status, code(answer)) == (400, "AuthorizationFailureException"), operation
    assert stranger.report().status == 400
    assert stage.seen(command_id)["Status"] == "InProgress"
    assert wire.reply(name, SUCCESS).status == 200
    assert stage.seen(command_id)["Status"] == "Success"


def test_a_session_that_is_only_named_like_the_instance_is_not_it(stage, wire):
    """Whoever may assume the role could choose the session's name."""
    iam = stage.client("iam", world.ADMIN_A)
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{world.ACCOUNT_A}:root"},
    }
    document = iam.get_role(RoleName=world.INSTANCE_ROLE)["Role"]["AssumeRolePolicyDocument"]
    changed = {**document, "Statement": [*document["Statement"], trust]}
    names = {"RoleName": world.INSTANCE_ROLE}
    iam.update_assume_role_policy(**names, PolicyDocument=json.dumps(changed))
    try:
        found = stage.client("sts", world.ADMIN_A).assume_role(
            RoleArn=world.role_arn(world.ACCOUNT_A, world.INSTANCE_ROLE), RoleSessionName=INSTANCE
        )["Credentials"]
    finally:
        iam.update_assume_role_policy(**names, PolicyDocument=json.dumps(document))
    keys = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    answer = stage.wire(credentials=keys).messages(
        "GetMessages", Destination=INSTANCE, MessagesRequestId="x" * 16
    )
    assert code(answer) == "AuthorizationFailureException"


def test_a_message_or_a_destination_of_another_instance_is_refused(stage, wire):
    command_id, name = in_flight(stage, wire)
    foreign = name.replace(INSTANCE, world.INSTANCE_ID)
    answer = wire.reply(foreign, SUCCESS)
    assert (answer.status, code(answer)) == (400, "AuthorizationFailureException")
    answer = wire.messages("GetMessages", Destination=world.INSTANCE_ID, MessagesRequestId="x" * 16)
    assert code(answer) == "AuthorizationFailureException"
    assert stage.seen(command_id)["Status"] == "InProgress"
    wire.reply(name, SUCCESS)


def test_a_reply_to_a_command_for_another_host_changes_nothing(stage, wire):
    """A command of the same account that this host was never sent."""
    stage.run_command.register(Silent())
    ssm = stage.client("ssm", world.ADMIN_A)
    sent = ssm.send_command(
        DocumentName="AWS-RunPowerShellScript",
        InstanceIds=[Silent.instance_id],
        Parameters={"commands": ["1"]},
    )["Command"]["CommandId"]
    answer = wire.reply(f"aws.ssm.{sent}.{INSTANCE}", SUCCESS)
    assert (answer.status, code(answer)) == (400, "InvalidMessageIdException")
    stage.pass_time(0.3)
    asked = {"CommandId": sent, "InstanceId": Silent.instance_id}
    assert ssm.get_command_invocation(**asked)["Status"] == "InProgress"


class Silent:
    """A host that takes no message."""

    instance_id = "i-0123456789abcdef0"
    name = "silent"
    platform = "Windows"
    online = True


@pytest.mark.parametrize("action", ["ssm:UpdateInstanceInformation", "ec2messages:GetMessages"])
def test_what_is_taken_from_its_role_it_may_not_any_more(stage, wire, action):
    iam = stage.client("iam", world.ADMIN_A)
    names = {"RoleName": world.INSTANCE_ROLE, "PolicyName": "Deny"}
    deny = {"Effect": "Deny", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    iam.put_role_policy(**names, PolicyDocument=document)
    try:
        if action.startswith("ssm:"):
            answer = wire.report()
        else:
            answer = wire.messages("GetMessages", Destination=INSTANCE, MessagesRequestId="x" * 16)
        assert (answer.status, code(answer)) == (400, "AccessDeniedException")
    finally:
        iam.delete_role_policy(**names)
