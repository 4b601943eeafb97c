"""The ports without a world behind them. They keep the same contract suite as the sandbox."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from orchestrator.errors import NotManagedError
from orchestrator.model.fleet import Invocation, ManagedInstance, SendRequest

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """Time passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.elapsed = 0.0

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.elapsed += seconds


@dataclass
class FakeHost:
    """How one host will answer: ``output`` in a page, ``whole`` by GetCommandInvocation."""

    instance_id: str
    seconds: float = 1.0
    status: str = "Success"
    status_details: str = "Success"
    response_code: int = 0
    output: str = ""
    whole: str = ""
    ping_status: str = "Online"
    platform: str = "Windows"


@dataclass
class FakeFleet:
    """Run Command with hosts that need time and nothing else."""

    clock: FakeClock
    hosts: Sequence[FakeHost]
    visible_after: float = 0.2
    sent: dict[str, tuple[SendRequest, float]] = field(default_factory=dict)
    cancelled: dict[str, float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def describe(self, instance_ids: Sequence[str]) -> Mapping[str, ManagedInstance]:
        self.counts["DescribeInstanceInformation"] += 1
        return {
            host.instance_id: ManagedInstance(
                host.instance_id, host.ping_status, host.platform, "3.3.1", "HOST"
            )
            for host in self.hosts
            if host.instance_id in instance_ids
        }

    def send(self, request: SendRequest) -> str:
        self.counts["SendCommand"] += 1
        known = {host.instance_id for host in self.hosts}
        if not set(request.instance_ids) <= known:
            raise NotManagedError("InvalidInstanceId")
        command_id = f"00000000-0000-4000-8000-{len(self.sent):012d}"
        self.sent[command_id] = (request, self.clock.monotonic())
        return command_id

    def look(self, command_id: str) -> Sequence[Invocation]:
        self.counts["ListCommandInvocations"] += 1
        request, begun = self.sent[command_id]
        elapsed = self.clock.monotonic() - begun
        if elapsed < self.visible_after:
            return []
        wanted = [host for host in self.hosts if host.instance_id in request.instance_ids]
        return [self._invocation(host, elapsed, command_id) for host in wanted]

    def _invocation(self, host: FakeHost, elapsed: float, command_id: str) -> Invocation:
        if command_id in self.cancelled:
            return Invocation(host.instance_id, "Cancelled", "Cancelled", 137)
        if elapsed < host.seconds:
            return Invocation(host.instance_id, "InProgress", "InProgress", -1)
        return Invocation(
            host.instance_id,
            host.status,
            host.status_details,
            host.response_code,
            output=host.output,
            seconds=host.seconds,
        )

    def fetch(self, command_id: str, instance_id: str) -> Invocation | None:
        self.counts["GetCommandInvocation"] += 1
        for invocation in self.look(command_id):
            if invocation.instance_id == instance_id:
                host = next(h for h in self.hosts if h.instance_id == instance_id)
                self.counts["ListCommandInvocations"] -= 1
                return replace(invocation, output=host.whole or host.output, whole=True)
        return None

    def cancel(self, command_id: str) -> None:
        self.counts["CancelCommand"] += 1
        self.cancelled[command_id] = self.clock.monotonic()

    def calls(self) -> Mapping[str, int]:
        return +self.counts


@dataclass
class Listener:
    """Keeps what it is told."""

    events: list[tuple[object, ...]] = field(default_factory=list)

    def stage(self, name: str, detail: str = "") -> None:
        self.events.append((name, detail))

    def look(self, elapsed: float, states: Mapping[str, int]) -> None:
        self.events.append(("look", dict(states)))
