"""What becomes of messages and commands between an agent and the service, whatever is lost."""

from __future__ import annotations

import threading
import time

import pytest

from orchestrator.sandbox import world
from orchestrator.sandbox.attached.mail import Mailbox
from orchestrator.sandbox.runcommand.messages import Cancel, Order, Reply, Result
from support.agent_payload import payload_of
from support.agent_wire import AgentWire
from support.attached_stage import INSTANCE

COMMAND = "6a2c2c5e-6d0e-4d0a-9f6e-0f8c5a9f6b1d"


def replied(status: str, code: int = 0, out: str = "") -> str:
    result = Result("aws:runShellScript", "aws:runShellScript", status, code, out, "", out)
    return payload_of(Reply(status, result, {status: 1}))


@pytest.fixture
def wire(stage) -> AgentWire:
    wire = stage.wire()
    assert wire.report().status == 200
    return wire


def test_what_was_not_acknowledged_comes_again_and_then_no_more(stage, wire):
    stage.send("true")
    (first,) = wire.get_messages(invisible=1)
    again = wire.next_message()
    assert again == first
    assert wire.acknowledge(first["MessageId"]).status == 200
    assert wire.get_messages() == []
    wire.reply(first["MessageId"], replied("Success"))


def test_commands_of_one_moment_come_together(stage, wire):
    sent = [stage.send("true") for _ in range(3)]
    names = [message["MessageId"].split(".")[2] for message in wire.get_messages()]
    assert names == sent
    for command_id in sent:
        wire.reply(f"aws.ssm.{command_id}.{INSTANCE}", replied("Success"))


def test_a_message_that_comes_while_the_agent_waits_is_there_at_once(stage, wire):
    waiting = threading.Timer(0.3, stage.send, ["true"])
    waiting.start()
    begun = time.monotonic()
    message = wire.next_message()
    assert time.monotonic() - begun < 5
    wire.acknowledge(message["MessageId"])
    wire.reply(message["MessageId"], replied("Success"))
    waiting.join()


def test_a_late_double_or_other_reply_never_changes_what_is_final(stage, wire):
    command_id = stage.send("true")
    name = wire.next_message()["MessageId"]
    wire.acknowledge(name)
    assert wire.reply(name, replied("Failed", 3, "first"), "a" * 16).status == 200
    before = stage.seen(command_id), stage.page(command_id)
    for other in (replied("Success", 0, "second"), replied("InProgress"), replied("Failed", 3)):
        assert wire.reply(name, other, "a" * 16).status == 200
    assert (stage.seen(command_id)["Status"], before[0]["Status"]) == ("Failed", "Failed")
    after = stage.seen(command_id), stage.page(command_id)
    for seen in (*before, *after):
        seen.pop("ResponseMetadata", None)
    assert after == before


def test_a_command_that_was_cancelled_before_the_agent_asked_never_comes(stage, wire):
    command_id = stage.send("true")
    stage.pass_time(0.3)
    stage.client("ssm").cancel_command(CommandId=command_id)
    assert wire.get_messages() == []
    assert stage.seen(command_id)["Status"] == "Cancelled"


def test_what_was_cancelled_while_the_agent_had_it_is_called_back(stage, wire):
    """Its acknowledgement has no answer that would keep it from running the script."""
    command_id = stage.send("true")
    name = wire.next_message()["MessageId"]
    stage.pass_time(0.3)
    stage.client("ssm").cancel_command(CommandId=command_id)
    assert stage.seen(command_id)["Status"] == "Cancelled"
    assert wire.acknowledge(name).status == 200
    cancel = wire.next_message()
    assert name in cancel["Payload"]
    wire.acknowledge(cancel["MessageId"])
    wire.reply(name, replied("Success"))
    assert stage.seen(command_id)["Status"] == "Cancelled"


def test_cancelled_in_the_agents_queue_it_is_ended_by_the_service(stage, wire):
    """The agent drops it without a word; nothing but both time-outs ends it."""
    more = {"TimeoutSeconds": 30, "Parameters": {"commands": ["true"], "executionTimeout": ["60"]}}
    command_id = stage.send(**more)
    name = wire.next_message()["MessageId"]
    wire.acknowledge(name)
    stage.pass_time(0.3)
    stage.client("ssm").cancel_command(CommandId=command_id)
    cancel = wire.next_message()
    wire.acknowledge(cancel["MessageId"])
    stage.pass_time(80)
    assert stage.seen(command_id)["Status"] == "Cancelling"
    stage.pass_time(10)
    seen = stage.seen(command_id)
    assert (seen["Status"], seen["StatusDetails"]) == ("TimedOut", "DeliveryTimedOut")


def test_a_command_that_is_too_old_to_be_begun_never_comes(stage, wire):
    more = {"TimeoutSeconds": 30, "Parameters": {"commands": ["true"], "executionTimeout": ["60"]}}
    command_id = stage.send(**more)
    stage.pass_time(31)
    assert wire.get_messages() == []
    assert stage.seen(command_id)["Status"] == "InProgress"
    stage.pass_time(60)
    assert stage.seen(command_id)["StatusDetails"] == "DeliveryTimedOut"


def test_the_execution_time_out_is_the_agents_own_and_without_it_the_services(stage, wire):
    more = {"TimeoutSeconds": 30, "Parameters": {"commands": ["true"], "executionTimeout": ["60"]}}
    told, silent = stage.send(**more), stage.send(**more)
    for message in wire.get_messages():
        wire.acknowledge(message["MessageId"])
    wire.reply(f"aws.ssm.{told}.{INSTANCE}", replied("TimedOut", 137, "so far"))
    seen = stage.seen(told)
    assert (seen["StatusDetails"], seen["ResponseCode"]) == ("ExecutionTimedOut", 137)
    assert seen["StandardOutputContent"] == "so far"
    stage.pass_time(91)
    assert stage.seen(silent)["StatusDetails"] == "DeliveryTimedOut"


def test_where_messages_are_is_told(stage, wire):
    answer = wire.messages("GetEndpoint", Destination=INSTANCE)
    assert answer.json == {"Endpoint": stage.urls["ec2messages"]}


def test_a_failed_or_deleted_message_comes_no_more(stage, wire):
    for operation, more in (("FailMessage", {"FailureType": "x"}), ("DeleteMessage", {})):
        stage.send("true")
        (message,) = wire.get_messages(invisible=0)
        assert wire.messages(operation, MessageId=message["MessageId"], **more).status == 200
        assert wire.get_messages() == []


def test_pages_limits_and_one_store_for_both_kinds_of_host(stage, wire):
    """A command to this host is listed, filtered and counted as any other."""
    ids = [stage.send("true", Comment=f"number {n}") for n in range(3)]
    for command_id in ids:
        name = f"aws.ssm.{command_id}.{INSTANCE}"
        wire.reply(name, replied("Success" if command_id != ids[1] else "Failed", 0))
    stage.pass_time(0.3)
    ssm = stage.client("ssm")
    first = ssm.list_commands(InstanceId=INSTANCE, MaxResults=2)
    assert [c["CommandId"] for c in first["Commands"]] == ids[:0:-1]
    more = ssm.list_commands(InstanceId=INSTANCE, MaxResults=2, NextToken=first["NextToken"])
    assert more["Commands"][0]["CommandId"] == ids[0]
    failed = ssm.list_command_invocations(
        InstanceId=INSTANCE, CommandId=ids[1], Filters=[{"key": "Status", "value": "Failed"}]
    )["CommandInvocations"]
    assert [row["CommandId"] for row in failed] == [ids[1]]
    (command,) = ssm.list_commands(CommandId=ids[1])["Commands"]
    assert (command["Status"], command["ErrorCount"], command["CompletedCount"]) == (
        *("Failed", 1, 1),
    )
    wire.get_messages()


def test_targets_by_tag_reach_it_too(stage, wire):
    ssm = stage.client("ssm", world.ADMIN_A)
    sent = ssm.send_command(
        DocumentName="AWS-RunShellScript",
        Targets=[{"Key": "tag:Name", "Values": ["attached"]}],
        Parameters={"commands": ["true"]},
    )["Command"]["CommandId"]
    message = wire.next_message()
    assert message["MessageId"] == f"aws.ssm.{sent}.{INSTANCE}"
    wire.reply(message["MessageId"], replied("Success"))
    assert stage.seen(sent)["Status"] == "Success"


def test_an_association_is_a_command_to_it_and_not_its_own_affair(stage, wire):
    """The agent finds no association of its own: State Manager sends, and hears how it ends."""
    ssm = stage.client("ssm", world.ADMIN_A)
    made = ssm.create_association(
        Name="AWS-RunShellScript",
        Targets=[{"Key": "InstanceIds", "Values": [INSTANCE]}],
        Parameters={"commands": ["true"]},
    )["AssociationDescription"]["AssociationId"]
    answer = wire.ssm("ListInstanceAssociations", InstanceId=INSTANCE)
    assert answer.json == {"Associations": []}
    message = wire.next_message()
    wire.acknowledge(message["MessageId"])
    wire.reply(message["MessageId"], replied("Success"))
    stage.pass_time(0.3)
    (run,) = ssm.describe_association_executions(AssociationId=made)["AssociationExecutions"]
    assert run["Status"] == "Success"
    ssm.delete_association(AssociationId=made)


def order(command_id: str = COMMAND) -> Order:
    return Order(command_id, world.REGION, "{}")


def test_only_the_last_that_asks_gets_anything():
    """An agent that starts again has left the question of its last life behind."""
    box, taken = Mailbox(INSTANCE), []
    older = threading.Thread(target=lambda: taken.append(box.take(20, 10)))
    older.start()
    while box._poll < 1:
        time.sleep(0.01)
    newer = threading.Thread(target=lambda: taken.append(box.take(20, 10)))
    newer.start()
    older.join(5)
    assert taken == [[]]
    box.put(order())
    newer.join(5)
    assert [letter.message for letter in taken[1]] == [order()]


def test_whoever_has_gone_gets_nothing_and_nothing_is_lost():
    box = Mailbox(INSTANCE)
    box.put(order())
    assert box.take(0, 10, lambda: True) == []
    assert [letter.message for letter in box.take(0, 10)] == [order()]


def test_one_message_lies_there_once():
    box = Mailbox(INSTANCE)
    for message in (order(), order(), Cancel(COMMAND), Cancel(COMMAND)):
        box.put(message)
    assert [letter.message for letter in box.take(0, 10)] == [order(), Cancel(COMMAND)]
    box.put(order())
    assert box.take(0, 10) == []


def test_what_is_late_comes_before_what_is_new():
    box = Mailbox(INSTANCE)
    first, second, third = (order(COMMAND[:-1] + digit) for digit in "abc")
    for message in (first, second):
        box.put(message)
    box.take(0, 0.05)
    box.put(third)
    time.sleep(0.1)
    assert [letter.message for letter in box.take(0, 10)] == [first, second, third]


def test_a_closed_mailbox_lets_everybody_go():
    box = Mailbox(INSTANCE)
    waiting = threading.Thread(target=box.take, args=(20, 10))
    waiting.start()
    box.close()
    waiting.join(5)
    assert not waiting.is_alive()
