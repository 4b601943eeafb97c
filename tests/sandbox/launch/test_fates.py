"""What befalls a host on the way, and the clock on which time-outs pass sooner."""

import time

import pytest

from orchestrator.sandbox.agent import Agent
from orchestrator.sandbox.host.behaviour import Fate
from orchestrator.sandbox.launch.fates import Terminating, while_it_asks
from orchestrator.sandbox.launch.hurry import HurriedClock
from orchestrator.waiting.clock import SystemClock
from support.fakes import FakeClock
from support.paper_service import Service

COMMANDS = {"commands": ["exit 0"], "executionTimeout": ["5"]}


def send(service, host, **more):
    sent = service.call(
        "SendCommand",
        DocumentName="AWS-RunPowerShellScript",
        InstanceIds=[host.instance_id],
        TimeoutSeconds=30,
        Parameters=COMMANDS,
        **more,
    )
    return sent["Command"]["CommandId"]


def details(service, command_id):
    rows = service.call("ListCommandInvocations", CommandId=command_id)["CommandInvocations"]
    return [row["StatusDetails"] for row in rows]


def test_ten_times_the_seconds_pass_on_a_hurried_clock():
    real = FakeClock()
    clock = HurriedClock(real, 10.0)
    real.sleep(3)
    assert clock.monotonic() == 30
    assert clock.now() == real.now()
    clock.sleep(20)
    assert (real.elapsed, clock.monotonic()) == (5, 50)


@pytest.mark.parametrize("seconds", [34, 35])
def test_a_command_that_nobody_takes_times_out_after_both_times_together(seconds):
    service = Service()
    command_id = send(service, service.add())
    service.clock.sleep(seconds)
    expected = "DeliveryTimedOut" if seconds == 35 else "InProgress"
    assert details(service, command_id) == [expected]


def test_a_command_finds_no_instance_that_is_terminated_when_it_comes():
    service, seen = Service(), []
    host = service.add()

    def terminate():
        seen.append(host.instance_id)
        service.run_command.deregister(host.instance_id)

    agent = Agent(host, Terminating(service.run_command, terminate), SystemClock())
    try:
        command_id = send(service, host)
        deadline = time.monotonic() + 20
        while not seen and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        agent.close()
    service.clock.sleep(1)
    assert details(service, command_id) == ["Undeliverable"]
    assert seen == [host.instance_id]
    assert service.call("DescribeInstanceInformation")["InstanceInformationList"] == []


class Seen:
    """A host, an agent and SSM in one, which note what is asked of them."""

    def __init__(self):
        self.calls = []

    def kill_all(self):
        self.calls.append("killed")

    def wait_for_all(self, seconds):
        self.calls.append("waited for")

    def go_down(self):
        self.calls.append("gone down")

    def list_commands(self):
        return {"Commands": [{"CommandId": "c-1"}, {"CommandId": "c-2"}]}

    def cancel_command(self, CommandId):
        self.calls.append(f"cancelled {CommandId}")


CALLS = {
    Fate.NOTHING: [],
    Fate.AGENT_GONE: [],
    Fate.TERMINATED: [],
    Fate.KILLED: ["killed"],
    Fate.AGENT_SILENT: ["gone down"],
    Fate.CANCELLED: ["cancelled c-1", "cancelled c-2", "waited for"],
}


@pytest.mark.parametrize("fate", Fate)
def test_a_fate_comes_when_the_script_asks_for_credentials(fate):
    seen = Seen()
    while_it_asks(fate, seen, seen, lambda: seen)
    assert seen.calls == CALLS[fate]
