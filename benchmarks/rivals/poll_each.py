"""A loop per host that asks GetCommandInvocation every half second, as ssm-sh does.

ssm-sh gives up after 30 s; here it is 60 s, as Ansible, InSpec and ssmctl have it. As there, the
first error of the API ends a host's loop, when botocore has tried three times; that SSM does not
know the command yet does not.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from rivals.job import Job

EVERY = 0.5
AT_MOST = 60.0
_NOT_ENDED = {"", "Pending", "InProgress", "Delayed", "Cancelling"}


def main() -> None:
    """Each script, to all hosts, and then each host's end."""
    job = Job.read()
    ssm = boto3.client("ssm", config=Config(max_pool_connections=len(job.hosts)))
    for number, script in enumerate(job.scripts):
        job.look(number, job.send(ssm, script), partial(_status, ssm), len(job.hosts))


def _status(ssm: Any, command_id: str, host: str) -> str:
    """The host's Status when it has ended, or when nobody waits any more."""
    until, status = time.monotonic() + AT_MOST, ""
    while time.monotonic() < until:
        time.sleep(EVERY)
        try:
            status = ssm.get_command_invocation(CommandId=command_id, InstanceId=host)["Status"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvocationDoesNotExist":
                return ""
        if status not in _NOT_ENDED:
            break
    return status


if __name__ == "__main__":
    main()
