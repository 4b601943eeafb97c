"""The two threads of a fleet, on the real clock."""

from __future__ import annotations

import threading
import time

from orchestrator.sandbox.agent.endings import Output, exited
from orchestrator.sandbox.fleet.answers import Answers
from orchestrator.sandbox.fleet.driver import Driver
from orchestrator.sandbox.fleet.nodes import make_nodes
from orchestrator.sandbox.fleet.order import FleetOrder
from orchestrator.sandbox.fleet.outputs import Outputs, Surroundings
from orchestrator.sandbox.fleet.simulation import Pace, Simulation
from orchestrator.sandbox.runcommand import RunCommand
from orchestrator.waiting.clock import SystemClock
from support.paper_service import ACCOUNT, REGION, Service
from support.processes import soon


class Driven:
    def __init__(self, ask, hosts=200, seconds=0.2):
        clock = SystemClock()
        self.service = Service()
        self.service.run_command = RunCommand(clock, REGION, ACCOUNT)
        order = FleetOrder(hosts, seconds)
        self.nodes = make_nodes(order)
        answers = Answers(ask, lambda: 0, clock)
        self.simulation = Simulation(
            self.nodes,
            self.service.run_command,
            Outputs(answers, Surroundings(), clock),
            clock=clock,
            chance=order.drawing,
            pace=Pace(seconds),
        )
        for node in self.nodes:
            self.service.run_command.register(node, node.info, self.simulation.post)
        self.rounds = 0
        run_due = self.simulation.run_due

        def counted():
            self.rounds += 1
            return run_due()

        self.simulation.run_due = counted
        self.stopped = threading.Event()
        self.driver = Driver(self.simulation, answers, self.stopped.set)

    def send(self):
        sent = self.service.call(
            "SendCommand",
            DocumentName="AWS-RunPowerShellScript",
            Targets=[{"Key": "tag-key", "Values": ["env"]}],
            MaxConcurrency="100%",
            Parameters={"commands": ["'x'"]},
        )
        return sent["Command"]["CommandId"]

    def completed(self):
        found = self.service.call("ListCommands")["Commands"]
        return found[0]["CompletedCount"] if found else 0


def test_hundreds_of_hosts_end_without_a_thread_for_each():
    before = threading.active_count()
    driven = Driven(lambda _: Output(exited(0), b"done"))
    try:
        assert threading.active_count() == before + 2
        driven.send()
        assert soon(lambda: driven.completed() == 200, 30)
    finally:
        driven.driver.close()
    assert threading.active_count() == before


def test_a_fleet_with_nothing_to_do_does_nothing():
    driven = Driven(lambda _: Output(exited(0)))
    try:
        driven.send()
        assert soon(lambda: driven.completed() == 200, 30)
        time.sleep(0.2)
        rounds = driven.rounds
        time.sleep(0.5)
        assert driven.rounds == rounds
    finally:
        driven.driver.close()


def test_while_a_script_runs_the_fleet_goes_on():
    release = threading.Event()

    def ask(_question):
        release.wait(30)
        return Output(exited(0), b"late")

    driven = Driven(ask, hosts=50)
    try:
        command_id = driven.send()
        time.sleep(1.0)
        assert driven.completed() == 0
        begun = time.monotonic()
        driven.service.call("CancelCommand", CommandId=command_id, InstanceIds=[_first(driven)])
        assert soon(lambda: driven.completed() == 1, 10)
        assert time.monotonic() - begun < 5
        release.set()
        assert soon(lambda: driven.completed() == 50, 30)
    finally:
        release.set()
        driven.driver.close()
    assert driven.stopped.is_set()


def _first(driven):
    return driven.nodes[0].instance_id
