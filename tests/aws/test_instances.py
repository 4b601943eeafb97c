"""EC2 and the instance profile, as they answer and where they refuse."""

import pytest
from botocore.stub import Stubber

from orchestrator.aws.instances import Ec2InstanceReader
from orchestrator.aws.session import READS, Access

INSTANCE = "i-0d176f4a5f9738429"
PROFILE = "arn:aws:iam::111111111111:instance-profile/apps/EC2RoleforSSM"
ROLE = "arn:aws:iam::111111111111:role/EC2RoleforSSM"


@pytest.fixture
def stubbed(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    access = Access(None, "eu-west-1")
    clients = {name: access.client(name, READS) for name in ("ec2", "iam")}
    access.client = lambda service, _config: clients[service]
    stubs = {name: Stubber(client) for name, client in clients.items()}
    for stub in stubs.values():
        stub.activate()
    return Ec2InstanceReader(access), stubs


def described(**more):
    row = {
        "InstanceId": INSTANCE,
        "State": {"Code": 16, "Name": "running"},
        "MetadataOptions": {
            "HttpEndpoint": "enabled",
            "HttpTokens": "required",
            "HttpPutResponseHopLimit": 1,
        },
    }
    return {"Reservations": [{"Instances": [row | more]}]}


def profile(*arns):
    rows = [
        {
            "Path": "/",
            "RoleName": arn.rpartition("/")[2],
            "RoleId": "AROAEXAMPLEEXAMPLE001",
            "Arn": arn,
            "CreateDate": "2026-01-01T00:00:00Z",
        }
        for arn in arns
    ]
    found = {
        "Path": "/apps/",
        "InstanceProfileName": "EC2RoleforSSM",
        "InstanceProfileId": "AIPAEXAMPLEEXAMPLE001",
        "Arn": PROFILE,
        "CreateDate": "2026-01-01T00:00:00Z",
        "Roles": rows,
    }
    return {"InstanceProfile": found}


def test_an_instance_comes_with_its_role_and_metadata(stubbed):
    reader, stubs = stubbed
    stubs["ec2"].add_response(
        "describe_instances",
        described(IamInstanceProfile={"Arn": PROFILE, "Id": "AIPAEXAMPLE"}),
        {"InstanceIds": [INSTANCE]},
    )
    name = {"InstanceProfileName": "EC2RoleforSSM"}
    stubs["iam"].add_response("get_instance_profile", profile(ROLE), name)
    read = reader.read(INSTANCE)
    assert (read.exists, read.state, read.roles) == (True, "running", (ROLE,))
    assert (read.endpoint, read.tokens, read.hops) == ("enabled", "required", 1)
    assert read.unread == ()


def test_without_an_instance_profile_iam_is_not_asked(stubbed):
    reader, stubs = stubbed
    stubs["ec2"].add_response("describe_instances", described())
    read = reader.read(INSTANCE)
    assert (read.profile_arn, read.roles) == ("", ())


def test_an_instance_that_is_not_there(stubbed):
    reader, stubs = stubbed
    stubs["ec2"].add_client_error("describe_instances", "InvalidInstanceID.NotFound")
    assert reader.read(INSTANCE).exists is False


def test_who_may_not_ask_ec2_is_told_which_permission_is_missing(stubbed):
    reader, stubs = stubbed
    stubs["ec2"].add_client_error("describe_instances", "UnauthorizedOperation")
    read = reader.read(INSTANCE)
    assert (read.exists, read.unread[0].permission) == (None, "ec2:DescribeInstances")


def test_who_may_not_read_the_profile_learns_the_rest(stubbed):
    reader, stubs = stubbed
    found = described(IamInstanceProfile={"Arn": PROFILE, "Id": "AIPAEXAMPLE"})
    stubs["ec2"].add_response("describe_instances", found)
    stubs["iam"].add_client_error("get_instance_profile", "AccessDenied")
    read = reader.read(INSTANCE)
    assert (read.state, read.roles) == ("running", None)
    assert read.unread[0].permission == "iam:GetInstanceProfile"


def test_a_registered_machine_is_no_ec2_instance(stubbed):
    reader, _ = stubbed
    assert reader.read("mi-0d176f4a5f9738429").exists is None
