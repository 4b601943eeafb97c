"""With a state, a sandbox that starts again goes on where the one before has ended."""

from __future__ import annotations

import socket
import stat
from urllib.parse import urlsplit

import pytest

from orchestrator.errors import CannotRunError
from orchestrator.sandbox import world
from orchestrator.sandbox.attached.state import FILE, State
from orchestrator.sandbox.runcommand.messages import Reply, Result
from support.agent_payload import payload_of
from support.agent_wire import AgentWire, Metadata
from support.attached_stage import INSTANCE, AttachedStage
from support.standing_cloud import MovedClock

DONE = Reply(
    "Success",
    Result("aws:runShellScript", "aws:runShellScript", "Success", 0, "out \ud83d", "err", "page"),
    {"Success": 1},
)
SAID = payload_of(DONE)


def begun(stage: AttachedStage) -> AgentWire:
    wire = stage.wire()
    assert wire.report().status == 200
    return wire


def test_what_an_agent_was_told_stays_true(tmp_path):
    with AttachedStage(state=tmp_path) as stage:
        urls = stage.urls
        wire = begun(stage)
    with AttachedStage(state=tmp_path) as stage:
        assert stage.urls == urls
        (row,) = stage.client("ssm").describe_instance_information(
            Filters=[{"Key": "InstanceIds", "Values": [INSTANCE]}]
        )["InstanceInformationList"]
        assert (row["ComputerName"], row["PingStatus"]) == ("attached.example", "Online")
        assert wire.get_messages() == []
        arn = stage.client("sts").meta.endpoint_url
        assert arn == urls["aws"]
        keys = Metadata(urls["imds"]).credentials()
        assert keys.access_key == wire.credentials.access_key


def test_a_port_that_somebody_else_has_by_now_is_named(tmp_path):
    with AttachedStage(state=tmp_path) as stage:
        port = urlsplit(stage.urls["ssm"]).port
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(CannotRunError, match=f"port {port}") as caught,
    ):
        AttachedStage(state=tmp_path).__enter__()
    assert caught.value.where == "--state"
    assert "another folder" in caught.value.mend


def test_replies_commands_and_what_lies_between_survive(tmp_path):
    """One command for each place that it can be in when the sandbox ends."""
    clock = MovedClock()
    with AttachedStage(state=tmp_path, clock=clock) as stage:
        wire = begun(stage)
        told, running, cancelling, handed_out, unasked = (
            stage.send(f"echo {n}", Comment=str(n)) for n in range(5)
        )
        for message in wire.get_messages()[:3]:
            wire.acknowledge(message["MessageId"])
        assert wire.reply(named(told), SAID).status == 200
        stage.pass_time(0.3)
        stage.client("ssm").cancel_command(CommandId=cancelling)
        before = {c: (stage.seen(c), stage.page(c)) for c in (told, running, cancelling, unasked)}
    with AttachedStage(state=tmp_path, clock=clock) as stage:
        for command_id, (seen, page) in before.items():
            assert same(stage.seen(command_id), seen)
            assert stage.page(command_id) == page
        messages = {message["MessageId"]: message for message in wire.get_messages()}
        cancels = [m for m in messages.values() if "cancelCommand" in m["Topic"]]
        assert [named(cancelling) in cancel["Payload"] for cancel in cancels] == [True]
        assert messages.keys() - {cancels[0]["MessageId"]} == {named(handed_out), named(unasked)}
        assert "echo 4" in messages[named(unasked)]["Payload"]
        for command_id in (running, handed_out, unasked):
            assert wire.reply(named(command_id), SAID).status == 200
            assert stage.seen(command_id)["StandardErrorContent"] == "err"
        wire.reply(named(told), payload_of(Reply("Failed")))
        assert stage.seen(told)["Status"] == "Success"
        wire.reply(named(cancelling), payload_of(Reply("Cancelled")))
    with AttachedStage(state=tmp_path, clock=clock) as stage:
        stage.pass_time(0.3)
        listed = stage.client("ssm").list_commands(InstanceId=INSTANCE)["Commands"]
        assert [command["Comment"] for command in listed] == ["4", "3", "2", "1", "0"]
        assert {command["Status"] for command in listed} == {"Success", "Cancelled"}
        assert wire.get_messages() == []


def named(command_id: str) -> str:
    return f"aws.ssm.{command_id}.{INSTANCE}"


def same(one, other) -> bool:
    return all(one[name] == other[name] for name in one if name != "ResponseMetadata")


def test_time_goes_on_while_there_is_no_sandbox(tmp_path):
    clock = MovedClock()
    more = {"TimeoutSeconds": 30, "Parameters": {"commands": ["true"], "executionTimeout": ["60"]}}
    with AttachedStage(state=tmp_path, clock=clock) as stage:
        wire = begun(stage)
        command_id = stage.send(**more)
        wire.acknowledge(wire.next_message()["MessageId"])
    clock.sleep(100)
    with AttachedStage(state=tmp_path, clock=clock) as stage:
        assert stage.seen(command_id)["StatusDetails"] == "DeliveryTimedOut"
        wire.reply(named(command_id), SAID)
        assert stage.seen(command_id)["StatusDetails"] == "DeliveryTimedOut"


def test_a_reply_that_was_not_answered_comes_again_and_counts(tmp_path):
    """The agent cannot know whether the sandbox died before or after it had read the reply."""
    with AttachedStage(state=tmp_path) as stage:
        wire = begun(stage)
        command_id = stage.send("true")
        wire.acknowledge(wire.next_message()["MessageId"])
    with pytest.raises(OSError, match="refused"):
        wire.reply(named(command_id), SAID)
    with AttachedStage(state=tmp_path) as stage:
        for _ in range(2):
            assert wire.reply(named(command_id), SAID, "a" * 16).status == 200
        row = stage.run_command._store._commands[command_id]
        assert row.state.status == "Success"


def test_a_reply_that_cannot_be_kept_is_not_taken(tmp_path, monkeypatch):
    with AttachedStage(state=tmp_path) as stage:
        wire = begun(stage)
        command_id = stage.send("true")
        wire.next_message()
        store = stage.run_command._store
        keep, store._keep = store._keep, broken
        parts = wire.request(
            "ec2messages",
            "SendReply",
            {"MessageId": named(command_id), "ReplyId": "x" * 16, "Payload": SAID},
        )
        with pytest.raises(ValueError, match="Expecting value"):
            wire.send(parts)  # a 500 of the server's own, without JSON
        store._keep = keep
        assert wire.reply(named(command_id), SAID).status == 200
    with AttachedStage(state=tmp_path) as stage:
        assert stage.run_command._store._commands[command_id].state.status == "Success"


def broken(_command) -> None:
    raise OSError("the disk is full")


def test_without_a_state_nothing_is_known_the_next_time(tmp_path):
    with AttachedStage() as stage:
        wire = begun(stage)
        stage.send("true")
    with AttachedStage() as stage:
        again = AgentWire(INSTANCE, stage.urls, wire.credentials)
        assert again.report().json["__type"] == "UnrecognizedClientException"


def test_a_session_of_a_role_that_is_gone_is_not_restored(tmp_path):
    """Nobody is to be whom the accounts do not know."""
    with AttachedStage(state=tmp_path) as stage:
        wire = begun(stage)
        iam = stage.client("iam", world.ADMIN_A)
        iam.remove_role_from_instance_profile(
            InstanceProfileName=world.INSTANCE_ROLE, RoleName=world.INSTANCE_ROLE
        )
    with AttachedStage(state=tmp_path):
        # The accounts begin anew, and so the role is there again.
        assert wire.get_messages() == []


def test_two_sandboxes_do_not_share_a_state(tmp_path):
    first = State(tmp_path, INSTANCE)
    try:
        with pytest.raises(CannotRunError, match="cannot hold the agent's state"):
            State(tmp_path, INSTANCE)
    finally:
        first.close()
    State(tmp_path, INSTANCE).close()


def test_a_folder_that_cannot_be_is_said_to_be_so(tmp_path):
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below"):
        with pytest.raises(CannotRunError, match="cannot hold the agent's state"):
            State(folder, INSTANCE)
    (tmp_path / FILE).write_text("no database, and long enough to be told from one " * 9)
    with pytest.raises(CannotRunError, match="cannot hold the agent's state"):
        State(tmp_path, INSTANCE)


def test_the_state_is_its_owners_alone(tmp_path):
    folder = tmp_path / "new"
    State(folder, INSTANCE).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600


def test_who_was_let_in_is_still(tmp_path):
    with AttachedStage(address="127.0.0.2", state=tmp_path) as stage:
        urls = stage.urls
        from test_listening import get

        assert get(urls["admission"])[0] == 200
    with AttachedStage(address="127.0.0.2", state=tmp_path) as stage:
        assert stage.urls == urls
        assert Metadata(urls["imds"]).get("meta-data/instance-id") == INSTANCE


def test_a_port_that_was_taken_meanwhile_is_said_to_be_so(tmp_path):
    with AttachedStage(state=tmp_path) as stage:
        port = int(stage.urls["ssm"].rsplit(":", 1)[1])
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        stage = AttachedStage(state=tmp_path)
        with pytest.raises(CannotRunError, match=f"127.0.0.1 port {port}"):
            stage.__enter__()
