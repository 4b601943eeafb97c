"""The hosts that a real agent may attach as, and those that have."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from orchestrator.ports import Clock
from orchestrator.sandbox.attached.mail import Mailbox
from orchestrator.sandbox.attached.node import About, AttachedNode, told
from orchestrator.sandbox.imds import InstanceIdentity
from orchestrator.sandbox.runcommand import ManagedInfo, RunCommand

Reported = Callable[[str, About, datetime], None]
"""Told of each time that an agent has reported, before that is answered."""


@dataclass(slots=True)
class Attachment:
    """One host. ``node`` is None until its agent has reported: SSM does not know it before."""

    identity: InstanceIdentity
    run_command: RunCommand
    tags: Mapping[str, str]
    mailbox: Mailbox
    node: AttachedNode | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Attachments:
    """All of them, by the ARN of the instance: by that whoever signs a request is known.

    ``on_report`` is told of each report, ``on_platform`` of the platform that a host has.
    ``shown_as`` is the platform that all are shown as, empty for what their agents say.
    """

    def __init__(
        self,
        clock: Clock,
        on_report: Reported = lambda *_: None,
        on_platform: Callable[[str, str], None] = lambda *_: None,
        shown_as: str = "",
    ) -> None:
        self._clock = clock
        self._on_report = on_report
        self._on_platform = on_platform
        self._shown_as = shown_as
        self._all: dict[str, Attachment] = {}

    def add(
        self, identity: InstanceIdentity, run_command: RunCommand, tags: Mapping[str, str]
    ) -> Attachment:
        """Let an agent attach as that instance from now on."""
        made = Attachment(identity, run_command, tags, Mailbox(identity.instance_id))
        self._all[arn_of(identity)] = made
        return made

    def find(self, arn: str | None) -> Attachment | None:
        """The host of that ARN; None where there is none that an agent may attach as."""
        return self._all.get(arn or "")

    def report(self, attachment: Attachment, request: Mapping[str, Any]) -> None:
        """Its agent has called UpdateInstanceInformation. ApiError."""
        with attachment.lock:
            about = told(request, attachment.node.about if attachment.node else None)
            about = replace(about, platform=self._shown_as or about.platform)
            now = self._clock.now()
            self._on_report(attachment.identity.instance_id, about, now)
            self._register(attachment, about, now)

    def recall(self, attachment: Attachment, about: About, reported: datetime) -> None:
        """Its agent had reported that before this sandbox began."""
        with attachment.lock:
            self._register(attachment, about, reported)

    def close(self) -> None:
        """Let every agent that waits for a message go."""
        for attachment in list(self._all.values()):
            attachment.mailbox.close()

    def _register(self, attachment: Attachment, about: About, reported: datetime) -> None:
        identity = attachment.identity
        attachment.identity = replace(identity, platform=about.platform)
        attachment.node = AttachedNode(identity.instance_id, about, reported, self._clock)
        info = ManagedInfo(
            agent_version=about.agent_version,
            ip_address=about.ip_address,
            tags=attachment.tags,
            operating_system=(about.system, about.system_version),
            reported=reported,
        )
        box = attachment.mailbox
        attachment.run_command.register(attachment.node, info, lambda _, message: box.put(message))
        self._on_platform(identity.instance_id, about.platform)


def arn_of(identity: InstanceIdentity) -> str:
    """The ARN of the instance."""
    return f"arn:aws:ec2:{identity.region}:{identity.account}:instance/{identity.instance_id}"
