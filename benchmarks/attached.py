"""What many attached agents cost the sandbox: `python benchmarks/attached.py`.

With `--agents N` and `--seconds S` for other figures than 1,000 and a minute. So many agents, each
an instance of its own with its own keys, poll for messages all the time, as real ones do: a
connection and a signature for each question. Meanwhile commands are sent to fifty of them at a
time, and run nowhere: each is replied to and acknowledged as an agent would. The server is a
process of its own, whose memory and CPU are read from outside; the agents are another one.

`--json` prints the figures as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "ap-northeast-1"
AT_ONCE = 50
EVERY = 5.0
"""Seconds between two commands."""
WARM = 0.25
"""Of the time, until memory has to stand still."""
_TICKS = os.sysconf("SC_CLK_TCK")
_SUCCESS = json.dumps(
    {
        "documentStatus": "Success",
        "runtimeStatus": {"aws:runShellScript": {"status": "Success", "code": 0}},
    }
)


def instance_of(number: int) -> str:
    return f"i-{number:017x}"


def serve(agents: int) -> None:
    """The sandbox's services, until standard input ends. Prints where they are, and all keys."""
    from orchestrator.sandbox import world
    from orchestrator.sandbox.clock.movable import MovableClock
    from orchestrator.sandbox.cloud import Cloud
    from orchestrator.sandbox.fleet.order import FleetOrder
    from orchestrator.sandbox.imds import InstanceIdentity
    from orchestrator.sandbox.launch.attaching import AgentOrder, Attaching
    from orchestrator.sandbox.launch.services import serve_all
    from orchestrator.sandbox.scenarios import find_scenario
    from orchestrator.waiting.clock import SystemClock

    clock = SystemClock()
    with ExitStack() as stack:
        cloud = Cloud(clock)
        attaching = Attaching(stack, AgentOrder(), clock)
        cloud.deploy(attaching.serve("aws", cloud.app))
        services = serve_all(
            stack,
            cloud,
            [],
            scenario=find_scenario("healthy"),
            fleet=FleetOrder(),
            clock=MovableClock(clock),
            written=lambda app: app,
            attaching=attaching,
        )
        run_command = services.ssm.at(world.HOME).run_command
        urls = attaching.open(cloud, run_command, []).addresses
        keys = []
        for number in range(agents):
            role = world.INSTANCE_ROLE
            who = (instance_of(number), world.HOME, role)
            identity = InstanceIdentity(who[0], *_of(world.HOME), role, role, "Linux")
            attaching.attachments.add(identity, run_command, {})
            own = cloud.instance_credentials(*who)
            keys.append((own.access_key_id, own.secret_access_key, own.token))
        admin = cloud.keys[world.ADMIN_A]
        told = {
            "ssm": urls.ssm,
            "ec2messages": urls.ec2messages,
            "keys": keys,
            "admin": (admin.access_key_id, admin.secret_access_key),
        }
        print(json.dumps(told), flush=True)
        sys.stdin.read()


def _of(place: Any) -> tuple[str, str]:
    return place.account, place.region


@dataclass
class Agents:
    """All of them, as one process. ``lags`` are seconds from a send to an agent that has it."""

    told: dict[str, Any]
    until: float
    polls: int = 0
    errors: list[str] = field(default_factory=list)
    replies: int = 0
    lags: list[float] = field(default_factory=list)

    async def all(self) -> None:
        """Until their time is over."""
        keys = self.told["keys"]
        await asyncio.gather(*(self._one(number, key) for number, key in enumerate(keys)))

    async def _one(self, number: int, key: tuple[str, str, str]) -> None:
        own, credentials = instance_of(number), Credentials(*key)
        # As many machines do not start in one moment.
        await asyncio.sleep(random.random() * 2)
        about = {"InstanceId": own, "PlatformType": "Linux", "AgentVersion": "3.3.40.0"}
        await self._call("ssm", "AmazonSSM.UpdateInstanceInformation", about, credentials)
        while time.time() < self.until:
            asked = {"Destination": own, "MessagesRequestId": str(uuid.uuid4())}
            answer = await self._messages("GetMessages", asked, credentials)
            self.polls += 1
            for message in answer.get("Messages", []):
                await self._take(message, credentials)

    async def _take(self, message: dict[str, str], credentials: Credentials) -> None:
        (sent,) = json.loads(message["Payload"])["Parameters"]["commands"]
        self.lags.append(time.time() - float(sent))
        name = {"MessageId": message["MessageId"]}
        reply = {**name, "ReplyId": str(uuid.uuid4())}
        began = {**reply, "Payload": json.dumps({"documentStatus": "InProgress"})}
        await self._messages("SendReply", began, credentials)
        await self._messages("AcknowledgeMessage", name, credentials)
        await self._messages("SendReply", {**reply, "Payload": _SUCCESS}, credentials)
        self.replies += 1

    async def _messages(self, operation: str, body: Any, credentials: Credentials) -> Any:
        target = f"EC2WindowsMessageDeliveryService.{operation}"
        return await self._call("ec2messages", target, body, credentials)

    async def _call(
        self, service: str, target: str, body: Any, credentials: Credentials
    ) -> dict[str, Any]:
        try:
            status, data = await ask(self.told[service], service, target, body, credentials)
        except (OSError, EOFError, ValueError) as error:
            self.errors.append(f"{target}: {type(error).__name__}: {error}")
            await asyncio.sleep(1)
            return {}
        if status != 200:
            self.errors.append(f"{target}: {status} {data[:200]!r}")
            return {}
        found: dict[str, Any] = json.loads(data)
        return found


async def ask(
    url: str, service: str, target: str, body: Any, credentials: Credentials
) -> tuple[int, bytes]:
    """One signed request on a connection of its own."""
    data = json.dumps(body).encode()
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    request = AWSRequest("POST", url + "/", headers, data)
    SigV4Auth(credentials, service, REGION).add_auth(request)
    at = urlsplit(url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    try:
        lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        head = f"POST / HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Length: {len(data)}\r\n{lines}\r\n"
        writer.write(head.encode() + data)
        whole = await asyncio.wait_for(reader.read(), 30)
    finally:
        writer.close()
    first, _, rest = whole.partition(b"\r\n\r\n")
    return int(first.split(b" ", 2)[1]), rest


async def send(told: dict[str, Any], agents: int, until: float) -> int:
    """Commands to fifty at a time; how many messages they make."""
    credentials, count = Credentials(*told["admin"]), 0
    await asyncio.sleep(4)
    while time.time() < until - 3:
        numbers = random.sample(range(agents), min(AT_ONCE, agents))
        body = {
            "DocumentName": "AWS-RunShellScript",
            "InstanceIds": [instance_of(number) for number in numbers],
            "Parameters": {"commands": [str(time.time())]},
        }
        status, data = await ask(told["ssm"], "ssm", "AmazonSSM.SendCommand", body, credentials)
        assert status == 200, data
        count += len(numbers)
        await asyncio.sleep(EVERY)
    return count


@dataclass
class Watched:
    """Another process, looked at once a second."""

    process: int
    memory: list[float] = field(default_factory=list)
    threads: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def cpu(self) -> float:
        """Seconds that it has used so far."""
        words = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / _TICKS

    def watch(self) -> None:
        """Look at it until ``ended``."""
        while not self.ended.wait(1.0):
            lines = Path(f"/proc/{self.process}/status").read_text().splitlines()
            found = dict(line.split(":", 1) for line in lines if ":" in line)
            self.memory.append(int(found["VmRSS"].split()[0]) / 1024)
            self.threads = max(self.threads, int(found["Threads"]))


def measured(agents: int, seconds: float) -> dict[str, Any]:
    with subprocess.Popen(
        [sys.executable, __file__, "--serve", str(agents)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        told = json.loads(server.stdout.readline())
        watched = Watched(server.pid)
        watcher = threading.Thread(target=watched.watch)
        before = watched.cpu
        watcher.start()
        until = time.time() + seconds
        made = Agents(told, until)

        async def both() -> int:
            sent, _ = await asyncio.gather(send(told, agents, until), made.all())
            return int(sent)

        sent = asyncio.run(both())
        cpu = watched.cpu - before
        watched.ended.set()
        watcher.join()
        server.stdin.close()
        server.wait(30)
    warm = watched.memory[int(len(watched.memory) * WARM) :]
    return {
        "agents": agents,
        "seconds": seconds,
        "polls": made.polls,
        "sent": sent,
        "replied": made.replies,
        "errors": len(made.errors),
        "first_errors": made.errors[:3],
        "lag_median": round(statistics.median(made.lags), 3) if made.lags else None,
        "lag_worst": round(max(made.lags), 3) if made.lags else None,
        "cpu": round(cpu, 1),
        "threads": watched.threads,
        "memory_warm": round(warm[0], 1),
        "memory_end": round(warm[-1], 1),
        "memory_most": round(max(watched.memory), 1),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    found = measured(given.agents, given.seconds)
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:>14}  {value}")


if __name__ == "__main__":
    main()
