"""How an agent is set up: its channel to the service, what is around it, and its own pace."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from orchestrator.sandbox.parts import ObjectStore


class Channel(Enum):
    """The way that messages come. An agent of today uses the newer one, where it reaches it."""

    EC2MESSAGES = auto()
    SSMMESSAGES = auto()


class NoObjects:
    """An S3 that takes nothing, as where the instance's role may not write to the bucket."""

    def put_object(self, bucket: str, key: str, data: bytes) -> None:
        """Refuse."""
        raise PermissionError(f"AccessDenied: s3:PutObject of {len(data)} bytes: {bucket}/{key}")


@dataclass(frozen=True, slots=True)
class Timing:
    """The agent's own times, in seconds.

    ``retry`` is before the second try of a reply, and doubles with each; ``resend`` is how often
    replies that were kept are tried again; ``crash`` how long a document worker must be silent
    before it is taken for dead.
    """

    retry: float = 1.0
    resend: float = 300.0
    crash: float = 60.0


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """``is_final_first``: the last plugin's reply comes after the document's final one.

    On the newer channel that was seen in 14 of 19 cases, on the older one never.
    """

    channel: Channel = Channel.SSMMESSAGES
    is_final_first: bool = True
    objects: ObjectStore = field(default_factory=NoObjects)
    timing: Timing = Timing()
