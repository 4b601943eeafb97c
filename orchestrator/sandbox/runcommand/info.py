"""What SSM knows of an instance, and how the sandbox's Run Command is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.sandbox.parts import StoredParameter

PLATFORMS: Mapping[str, tuple[str, str]] = {
    "Windows": ("Microsoft Windows Server 2022 Datacenter", "10.0.20348"),
    "Linux": ("Amazon Linux", "2023"),
    "MacOS": ("macOS", "14.5"),
}
"""Name and version of the operating system, by SSM's PlatformType."""


@dataclass(frozen=True, slots=True)
class ManagedInfo:
    """What an agent tells of its host when it registers, beyond what the host itself says.

    ``operating_system`` is its name and version, None for the usual one of the platform;
    ``reported`` when the agent last did, None where that is not known and every look is one.
    """

    agent_version: str = "3.3.987.0"
    is_latest_version: bool = True
    ip_address: str = "10.0.0.10"
    tags: Mapping[str, str] = field(default_factory=dict)
    operating_system: tuple[str, str] | None = None
    reported: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service behaves where AWS leaves it open.

    ``visibility_delay``: seconds before a new command is seen by the calls that read.
    ``throttle``: operation to the count of first calls that are answered by "Rate exceeded".
    ``ping_status``: instance id to a PingStatus, where it is not to follow from the host.
    ``parameters``: what Parameter Store holds, by name. ``empty_looks``: how many first looks at a
    command, whatever the operation, show nothing of it.
    """

    visibility_delay: float = 0.2
    throttle: Mapping[str, int] = field(default_factory=dict)
    ping_status: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, StoredParameter] = field(default_factory=dict)
    empty_looks: int = 0
