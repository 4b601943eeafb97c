"""Run Command on fakes: a clock that a test moves, hosts that never run anything."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any

from orchestrator.sandbox.runcommand import ManagedInfo, RunCommand, Settings
from orchestrator.sandbox.runcommand.messages import Message, Order, Reply, Result
from support.fakes import FakeClock

REGION = "ap-northeast-1"
ACCOUNT = "111111111111"


@dataclass
class PaperHost:
    """A host on paper: it can be registered, and that is all."""

    instance_id: str
    name: str = "EC2AMAZ-1"
    platform: str = "Windows"
    online: bool = True


@dataclass
class Refused(Exception):
    """An error answer of the endpoint."""

    status: int
    code: str
    message: str


@dataclass
class Service:
    """The endpoint, called without a network, and its hosts."""

    settings: Settings = field(default_factory=Settings)
    authorize: Any = None
    region: str = REGION

    def __post_init__(self) -> None:
        more = {"authorize": self.authorize} if self.authorize else {}
        self.clock = FakeClock()
        self.run_command = RunCommand(self.clock, REGION, ACCOUNT, self.settings, **more)

    @property
    def app(self) -> Any:
        """What answers the requests."""
        return self.run_command.app

    def add(self, number: int = 1, **facts: Any) -> PaperHost:
        info = facts.pop("info", ManagedInfo())
        host = PaperHost(f"i-{number:017x}", **facts)
        self.run_command.register(host, info)
        return host

    def call(self, operation: str, **members: Any) -> dict[str, Any]:
        return self.request(f"AmazonSSM.{operation}", json.dumps(members).encode())

    def request(self, target: str, body: bytes, **environ: Any) -> dict[str, Any]:
        scope = f"AKIDEXAMPLE/20260101/{self.region}/ssm/aws4_request"
        seen: dict[str, Any] = {}
        environ = {
            "REQUEST_METHOD": "POST",
            "HTTP_X_AMZ_TARGET": target,
            "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **environ,
        }
        answer = self.app(environ, lambda status, headers: seen.update(status=status))
        told = json.loads(b"".join(answer))
        status = int(seen["status"].split()[0])
        if status != 200:
            raise Refused(status, told["__type"], told["message"])
        return told

    def send(self, *hosts: PaperHost, visible: bool = True, **members: Any) -> str:
        request = {
            "DocumentName": "AWS-RunPowerShellScript",
            "InstanceIds": [host.instance_id for host in hosts],
            "Parameters": {"commands": ["'x'"]},
            **members,
        }
        command_id = self.call("SendCommand", **request)["Command"]["CommandId"]
        if visible:
            self.clock.sleep(self.settings.visibility_delay)
        return command_id

    def receive(self, host: PaperHost) -> Message | None:
        return self.run_command.receive(host.instance_id, lambda: host.online, 0.0)

    def take(self, host: PaperHost) -> Order:
        """Receive and acknowledge the next command, as an agent does."""
        order = self.receive(host)
        assert isinstance(order, Order)
        assert self.run_command.acknowledge(order, host.instance_id)
        return order

    def end(self, host: PaperHost, status: str = "Success", code: int = 0, **more: Any) -> Order:
        """Take the next command and reply to it."""
        order = self.take(host)
        self.reply(host, order, status, code, **more)
        return order

    def reply(self, host: PaperHost, order: Order, status: str, code: int = 0, **more: Any) -> None:
        """Reply to a command, with a result of its only plugin unless a trace is given."""
        now, plugin = self.clock.now(), "aws:runPowerShellScript"
        trace = more.pop("trace", "")
        times = {"began": now, "ended": now}
        result = None if trace else Result(plugin, plugin, status, code, **{**times, **more})
        self.run_command.reply(order, host.instance_id, Reply(status, result, trace=trace))

    def state(self, command_id: str, host: PaperHost) -> tuple[str, str]:
        got = self.call("GetCommandInvocation", CommandId=command_id, InstanceId=host.instance_id)
        return got["Status"], got["StatusDetails"]

    def command(self, command_id: str) -> dict[str, Any]:
        (command,) = self.call("ListCommands", CommandId=command_id)["Commands"]
        return command
