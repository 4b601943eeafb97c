"""The ports without a world behind them. They keep the same contract suite as the sandbox.

That suite is tests/contract: whatever is said here of Run Command is asked of the sandbox too.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orchestrator.aws.fleet import STORED
from orchestrator.errors import CannotRunError, DeniedError, NotManagedError, UnreachableError
from orchestrator.model.fleet import (
    CommandCount,
    Invocation,
    ManagedInstance,
    Selection,
    SendRequest,
)
from orchestrator.model.progress import Look
from orchestrator.sandbox.runcommand.messages import Result
from support.fake_hosts import BEGIN, FakeHost, row_of

ATTEMPTS = 8


class FakeClock:
    """Time passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.elapsed = 0.0

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.elapsed += seconds


@dataclass
class FakeFleet:
    """Run Command with hosts that need time and nothing else.

    ``throttle`` maps operations to the count of first calls that are refused, ``denied`` names
    those that the operator may not make. ``buckets`` are those that there are, and ``objects`` what
    somebody else has put there, by bucket and key. ``resource_groups`` are by name, each with the
    tags that all of its members have.
    """

    clock: FakeClock
    hosts: Sequence[FakeHost]
    visible_after: float = 0.2
    throttle: Mapping[str, int] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()
    resource_groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    buckets: frozenset[str] = frozenset({"some-bucket"})
    objects: dict[tuple[str, str], str] = field(default_factory=dict)
    sent: dict[str, tuple[SendRequest, float]] = field(default_factory=dict)
    cancelled: dict[str, float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def describe(self, instance_ids: Sequence[str]) -> Mapping[str, ManagedInstance]:
        for _ in range(0, len(instance_ids), 50):
            self._ask("DescribeInstanceInformation")
        return {
            host.instance_id: ManagedInstance(
                host.instance_id,
                host.ping_status,
                host.platform,
                "3.3.987.0",
                host.name,
                self.clock.now(),
            )
            for host in self.hosts
            if host.instance_id in instance_ids
        }

    def find(self, selection: Selection) -> Mapping[str, ManagedInstance]:
        if selection.resource_group:
            return self.describe(self._members(selection.resource_group))
        wanted = [host.instance_id for host in self.hosts if _is_meant(host, selection)]
        if not wanted:
            self._ask("DescribeInstanceInformation")
        return self.describe(wanted)

    def _members(self, group: str) -> list[str]:
        tags = self.resource_groups.get(group, {}).items()
        found = [h.instance_id for h in self.hosts if tags and tags <= h.tags.items()]
        for _ in range(0, max(1, len(found)), 50):
            self._ask("ListGroupResources")
        if not tags:
            raise CannotRunError("NotFoundException", where="ListGroupResources", mend="see there")
        return found

    def count(self, command_ids: Sequence[str], _since: datetime) -> Mapping[str, CommandCount]:
        self._ask("ListCommands")
        found: dict[str, CommandCount] = {}
        for command_id in command_ids:
            rows = [row for row, _ in self._rows(command_id)]
            ended = sum(row.final for row in rows)
            if rows:
                status = "InProgress" if ended < len(rows) else _of_all(rows)
                found[command_id] = CommandCount(command_id, status, len(rows), ended)
        return found

    def send(self, request: SendRequest) -> str:
        self._ask("SendCommand")
        bucket = request.output_s3.bucket_name
        if bucket and bucket not in self.buckets:
            raise CannotRunError("InvalidOutputFolder", where="SendCommand", mend="see there")
        if request.tags:
            found = [h.instance_id for h in self.hosts if _is_meant(h, Selection(request.tags))]
            request = replace(request, instance_ids=tuple(found), tags=())
        else:
            self._refuse(request)
        command_id = f"00000000-0000-4000-8000-{len(self.sent):012d}"
        self.sent[command_id] = (request, self.clock.monotonic())
        return command_id

    def find_sent(self, comment: str) -> str | None:
        self._ask("ListCommands")
        now = self.clock.monotonic()
        for command_id, (request, begun) in reversed(self.sent.items()):
            if request.comment == comment and now - begun >= self.visible_after:
                return command_id
        return None

    def look(self, command_id: str) -> Sequence[Invocation]:
        self._ask("ListCommandInvocations")
        return [invocation for invocation, _ in self._rows(command_id)]

    def fetch(self, command_id: str, instance_id: str) -> Invocation | None:
        self._ask("GetCommandInvocation")
        for row, reply in self._rows(command_id):
            if row.instance_id == instance_id:
                output, error = (reply.stdout[:24_000], reply.stderr[:8_000]) if reply else ("", "")
                fetched = {"output": output, "error": error, "seconds": None, "name": ""}
                return replace(row, whole=True, **fetched)
        return None

    def stored(self, bucket: str, key: str) -> str | None:
        self._ask("GetObject")
        found = self._objects().get((bucket, key))
        if found is None and "ListBucket" in self.denied:
            raise DeniedError("AccessDenied: s3:ListBucket", where="GetObject", mend="allow it")
        return found and found.encode()[-STORED:].decode(errors="replace")

    def _objects(self) -> dict[tuple[str, str], str]:
        """What the agents have put into buckets, with what else there is."""
        hosts = {host.instance_id: host for host in self.hosts}
        found: dict[tuple[str, str], str] = {}
        for command_id, (request, _) in self.sent.items():
            where = request.output_s3
            for row, reply in self._rows(command_id) if where.bucket_name else ():
                host = hosts[row.instance_id]
                if reply and reply.stdout and host.may_put:
                    key = where.key(request.document, command_id, row.instance_id)
                    found[where.bucket_name, key] = host.output
        return found | self.objects

    def cancel(self, command_id: str) -> None:
        self._ask("CancelCommand")
        if command_id not in self.sent:
            self.clock.sleep(1)
            raise CannotRunError("InvalidCommandId: ", where="CancelCommand", mend="see there")
        _, begun = self.sent[command_id]
        self.clock.sleep(max(0.0, begun + self.visible_after - self.clock.monotonic()))
        self.cancelled.setdefault(command_id, self.clock.monotonic() - begun)

    def calls(self) -> Mapping[str, int]:
        return dict(+self.counts)

    def _ask(self, operation: str) -> None:
        refusals = max(0, self.throttle.get(operation, 0) - self.counts[operation])
        self.counts[operation] += min(refusals + 1, ATTEMPTS)
        self.clock.sleep(min(refusals, ATTEMPTS))
        if refusals >= ATTEMPTS:
            raise UnreachableError("throttled: ThrottlingException", where=operation, mend="wait")
        if operation in self.denied:
            raise DeniedError("AccessDeniedException", where=operation, mend="allow it")

    def _refuse(self, request: SendRequest) -> None:
        known = {host.instance_id for host in self.hosts}
        if not 0 < len(request.instance_ids) <= 50:
            raise CannotRunError("ValidationException", where="SendCommand", mend="see there")
        if len(set(request.instance_ids)) < len(request.instance_ids):
            raise CannotRunError("DuplicateInstanceId", where="SendCommand", mend="see there")
        if not set(request.instance_ids) <= known:
            raise NotManagedError("InvalidInstanceId", where="SendCommand", mend="is it managed?")
        if sum(len(line.encode()) for line in request.commands) >= 64 * 1024:
            raise CannotRunError("MaxDocumentSizeExceeded", where="SendCommand", mend="see there")

    def _rows(self, command_id: str) -> list[tuple[Invocation, Result | None]]:
        request, begun = self.sent.get(command_id, (None, 0.0))
        age = self.clock.monotonic() - begun
        if request is None or age < self.visible_after:
            return []
        hosts = {host.instance_id: host for host in self.hosts}
        cancelled = self.cancelled.get(command_id)
        return [row_of(hosts[i], request, age, cancelled) for i in request.instance_ids]


def _is_meant(host: FakeHost, selection: Selection) -> bool:
    return all(host.tags.get(key) in values for key, values in selection.tags)


def _of_all(rows: Sequence[Invocation]) -> str:
    statuses = {row.status for row in rows}
    return next((s for s in ("Failed", "TimedOut", "Cancelled") if s in statuses), "Success")


@dataclass
class Listener:
    """Keeps what it is told."""

    events: list[tuple[object, ...]] = field(default_factory=list)

    def stage(self, name: str, detail: str = "") -> None:
        self.events.append((name, detail))

    def sent(self, command_id: str, hosts: int, number: int, commands: int) -> None:
        self.events.append(("sent", command_id, hosts, number, commands))

    def look(self, seen: Look) -> None:
        self.events.append(("look", seen))
