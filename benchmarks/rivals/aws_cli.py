"""The AWS CLI as people script it: send-command, then wait and get-command-invocation per host.

Four hosts at a time, as by `xargs -P 4`; a wait that gives up does not end the loop.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rivals.job import Job, request

AWS = str(Path(sys.executable).with_name("aws"))
IN_STEP = 4


def main() -> None:
    """Each script, to all hosts, and then each host's end."""
    job = Job.read()
    for number, script in enumerate(job.scripts):
        job.look(number, _sent(job, script), _status, IN_STEP)


def _sent(job: Job, script: Path) -> Mapping[str, str]:
    """The command of each host."""
    command_of: dict[str, str] = {}
    for hosts in job.chunks():
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(request(hosts, script), file)
            file.flush()
            given = ("--cli-input-json", f"file://{file.name}")
            command_id = _aws("send-command", *given, "--query", "Command.CommandId")
        if command_id:
            command_of |= dict.fromkeys(hosts, command_id)
    return command_of


def _status(command_id: str, host: str) -> str:
    """The host's Status when the wait is over; empty where it cannot be had."""
    which = ("--command-id", command_id, "--instance-id", host)
    _aws("wait", "command-executed", *which)
    found = _aws("get-command-invocation", *which, "--query", "[Status,StandardOutputContent]")
    return found.split()[0] if found else ""


def _aws(*words: str) -> str:
    """What it prints; nothing where it ends with an error."""
    command = [AWS, "ssm", *words, "--output", "text"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    main()
