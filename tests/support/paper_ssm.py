"""All of SSM on paper: see `paper_service`, of which this is more."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from orchestrator.sandbox.clock.movable import MovableClock
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import RunCommand
from orchestrator.sandbox.runcommand.app import Endpoint
from orchestrator.sandbox.runcommand.errors import allow_all
from orchestrator.sandbox.ssm import Ssm
from support.fakes import FakeClock
from support.paper_service import ACCOUNT, REGION, PaperHost, Refused, Service

SCRIPT = {
    "schemaVersion": "2.2",
    "parameters": {"word": {"type": "String", "default": "hi", "allowedPattern": "^[a-z]+$"}},
    "mainSteps": [
        {
            "action": "aws:runPowerShellScript",
            "name": "look",
            "inputs": {"timeoutSeconds": "60", "runCommand": ["'{{ word }}'"]},
        }
    ],
}


@dataclass
class PaperSsm(Service):
    """The endpoint of one place; ``groups`` are its resource groups, ``buckets`` all buckets."""

    groups: dict[str, list[str]] = field(default_factory=dict)
    buckets: set[str] = field(default_factory=lambda: {"some-bucket"})

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.moved = MovableClock(self.clock)
        place, authorize = Place(ACCOUNT, REGION), self.authorize or allow_all
        own = (self.moved, REGION, ACCOUNT, self.settings, authorize)
        self.run_command = RunCommand(*own)
        self.ssm = Ssm(
            *(self.run_command, self.moved, place, authorize),
            members=lambda name: self.groups.get(name, []),
            has_bucket=lambda name: name in self.buckets,
            visibility_delay=self.settings.visibility_delay,
        )
        self.manager = self.ssm.state_manager
        self._endpoint = Endpoint(self.ssm.handle)

    @property
    def app(self) -> Any:
        return self._endpoint

    def document(self, name: str = "look", content: Any = SCRIPT, **members: Any) -> Any:
        """A document that can be used by now."""
        text = content if isinstance(content, str) else json.dumps(content)
        made = self.call("CreateDocument", Name=name, Content=text, **members)
        self.clock.sleep(self.settings.visibility_delay)
        return made["DocumentDescription"]

    def associate(self, *hosts: PaperHost, **members: Any) -> str:
        """An association, and its id."""
        targets = [{"Key": "InstanceIds", "Values": [host.instance_id for host in hosts] or ["*"]}]
        asked = {"Name": "look", "Targets": targets, **members}
        made = self.call("CreateAssociation", **asked)["AssociationDescription"]
        self.clock.sleep(self.settings.visibility_delay)
        return str(made["AssociationId"])

    def executions(self, association_id: str, **members: Any) -> list[dict[str, Any]]:
        """The newest first, once what has just begun is shown."""
        self.clock.sleep(self.settings.visibility_delay)
        asked = {"AssociationId": association_id, **members}
        return list(self.call("DescribeAssociationExecutions", **asked)["AssociationExecutions"])

    def targets(self, association_id: str, number: int = 0, **members: Any) -> list[dict[str, Any]]:
        """Those of an execution, of the newest one if no other is named."""
        asked = {
            "AssociationId": association_id,
            "ExecutionId": self.executions(association_id)[number]["ExecutionId"],
            **members,
        }
        told = self.call("DescribeAssociationExecutionTargets", **asked)
        return list(told["AssociationExecutionTargets"])

    def later(self, **by: float) -> None:
        """Let it be later, and run what is due by then."""
        self.moved.move_to(self.moved.now() + timedelta(**by))
        self.manager.run_due()
        self.clock.sleep(self.settings.visibility_delay)

    def end(self, host: PaperHost, status: str = "Success", code: int = 0, **more: Any) -> Any:
        """Take the next command, whose only step is ``look``, and reply to it."""
        from orchestrator.sandbox.runcommand.messages import Reply, Result

        order, now = self.take(host), self.moved.now()
        told = {"began": now, "ended": now, **more}
        result = Result("look", "aws:runPowerShellScript", status, code, **told)
        self.run_command.reply(order, host.instance_id, Reply(status, result))
        return order


def refusal(ssm: Service, operation: str, **members: Any) -> Refused:
    """How a request is refused that has to be."""
    with pytest.raises(Refused) as caught:
        ssm.call(operation, **members)
    return caught.value
