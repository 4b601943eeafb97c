"""What an instance gets of its role: credentials, fresh or stale, and leave for its agent."""

import json

import pytest
from botocore.exceptions import ClientError

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud.clients import new_client
from orchestrator.sandbox.cloud.gate import Gate
from orchestrator.sandbox.server import Server
from support.standing_cloud import A, keys_of

WHO = (world.INSTANCE_ID, world.HOME, world.INSTANCE_ROLE)
CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def test_stale_credentials_are_refused_as_expired_and_fresh_ones_are_not(standing):
    stale = keys_of(standing.cloud.instance_credentials(*WHO, stale=True))
    with pytest.raises(ClientError) as caught:
        standing.client("sts", stale).get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "ExpiredToken"
    assert standing.client("sts", standing.host()).get_caller_identity()["Account"] == A


@pytest.fixture
def without_core(standing):
    iam = standing.client("iam", world.ADMIN_A)
    role = {"RoleName": world.INSTANCE_ROLE}
    iam.detach_role_policy(**role, PolicyArn=CORE)
    yield iam
    iam.attach_role_policy(**role, PolicyArn=CORE)
    for name in iam.list_role_policies(**role)["PolicyNames"]:
        if name == "Agent":
            iam.delete_role_policy(**role, PolicyName=name)


def test_an_agent_needs_what_the_managed_policy_allows(standing, without_core):
    assert not standing.cloud.agent_may_be(*WHO)


@pytest.mark.parametrize(
    ("actions", "may"),
    [
        ("ssm:UpdateInstanceInformation ssmmessages:*", True),
        ("ssm:UpdateInstanceInformation ec2messages:*", True),
        ("ssm:UpdateInstanceInformation ec2messages:Get*", False),
        ("ssm:UpdateInstanceInformation", False),
        ("ssmmessages:* ec2messages:*", False),
    ],
)
def test_one_channel_is_enough_and_reporting_is_needed(standing, without_core, actions, may):
    statement = {"Effect": "Allow", "Action": actions.split(), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    without_core.put_role_policy(
        RoleName=world.INSTANCE_ROLE, PolicyName="Agent", PolicyDocument=document
    )
    assert standing.cloud.agent_may_be(*WHO) is may


def test_with_the_managed_policy_an_agent_may_be(standing):
    assert standing.cloud.agent_may_be(*WHO)


def test_without_a_role_another_one_is_taken_to_let_it(standing):
    assert standing.cloud.agent_may_be(world.INSTANCE_ID, world.HOME, "no-such-profile")


THROTTLED = {"sts:GetCallerIdentity": ("Throttling", 400), "iam:ListRoles": ("Throttling", 400)}


@pytest.fixture(scope="module")
def throttling(standing):
    """A gate before the same accounts that throttles the first two calls of some operations."""
    gate = standing.cloud.app
    found = Gate(gate._moto, gate._identities, gate._stacks, dict.fromkeys(THROTTLED, 2))
    server = Server(found)
    yield server.url
    server.close()


@pytest.mark.parametrize(("operation", "answer"), THROTTLED.items())
def test_the_first_calls_are_throttled_and_the_next_is_not(standing, throttling, operation, answer):
    key = standing.cloud.keys[world.ADMIN_A]
    service, _, name = operation.partition(":")
    client = new_client(service, throttling, key.access_key_id, key.secret_access_key)
    method = {"GetCallerIdentity": "get_caller_identity", "ListRoles": "list_roles"}[name]
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            getattr(client, method)()
        error = caught.value.response
        assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == answer
    getattr(client, method)()
