"""A managed instance as DescribeInstanceInformation shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.ports import Clock
from orchestrator.sandbox.parts import ManagedNode
from orchestrator.sandbox.runcommand.info import PLATFORMS, ManagedInfo, Settings

LOST_SINCE = timedelta(minutes=30)
"""How long ago a host was last seen that is offline from the start."""


@dataclass(slots=True)
class Instance:
    """A registered host. ``last_ping`` is when it was last seen online."""

    host: ManagedNode
    info: ManagedInfo
    settings: Settings
    registered: datetime
    last_ping: datetime

    @property
    def instance_id(self) -> str:
        """Its id."""
        return self.host.instance_id

    @property
    def name(self) -> str:
        """Its computer name."""
        return self.host.name

    @property
    def platform(self) -> str:
        """SSM's PlatformType."""
        return self.host.platform

    def ping(self, clock: Clock) -> str:
        """Its PingStatus now; being seen online is remembered."""
        set_to = self.settings.ping_status.get(self.instance_id)
        status = set_to or ("Online" if self.host.online else "ConnectionLost")
        if self.info.reported is not None:
            self.last_ping = self.info.reported
        elif status == "Online":
            self.last_ping = clock.now()
        return status

    @property
    def operating_system(self) -> tuple[str, str]:
        """Its name and version."""
        return self.info.operating_system or PLATFORMS[self.platform]
