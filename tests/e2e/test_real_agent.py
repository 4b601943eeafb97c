"""A real amazon-ssm-agent attaches: every runbook, time-outs, cancels, and itself started again.

It needs a folder of the agent's programs in ORCH_SSM_AGENT, root, and for PowerShell a
/usr/bin/pwsh that finds the AWS modules.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.sandbox import world
from support.processes import Standing, call, standing
from support.real_agent import POWERSHELLS, RealAgent, until_online, why_not

PROGRAMS = os.environ.get("ORCH_SSM_AGENT", "")
WHY_NOT = why_not(PROGRAMS)
ATTACHED = world.ATTACHED_INSTANCE_ID
PATIENCE = 900
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.ssm_agent,
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "there is one"),
]


@dataclass
class Attached:
    """A sandbox and the agent at it."""

    sandbox: Standing
    agent: RealAgent

    def aws(self, *words: str):
        """The AWS CLI as account A's administrator; its answer."""
        own = ("--profile", "account-a-admin", "--output", "json")
        done = call("aws", *words, *own, **self.sandbox.variables)
        assert done.code == 0, done.err
        return json.loads(done.out or "null")

    def orch(self, *words: str):
        return call("orch", *words, timeout=PATIENCE, **self.sandbox.variables)

    def send(self, *lines: str, timeout: str = "3600", delivery: int = 60) -> str:
        """A shell script, or one of PowerShell where the host is shown as Windows."""
        row = self.row()
        shell = "PowerShell" if row["PlatformType"] == "Windows" else "Shell"
        values = json.dumps({"commands": list(lines), "executionTimeout": [timeout]})
        sent = self.aws(
            *("ssm", "send-command", "--instance-ids", ATTACHED, "--parameters", values),
            *("--document-name", f"AWS-Run{shell}Script", "--timeout-seconds", str(delivery)),
        )
        return str(sent["Command"]["CommandId"])

    def row(self):
        asked = ("ssm", "describe-instance-information", "--filters")
        rows = self.aws(*asked, f"Key=InstanceIds,Values={ATTACHED}")["InstanceInformationList"]
        return rows[0]

    def seen(self, command_id: str):
        asked = ("ssm", "get-command-invocation", "--instance-id", ATTACHED)
        return self.aws(*asked, "--command-id", command_id)

    def until(self, command_id: str, *statuses: str, seconds: float = 120.0):
        """What is seen of the command, once it is in one of these."""
        deadline = time.monotonic() + seconds
        time.sleep(0.5)
        while (seen := self.seen(command_id))["Status"] not in statuses:
            assert time.monotonic() < deadline, f"{seen}\n{self.agent.said()}"
            time.sleep(0.5)
        return seen

    def ended(self, command_id: str, seconds: float = 120.0):
        return self.until(command_id, "Success", "Failed", "TimedOut", "Cancelled", seconds=seconds)


def attached_in(folder: Path, *options: str):
    files, state = folder / "files", folder / "state"
    more = ("--agent", "--agent-config", str(files), "--state", str(state), *options)
    return standing(folder, *more), files


@pytest.fixture(scope="module")
def linux(tmp_path_factory):
    """The agent as what it is."""
    yield from _attached(tmp_path_factory.mktemp("linux"))


@pytest.fixture(scope="module")
def windows(tmp_path_factory, linux):
    """The same machine in the place of a Windows one; the other agent is stopped meanwhile."""
    if not any(path.exists() for path in POWERSHELLS):
        pytest.skip("the agent starts PowerShell as /usr/bin/pwsh, and there is none")
    linux.agent.stop()
    try:
        yield from _attached(tmp_path_factory.mktemp("windows"), "--agent-as-windows")
    finally:
        linux.agent.start()
        until_online(linux.sandbox.variables, ATTACHED, linux.agent)


def _attached(folder: Path, *options: str):
    context, files = attached_in(folder, *options)
    with context as sandbox:
        agent = RealAgent(Path(PROGRAMS), files, folder)
        agent.start()
        try:
            until_online(sandbox.variables, ATTACHED, agent)
            yield Attached(sandbox, agent)
        finally:
            agent.end(ATTACHED)
            shutil.rmtree("/var/lib/orch-sandbox", ignore_errors=True)


@pytest.mark.parametrize("runbook", ["switch-role-python", "parity"])
def test_every_runbook_of_linux(linux, runbook):
    done = linux.orch(
        *("run", runbook, "--instance", ATTACHED, "--platform-type", "Linux"),
        *("--output", "json"),
    )
    assert done.code == 0, done.out + done.err
    check_report(done, "python")


def check_report(done, engine: str) -> None:
    (host,) = done.report["hosts"]
    assert (host["outcome"], host["engine"]) == ("PASS", engine)
    assert host["agent_version"].startswith("3.")
    assert host["before"]["identity"]["value"]["session"] == ATTACHED
    assert host["left"] == []


def test_it_is_doctored(linux):
    done = linux.orch("doctor", "--instance", ATTACHED, "--platform-type", "Linux")
    assert done.code == 0, done.out + done.err


def test_what_a_script_says_and_how_it_ends(linux):
    seen = linux.ended(linux.send("echo out", "echo err >&2", "exit 3"))
    assert (seen["Status"], seen["ResponseCode"]) == ("Failed", 3)
    assert seen["StandardOutputContent"] == "out\n"
    assert seen["StandardErrorContent"].startswith("err\nfailed to run commands: exit status 3")


def test_a_time_out(linux):
    seen = linux.ended(linux.send("echo before", "sleep 60", timeout="5"))
    assert (seen["Status"], seen["StatusDetails"]) == ("TimedOut", "ExecutionTimedOut")
    assert (seen["ResponseCode"], seen["StandardOutputContent"]) == (137, "before\n")


def test_a_cancel(linux, tmp_path):
    mark = tmp_path / "begun"
    command_id = linux.send(f"touch {mark}", "echo before", "sleep 60")
    until(mark.exists)
    linux.aws("ssm", "cancel-command", "--command-id", command_id)
    seen = linux.ended(command_id)
    assert (seen["Status"], seen["ResponseCode"]) == ("Cancelled", 137)
    assert seen["StandardOutputContent"] == "before\n"


def test_two_at_once(linux):
    begun = time.monotonic()
    sent = [linux.send("sleep 5", f"echo {number}") for number in range(2)]
    said = [linux.ended(command_id)["StandardOutputContent"] for command_id in sent]
    assert said == ["0\n", "1\n"]
    assert time.monotonic() - begun < 60


def test_two_runs_at_once(linux):
    words = ("run", "switch-role-python", "--instance", ATTACHED, "--platform-type", "Linux")
    done = []
    runs = [threading.Thread(target=lambda: done.append(linux.orch(*words))) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [one.code for one in done] == [0, 0]


@pytest.mark.slow
def test_cancelled_in_its_queue_it_is_ended_by_the_service(linux):
    """Five run, and the sixth gets no reply ever."""
    others = [linux.send("sleep 20") for _ in range(5)]
    queued = linux.send("echo ran", timeout="30", delivery=30)
    linux.until(queued, "InProgress")
    time.sleep(5)
    linux.aws("ssm", "cancel-command", "--command-id", queued)
    for command_id in others:
        assert linux.ended(command_id)["Status"] == "Success"
    seen = linux.ended(queued, seconds=90)
    assert (seen["Status"], seen["StandardOutputContent"]) in {
        ("TimedOut", ""),
        ("Cancelled", ""),
    }


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_agent_started_again_in_mid_run_brings_the_result(linux, tmp_path, how):
    mark = tmp_path / "begun"
    command_id = linux.send(f"touch {mark}", "sleep 15", "echo after")
    until(mark.exists)
    linux.agent.stop(how)
    linux.agent.start()
    seen = linux.ended(command_id)
    assert (seen["Status"], seen["StandardOutputContent"]) == ("Success", "after\n")


@pytest.mark.slow
def test_the_sandbox_started_again_in_mid_run_gets_the_result(tmp_path, linux):
    """The agent tries four times, and then again every five minutes."""
    linux.agent.stop()
    agent = None
    try:
        context, files = attached_in(tmp_path)
        with context as first:
            agent = RealAgent(Path(PROGRAMS), files, tmp_path)
            agent.start()
            until_online(first.variables, ATTACHED, agent)
            one = Attached(first, agent)
            mark = tmp_path / "begun"
            command_id = one.send(f"touch {mark}", "sleep 5", "echo after")
            until(mark.exists)
            first.process.kill()
            first.process.wait(30)
            time.sleep(45)
            context, _ = attached_in(tmp_path)
            with context as second:
                seen = Attached(second, agent).ended(command_id, seconds=900)
                assert (seen["Status"], seen["StandardOutputContent"]) == ("Success", "after\n")
    finally:
        if agent is not None:
            agent.end(ATTACHED)
        linux.agent.start()
        until_online(linux.sandbox.variables, ATTACHED, linux.agent)


def until(condition, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come so far"
        time.sleep(0.1)


# The last of all: from here on the machine is shown as another one.
RUNBOOKS = sorted(path.stem for path in (Path(__file__).parents[2] / "runbooks").glob("*.yaml"))


@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_every_runbook_with_powershell(windows, runbook):
    done = windows.orch("run", runbook, "--instance", ATTACHED, "--output", "json")
    assert done.code == 0, done.out + done.err
    # This one asks in Python by itself, on Windows too.
    check_report(done, "python" if runbook == "switch-role-python" else "powershell")
