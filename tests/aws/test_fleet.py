"""The edge against recorded shapes. What it does against a live endpoint is in tests/contract."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from orchestrator.aws.fleet import RunCommandFleet
from orchestrator.aws.session import Access
from orchestrator.aws.shapes import managed_instance
from orchestrator.errors import CannotRunError, DeniedError, LostAnswerError
from orchestrator.model.fleet import OutputS3, SendRequest
from support.fakes import FakeClock

COMMAND = "0831e1a8-a1ac-4257-a1fd-c831b48c4107"
INSTANCE = "i-0d176f4a5f9738429"
REQUEST = SendRequest("AWS-RunPowerShellScript", (INSTANCE,), ("exit 0",), 60, 900, "orch run-1")
SENDING = {
    "DocumentName": "AWS-RunPowerShellScript",
    "InstanceIds": [INSTANCE],
    "Comment": "orch run-1",
    "TimeoutSeconds": 60,
    "MaxErrors": "100%",
    "Parameters": {"commands": ["exit 0"], "executionTimeout": ["900"]},
}


@pytest.fixture
def fleet(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return RunCommandFleet(Access(None, "eu-west-1"), FakeClock())


@pytest.fixture
def reads(fleet):
    with Stubber(fleet._reads) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def sends(fleet):
    with Stubber(fleet._sends) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def page(rows, token=None):
    return {"CommandInvocations": rows} | ({"NextToken": token} if token else {})


@pytest.mark.parametrize("prefix", ["", "a/b"])
def test_send_names_a_bucket_where_there_is_one(fleet, sends, prefix):
    asked = {**SENDING, "OutputS3BucketName": "some-bucket"}
    asked |= {"OutputS3KeyPrefix": prefix} if prefix else {}
    sends.add_response("send_command", {"Command": {"CommandId": COMMAND}}, asked)
    assert fleet.send(replace(REQUEST, output_s3=OutputS3("some-bucket", prefix))) == COMMAND


def test_send_asks_for_exactly_the_plan(fleet, sends):
    sends.add_response("send_command", {"Command": {"CommandId": COMMAND}}, SENDING)
    assert fleet.send(REQUEST) == COMMAND


def test_a_throttled_send_was_not_taken_and_is_sent_again(fleet, sends):
    sends.add_client_error("send_command", "ThrottlingException")
    sends.add_client_error("send_command", "ThrottlingException")
    sends.add_response("send_command", {"Command": {"CommandId": COMMAND}}, SENDING)
    assert fleet.send(REQUEST) == COMMAND
    assert fleet._clock.elapsed > 0


def test_a_refused_send_is_not_tried_again(fleet, sends):
    sends.add_client_error("send_command", "AccessDeniedException", "no")
    with pytest.raises(DeniedError):
        fleet.send(REQUEST)


LOST = {
    "read timeout": ReadTimeoutError(endpoint_url="http://ssm"),
    "closed": ConnectionClosedError(endpoint_url="http://ssm"),
    "fault": ClientError({"ResponseMetadata": {"HTTPStatusCode": 500}}, "SendCommand"),
}


@pytest.mark.parametrize("error", LOST.values(), ids=LOST)
def test_a_lost_answer_is_told_and_nothing_is_sent_again(fleet, monkeypatch, error):
    sent = []

    def send_command(**asked):
        sent.append(asked)
        raise error

    monkeypatch.setattr(fleet._sends, "send_command", send_command)
    with pytest.raises(LostAnswerError, match="may or may not") as caught:
        fleet.send(REQUEST)
    assert "orch run-1" in caught.value.mend
    assert len(sent) == 1


def test_what_never_reached_the_service_is_sent_again(fleet, monkeypatch):
    sent = []

    def send_command(**asked):
        sent.append(asked)
        if len(sent) == 1:
            raise EndpointConnectionError(endpoint_url="http://ssm")
        return {"Command": {"CommandId": COMMAND}}

    monkeypatch.setattr(fleet._sends, "send_command", send_command)
    assert fleet.send(REQUEST) == COMMAND
    assert len(sent) == 2


def test_a_sent_command_is_found_by_its_comment(fleet, reads):
    commands = [
        {"CommandId": "b" * 36, "Comment": "something else"},
        {"CommandId": COMMAND, "Comment": "orch run-1"},
    ]
    reads.add_response("list_commands", {"Commands": commands}, {"MaxResults": 50})
    assert fleet.find_sent("orch run-1") == COMMAND


def test_all_pages_are_read(fleet, reads):
    row = {"InstanceId": INSTANCE, "Status": "InProgress"}
    asked = {"CommandId": COMMAND, "Details": True, "MaxResults": 50}
    reads.add_response("list_command_invocations", page([row] * 50, "more"), asked)
    reads.add_response("list_command_invocations", page([row]), asked | {"NextToken": "more"})
    assert len(fleet.look(COMMAND)) == 51


def test_a_token_that_comes_again_ends_the_paging(fleet, reads):
    row = {"InstanceId": INSTANCE, "Status": "InProgress"}
    for _ in range(2):
        reads.add_response("list_command_invocations", page([row], "same"))
    assert len(fleet.look(COMMAND)) == 2


def test_a_row_becomes_an_invocation(fleet, reads):
    begun, ended = (datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC) for second in (1, 4))
    plugin = {
        "Name": "aws:runPowerShellScript",
        "ResponseCode": 10,
        "Output": "ORCH1",
        "ResponseStartDateTime": begun,
        "ResponseFinishDateTime": ended,
    }
    row = {
        "InstanceId": INSTANCE,
        "InstanceName": "HOST",
        "Status": "Failed",
        "StatusDetails": "Failed",
        "CommandPlugins": [plugin],
    }
    reads.add_response("list_command_invocations", page([row]))
    (seen,) = fleet.look(COMMAND)
    assert (seen.final, seen.response_code, seen.output, seen.seconds, seen.name) == (
        True,
        10,
        "ORCH1",
        3.0,
        "HOST",
    )


def test_an_invocation_that_does_not_exist_yet_is_none(fleet, reads):
    reads.add_client_error("get_command_invocation", "InvocationDoesNotExist")
    assert fleet.fetch(COMMAND, INSTANCE) is None


def test_instances_are_described_in_fifties(fleet, reads):
    ids = [f"i-{n:017x}" for n in range(60)]
    for chunk in (ids[:50], ids[50:]):
        asked = {"Filters": [{"Key": "InstanceIds", "Values": chunk}], "MaxResults": 50}
        rows = [{"InstanceId": i, "PingStatus": "Online", "PlatformType": "Windows"} for i in chunk]
        reads.add_response(
            "describe_instance_information", {"InstanceInformationList": rows}, asked
        )
    assert len(fleet.describe(ids)) == 60


def test_a_command_that_ssm_does_not_know_yet_is_cancelled_a_moment_later(fleet, reads):
    reads.add_client_error("cancel_command", "InvalidCommandId")
    reads.add_client_error("cancel_command", "InvalidCommandId")
    reads.add_response("cancel_command", {}, {"CommandId": COMMAND})
    fleet.cancel(COMMAND)
    assert fleet._clock.elapsed > 0


def test_a_command_that_ssm_never_knows_cannot_be_cancelled(fleet, reads):
    for _ in range(5):
        reads.add_client_error("cancel_command", "InvalidCommandId")
    with pytest.raises(CannotRunError, match="InvalidCommandId"):
        fleet.cancel(COMMAND)


def test_when_an_agent_was_last_heard_of_is_in_utc():
    here = timezone(timedelta(hours=9))
    at = datetime(2026, 1, 1, 9, tzinfo=here)
    found = managed_instance({"InstanceId": INSTANCE, "LastPingDateTime": at})
    assert found.last_ping.isoformat() == "2026-01-01T00:00:00+00:00"
