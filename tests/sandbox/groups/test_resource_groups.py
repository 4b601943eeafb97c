"""The sandbox's Resource Groups, asked by boto3, with the sandbox's own identities."""

import json

import pytest

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud.clients import new_client
from orchestrator.sandbox.ec2 import Instance
from orchestrator.sandbox.groups import ResourceGroups
from orchestrator.sandbox.imds import Imds, InstanceIdentity
from orchestrator.sandbox.launch.gate import authorizer, locator
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import ManagedInfo, RunCommand
from orchestrator.sandbox.runcommand.everywhere import Everywhere
from orchestrator.sandbox.server import Server
from support.paper_service import PaperHost
from support.standing_cloud import A, D, Keys, Standing, policy, put, refused, statement

OTHER = "us-east-1"
SEND = {"DocumentName": "AWS-RunPowerShellScript", "Parameters": {"commands": ["exit 0"]}}
READS = {
    "resource-groups:ListGroupResources",
    "tag:GetResources",
    "cloudformation:DescribeStacks",
    "cloudformation:ListStackResources",
}


def nobody():
    raise AssertionError("no credentials are asked for here")


def instance(number, place=world.HOME, **tags):
    identity = InstanceIdentity(f"i-{number:017x}", place.account, place.region, "Role", "Profile")
    return Instance(Imds(identity, nobody), tags=tags)


INSTANCES = [
    instance(1, env="prod", team="web"),
    instance(2, env="prod", team="data"),
    instance(3, env="test", team="web"),
    instance(4),
    instance(5, Place(A, OTHER), env="prod"),
    instance(6, Place(D, world.REGION), env="prod"),
]


@pytest.fixture(scope="module")
def standing():
    found = Standing()
    yield found
    found.close()


@pytest.fixture(scope="module")
def clients(standing):
    """A client of a service as whoever it is, in a region."""
    cloud = standing.cloud
    asked = authorizer(cloud, "ssm"), locator(cloud, "ssm")
    groups = ResourceGroups(
        INSTANCES, authorizer(cloud, "resource-groups"), locator(cloud, "resource-groups")
    )
    members = groups.for_run_command(*asked)

    def make(place):
        made = RunCommand(
            standing.clock, place.region, place.account, None, asked[0], groups=members
        )
        for one in INSTANCES:
            # One of the members is not managed: nobody can send to it.
            if one.place == place and one.instance_id != f"i-{2:017x}":
                made.register(PaperHost(one.instance_id), ManagedInfo(tags=one.tags))
        return made

    servers = {"resource-groups": Server(groups), "ssm": Server(Everywhere(make, asked[1]).app)}

    def client(service, who=world.ADMIN_A, region=world.REGION):
        keys = who if isinstance(who, Keys) else standing.cloud.keys[who]
        given = (service, servers[service].url, keys.access_key_id, keys.secret_access_key)
        return new_client(*given, getattr(keys, "token", None), region=region)

    yield client
    for server in servers.values():
        server.close()


@pytest.fixture
def groups(clients):
    """Resource Groups as account A's administrator; what is made there is gone afterwards."""
    found = clients("resource-groups")
    yield found
    for group in found.list_groups()["GroupIdentifiers"]:
        found.delete_group(Group=group["GroupName"])


@pytest.fixture
def alice(standing):
    """A user of account A; what she may is given in the test."""
    if not hasattr(standing, "alice"):
        standing.alice = standing.new_user("alice")

    def may(*statements):
        put(standing.client("iam", A).put_user_policy, policy(*statements), UserName="alice")
        return standing.alice

    return may


def query(*tags, types=("AWS::EC2::Instance",), **more):
    filters = [{"Key": key, "Values": list(values)} for key, *values in tags]
    text = json.dumps({"ResourceTypeFilters": list(types), "TagFilters": filters, **more})
    return {"Type": "TAG_FILTERS_1_0", "Query": text}


def members(client, group="g", **more):
    answer = client.list_group_resources(Group=group, **more)
    arns = [row["Identifier"]["ResourceArn"] for row in answer["Resources"]]
    assert [row["ResourceArn"] for row in answer["ResourceIdentifiers"]] == arns
    return [int(arn.rpartition("/i-")[2], 16) for arn in arns]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([("env", "prod")], [1, 2]),
        ([("env", "prod", "test")], [1, 2, 3]),
        ([("env", "prod"), ("team", "web")], [1]),
        ([("env",)], [1, 2, 3]),
        ([("env", "PROD")], []),
        ([("Env", "prod")], []),
    ],
)
def test_members_have_all_of_the_tags_with_one_of_their_values(groups, tags, expected):
    groups.create_group(Name="g", ResourceQuery=query(*tags))
    assert members(groups) == expected
    everything = query(*tags, types=("AWS::AllSupported",))
    groups.update_group_query(Group="g", ResourceQuery=everything)
    assert members(groups) == expected
    assert groups.get_group_query(Group="g")["GroupQuery"]["ResourceQuery"] == everything


def test_a_group_is_made_shown_and_gone(groups):
    asked = query(("env", "prod"))
    made = groups.create_group(Name="g", Description="all of prod", ResourceQuery=asked)
    arn = f"arn:aws:resource-groups:{world.REGION}:{A}:group/g"
    assert made["Group"] == {"GroupArn": arn, "Name": "g", "Description": "all of prod"}
    assert made["ResourceQuery"] == asked
    assert groups.get_group(Group=arn)["Group"] == made["Group"]
    assert groups.get_group(GroupName="g")["Group"] == made["Group"]
    with refused("BadRequestException", 400):
        groups.create_group(Name="g", ResourceQuery=asked)
    groups.delete_group(Group=arn)
    for call in (groups.get_group, groups.get_group_query, groups.list_group_resources):
        with refused("NotFoundException", 404):
            call(Group="g")


def test_groups_and_members_belong_to_one_region_of_one_account(groups, clients):
    groups.create_group(Name="g", ResourceQuery=query(("env", "prod")))
    arn = groups.get_group(Group="g")["Group"]["GroupArn"]
    others = {5: (world.ADMIN_A, OTHER), 6: (world.ADMIN_D, world.REGION)}
    for number, (who, region) in others.items():
        client = clients("resource-groups", who, region)
        assert client.list_groups()["Groups"] == []
        for name in ("g", arn):
            with refused("NotFoundException", 404):
                client.list_group_resources(Group=name)
        client.create_group(Name="g", ResourceQuery=query(("env", "prod")))
        assert members(client) == [number]
        client.delete_group(Group="g")
    assert members(groups) == [1, 2]


def test_groups_are_listed_page_by_page(groups):
    for number in range(7):
        groups.create_group(Name=f"g{number}", ResourceQuery=query(("env", "prod")))
    pages = list(groups.get_paginator("list_groups").paginate(PaginationConfig={"PageSize": 3}))
    names = [[row["GroupName"] for row in page["GroupIdentifiers"]] for page in pages]
    assert names == [["g0", "g1", "g2"], ["g3", "g4", "g5"], ["g6"]]
    first = groups.list_group_resources(Group="g0", MaxResults=1)
    assert len(first["Resources"]) == 1
    assert members(groups, "g0", MaxResults=1, NextToken=first["NextToken"]) == [2]


def test_a_filter_for_a_type_that_the_query_does_not_name_is_refused(groups):
    groups.create_group(Name="g", ResourceQuery=query(("env", "prod"), types=("AWS::S3::Bucket",)))
    assert members(groups) == []
    wanted = [{"Name": "resource-type", "Values": ["AWS::EC2::Instance"]}]
    with refused("BadRequestException", 400):
        groups.list_group_resources(Group="g", Filters=wanted)
    groups.update_group_query(Group="g", ResourceQuery=query(("env", "prod")))
    assert members(groups, Filters=wanted) == [1, 2]


def raw(text):
    return {"Type": "TAG_FILTERS_1_0", "Query": text}


NO_QUERY = {
    "no JSON": raw("env=prod"),
    "no structure": raw("[]"),
    "a list of texts": raw('{"TagFilters": ["env"]}'),
    "another member": query(("env", "prod"), Foo=1),
    "no tag": query(),
    "no type": query(("env", "prod"), types=()),
    "half a type": query(("env", "prod"), types=("EC2",)),
    "types as a text": raw('{"ResourceTypeFilters": "AWS::", "TagFilters": [{"Key": "a"}]}'),
    "values as a text": raw('{"TagFilters": [{"Key": "env", "Values": "prod"}]}'),
    "no key": raw('{"TagFilters": [{"Values": ["prod"]}]}'),
    "too many tags": query(*((f"key{n}", "x") for n in range(51))),
    "too many values": query(("env", *map(str, range(21)))),
    "a stack": {"Type": "CLOUDFORMATION_STACK_1_0", "Query": "{}"},
}


@pytest.mark.parametrize("asked", NO_QUERY.values(), ids=NO_QUERY)
def test_a_query_that_is_none_makes_no_group(groups, asked):
    with refused("BadRequestException", 400):
        groups.create_group(Name="g", ResourceQuery=asked)
    assert groups.list_groups()["Groups"] == []


@pytest.mark.parametrize("name", ["aws-things", "AwsThings", "two words", "x" * 301])
def test_a_name_that_cannot_be_is_refused(groups, name):
    with refused("BadRequestException", 400):
        groups.create_group(Name=name, ResourceQuery=query(("env", "prod")))


def test_what_is_not_here_is_refused_and_not_ignored(groups):
    asked = {"Name": "g", "ResourceQuery": query(("env", "prod"))}
    with refused("BadRequestException", 400):
        groups.create_group(**asked, Tags={"a": "b"})
    with refused("BadRequestException", 400):
        groups.create_group(Name="g", Configuration=[{"Type": "AWS::EC2::HostManagement"}])
    with refused("BadRequestException", 400):
        groups.create_group(Name="g")
    with refused("BadRequestException", 400):
        groups.list_groups(Filters=[{"Name": "resource-type", "Values": ["AWS::EC2::Instance"]}])
    with refused("UnknownOperationException", 404):
        groups.search_resources(ResourceQuery=query(("env", "prod")))


def test_everything_is_decided_by_iam(groups, clients, alice):
    groups.create_group(Name="g", ResourceQuery=query(("env", "prod")))
    calls = {
        "CreateGroup": lambda c: c.create_group(Name="h", ResourceQuery=query(("env", "prod"))),
        "GetGroup": lambda c: c.get_group(Group="g"),
        "GetGroupQuery": lambda c: c.get_group_query(Group="g"),
        "UpdateGroupQuery": lambda c: c.update_group_query(
            Group="g", ResourceQuery=query(("env", "prod"))
        ),
        "ListGroups": lambda c: c.list_groups(),
        "ListGroupResources": lambda c: c.list_group_resources(Group="g"),
        "DeleteGroup": lambda c: c.delete_group(Group="h"),
    }
    for operation, call in calls.items():
        everything_else = {"Effect": "Allow", "Resource": "*"}
        everything_else["NotAction"] = f"resource-groups:{operation}"
        with refused("AccessDeniedException", 403) as said:
            call(clients("resource-groups", alice(everything_else)))
        assert f"not authorized to perform: resource-groups:{operation}" in said.message
        call(clients("resource-groups", alice(statement())))


@pytest.mark.parametrize("missing", sorted(READS))
def test_listing_needs_all_that_aws_says_it_needs(groups, clients, alice, missing):
    groups.create_group(Name="g", ResourceQuery=query(("env", "prod")))
    keys = alice(statement(action=sorted(READS - {missing})))
    with refused("AccessDeniedException", 403) as said:
        members(clients("resource-groups", keys))
    assert missing in said.message
    assert members(clients("resource-groups", alice(statement(action=sorted(READS))))) == [1, 2]


def test_a_permission_may_be_for_one_group(groups, clients, alice):
    for name in ("mine", "yours"):
        groups.create_group(Name=name, ResourceQuery=query(("env", "prod")))
    mine = f"arn:aws:resource-groups:{world.REGION}:{A}:group/mine"
    own = statement(action="resource-groups:*", resource=mine)
    rest = statement(action=sorted(READS - {"resource-groups:ListGroupResources"}))
    client = clients("resource-groups", alice(own, rest))
    assert members(client, "mine") == [1, 2]
    with refused("AccessDeniedException", 403):
        members(client, "yours")


def test_a_wrong_secret_and_another_services_signature_are_refused(standing, clients, groups):
    keys = standing.cloud.keys[world.ADMIN_A]
    with refused("InvalidSignatureException", 403):
        clients("resource-groups", Keys(keys.access_key_id, "wrong")).list_groups()
    with refused("UnrecognizedClientException", 403):
        clients("resource-groups", Keys("AKIAAAAAAAAAAAAAAAAA", "x")).list_groups()


def sent_to(client, *targets):
    wanted = [{"Key": key, "Values": list(values)} for key, *values in targets]
    return client.send_command(**SEND, Targets=wanted)["Command"]


def test_a_command_for_a_group_goes_to_its_managed_members(groups, clients, standing):
    groups.create_group(Name="g", ResourceQuery=query(("env", "prod")))
    ssm = clients("ssm")
    command = sent_to(ssm, ("resource-groups:Name", "g"))
    assert command["Targets"] == [{"Key": "resource-groups:Name", "Values": ["g"]}]
    assert command["TargetCount"] == 1
    standing.clock.sleep(1)
    listed = ssm.list_command_invocations(CommandId=command["CommandId"])["CommandInvocations"]
    assert [row["InstanceId"] for row in listed] == [f"i-{1:017x}"]


@pytest.mark.parametrize("name", ["nobodys", "there-is-none"])
def test_a_group_without_managed_members_is_a_command_without_invocations(
    groups, clients, standing, name
):
    groups.create_group(Name="nobodys", ResourceQuery=query(("env", "moon")))
    ssm = clients("ssm")
    command_id = sent_to(ssm, ("resource-groups:Name", name))["CommandId"]
    standing.clock.sleep(1)
    (found,) = ssm.list_commands(CommandId=command_id)["Commands"]
    assert (found["StatusDetails"], found["TargetCount"]) == ("NoInstancesInTag", 0)


def test_who_may_not_list_the_group_gets_a_command_that_says_so(groups, clients, alice, standing):
    groups.create_group(Name="g", ResourceQuery=query(("env", "prod")))
    ssm = clients("ssm", alice(statement(action="ssm:*")))
    command_id = sent_to(ssm, ("resource-groups:Name", "g"))["CommandId"]
    standing.clock.sleep(1)
    (found,) = ssm.list_commands(CommandId=command_id)["Commands"]
    assert (found["Status"], found["StatusDetails"]) == ("Failed", "AccessDenied")
    assert ssm.list_command_invocations(CommandId=command_id)["CommandInvocations"] == []
    both = alice(statement(action="ssm:*"), statement(action=sorted(READS)))
    assert sent_to(clients("ssm", both), ("resource-groups:Name", "g"))["TargetCount"] == 1


@pytest.mark.parametrize(
    "targets",
    [
        [("resource-groups:Name", "g", "h")],
        [("resource-groups:Name",)],
        [("resource-groups:Name", "g"), ("tag:env", "prod")],
        [("tag:env", "prod"), ("resource-groups:Name", "g")],
        [("resource-groups:ResourceTypeFilters", "AWS::EC2::Instance")],
    ],
)
def test_a_command_has_one_group_at_most_and_nothing_beside_it(groups, clients, targets):
    for name in ("g", "h"):
        groups.create_group(Name=name, ResourceQuery=query(("env", "prod")))
    with refused("InvalidParameters", 400):
        sent_to(clients("ssm"), *targets)
