"""`orch` on a host that attached over the real agent's wire: another process, and only HTTP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestrator.sandbox import world
from support.processes import call, environment, standing

HERE = Path(__file__).parents[1]
ATTACHED = world.ATTACHED_INSTANCE_ID
RUN = ("orch", "run", "--instance", ATTACHED, "--output", "json")


@contextmanager
def attached(description: Path, folder: Path, delay: float = 0.0):
    """The agent's process, once it is there."""
    program = HERE / "support" / "attached_process.py"
    with subprocess.Popen(
        [sys.executable, str(program), str(description), str(folder), str(delay)],
        env=environment(PYTHONPATH=str(HERE)),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "attached\n"
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="module")
def agent(tmp_path_factory):
    """A sandbox with an agent at it; its variables."""
    folder = tmp_path_factory.mktemp("agent")
    options = ("--engine", "stand-in", "--agent", "--listen", "127.0.0.1")
    with standing(folder, *options) as found:
        description = Path(found.variables["ORCH_SANDBOX_DIR"]) / "sandbox.json"
        with attached(description, folder / "host"):
            yield found


RUNBOOKS = ["switch-role", "switch-role-default", "switch-role-sdk-store", "switch-role-cli"]


@pytest.mark.e2e
@pytest.mark.parametrize("runbook", [*RUNBOOKS, "switch-role-python", "parity"])
def test_every_runbook_runs_on_it(agent, runbook):
    done = call(*RUN, runbook, **agent.variables)
    assert done.code == 0, done.out + done.err
    (host,) = done.report["hosts"]
    assert (host["outcome"], host["agent_version"]) == ("PASS", "3.3.40.0")
    assert host["before"]["identity"]["value"]["session"] == ATTACHED


@pytest.mark.e2e
def test_the_report_names_the_agent(agent):
    done = call("orch", "run", "--instance", ATTACHED, **agent.variables)
    assert done.code == 0, done.out + done.err
    assert ", agent 3.3.40.0," in " ".join(done.out.split())


@pytest.mark.e2e
def test_it_is_doctored_listed_and_described_as_any_other(agent):
    done = call("orch", "doctor", "--instance", ATTACHED, **agent.variables)
    assert done.code == 0, done.out + done.err
    asked = ("aws", "ssm", "describe-instance-information", "--output", "json")
    rows = json.loads(call(*asked, **agent.variables).out)["InstanceInformationList"]
    (row,) = [row for row in rows if row["InstanceId"] == ATTACHED]
    assert (row["PingStatus"], row["AgentVersion"]) == ("Online", "3.3.40.0")
    asked = ("aws", "ec2", "describe-instances", "--instance-ids", ATTACHED)
    assert ATTACHED in call(*asked, **agent.variables).out


@pytest.mark.e2e
def test_with_another_instance_in_one_command(agent):
    both = f"{ATTACHED},{world.INSTANCE_ID}"
    done = call("orch", "run", "--instance", both, "--yes", "--output", "json", **agent.variables)
    assert done.code == 0, done.out + done.err
    assert [host["outcome"] for host in done.report["hosts"]] == ["PASS", "PASS"]


@pytest.mark.e2e
def test_two_runs_at_once(agent):
    results = []
    runs = [
        threading.Thread(target=lambda: results.append(call(*RUN, **agent.variables)))
        for _ in range(2)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [done.code for done in results] == [0, 0]


@pytest.mark.e2e
def test_ctrl_c_cancels_on_it(agent):
    iam = ("aws", "ssm", "list-commands", "--output", "json", "--instance-id", ATTACHED)
    with subprocess.Popen(
        [*RUN, "parity"],
        env=environment(**agent.variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        until = time.monotonic() + 30
        while not running(call(*iam, **agent.variables)) and time.monotonic() < until:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in {0, 130}
    until = time.monotonic() + 30
    while running(call(*iam, **agent.variables)):
        assert time.monotonic() < until, "a command was left running"
        time.sleep(0.5)


def running(done) -> bool:
    commands = json.loads(done.out)["Commands"]
    return any(c["Status"] in {"Pending", "InProgress", "Cancelling"} for c in commands)


@pytest.mark.e2e
def test_a_sandbox_that_is_killed_and_comes_back_gets_the_result(tmp_path):
    """The agent says again what nobody took; the command is still there, and ends."""
    state = tmp_path / "state"
    options = ("--engine", "stand-in", "--agent", "--state", str(state))
    send = (
        *("aws", "ssm", "send-command", "--instance-ids", ATTACHED, "--output", "json"),
        *("--document-name", "AWS-RunPowerShellScript", "--profile", "account-a-admin"),
        *("--parameters", json.dumps({"commands": ["# orch"], "executionTimeout": ["60"]})),
    )
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with standing(tmp_path / "first", *options) as first:
        description = tmp_path / "sandbox.json"
        description.write_text(json.dumps(first.description))
        with attached(description, tmp_path / "host", delay=12.0):
            done = call(*send, **first.variables)
            command_id = json.loads(done.out)["Command"]["CommandId"]
            asked = (*ASKED, "--command-id", command_id, "--output", "json")
            time.sleep(1.0)
            assert json.loads(call(*asked, **first.variables).out)["Status"] == "InProgress"
            first.process.kill()
            first.process.wait(30)
            with standing(tmp_path / "second", *options) as second:
                assert (
                    second.description["agent"]["endpoints"]
                    == (first.description["agent"]["endpoints"])
                )
                seen = ended(command_id, second.variables)
    # No script of ours: the stand-in refuses it, and the host says so.
    assert seen["Status"] == "Failed"
    assert seen["ResponseCode"] > 0


ASKED = ("aws", "ssm", "get-command-invocation", "--instance-id", ATTACHED)


def ended(command_id: str, variables) -> dict:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        done = call(*ASKED, "--command-id", command_id, "--output", "json", **variables)
        seen = json.loads(done.out) if done.code == 0 else {}
        if seen.get("Status") in {"Success", "Failed", "TimedOut", "Cancelled"}:
            return seen
        time.sleep(0.3)
    raise AssertionError("it never ended")
