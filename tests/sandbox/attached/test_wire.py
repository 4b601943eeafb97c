"""Replies are read with patience for what is new, and with none for what has a wrong type."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from orchestrator.sandbox.attached import wire
from orchestrator.sandbox.runcommand.messages import Cancel, Order, Reply, Result
from support.agent_payload import payload_of

COMMAND = "6a2c2c5e-6d0e-4d0a-9f6e-0f8c5a9f6b1d"
INSTANCE = "i-0a7c3e915f48d26b0"
BEGAN = datetime(2026, 11, 24, 1, 2, 3, 45_000, tzinfo=UTC)
RESULT = Result(
    *("step", "aws:runShellScript", "Failed", 3, "out", "err", "page", BEGAN, None),
    bucket="b",
    key_prefix="k",
    step="0.x",
)


def test_a_reply_comes_through_as_it_was_said():
    said = Reply("Failed", RESULT, {"Failed": 1}, "why")
    assert wire.read_reply(payload_of(said)) == said
    assert wire.read_reply(payload_of(Reply("InProgress"))) == Reply("InProgress")


@pytest.mark.parametrize("status", ["SuccessAndReboot", "PassedAndReboot", "NotStarted", "", "New"])
def test_what_ends_nothing_is_under_way(status):
    assert wire.read_reply(json.dumps({"documentStatus": status})).status == "InProgress"


def test_what_is_new_is_left_out():
    whole = json.loads(payload_of(Reply("Success", RESULT)))
    whole["more"] = whole["additionalInfo"]["more"] = whole["runtimeStatus"]["step"]["more"] = [1]
    assert wire.read_reply(json.dumps(whole)).result == RESULT


def test_a_reply_that_speaks_of_several_plugins_says_nothing_of_any():
    plugins = {"a": {"status": "Success"}, "b": {"status": "Failed"}}
    reply = wire.read_reply(json.dumps({"documentStatus": "Failed", "runtimeStatus": plugins}))
    assert (reply.status, reply.result) == ("Failed", None)


def test_only_so_much_is_kept_as_the_service_keeps():
    long = Result("s", "p", "Success", 0, "o" * 30_000, "e" * 30_000, "p" * 30_000)
    reply = wire.read_reply(payload_of(Reply("Success", long, trace="t" * 30_000)))
    assert reply.result
    kept = (reply.result.stdout, reply.result.stderr, reply.result.output, reply.trace)
    assert [len(text) for text in kept] == [24_000, 24_000, 2_500, 2_500]


WRONG = [
    "",
    "{",
    "[]",
    "7",
    "[" * 100_000,
    '{"documentStatus": 7}',
    '{"documentStatus": "Success", "documentTraceOutput": []}',
    '{"runtimeStatus": []}',
    '{"additionalInfo": "x"}',
    '{"additionalInfo": {"runtimeStatusCounts": {"Success": "1"}}}',
    '{"additionalInfo": {"runtimeStatusCounts": {"Success": true}}}',
    '{"runtimeStatus": {"a": 1}}',
    '{"runtimeStatus": {"a": {"code": "0"}}}',
    '{"runtimeStatus": {"a": {"code": 0.5}}}',
    '{"runtimeStatus": {"a": {"code": 1e400}}}',
    '{"runtimeStatus": {"a": {"code": 99999999999999999999}}}',
    '{"runtimeStatus": {"a": {"standardOutput": 1}}}',
    '{"runtimeStatus": {"a": {"startDateTime": "soon"}}}',
    '{"runtimeStatus": {"a": {"endDateTime": 5}}}',
]


@pytest.mark.parametrize("payload", WRONG, ids=range(len(WRONG)))
def test_what_has_a_wrong_type_is_no_reply(payload):
    with pytest.raises(wire.UnreadableError):
        wire.read_reply(payload)


def test_a_time_without_a_zone_and_the_year_one():
    plugin = {"startDateTime": "2026-11-24T01:02:03.045", "endDateTime": "0001-01-01T00:00:00.000Z"}
    result = wire.read_reply(json.dumps({"runtimeStatus": {"a": plugin}})).result
    assert result
    assert (result.began, result.ended) == (BEGAN, None)


def test_a_command_and_its_cancel_as_messages():
    order = Order(COMMAND, "ap-northeast-1", '{"x": 1}')
    name = wire.message_id(COMMAND, INSTANCE)
    assert wire.shown(wire.Letter(name, INSTANCE, order, BEGAN), "ap-northeast-1") == {
        "CreatedDate": "2026-11-24T01:02:03.045Z",
        "Destination": INSTANCE,
        "MessageId": f"aws.ssm.{COMMAND}.{INSTANCE}",
        "Topic": "aws.ssm.sendCommand.ap-northeast-1",
        "Payload": '{"x": 1}',
    }
    own = wire.cancel_id(COMMAND, INSTANCE)
    shown = wire.shown(wire.Letter(own, INSTANCE, Cancel(COMMAND), BEGAN), "us-east-1")
    assert shown["Topic"] == "aws.ssm.cancelCommand.us-east-1"
    assert json.loads(shown["Payload"]) == {"CancelMessageId": name}


def test_the_names_of_messages():
    assert wire.parts_of(wire.message_id(COMMAND, INSTANCE)) == (COMMAND, INSTANCE)
    found = wire.parts_of(wire.cancel_id(COMMAND, INSTANCE))
    assert found
    assert wire.is_cancel(found[0])
    assert not wire.is_cancel(COMMAND)
    bad = (f"aws.ssm.{COMMAND}", f"aws.ssm.{COMMAND}.{INSTANCE}\n", f"aws.ssm.x.{INSTANCE}", "")
    assert [wire.parts_of(name) for name in bad] == [None] * len(bad)
