"""A real amazon-ssm-agent at a sandbox: its programs, its service's environment, its processes.

Written by its source (agent/appconfig/constants_unix.go): started from another folder than /usr/bin
it takes the workers beside it, and ``configuration/amazon-ssm-agent.json`` there, if all of them
are root's own and nobody else may write to them. It keeps its data in /var/lib/amazon/ssm, and
starts PowerShell as /usr/bin/powershell or /usr/bin/pwsh.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from orchestrator.sandbox.host.engines import EngineChoice, find_pwsh
from support.processes import BIN, call

MAIN = "amazon-ssm-agent"
WORKERS = ("ssm-agent-worker", "ssm-document-worker", "ssm-session-worker")
DATA = Path("/var/lib/amazon/ssm")
POWERSHELLS = (Path("/usr/bin/powershell"), Path("/usr/bin/pwsh"))
"""What the agent starts: the first that is there."""
_OF_PROGRAMS = ("DOTNET_", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
"""Without these some machines' programs do not start at all."""
ONLINE = 180.0
"""Seconds: after credentials that did not work at first it waits for a while."""


def why_not(folder: str) -> str:
    """Why there is no real agent to be tried; empty where there is one."""
    if not folder:
        return "ORCH_SSM_AGENT names no folder with a real agent's programs"
    missing = [name for name in (MAIN, *WORKERS) if not (Path(folder) / name).is_file()]
    if missing:
        return f"ORCH_SSM_AGENT={folder} has no {', '.join(missing)}"
    if os.geteuid() != 0:
        return "the real agent runs as root alone"
    if running := _processes("amazon-ssm-agent"):
        return f"an amazon-ssm-agent runs here already: {running}"
    return ""


class RealAgent:
    """Its processes, from `start` to `end`. ``attached`` is the folder of the sandbox's files."""

    def __init__(self, programs: Path, attached: Path, folder: Path) -> None:
        self.folder = folder / "programs"
        self._attached = attached
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "agent.log"
        self._copy(programs)

    def start(self) -> None:
        """Start it, as its service does: hardly a variable but those of the sandbox."""
        lines = (self._attached / "agent.env").read_text().splitlines()
        own = dict(line.split("=", 1) for line in lines)
        for name in ("HOME", "ProgramData", "TEMP"):
            if name in own:
                Path(own[name]).mkdir(parents=True, exist_ok=True)
        kept = {n: v for n, v in os.environ.items() if n.startswith(_OF_PROGRAMS)}
        path = f"{BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self.folder / MAIN)],
                cwd=self.folder,
                env={"PATH": path, **kept, **_modules(), **own},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End the agent itself, and not what its document workers run."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(60)
        if how == signal.SIGKILL:
            # As systemd would, whose service is the whole of the agent but for the scripts.
            for number in _processes(str(self.folder / "ssm-agent-worker")):
                os.kill(number, signal.SIGKILL)

    def end(self, instance_id: str) -> None:
        """End all of it, and remove what it kept of this sandbox."""
        if self._process is not None and self._process.poll() is None:
            self.stop()
        for number in _processes(str(self.folder)):
            os.kill(number, signal.SIGKILL)
        shutil.rmtree(DATA / instance_id, ignore_errors=True)

    def said(self) -> str:
        """The end of what it wrote, for whoever wants to know why it is not there."""
        return self._log.read_text(errors="replace")[-4000:]

    def _copy(self, programs: Path) -> None:
        configuration = self.folder / "configuration"
        configuration.mkdir(parents=True)
        for path in (self.folder, configuration):
            path.chmod(0o755)
            os.chown(path, 0, 0)
        for program in programs.iterdir():
            if program.is_file():
                target = self.folder / program.name
                shutil.copyfile(program, target)
                target.chmod(0o755)
                os.chown(target, 0, 0)
        target = configuration / "amazon-ssm-agent.json"
        shutil.copyfile(self._attached / "amazon-ssm-agent.json", target)
        os.chown(target, 0, 0)


def until_online(variables: dict[str, str], instance_id: str, agent: RealAgent) -> None:
    """Wait until SSM shows it so."""
    asked = ("aws", "ssm", "describe-instance-information", "--output", "json")
    deadline = time.monotonic() + ONLINE
    while time.monotonic() < deadline:
        rows = json.loads(call(*asked, **variables).out)["InstanceInformationList"]
        found = {row["InstanceId"]: row["PingStatus"] for row in rows}
        if found.get(instance_id) == "Online":
            return
        time.sleep(1)
    raise AssertionError(f"the agent did not come: {agent.said()}")


def _modules() -> dict[str, str]:
    """Where PowerShell finds modules: those of this user too, whose home is not the agent's."""
    program = next((path for path in POWERSHELLS if path.exists()), None)
    if program is None:
        return {}
    found = find_pwsh(EngineChoice.PWSH, {**os.environ, "ORCH_SANDBOX_PWSH": str(program)})
    return {"PSModulePath": found.module_path} if found else {}


def _processes(name: str) -> list[int]:
    """The processes whose program has that in its path."""
    found = []
    for link in Path("/proc").glob("[0-9]*/exe"):
        try:
            program = str(link.readlink())
        except OSError:
            continue
        if name in program:
            found.append(int(link.parent.name))
    return found
