"""ListCommands every two seconds until the commands have ended, then a Get for each host.

As ssm-helpers does: the cheapest wait that people use, and it has no time-out of its own.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import ClientError

from rivals.job import Job

EVERY = 2.0
_FINAL = {"Success", "Failed", "TimedOut", "Cancelled"}


def main() -> None:
    """Each script, to all hosts; when all have ended, each host's answer."""
    job = Job.read()
    ssm = boto3.client("ssm")
    for number, script in enumerate(job.scripts):
        begun = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
        command_of = job.send(ssm, script)
        wanted = set(command_of.values())
        while not wanted <= _ended(ssm, begun):
            time.sleep(EVERY)
        job.look(number, command_of, partial(_status, ssm), 1)


def _ended(ssm: Any, begun: str) -> set[str]:
    """The commands since then that have ended; a look that fails has seen none."""
    found: set[str] = set()
    after = [{"key": "InvokedAfter", "value": begun}]
    try:
        for page in ssm.get_paginator("list_commands").paginate(Filters=after):
            rows = page["Commands"]
            found |= {row["CommandId"] for row in rows if row["Status"] in _FINAL}
    except ClientError:
        return set()
    return found


def _status(ssm: Any, command_id: str, host: str) -> str:
    """What the host's answer is; empty where it cannot be had."""
    try:
        answer = ssm.get_command_invocation(CommandId=command_id, InstanceId=host)
    except ClientError:
        return ""
    return str(answer["Status"])


if __name__ == "__main__":
    main()
