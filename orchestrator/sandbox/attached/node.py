"""A host with a real agent, as Run Command knows it: by what its agent says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestrator.ports import Clock
from orchestrator.sandbox.runcommand.errors import ApiError

LOST_AFTER = timedelta(minutes=10)
"""Without a word for so long, an agent is lost. It speaks every five minutes; after how many AWS
gives it up is not published."""

_PLATFORMS = frozenset({"Windows", "Linux", "MacOS"})
_MOST = 256


@dataclass(frozen=True, slots=True)
class About:
    """What an agent says of its host. Texts are empty where it has not said them yet."""

    platform: str
    agent_version: str
    name: str
    ip_address: str
    system: str
    system_version: str


@dataclass(slots=True)
class AttachedNode:
    """See `parts.ManagedNode`. ``reported``: its agent's last UpdateInstanceInformation."""

    instance_id: str
    about: About
    reported: datetime
    clock: Clock

    @property
    def name(self) -> str:
        """Its computer name."""
        return self.about.name

    @property
    def platform(self) -> str:
        """SSM's PlatformType."""
        return self.about.platform

    @property
    def online(self) -> bool:
        """Whether its agent was heard of lately."""
        return self.clock.now() - self.reported < LOST_AFTER


def told(request: Mapping[str, Any], before: About | None) -> About:
    """What a request of UpdateInstanceInformation says, and what was known where it is silent.

    The agent tries its credentials with a request that says little. ApiError.
    """
    platform = _text(request, "PlatformType", before.platform if before else "")
    if platform not in _PLATFORMS:
        raise ApiError("ValidationException", f"PlatformType cannot be {platform[:80]!r}")
    return About(
        platform=platform,
        agent_version=_text(request, "AgentVersion", before.agent_version if before else ""),
        name=_text(request, "ComputerName", before.name if before else ""),
        ip_address=_text(request, "IPAddress", before.ip_address if before else ""),
        system=_text(request, "PlatformName", before.system if before else ""),
        system_version=_text(request, "PlatformVersion", before.system_version if before else ""),
    )


def _text(request: Mapping[str, Any], name: str, otherwise: str) -> str:
    value = request.get(name)
    if value is None:
        return otherwise
    if not isinstance(value, str) or len(value) > _MOST:
        raise ApiError("ValidationException", f"{name} is no text of at most {_MOST} characters")
    return value or otherwise
