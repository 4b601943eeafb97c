"""Clients that mean harm, or are broken: they get an error, and hold up nobody."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from botocore.credentials import Credentials

from orchestrator.sandbox import server
from orchestrator.sandbox.runcommand.messages import Reply, Result
from support.agent_payload import payload_of
from support.attached_stage import INSTANCE

ASKED = {"Destination": INSTANCE, "MessagesRequestId": "x" * 16}
MEGABYTE = 1024 * 1024


@pytest.fixture
def wire(stage):
    wire = stage.wire()
    assert wire.report().status == 200
    return wire


@pytest.fixture
def message(stage, wire):
    """A command that the agent has; its message's name. It is ended afterwards."""
    stage.send("true")
    name = wire.next_message()["MessageId"]
    yield name
    # Else it would come again, among those of a later test.
    assert wire.acknowledge(name).status == 200
    assert wire.reply(name, payload_of(Reply("Success"))).status == 200


def connected(stage, service: str = "ec2messages") -> socket.socket:
    parts = urlsplit(stage.urls[service])
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def all_of(wire: socket.socket) -> bytes:
    """Everything until the other side closes."""
    said = b""
    while piece := wire.recv(65536):
        said += piece
    return said


def head(length: object, service: str = "ec2messages", more: str = "") -> bytes:
    return (
        f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n"
        f"X-Amz-Target: EC2WindowsMessageDeliveryService.SendReply\r\n{more}\r\n"
    ).encode()


@pytest.mark.parametrize("service", ["ec2messages", "ssm", "imds"])
def test_fifty_megabytes_are_refused_unread_and_the_connection_ends(stage, service):
    with closing(connected(stage, service)) as wire:
        wire.sendall(head(50 * MEGABYTE))
        begun = time.monotonic()
        assert all_of(wire).startswith(b"HTTP/1.1 413 ")
        assert time.monotonic() - begun < 5


def test_whoever_sends_them_all_the_same_reads_the_refusal(stage):
    with closing(connected(stage)) as wire:
        wire.sendall(head(50 * MEGABYTE))
        piece = b"x" * MEGABYTE
        for _ in range(50):
            wire.sendall(piece)
        assert all_of(wire).startswith(b"HTTP/1.1 413 ")


def test_a_reply_as_long_as_it_may_be_is_cut_and_one_beyond_is_refused(stage, wire, message):
    long = Result("s", "p", "InProgress", 0, "x" * MEGABYTE, "", "")
    assert wire.reply(message, payload_of(Reply("InProgress", long))).status == 200
    longer = Result("s", "p", "InProgress", 0, "x" * 3 * MEGABYTE, "", "")
    request = wire.request(
        "ec2messages",
        "SendReply",
        {"MessageId": message, "ReplyId": "x", "Payload": payload_of(Reply("Success", longer))},
    )
    assert wire.send(request).status == 413


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "9" * 30, "\u0661"])
def test_a_length_that_is_none_is_refused(stage, length):
    with closing(connected(stage)) as wire:
        wire.sendall(head(length))
        assert all_of(wire)[9:12] in {b"400", b"413"}


def test_a_body_without_a_length_is_refused(stage):
    with closing(connected(stage)) as wire:
        wire.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert all_of(wire).startswith(b"HTTP/1.1 411 ")


BROKEN = [b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("operation", ["GetMessages", "SendReply", "AcknowledgeMessage"])
def test_broken_json_is_an_error_of_the_client(stage, wire, operation, body):
    assert wire.call("ec2messages", operation, body).status == 400


WRONG = [None, 7, True, [], {}, "", "x", ["x"], {"a": 1}, 1.5]


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_wrong_types_are_errors_of_the_client_everywhere(stage, wire, message, value):
    for operation, right in {
        "GetMessages": {**ASKED, "VisibilityTimeoutInSeconds": 10},
        "GetEndpoint": {"Destination": INSTANCE},
        "AcknowledgeMessage": {"MessageId": message},
        "FailMessage": {"MessageId": message, "FailureType": "x"},
        "DeleteMessage": {"MessageId": message},
        "SendReply": {"MessageId": message, "ReplyId": "x" * 16, "Payload": "{}"},
    }.items():
        for name in right:
            answer = wire.messages(operation, **{**right, name: value})
            is_fine = name in {"ReplyId", "FailureType", "MessagesRequestId"} and value == "x"
            is_number = value is None or value == 7 or value == 1.5
            is_usual = name == "VisibilityTimeoutInSeconds" and is_number
            assert answer.status == (200 if is_fine or is_usual else 400), (operation, name)


def test_an_operation_that_there_is_none_of(stage, wire):
    for operation in ("", "GetMessagesX", "__init__", "getMessages", "../GetMessages"):
        answer = wire.call("ec2messages", operation, {})
        assert (answer.status, answer.json["__type"]) == (400, "UnknownOperationException")


def test_a_wrong_signature_gets_nothing(stage, wire):
    keys = wire.credentials
    for own, said in (
        (Credentials(keys.access_key, "wrong", keys.token), "InvalidSignatureException"),
        (Credentials("ASIAAAAAAAAAAAAAAAAA", keys.secret_key, keys.token), "Unrecognized"),
        (Credentials(keys.access_key, keys.secret_key, "wrong"), "UnrecognizedClientException"),
        (Credentials(keys.access_key, keys.secret_key), "UnrecognizedClientException"),
    ):
        answer = stage.wire(credentials=own).messages("GetMessages", **ASKED)
        assert answer.status in {400, 403}
        assert answer.json["__type"].startswith(said)


def test_a_body_that_was_changed_on_the_way_gets_nothing(stage, wire, message):
    request = wire.request("ec2messages", "AcknowledgeMessage", {"MessageId": message})
    request.data = request.data.replace(b"aws.ssm", b"aws.ssM")
    assert wire.send(request).json["__type"] == "InvalidSignatureException"


def test_a_signature_for_ssm_does_not_fit_the_messages(stage, wire):
    request = wire.request("ssm", "GetMessages", ASKED)
    request.headers.replace_header("X-Amz-Target", "EC2WindowsMessageDeliveryService.GetMessages")
    request.url = stage.urls["ec2messages"] + "/"
    assert wire.send(request).status in {400, 403}


def test_half_a_request_holds_up_nobody_and_ends(stage, wire, monkeypatch):
    monkeypatch.setattr(server, "_LONGEST_REQUEST", 1.0)
    with closing(connected(stage)) as half, closing(connected(stage)) as silent:
        half.sendall(head(1000) + b"{")
        assert wire.messages("GetEndpoint", Destination=INSTANCE).status == 200
        assert all_of(half) == b""
        assert all_of(silent) == b""


def test_a_client_that_drips_gets_no_longer_than_others(stage, monkeypatch):
    monkeypatch.setattr(server, "_LONGEST_REQUEST", 1.0)
    with closing(connected(stage)) as wire:
        wire.sendall(head(1000))
        begun = time.monotonic()
        for _ in range(60):
            time.sleep(0.1)
            try:
                wire.sendall(b"x")
            except OSError:
                break
        assert time.monotonic() - begun < 5


def test_a_client_that_never_reads_is_let_go(stage, wire, monkeypatch):
    """What it should read is longer than what the system keeps for it."""
    monkeypatch.setattr(server, "_LONGEST_ANSWER", 0.5)
    monkeypatch.setattr(server._Handler, "timeout", 0.5)
    big = "x" * 60_000
    for _ in range(10):
        stage.send(big)
    request = wire.request("ec2messages", "GetMessages", {**ASKED, "VisibilityTimeoutInSeconds": 0})
    lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with closing(connected(stage)) as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        netloc = urlsplit(stage.urls["ec2messages"]).netloc
        silent.sendall(f"POST / HTTP/1.1\r\nHost: {netloc}\r\n{lines}\r\n".encode() + request.data)
        time.sleep(1.5)
        found = wire.get_messages()
        assert len(found) == 10
    for message in found:
        wire.reply(message["MessageId"], payload_of(Reply("Success")))


def test_an_agent_that_leaves_in_the_middle_of_its_question_loses_nothing(stage, wire):
    request = wire.request("ec2messages", "GetMessages", ASKED)
    lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with closing(connected(stage)) as gone:
        netloc = urlsplit(stage.urls["ec2messages"]).netloc
        gone.sendall(f"POST / HTTP/1.1\r\nHost: {netloc}\r\n{lines}\r\n".encode() + request.data)
        time.sleep(0.2)
    time.sleep(0.1)
    stage.send("true")
    begun = time.monotonic()
    name = wire.next_message()["MessageId"]
    assert time.monotonic() - begun < 5
    wire.reply(name, payload_of(Reply("Success")))
