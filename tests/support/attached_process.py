"""An attached agent as a process of its own: the emulated one, which speaks the real one's wire.

    python tests/support/attached_process.py DESCRIPTION FOLDER [DELAY]

``DESCRIPTION`` is a sandbox's ``sandbox.json``; the host lies in ``FOLDER``, and a script begins
``DELAY`` seconds after its command has come. It reports, takes commands until it is ended, and says
``attached`` when it is there. Scripts run by the stand-in, as on the sandbox's own hosts. That the
sandbox is another process is the point: nothing but HTTP is between them.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from orchestrator.sandbox.agent import Agent
from orchestrator.sandbox.agent.settings import AgentSettings, Channel, Timing
from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.host.emulated import EmulatedHost, Surroundings
from orchestrator.waiting.clock import SystemClock
from support.agent_wire import AgentWire, WireCommands

QUICK = Timing(retry=0.1, resend=0.5)


class NoGroups:
    def started(self, group: int) -> None: ...
    def ended(self, group: int) -> None: ...


def main() -> None:
    agent_of = json.loads(Path(sys.argv[1]).read_text())["agent"]
    urls = agent_of["endpoints"]
    if urls["admission"]:
        show_token(urls["admission"])
    surroundings = Surroundings(urls["aws"], None, dict(os.environ))
    folder = Path(sys.argv[2])
    who = agent_of["instance_id"]
    host = EmulatedHost(
        who,
        folder,
        surroundings,
        imds_url=urls["imds"],
        groups=NoGroups(),
        behaviour=Behaviour(start_delay=float(sys.argv[3]) if len(sys.argv) > 3 else 0.0),
    )
    wire = AgentWire(who, urls)
    system = {"PlatformName": "Microsoft Windows Server 2022 Datacenter"}
    version = {"PlatformVersion": "10.0.20348"}
    answer = wire.report("Windows", ComputerName=host.name, **system, **version)
    assert answer.status == 200, answer
    settings = AgentSettings(channel=Channel.EC2MESSAGES, is_final_first=False, timing=QUICK)
    agent = Agent(host, WireCommands(wire), SystemClock(), settings)
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    print("attached", flush=True)
    told.wait()
    agent.close()


def show_token(url: str) -> None:
    parts = urlsplit(url)
    wire = http.client.HTTPConnection(parts.netloc, timeout=10)
    wire.request("GET", parts.path)
    assert wire.getresponse().read() == b"ok\n"
    wire.close()


if __name__ == "__main__":
    main()
