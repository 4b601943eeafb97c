"""A boto3 script with botocore's waiter for each host, fifty of them in threads."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from rivals.job import AT_ONCE, Job


def main() -> None:
    """Each script, to all hosts, and then each host's end."""
    job = Job.read()
    ssm = boto3.client("ssm", config=Config(max_pool_connections=AT_ONCE))
    status = partial(_status, ssm, ssm.get_waiter("command_executed"))
    for number, script in enumerate(job.scripts):
        job.look(number, job.send(ssm, script), status, AT_ONCE)


def _status(ssm: Any, waiter: Any, command_id: str, host: str) -> str:
    """The host's Status when the wait is over; empty where it cannot be had."""
    which = {"CommandId": command_id, "InstanceId": host}
    # Failed and TimedOut raise like a wait that was too short: the answer tells them apart.
    with suppress(WaiterError):
        waiter.wait(**which)
    try:
        return str(ssm.get_command_invocation(**which)["Status"])
    except ClientError:
        return ""


if __name__ == "__main__":
    main()
