"""What SSM says about instances and commands, in small types of our own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

FINAL = frozenset({"Success", "Cancelled", "TimedOut", "Failed"})
"""The statuses that never change again. Cancelling is not one of them, though the AWS CLI's waiter
takes it for one (run-command facts, sections 2 and 4)."""


@dataclass(frozen=True, slots=True)
class ManagedInstance:
    """A row of DescribeInstanceInformation."""

    instance_id: str
    ping_status: str
    platform: str
    agent_version: str
    name: str = ""
    last_ping: datetime | None = None


Tags = tuple[tuple[str, tuple[str, ...]], ...]
"""Tags by key, each with the values of which one must fit; all keys must fit."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of SSM's instances are meant, where they are not named.

    By tags, by a resource group's name, or everything that SSM manages.
    """

    tags: Tags = ()
    resource_group: str = ""
    everything: bool = False


@dataclass(frozen=True, slots=True)
class OutputS3:
    """Where in S3 the agents put a command's whole output; nowhere where there is no bucket.

    The names are those of SendCommand: OutputS3BucketName, OutputS3KeyPrefix.
    """

    bucket_name: str = ""
    key_prefix: str = ""

    @property
    def keys(self) -> str:
        """All keys that they may write, with ``*`` for what differs: a resource's last part."""
        return f"{self.key_prefix}/*" if self.key_prefix else "*"

    def key(self, document: str, command_id: str, instance_id: str, folder: str = "") -> str:
        """The key of a host's standard output, for one of the documents that run a script.

        Their one step has schema 1.2 and is named after its plugin (the case ``sh-s3-output`` in
        tests/recordings/agent-cases.json). For other documents ``folder`` is that of the step: its
        plugin, and its name.
        """
        plugin = document.replace("AWS-Run", "awsrun")
        folder = folder or f"{plugin}/0.{plugin}"
        parts = (self.key_prefix, command_id, instance_id, folder, "stdout")
        return "/".join(filter(None, parts))


NOWHERE = OutputS3()
"""Output goes to no bucket."""


@dataclass(frozen=True, slots=True)
class SendRequest:
    """One SendCommand: to at most 50 instance ids, or to whatever has these tags.

    Time-outs are in seconds. ``max_concurrency`` and ``max_errors`` are numbers or percentages, as
    AWS takes them; an empty concurrency is the service's own (50).
    """

    document: str
    instance_ids: tuple[str, ...]
    commands: tuple[str, ...]
    delivery_timeout: int
    execution_timeout: int
    comment: str
    tags: Tags = ()
    max_concurrency: str = ""
    max_errors: str = "100%"
    output_s3: OutputS3 = NOWHERE


@dataclass(frozen=True, slots=True)
class CommandCount:
    """A command as a whole: how many hosts it is for, and how many of them have ended."""

    command_id: str
    status: str
    targets: int
    completed: int

    @property
    def final(self) -> bool:
        """Whether the command as a whole has ended."""
        return self.status in FINAL


@dataclass(frozen=True, slots=True)
class Invocation:
    """One host's part of a command, as one look saw it.

    ``output`` is what the look brought: at most 2,500 bytes of both streams from a page, at most
    24,000 of standard output from GetCommandInvocation (``whole`` is then True).
    ``seconds`` is the time that the plugin took on the host, where known.
    """

    instance_id: str
    status: str
    status_details: str
    response_code: int | None = None
    output: str = ""
    error: str = ""
    whole: bool = False
    seconds: float | None = None
    name: str = ""

    @property
    def final(self) -> bool:
        """Whether this status can still change."""
        return self.status in FINAL
