"""A fleet on paper: the real Run Command and simulation, a clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from orchestrator.sandbox.agent.endings import Output, exited
from orchestrator.sandbox.fleet.answers import Answers, Question
from orchestrator.sandbox.fleet.nodes import Node, make_nodes
from orchestrator.sandbox.fleet.order import FleetOrder
from orchestrator.sandbox.fleet.outputs import Outputs, Surroundings
from orchestrator.sandbox.fleet.simulation import Pace, Simulation
from support.paper_service import Service

SCRIPT = {"commands": ["'x'"], "executionTimeout": ["600"]}


@dataclass
class Fleet:
    """``said`` is what a script says when it is really run; ``runs`` are those that were."""

    order: FleetOrder
    service: Service = field(default_factory=Service)
    said: Callable[[Question], Output] = lambda _: Output(exited(0), b"done\n")
    runs: list[Question] = field(default_factory=list)
    version: int = 0
    surroundings: Surroundings = field(default_factory=Surroundings)
    permitted: bool = True

    def __post_init__(self) -> None:
        commands, clock = self.service.run_command, self.service.clock
        self.nodes = make_nodes(self.order, lambda: self.permitted)
        self.answers = Answers(self._ask, lambda: self.version, clock)
        self.simulation = Simulation(
            self.nodes,
            commands,
            Outputs(self.answers, self.surroundings, clock),
            clock=clock,
            chance=self.order.drawing,
            pace=Pace(self.order.seconds),
        )
        for node in self.nodes:
            commands.register(node, node.info, self.simulation.post)

    def _ask(self, question: Question) -> Output:
        self.runs.append(question)
        return self.said(question)

    @property
    def ids(self) -> list[str]:
        return [node.instance_id for node in self.nodes]

    def node(self, instance_id: str) -> Node:
        return next(node for node in self.nodes if node.instance_id == instance_id)

    def send(self, ids: list[str] | None = None, **members) -> str:
        """Send to these, or to ``Targets``; at most 50 ids a call, as there."""
        if "Targets" not in members:
            members["InstanceIds"] = self.ids if ids is None else ids
        request = {"DocumentName": "AWS-RunPowerShellScript", "Parameters": SCRIPT, **members}
        return self.service.call("SendCommand", **request)["Command"]["CommandId"]

    def settle(self) -> float | None:
        """Do all that is due now, scripts and their answers included."""
        while True:
            due = self.simulation.run_due()
            if due == 0.0 or self.answers._asked:
                self.answers.answer_one()
                continue
            return due

    def pass_time(self, seconds: float) -> None:
        """Let so much time pass, from one event to the next."""
        clock = self.service.clock
        end = clock.elapsed + seconds
        while (due := self.settle()) is not None and clock.elapsed + due <= end:
            clock.sleep(due)
        clock.sleep(max(0.0, end - clock.elapsed))
        self.settle()

    def rows(self, command_id: str, **members) -> list[dict]:
        """Every row of ListCommandInvocations, page by page."""
        return self.all_pages("ListCommandInvocations", CommandId=command_id, **members)

    def all_pages(self, operation: str, **members) -> list[dict]:
        (name,) = [n for n in NAMES if n[0] == operation]
        found, more = [], {}
        while True:
            page = self.service.call(operation, **members, **more)
            assert len(page[name[1]]) <= members.get("MaxResults", 50)
            found += page[name[1]]
            if "NextToken" not in page:
                return found
            more = {"NextToken": page["NextToken"]}

    def states(self, command_id: str) -> dict[str, str]:
        return {row["InstanceId"]: row["StatusDetails"] for row in self.rows(command_id)}


NAMES = (
    ("ListCommandInvocations", "CommandInvocations"),
    ("ListCommands", "Commands"),
    ("DescribeInstanceInformation", "InstanceInformationList"),
)
