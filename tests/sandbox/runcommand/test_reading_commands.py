from __future__ import annotations

from datetime import timedelta

import pytest

from support.paper_service import REGION, Refused

OUTPUT = {"stdout": "o" * 24_000, "stderr": "e" * 24_000, "output": "page"}


def rows(service, **members):
    return service.call("ListCommandInvocations", **members)["CommandInvocations"]


def get(service, command_id, host, **members):
    return service.call(
        "GetCommandInvocation", CommandId=command_id, InstanceId=host.instance_id, **members
    )


def test_until_it_ended_an_invocation_has_no_output(service):
    host = service.add()
    command_id = service.send(host)
    got = get(service, command_id, host)
    assert (got["ResponseCode"], got["StandardOutputContent"]) == (-1, "")
    assert (got["ExecutionStartDateTime"], got["ExecutionElapsedTime"]) == ("", "")
    (row,) = rows(service, CommandId=command_id, Details=True)
    (plugin,) = row["CommandPlugins"]
    assert (plugin["Status"], plugin["ResponseCode"], plugin["Output"]) == ("InProgress", -1, "")


def test_one_invocation_gives_long_streams_apart(service):
    host = service.add()
    command_id = service.send(host)
    service.end(host, "Failed", 3, **OUTPUT)
    got = get(service, command_id, host)
    assert (len(got["StandardOutputContent"]), len(got["StandardErrorContent"])) == (24_000, 8_000)
    assert (got["ResponseCode"], got["PluginName"]) == (3, "aws:runPowerShellScript")


def test_a_row_gives_both_streams_in_one(service):
    host = service.add()
    command_id = service.send(host, Comment="run 1")
    service.end(host, "Failed", 3, **OUTPUT)
    (row,) = rows(service, CommandId=command_id, Details=True)
    (plugin,) = row["CommandPlugins"]
    assert (row["InstanceName"], row["Comment"], row["Status"]) == (host.name, "run 1", "Failed")
    assert (plugin["Name"], plugin["ResponseCode"]) == ("aws:runPowerShellScript", 3)
    assert plugin["Output"] == "page"
    assert plugin["ResponseStartDateTime"] == plugin["ResponseFinishDateTime"]


def test_without_details_a_row_has_no_plugins(service):
    command_id = service.send(service.add())
    assert rows(service, CommandId=command_id)[0]["CommandPlugins"] == []


def test_the_elapsed_time_is_an_iso_duration(service):
    host = service.add()
    command_id = service.send(host)
    begun = service.clock.now()
    service.end(host, began=begun, ended=begun + timedelta(seconds=61.5))
    got = get(service, command_id, host)
    assert got["ExecutionElapsedTime"] == "PT61.500S"
    assert got["ExecutionStartDateTime"] == "2026-01-01T00:00:00.200Z"
    assert got["ExecutionEndDateTime"] == "2026-01-01T00:01:01.700Z"


def test_the_urls_name_where_the_agent_puts_streams_in_s3(service):
    host = service.add()
    command_id = service.send(host, OutputS3BucketName="logs", OutputS3KeyPrefix="a/b")
    step = "awsrunPowerShellScript/0.awsrunPowerShellScript"
    assert get(service, command_id, host)["StandardOutputUrl"] == (
        f"https://s3.{REGION}.amazonaws.com/logs/a/b/{command_id}/{host.instance_id}/{step}/stdout"
    )


def test_where_output_goes_is_told_by_each_call(service):
    host = service.add()
    where = {"OutputS3BucketName": "logs", "OutputS3KeyPrefix": "a/b"}
    command_id = service.send(host, **where, OutputS3Region="eu-west-1")
    told = {**where, "OutputS3Region": REGION}  # the one that is asked for is ignored
    (command,) = service.call("ListCommands", CommandId=command_id)["Commands"]
    assert {name: command[name] for name in told} == told
    asked = {"CommandId": command_id, "Details": True}

    def plugin():
        (row,) = service.call("ListCommandInvocations", **asked)["CommandInvocations"]
        assert row["StandardOutputUrl"].startswith(f"https://s3.{REGION}.amazonaws.com/logs/a/b/")
        (found,) = row["CommandPlugins"]
        return {name: found[name] for name in told}

    assert plugin() == told
    folder = f"a/b/{command_id}/{host.instance_id}/awsrunPowerShellScript"
    service.end(host, bucket="logs", key_prefix=folder)
    assert plugin() == {**told, "OutputS3KeyPrefix": folder}


def test_the_plugin_can_be_named(service):
    host = service.add()
    command_id = service.send(host)
    assert get(service, command_id, host, PluginName="aws:runPowerShellScript")
    with pytest.raises(Refused) as caught:
        get(service, command_id, host, PluginName="aws:runShellScript")
    assert caught.value.code == "InvalidPluginName"


def test_another_instance_has_no_invocation(service):
    command_id = service.send(service.add(1))
    with pytest.raises(Refused) as caught:
        get(service, command_id, service.add(2))
    assert caught.value.code == "InvocationDoesNotExist"


def test_pages_hold_every_row_once(service):
    hosts = [service.add(n) for n in range(1, 8)]
    command_id = service.send(*hosts)
    seen, token = [], {}
    for size in (3, 3, 1):
        page = service.call("ListCommandInvocations", CommandId=command_id, MaxResults=3, **token)
        assert len(page["CommandInvocations"]) == size
        seen += [row["InstanceId"] for row in page["CommandInvocations"]]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
    assert token == {}
    assert seen == [host.instance_id for host in hosts]


@pytest.mark.parametrize("token", ["x", "!", "ZnJvbTp4", "\u3042"])
def test_a_token_of_somebody_elses_is_refused(service, token):
    with pytest.raises(Refused) as caught:
        service.call("ListCommands", NextToken=token)
    assert caught.value.code == "InvalidNextToken"


@pytest.mark.parametrize("size", [0, 51])
def test_a_page_has_one_to_fifty_rows(service, size):
    with pytest.raises(Refused) as caught:
        service.call("ListCommandInvocations", MaxResults=size)
    assert caught.value.code == "ValidationException"


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("Status", "Success", 1),
        ("Status", "InProgress", 1),
        ("Status", "Failed", 0),
        ("ExecutionStage", "Complete", 1),
        ("ExecutionStage", "Executing", 1),
        ("DocumentName", "AWS-RunPowerShellScript", 2),
        ("DocumentName", "AWS-RunShellScript", 0),
        ("InvokedAfter", "2025-12-31T00:00:00Z", 2),
        ("InvokedBefore", "2025-12-31T00:00:00Z", 0),
    ],
)
def test_filters_choose_invocations_and_commands(service, key, value, count):
    done, open_ = service.add(1), service.add(2)
    service.send(done)
    service.end(done)
    service.send(open_)
    filters = [{"key": key, "value": value}]
    assert len(rows(service, Filters=filters)) == count
    assert len(service.call("ListCommands", Filters=filters)["Commands"]) == count


def test_a_filter_by_time_wants_a_time(service):
    service.send(service.add())
    with pytest.raises(Refused) as caught:
        rows(service, Filters=[{"key": "InvokedAfter", "value": "yesterday"}])
    assert caught.value.code == "ValidationException"


def test_commands_come_newest_first_and_by_instance(service):
    one, two = service.add(1), service.add(2)
    first, second, third = service.send(one), service.send(two), service.send(one)
    listed = service.call("ListCommands")["Commands"]
    assert [command["CommandId"] for command in listed] == [third, second, first]
    of_one = service.call("ListCommands", InstanceId=one.instance_id)["Commands"]
    assert [command["CommandId"] for command in of_one] == [third, first]


def test_another_region_has_no_commands(service):
    command_id = service.send(service.add())
    service.region = "us-east-1"
    assert rows(service, CommandId=command_id) == []


def describe(service, **members):
    listed = service.call("DescribeInstanceInformation", **members)["InstanceInformationList"]
    return [row["InstanceId"] for row in listed]


def test_an_instance_is_described_as_it_registered(service):
    host = service.add(name="WEB-1")
    (row,) = service.call("DescribeInstanceInformation")["InstanceInformationList"]
    assert (row["InstanceId"], row["ComputerName"]) == (host.instance_id, "WEB-1")
    assert (row["PingStatus"], row["PlatformType"]) == ("Online", "Windows")
    assert row["LastPingDateTime"] == service.clock.now().timestamp()


def test_an_unreachable_instance_keeps_its_last_ping(service):
    host = service.add()
    service.clock.sleep(5)
    before = service.clock.now().timestamp()
    assert describe(service) == [host.instance_id]
    host.online = False
    service.clock.sleep(300)
    (row,) = service.call("DescribeInstanceInformation")["InstanceInformationList"]
    assert (row["PingStatus"], row["LastPingDateTime"]) == ("ConnectionLost", before)


def test_an_instance_that_is_offline_from_the_start_was_last_seen_long_ago(service):
    service.add(online=False)
    (row,) = service.call("DescribeInstanceInformation")["InstanceInformationList"]
    assert row["PingStatus"] == "ConnectionLost"
    assert row["LastPingDateTime"] < service.clock.now().timestamp() - 600


@pytest.mark.parametrize(
    ("key", "values", "found"),
    [
        ("InstanceIds", ["i-00000000000000002", "i-0000000000000000f"], [2]),
        ("PingStatus", ["ConnectionLost"], [2]),
        ("PlatformTypes", ["Linux", "MacOS"], [3]),
        ("PlatformTypes", ["Windows", "Linux"], [1, 2, 3]),
        ("ResourceType", ["ManagedInstance"], []),
    ],
)
def test_instances_are_filtered_in_both_forms(service, key, values, found):
    service.add(1)
    service.add(2, online=False)
    service.add(3, platform="Linux")
    expected = [f"i-{number:017x}" for number in found]
    assert describe(service, Filters=[{"Key": key, "Values": values}]) == expected
    old = [{"key": key, "valueSet": values}]
    assert describe(service, InstanceInformationFilterList=old) == expected


def test_an_unknown_filter_is_an_error(service):
    service.add()
    with pytest.raises(Refused) as caught:
        describe(service, Filters=[{"Key": "Colour", "Values": ["red"]}])
    assert caught.value.code == "InvalidFilterKey"


def test_instances_come_ten_to_a_page(service):
    for number in range(1, 13):
        service.add(number)
    page = service.call("DescribeInstanceInformation")
    assert len(page["InstanceInformationList"]) == 10
    rest = service.call("DescribeInstanceInformation", NextToken=page["NextToken"])
    assert len(rest["InstanceInformationList"]) == 2


@pytest.mark.parametrize("size", [4, 51])
def test_a_page_of_instances_has_five_to_fifty_rows(service, size):
    with pytest.raises(Refused) as caught:
        describe(service, MaxResults=size)
    assert caught.value.code == "ValidationException"
