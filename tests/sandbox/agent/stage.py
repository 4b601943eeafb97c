"""A recorded case put on a stage: its message, a host of its own, and an agent."""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from neutral import neutral
from plays import play

from orchestrator.sandbox.agent import Agent
from orchestrator.sandbox.agent.settings import AgentSettings, Channel, Timing
from orchestrator.sandbox.parts import Job
from orchestrator.sandbox.runcommand.messages import Order, Reply
from orchestrator.waiting.clock import SystemClock
from support.agent_cases import CASES, Told, is_final_first, length, replies
from support.post import Post, order, order_of
from support.shell_host import ShellHost, is_alive, until

COMMAND = "6a2c2c5e-6d0e-4d0a-9f6e-0f8c5a9f6b1d"
PACE = 50.0
QUICK = Timing(retry=0.005, resend=1.0, crash=0.5)
_SLEEP = re.compile(r"\bsleep (\d+)(?!\d|\.)")


class Stage:
    """A context. ``more`` are the agent's settings, where they are not the recording's."""

    def __init__(self, name: str, root: Path, **more: Any) -> None:
        self.name = name
        self.root = root
        self.case = CASES[name]
        self.post = Post()
        self.host = ShellHost(
            root,
            _shell(name),
            pace=PACE,
            is_ready=self.is_ready,
            variables={"AWS_EC2_METADATA_SERVICE_ENDPOINT": "ENDPOINT", "https_proxy": "ENDPOINT"},
            play=play(name).replace("TMP", str(root)),
        )
        newer = name.startswith("mgs-")
        self.settings = AgentSettings(
            **{
                "channel": Channel.SSMMESSAGES if newer else Channel.EC2MESSAGES,
                "is_final_first": is_final_first(name),
                "objects": self.post,
                "timing": QUICK,
                **more,
            }
        )
        self.order = self.order_of_case()

    def __enter__(self) -> Stage:
        self.agent = Agent(self.host, self.post, SystemClock(), self.settings)
        return self

    def __exit__(self, *_: object) -> None:
        self.agent.close()

    def order_of_case(self) -> Order:
        given = self.case["given"]
        if "payload" in given:
            return Order(COMMAND, "ap-northeast-1", given["payload"])
        if "script" in given:
            return self.order_of_script(given)
        return order_of(_content(self.case), given.get("values", {}), COMMAND)

    def order_of_script(self, given: dict[str, Any], command_id: str = COMMAND) -> Order:
        """A command of one of AWS's own documents."""
        named = {n: given[n] for n in ("workingDirectory",) if n in given}
        where = {n: given[n] for n in ("OutputS3BucketName", "OutputS3KeyPrefix") if n in given}
        return order(
            *self.script(),
            command_id=command_id,
            timeout=given.get("executionTimeout", "3600"),
            document=self.case["document"].partition(" ")[0],
            values=named,
            **where,
        )

    def script(self) -> list[str]:
        """The script with what it says of the machine changed to what is so here."""
        lines = self.case["given"]["script"]
        if isinstance(lines, str):
            lines = _long_script(lines)
        own = f"301.{os.getpid()}{int(time.monotonic() * 1000)}"
        wait = f"until pgrep -f 'sleep {own}' >/dev/null; do /bin/sleep 0.05; done;"
        changes = {
            "sleep 301": f"sleep {own}",
            "sleep 0.3;": wait,
            "-gt 28": f"-gt {28 + len(str(self.root))}",
            "TMP": str(self.root),
        }
        return [_changed(line, changes) for line in lines]

    def is_ready(self, job: Job) -> bool:
        """Whether a script has written all that it will, and begun every sleep that is in it."""
        written = job.script.read_text(encoding="utf-8-sig") + self.host.play
        if not all(self.host.is_asleep(seconds) for seconds in _SLEEP.findall(written)):
            return False
        plugin = self.expected(job)
        return (job.folder / "stdout").stat().st_size >= length(plugin["standardOutput"])

    def expected(self, job: Job) -> dict[str, Any]:
        """What the recording says of the plugin that this is a script of."""
        known = {key: p for reply in replies(self.name) for key, p in reply["plugins"].items()}
        return known.get(job.folder.name) or next(iter(known.values()), {"standardOutput": ""})

    def until_ready(self) -> None:
        self.host.until_started()
        until(self.host.started[0].is_ready, "the script did not come so far")

    def until_asleep(self) -> None:
        """Wait until the script sleeps, and all before it is written."""
        (seconds,) = _SLEEP.findall("\n".join(self.script()))
        until(lambda: self.host.is_asleep(seconds), "the script does not sleep")

    def until_gone(self, who: str) -> None:
        """Wait until a process is gone that the script left the number of."""
        (path,) = self.root.glob(f"*.{who}")
        until(lambda: not is_alive(int(path.read_text())), f"{who} lives on")

    def replies(self) -> list[Reply]:
        """All replies, as many as there are in the recording."""
        wanted = len(replies(self.name))
        assert self.post.until(lambda: len(self.post.replies(self.order)) >= wanted)
        return self.post.replies(self.order)

    def check(self) -> None:
        Told(self.neutral).check(self.name, self.replies())

    def neutral(self, shown: str) -> str:
        """A text of here or there without what is of the machine."""
        return neutral(shown, self.name, self.host.bin, self.root)

    def files(self) -> list[list[Any]]:
        """What lies in the command's folder, in the form of the recording."""
        folder = next(self.root.glob(f"var/lib/amazon/ssm/*/document/orchestration/{COMMAND}"))
        found = [folder, *sorted(folder.rglob("*"))]
        return [_listed(path, folder) for path in found]


def _changed(line: str, changes: dict[str, str]) -> str:
    for theirs, ours in changes.items():
        line = line.replace(theirs, ours)
    return line


def _shell(name: str) -> str:
    wanted = "bash" if name.startswith("bash-") else "dash"
    found = shutil.which(wanted)
    if found is None:
        pytest.skip(f"there is no {wanted} here")
    return found


def _content(case: dict[str, Any]) -> dict[str, Any]:
    """The document of one's own that a case is about."""
    given, schema = case["given"], case["document"].rpartition(" ")[2]
    content = {"schemaVersion": schema, "parameters": given.get("parameters", {})}
    if "properties" in given:
        plugin = {"properties": given["properties"]}
        return {**content, "runtimeConfig": {"aws:runShellScript": plugin}}
    steps = given.get("mainSteps", [])
    for step in given.get("steps", []):
        steps = [*steps, _step(step)]
    return {**content, "mainSteps": steps}


def _step(step: str | dict[str, Any]) -> dict[str, Any]:
    """A step of which the recording has only the essence, or only the name."""
    if isinstance(step, str):
        step = {"name": step, "runCommand": [f"echo {step}", "sleep 1"]}
    inputs = {"runCommand": step["runCommand"]}
    return {"action": "aws:runShellScript", "name": step["name"], "inputs": inputs}


def _long_script(words: str) -> list[str]:
    """The recording has only the counts of this one: ``612 lines, 59800 characters``."""
    lines, characters = map(int, re.findall(r"\d+", words))
    end = ['wc -c < "$0"', "echo end"]
    room = characters - sum(map(len, end))
    each, more = divmod(room, lines - len(end))
    return ["#" * (each + (number < more)) for number in range(lines - len(end))] + end


def _listed(path: Path, folder: Path) -> list[Any]:
    mode = oct(stat.S_IMODE(path.stat().st_mode))
    shown = "./" if path == folder else str(path.relative_to(folder))
    if path.is_dir():
        return [shown if path == folder else f"{shown}/", "dir", mode]
    return [shown, path.stat().st_size, mode]
