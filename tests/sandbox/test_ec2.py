"""The sandbox's EC2, asked by boto3 over the wire."""

from dataclasses import replace

import boto3
import pytest
from botocore.exceptions import ClientError

from orchestrator.sandbox.ec2 import Ec2, Instance
from orchestrator.sandbox.imds import Imds, ImdsMode, InstanceIdentity
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import ApiError
from orchestrator.sandbox.server import Server

INSTANCE = "i-0d176f4a5f9738429"
IDENTITY = InstanceIdentity(INSTANCE, "111111111111", "ap-northeast-1", "Role", "Profile")


def nobody():
    raise AssertionError("no credentials are asked for here")


@pytest.fixture
def instance():
    return Instance(Imds(IDENTITY, nobody))


@pytest.fixture
def asked():
    """What the policies were asked, and the error that they answer with."""
    return {"questions": [], "error": None}


@pytest.fixture
def ec2(instance, asked):
    def authorize(_environ, action, resource):
        asked["questions"].append((action, resource))
        if asked["error"]:
            raise asked["error"]

    server = Server(Ec2([instance], authorize, lambda _: IDENTITY.place))
    yield boto3.client(
        "ec2",
        region_name="ap-northeast-1",
        endpoint_url=server.url,
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="secret",
    )
    server.close()


def described(ec2, **more):
    (reservation,) = ec2.describe_instances(**more)["Reservations"]
    return reservation["Instances"][0]


def test_a_host_is_described_as_it_is(ec2, asked):
    found = described(ec2, InstanceIds=[INSTANCE])
    assert (found["InstanceId"], found["State"]) == (INSTANCE, {"Code": 16, "Name": "running"})
    profile = "arn:aws:iam::111111111111:instance-profile/Profile"
    assert found["IamInstanceProfile"]["Arn"] == profile
    assert found["Platform"] == "windows"
    assert found["MetadataOptions"]["HttpEndpoint"] == "enabled"
    assert asked["questions"] == [("ec2:DescribeInstances", "*")]


def test_the_metadata_are_really_switched(ec2, instance, asked):
    ec2.modify_instance_metadata_options(InstanceId=INSTANCE, HttpEndpoint="disabled")
    assert instance.imds.mode is ImdsMode.OFF
    assert described(ec2)["MetadataOptions"]["HttpEndpoint"] == "disabled"
    arn = f"arn:aws:ec2:ap-northeast-1:111111111111:instance/{INSTANCE}"
    assert asked["questions"][0] == ("ec2:ModifyInstanceMetadataOptions", arn)


def code_of(call):
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


def test_an_unknown_instance_is_refused_as_ec2_does(ec2):
    asking = {"InstanceIds": ["i-00000000000000001"]}
    assert code_of(lambda: ec2.describe_instances(**asking)) == "InvalidInstanceID.NotFound"


def test_a_denial_has_ec2s_own_code(ec2, asked):
    asked["error"] = ApiError("AccessDeniedException", "no")
    assert code_of(ec2.describe_instances) == "UnauthorizedOperation"


@pytest.mark.parametrize(
    "call",
    [
        lambda ec2: ec2.describe_vpcs(),
        lambda ec2: ec2.describe_instances(Filters=[{"Name": "x", "Values": ["y"]}]),
        lambda ec2: ec2.modify_instance_metadata_options(
            InstanceId=INSTANCE, HttpTokens="optional"
        ),
    ],
    ids=["another operation", "a filter", "another option"],
)
def test_what_is_not_here_is_refused_and_not_ignored(ec2, call):
    assert code_of(lambda: call(ec2)) == "InvalidAction"


STATES = {"running": 16, "stopped": 80, "terminated": 48}


@pytest.mark.parametrize(("state", "code"), STATES.items())
def test_a_state_has_its_code(ec2, instance, state, code):
    instance.state = state
    assert described(ec2)["State"] == {"Code": code, "Name": state}


def test_the_platform_of_linux_is_not_named(ec2, instance):
    instance.imds.identity = replace(IDENTITY, platform="Linux")
    assert "Platform" not in described(ec2)


def test_hosts_of_other_accounts_and_regions_are_unknown():
    places = (("a", "111111111111", "ap-northeast-1"), ("b", "111111111111", "us-east-1"))
    places += (("c", "444444444444", "ap-northeast-1"), ("d", "444444444444", "us-east-1"))
    instances = [
        Instance(Imds(replace(IDENTITY, instance_id=f"i-{n}", account=a, region=r), nobody))
        for n, a, r in places
    ]
    for name, account, region in places:
        server = Server(Ec2(instances, lambda *_: None, lambda _: Place(account, region)))  # noqa: B023 - asked at once
        client = boto3.client(
            "ec2",
            region_name=region,
            endpoint_url=server.url,
            aws_access_key_id="AKIAEXAMPLE",
            aws_secret_access_key="secret",
        )
        assert described(client)["InstanceId"] == f"i-{name}"
        others = {"InstanceIds": ["i-a" if name != "a" else "i-b"]}
        assert code_of(lambda: client.describe_instances(**others)) == "InvalidInstanceID.NotFound"  # noqa: B023 - asked at once
        server.close()


@pytest.fixture
def many(asked):
    instances = [
        Instance(
            Imds(replace(IDENTITY, instance_id=f"i-{number:017x}"), nobody),
            tags={"Name": f"host & {number}"},
        )
        for number in range(123)
    ]
    server = Server(Ec2(instances, lambda *_: None, lambda _: IDENTITY.place))
    yield boto3.client(
        "ec2",
        region_name="ap-northeast-1",
        endpoint_url=server.url,
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="secret",
    )
    server.close()


def test_many_hosts_are_described_page_by_page(many):
    pages = list(
        many.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 50})
    )
    assert [len(page["Reservations"]) for page in pages] == [50, 50, 23]
    found = [r["Instances"][0] for page in pages for r in page["Reservations"]]
    assert [i["InstanceId"] for i in found] == [f"i-{number:017x}" for number in range(123)]
    assert found[7]["Tags"] == [{"Key": "Name", "Value": "host & 7"}]
    assert len(many.describe_instances()["Reservations"]) == 123


@pytest.mark.parametrize(
    ("asked_for", "code"),
    [
        ({"MaxResults": 4}, "InvalidParameterValue"),
        ({"MaxResults": 1001}, "InvalidParameterValue"),
        ({"MaxResults": 50, "NextToken": "x"}, "InvalidParameterValue"),
        ({"MaxResults": 50, "NextToken": "124"}, "InvalidParameterValue"),
        (
            {"MaxResults": 50, "InstanceIds": ["i-00000000000000001"]},
            "InvalidParameterCombination",
        ),
        ({"InstanceIds": ["i-00000000000000001"] * 1001}, "InvalidParameterValue"),
    ],
)
def test_a_page_that_there_cannot_be_is_refused(many, asked_for, code):
    with pytest.raises(ClientError) as error:
        many.describe_instances(**asked_for)
    assert error.value.response["Error"]["Code"] == code
