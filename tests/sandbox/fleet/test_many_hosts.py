"""Run Command's calls where there are many hosts: pages, filters, targets, limits."""

import pytest

from orchestrator.sandbox.fleet.order import FleetOrder
from orchestrator.sandbox.runcommand import ApiError, ManagedInfo, Settings
from support.paper_fleet import Fleet
from support.paper_service import Refused, Service

EVERYONE = [{"Key": "tag-key", "Values": ["env"]}]
ALL_AT_ONCE = {"MaxConcurrency": "100%", "MaxErrors": "100%"}


@pytest.fixture(scope="module")
def many():
    return Fleet(FleetOrder(1_234))


def described(fleet, *filters, size=50):
    rows = fleet.all_pages(
        "DescribeInstanceInformation",
        Filters=[{"Key": key, "Values": list(values)} for key, *values in filters],
        MaxResults=size,
    )
    return [row["InstanceId"] for row in rows]


def having(fleet, **tags):
    return [n.instance_id for n in fleet.nodes if tags.items() <= n.info.tags.items()]


@pytest.mark.parametrize("size", [5, 37, 50])
def test_the_pages_of_1234_hosts_hold_each_once(many, size):
    assert described(many, size=size) == many.ids


def test_a_page_holds_ten_hosts_where_nothing_is_said(many):
    page = many.service.call("DescribeInstanceInformation")
    assert len(page["InstanceInformationList"]) == 10


def test_a_command_to_1234_hosts_is_read_page_by_page(many):
    command_id = many.send(Targets=EVERYONE, **ALL_AT_ONCE)
    many.service.clock.sleep(1)
    many.settle()
    first = [row["InstanceId"] for row in many.rows(command_id)]
    assert first == many.ids
    many.pass_time(3.0)
    assert [row["InstanceId"] for row in many.rows(command_id, MaxResults=7)] == first
    many.pass_time(200.0)
    rows = many.rows(command_id, Details=True)
    assert [row["InstanceId"] for row in rows] == first
    assert {row["Status"] for row in rows} == {"Success"}
    done = many.rows(command_id, Filters=[{"key": "Status", "value": "Success"}])
    assert [row["InstanceId"] for row in done] == first
    assert many.service.command(command_id)["CompletedCount"] == 1_234


def test_one_host_of_a_large_command_is_found_by_its_id(many):
    command_id = many.send(Targets=EVERYONE, **ALL_AT_ONCE)
    many.service.clock.sleep(1)
    (row,) = many.rows(command_id, InstanceId=many.ids[700])
    assert row["InstanceId"] == many.ids[700]


@pytest.mark.parametrize(
    ("filters", "tags"),
    [
        ([("tag:env", "prod")], {"env": "prod"}),
        ([("tag:env", "prod"), ("tag:team", "web")], {"env": "prod", "team": "web"}),
        ([("tag-key", "canary")], {"canary": "true"}),
    ],
)
def test_tags_choose(many, filters, tags):
    found = having(many, **tags)
    assert 50 < len(found) < 1_234
    assert described(many, *filters) == found
    targets = [{"Key": key, "Values": list(values)} for key, *values in filters]
    command_id = many.send(Targets=targets, **ALL_AT_ONCE)
    many.service.clock.sleep(1)
    assert [row["InstanceId"] for row in many.rows(command_id)] == found
    command = many.service.command(command_id)
    assert (command["TargetCount"], command["Targets"]) == (len(found), targets)


def test_any_of_a_tags_values_counts(many):
    found = {*having(many, env="test"), *having(many, env="dev")}
    assert set(described(many, ("tag:env", "test", "dev"))) == found


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("PlatformTypes", "Windows", 1_234),
        ("PlatformTypes", "Linux", 0),
        ("PingStatus", "Online", 1_234),
        ("ResourceType", "EC2Instance", 1_234),
        ("ResourceType", "ManagedInstance", 0),
        ("SourceTypes", "AWS::EC2::Instance", 1_234),
        ("ActivationIds", "11111111-1111-1111-1111-111111111111", 0),
        ("IamRole", "SomeRole", 0),
        ("AssociationStatus", "Success", 0),
    ],
)
def test_the_other_filters_choose_too(many, key, value, count):
    assert len(described(many, (key, value))) == count


def test_agent_versions_differ(many):
    versions = {node.info.agent_version for node in many.nodes}
    assert len(versions) > 1
    assert sum(len(described(many, ("AgentVersion", each))) for each in versions) == 1_234


def test_ids_choose_and_one_that_is_not_managed_is_no_error(many):
    wanted = [*many.ids[100:149], "i-00000000000000001"]
    assert described(many, ("InstanceIds", *wanted)) == many.ids[100:149]
    older = [{"key": "InstanceIds", "valueSet": many.ids[:3]}]
    page = many.service.call("DescribeInstanceInformation", InstanceInformationFilterList=older)
    assert [row["InstanceId"] for row in page["InstanceInformationList"]] == many.ids[:3]


def refused(fleet, operation, **members):
    with pytest.raises(Refused) as error:
        fleet.service.call(operation, **members)
    return error.value.code


def test_tag_filters_stand_alone(many):
    both = [{"Key": "tag:env", "Values": ["prod"]}, {"Key": "PingStatus", "Values": ["Online"]}]
    assert refused(many, "DescribeInstanceInformation", Filters=both) == "InvalidFilterKey"


def test_both_kinds_of_filters_are_too_many(many):
    code = refused(
        many,
        "DescribeInstanceInformation",
        Filters=[{"Key": "PingStatus", "Values": ["Online"]}],
        InstanceInformationFilterList=[{"key": "PingStatus", "valueSet": ["Online"]}],
    )
    assert code == "ValidationException"


def test_a_filter_that_there_is_none_of_is_refused(many):
    odd = [{"Key": "Wings", "Values": ["2"]}]
    assert refused(many, "DescribeInstanceInformation", Filters=odd) == "InvalidFilterKey"


def test_fifty_ids_are_the_most_of_one_send(many):
    request = {
        "DocumentName": "AWS-RunPowerShellScript",
        "Parameters": {"commands": ["'x'"]},
    }
    assert (
        refused(many, "SendCommand", InstanceIds=many.ids[:51], **request) == "ValidationException"
    )


def test_a_target_key_that_is_not_here_is_refused(many):
    request = {
        "DocumentName": "AWS-RunPowerShellScript",
        "Parameters": {"commands": ["'x'"]},
        "Targets": [{"Key": "aws:cloudformation:stack-name", "Values": ["web"]}],
    }
    assert refused(many, "SendCommand", **request) == "InvalidParameters"


@pytest.mark.parametrize(
    ("keys", "values", "is_taken"), [(5, 1, True), (6, 1, False), (1, 50, True), (1, 51, False)]
)
def test_targets_have_five_keys_and_fifty_values_at_most(many, keys, values, is_taken):
    wanted = ["prod", *(f"value{number}" for number in range(values - 1))]
    targets = [{"Key": "tag:env", "Values": wanted}]
    targets += [{"Key": f"tag:key{number}", "Values": ["x"]} for number in range(keys - 1)]
    request = {"DocumentName": "AWS-RunPowerShellScript", "Parameters": {"commands": ["'x'"]}}
    if is_taken:
        sent = many.service.call("SendCommand", Targets=targets, **request)["Command"]
        assert (sent["TargetCount"] > 0) is (keys == 1)
    else:
        code = refused(many, "SendCommand", Targets=targets, **request)
        assert code == "ValidationException"


def test_a_tag_that_nobody_has_is_a_command_without_invocations(many):
    command_id = many.send(Targets=[{"Key": "tag:env", "Values": ["moon"]}])
    many.service.clock.sleep(1)
    assert many.rows(command_id) == []
    assert many.service.command(command_id)["StatusDetails"] == "NoInstancesInTag"


@pytest.mark.parametrize("token", ["bm9uc2Vuc2U=", "ZnJvbTotMQ==", "ZnJvbTo5OTk5OTk5OTk5OTk5OTk="])
def test_a_token_that_was_never_given_is_refused(many, token):
    assert refused(many, "DescribeInstanceInformation", NextToken=token) == "InvalidNextToken"


def test_the_first_looks_at_a_command_show_nothing():
    service = Service(Settings(empty_looks=3))
    host = service.add()
    command_id = service.send(host)
    listed = service.call("ListCommandInvocations", CommandId=command_id)
    assert listed["CommandInvocations"] == []
    with pytest.raises(Refused) as error:
        service.state(command_id, host)
    assert error.value.code == "InvocationDoesNotExist"
    assert service.call("ListCommands")["Commands"] == []
    assert service.state(command_id, host) == ("InProgress", "InProgress")
    listed = service.call("ListCommandInvocations", CommandId=command_id)
    assert len(listed["CommandInvocations"]) == 1


def test_each_command_has_its_own_first_looks():
    service = Service(Settings(empty_looks=1))
    first = service.send(service.add(1))
    service.call("ListCommands")
    second = service.send(service.add(2))
    found = [c["CommandId"] for c in service.call("ListCommands")["Commands"]]
    assert found == [first]
    found = [c["CommandId"] for c in service.call("ListCommands")["Commands"]]
    assert found == [second, first]


def mixed(**more):
    """Two Windows hosts and a Linux host with one tag."""
    service = Service(**more)
    tagged = ManagedInfo(tags={"env": "prod"})
    platforms = ("Windows", "Linux", "Windows")
    return service, [
        service.add(number, platform=platform, info=tagged)
        for number, platform in enumerate(platforms, 1)
    ]


TO_PROD = {
    "DocumentName": "AWS-RunShellScript",
    "Targets": [{"Key": "tag:env", "Values": ["prod"]}],
    "Parameters": {"commands": ["true"]},
}


def test_a_tag_that_other_platforms_have_too_says_so_host_by_host():
    service, hosts = mixed()
    command_id = service.call("SendCommand", **TO_PROD)["Command"]["CommandId"]
    service.clock.sleep(1)
    found = [service.state(command_id, host) for host in hosts]
    barred = ("Failed", "InvalidPlatform")
    assert found == [barred, ("InProgress", "InProgress"), barred]
    service.end(hosts[1])
    command = service.command(command_id)
    assert (command["Status"], command["CompletedCount"], command["ErrorCount"]) == (
        "Success",
        3,
        0,
    )


def test_a_host_of_a_tag_that_the_caller_may_not_send_to_is_left_out():
    def authorize(_environ, action, resource):
        if action == "ssm:SendCommand" and resource.endswith(f"{1:017x}"):
            raise ApiError("AccessDeniedException", "no")

    service, hosts = mixed(authorize=authorize)
    command_id = service.call("SendCommand", **{**TO_PROD, **POWERSHELL})["Command"]["CommandId"]
    service.clock.sleep(1)
    found = [service.state(command_id, host)[1] for host in hosts]
    assert found == ["AccessDenied", "InProgress", "InProgress"]
    assert service.receive(hosts[0]) is None
    with pytest.raises(Refused) as error:
        service.send(*hosts)
    assert error.value.code == "AccessDeniedException"


POWERSHELL = {"DocumentName": "AWS-RunPowerShellScript"}
