from __future__ import annotations

import json

import pytest

from orchestrator.sandbox.runcommand import Settings
from orchestrator.sandbox.runcommand.messages import Answer, Cancel, Reply
from support.paper_service import Refused, Service

SHORT = {"commands": ["'x'"], "executionTimeout": ["60"]}


def test_a_new_command_cannot_be_seen_at_first(service):
    host = service.add()
    command_id = service.send(host, visible=False)
    with pytest.raises(Refused) as caught:
        service.state(command_id, host)
    assert caught.value.code == "InvocationDoesNotExist"
    listed = service.call("ListCommandInvocations", CommandId=command_id, Details=True)
    assert listed == {"CommandInvocations": []}
    service.clock.sleep(0.2)
    assert service.state(command_id, host) == ("InProgress", "InProgress")


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ("Success", ("Success", "Success")),
        ("Failed", ("Failed", "Failed")),
        ("TimedOut", ("TimedOut", "ExecutionTimedOut")),
        ("Cancelled", ("Cancelled", "Cancelled")),
    ],
)
def test_a_reply_is_the_end(service, reply, state):
    host = service.add()
    command_id = service.send(host)
    service.end(host, reply)
    assert service.state(command_id, host) == state


def test_what_is_final_stays(service):
    host = service.add()
    command_id = service.send(host)
    order = service.end(host, "Success", stdout="first")
    service.reply(host, order, "Failed", 1, stdout="late")
    got = service.call("GetCommandInvocation", CommandId=command_id, InstanceId=host.instance_id)
    assert (got["Status"], got["StandardOutputContent"]) == ("Success", "first")


def test_a_plugins_reply_after_the_final_one_changes_nothing(service):
    host = service.add()
    command_id = service.send(host)
    order = service.end(host, "Failed", 3)
    service.reply(host, order, "InProgress")
    assert service.state(command_id, host) == ("Failed", "Failed")


def test_what_is_not_acknowledged_is_handed_out_again_after_ten_seconds(service):
    host = service.add()
    service.send(host)
    order = service.receive(host)
    service.clock.sleep(9.9)
    assert service.receive(host) is None
    service.clock.sleep(0.2)
    assert service.receive(host) == order


def test_an_agent_without_room_is_asked_again(service):
    host = service.add()
    service.send(host)
    order = service.receive(host)
    full = Answer.BUFFER_FULL
    assert not service.run_command.acknowledge(order, host.instance_id, full)
    service.clock.sleep(10.1)
    assert service.take(host) == order
    service.clock.sleep(10.1)
    assert service.receive(host) is None


def test_a_command_that_an_agent_cannot_read_is_not_handed_out_again(service):
    host = service.add()
    command_id = service.send(host)
    order = service.receive(host)
    assert not service.run_command.acknowledge(order, host.instance_id, Answer.UNREADABLE)
    service.reply(host, order, "Failed", trace="why")
    service.clock.sleep(10.1)
    assert service.receive(host) is None
    assert service.state(command_id, host) == ("Failed", "Failed")


def test_a_reply_after_the_delivery_timeout_changes_nothing(service):
    host = service.add()
    command_id = service.send(host, TimeoutSeconds=30, Parameters=SHORT)
    order = service.take(host)
    service.clock.sleep(90)
    service.reply(host, order, "Success")
    assert service.state(command_id, host) == ("TimedOut", "DeliveryTimedOut")


def test_an_offline_host_looks_in_progress_until_both_timeouts_have_passed(service):
    host = service.add(online=False)
    command_id = service.send(host, TimeoutSeconds=30, Parameters=SHORT, visible=False)
    assert service.receive(host) is None
    service.clock.sleep(89.9)
    assert service.state(command_id, host) == ("InProgress", "InProgress")
    service.clock.sleep(0.1)
    assert service.state(command_id, host) == ("TimedOut", "DeliveryTimedOut")
    assert service.command(command_id)["DeliveryTimedOutCount"] == 1


@pytest.mark.parametrize(("seconds", "is_taken"), [(29.9, True), (30.0, False)])
def test_a_command_begins_within_its_delivery_timeout_or_never(service, seconds, is_taken):
    host = service.add(online=False)
    service.send(host, TimeoutSeconds=30, visible=False)
    service.clock.sleep(seconds)
    host.online = True
    order = service.receive(host)
    assert service.run_command.acknowledge(order, host.instance_id) is is_taken


def test_an_execution_timeout_out_of_range_counts_as_an_hour(service):
    command_id = service.send(
        service.add(), TimeoutSeconds=30, Parameters={**SHORT, "executionTimeout": ["3"]}
    )
    command = service.command(command_id)
    assert command["ExpiresAfter"] - command["RequestedDateTime"] == 30 + 3600


def test_no_more_run_at_once_than_allowed(service):
    hosts = [service.add(n) for n in range(1, 4)]
    command_id = service.send(*hosts, MaxConcurrency="1", MaxErrors="100%")
    assert service.state(command_id, hosts[1]) == ("Pending", "Pending")
    assert service.receive(hosts[1]) is None
    service.end(hosts[0])
    assert service.take(hosts[1])
    assert service.receive(hosts[2]) is None


def test_by_default_the_first_failure_stops_what_was_not_sent(service):
    hosts = [service.add(n) for n in range(1, 4)]
    command_id = service.send(*hosts, MaxConcurrency="1")
    service.end(hosts[0], "Failed", 1)
    assert [service.state(command_id, host) for host in hosts] == [
        ("Failed", "Failed"),
        ("Cancelled", "Terminated"),
        ("Cancelled", "Terminated"),
    ]
    command = service.command(command_id)
    assert (command["Status"], command["ErrorCount"], command["CompletedCount"]) == ("Failed", 1, 3)


def test_with_errors_allowed_the_others_go_on(service):
    hosts = [service.add(n) for n in range(1, 3)]
    command_id = service.send(*hosts, MaxConcurrency="1", MaxErrors="100%")
    service.end(hosts[0], "Failed", 1)
    service.end(hosts[1])
    assert service.command(command_id)["StatusDetails"] == "Incomplete"


def test_a_terminated_instance_is_undeliverable(service):
    host = service.add()
    command_id = service.send(host)
    service.run_command.deregister(host.instance_id)
    assert service.state(command_id, host) == ("Failed", "Undeliverable")


def test_cancelled_before_its_delivery_it_never_runs(service):
    host = service.add()
    command_id = service.send(host)
    assert service.call("CancelCommand", CommandId=command_id) == {}
    assert service.state(command_id, host) == ("Cancelled", "Cancelled")
    assert service.command(command_id)["Status"] == "Cancelled"
    order = service.receive(host)
    assert not service.run_command.acknowledge(order, host.instance_id)


def test_cancelled_while_it_runs_it_waits_for_the_agent(service):
    host = service.add()
    command_id = service.send(host)
    order = service.take(host)
    service.call("CancelCommand", CommandId=command_id)
    assert service.state(command_id, host) == ("Cancelling", "Cancelling")
    cancel = service.receive(host)
    assert cancel == Cancel(command_id)
    assert service.run_command.acknowledge(cancel, host.instance_id)
    service.run_command.reply(cancel, host.instance_id, Reply("InProgress"))
    assert service.state(command_id, host) == ("Cancelling", "Cancelling")
    service.reply(host, order, "Cancelled", 137)
    assert service.state(command_id, host) == ("Cancelled", "Cancelled")


def test_a_cancel_can_name_its_instances(service):
    hosts = [service.add(n) for n in range(1, 3)]
    command_id = service.send(*hosts)
    service.call("CancelCommand", CommandId=command_id, InstanceIds=[hosts[0].instance_id])
    assert [service.state(command_id, host)[0] for host in hosts] == ["Cancelled", "InProgress"]


@pytest.mark.parametrize(
    ("instance_ids", "code"),
    [
        (["i-0000000000000000f"], "InvalidInstanceId"),
        (["i-00000000000000001", "i-00000000000000001"], "DuplicateInstanceId"),
    ],
)
def test_a_cancel_that_names_the_wrong_instances(service, instance_ids, code):
    command_id = service.send(service.add(1))
    with pytest.raises(Refused) as caught:
        service.call("CancelCommand", CommandId=command_id, InstanceIds=instance_ids)
    assert caught.value.code == code


def test_an_unknown_command_cannot_be_cancelled(service):
    with pytest.raises(Refused) as caught:
        service.call("CancelCommand", CommandId="0" * 36)
    assert caught.value.code == "InvalidCommandId"


def test_the_first_calls_are_throttled_as_often_as_set():
    service = Service(Settings(throttle={"SendCommand": 2}))
    host = service.add()
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            service.send(host)
        assert (caught.value.code, caught.value.message) == ("ThrottlingException", "Rate exceeded")
    assert service.send(host)


def test_equal_scripts_are_kept_once_and_each_command_shows_its_own(service):
    hosts = [service.add(number) for number in range(3)]
    scripts = (["'a'", "'b'"], ["'a'", "'b'"], ["'c'"])
    sent = [
        service.send(host, Parameters={"commands": lines}, Comment=host.instance_id)
        for host, lines in zip(hosts, scripts, strict=True)
    ]
    for command_id, host, lines in zip(sent, hosts, scripts, strict=True):
        command = service.command(command_id)
        assert command["Parameters"] == {"commands": lines}
        assert command["Comment"] == host.instance_id
        assert json.loads(service.end(host).payload)["Parameters"] == {"commands": lines}
    commands = [service.run_command._store._commands[command_id] for command_id in sent]
    first, second, third = (command.sending for command in commands)
    assert first.parameters is second.parameters is second.request["Parameters"]
    assert third.parameters is not first.parameters
    assert [command._order for command in commands] == [None] * 3
