"""Level 1: what the runner needs of the world, as Protocols. Edges implement them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from orchestrator.model.access import AccessRead, AccessWanted
from orchestrator.model.checkup import InstanceRead
from orchestrator.model.fleet import (
    CommandCount,
    Invocation,
    ManagedInstance,
    Selection,
    SendRequest,
)
from orchestrator.model.journal import Closing
from orchestrator.model.plan import Plan
from orchestrator.model.progress import Look
from orchestrator.model.report import HostReport


class Fleet(Protocol):
    """The hosts of one account and region, through SSM.

    Every method may raise CredentialsError, DeniedError, UnreachableError or CannotRunError.
    """

    def describe(self, instance_ids: Sequence[str]) -> Mapping[str, ManagedInstance]:
        """The rows that SSM has for these ids; an id without a row is not managed here."""

    def find(self, selection: Selection) -> Mapping[str, ManagedInstance]:
        """The rows of what is selected, whether it can be reached or not."""

    def count(self, command_ids: Sequence[str], since: datetime) -> Mapping[str, CommandCount]:
        """How far these commands are, which were all sent after ``since``; one call for 50 of them.

        One that SSM does not show yet is left out.
        """

    def send(self, request: SendRequest) -> str:
        """Send the command and return its id. NotManagedError where SSM refuses an id.

        LostAnswerError where nobody knows whether it was taken; it is then never sent again here.
        """

    def find_sent(self, comment: str) -> str | None:
        """The command with exactly this comment; None where SSM shows none, or none yet."""

    def look(self, command_id: str) -> Sequence[Invocation]:
        """One look at every invocation of a command, all pages, with up to 2,500 bytes of output.

        An empty sequence is normal right after the send: the service is eventually consistent.
        """

    def fetch(self, command_id: str, instance_id: str) -> Invocation | None:
        """One invocation with 24,000 characters of output at most; None while SSM knows none."""

    def stored(self, bucket: str, key: str) -> str | None:
        """The end of what an agent put into S3, 2,000,000 bytes at most; None where nothing is.

        Bytes that are no UTF-8 become U+FFFD. DeniedError also where there is no such object and
        the operator may not list the bucket.
        """

    def cancel(self, command_id: str) -> None:
        """Ask SSM to cancel; it promises nothing about what already runs."""

    def calls(self) -> Mapping[str, int]:
        """How many API requests were made so far, by operation, retries included."""


class PolicyReader(Protocol):
    """IAM of both accounts, by reading alone."""

    def read(self, wanted: AccessWanted) -> AccessRead:
        """What of it could be read. It never raises: what could not be read is told."""


class InstanceReader(Protocol):
    """EC2, by reading alone."""

    def read(self, instance_id: str) -> InstanceRead:
        """The instance and the role in its profile. It never raises: what is unread is told."""


class Journal(Protocol):
    """What outlives the process. Every method raises JournalError where it cannot be used.

    What is about to be done is told before it is done, and what was seen as soon as it was seen.
    """

    def begin(
        self,
        plan: Plan,
        started: datetime,
        managed: Mapping[str, ManagedInstance],
        *,
        asked: bool,
    ) -> None:
        """A run is about to send. ``managed`` is what SSM knew of its targets, if ``asked``."""

    def sending(self, run_id: str, number: int, instance_ids: Sequence[str]) -> None:
        """These ids are about to be sent to, as the run's chunk of that number."""

    def sent(self, run_id: str, number: int, command_id: str) -> None:
        """The chunk has this command."""

    def took(self, run_id: str, invocations: Sequence[Invocation]) -> None:
        """These have ended, with their evidence, and will not change any more."""

    def invocation(self, run_id: str, instance_id: str) -> Invocation | None:
        """What was told of the host's end; None where nothing was."""

    def judged(self, run_id: str, hosts: Iterable[HostReport]) -> None:
        """What came of these hosts."""

    def host(self, run_id: str, instance_id: str) -> HostReport | None:
        """What was told of what came of the host; None where nothing was."""

    def end(self, run_id: str, closing: Closing) -> None:
        """The run is over, with this report."""

    def is_stopped(self, run_id: str) -> bool:
        """Whether somebody has cancelled the run, so that nothing more is to be sent."""

    def forget(self, run_id: str) -> None:
        """Nothing of the run came about: it is dropped."""

    def past_seconds(self, plan_sha256: str) -> Sequence[float]:
        """How long hosts took of late that were asked the same; empty if nobody knows."""


class Clock(Protocol):
    """Time, so that tests need none."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go backwards."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Listener(Protocol):
    """Whoever wants to see progress. It never takes part in the run."""

    def stage(self, name: str, detail: str = "") -> None:
        """A stage begins: check, send, wait, read, cancel, restore."""

    def sent(self, command_id: str, hosts: int, number: int, commands: int) -> None:
        """A command was sent to so many hosts: the one of that number (from 0) of so many."""

    def look(self, seen: Look) -> None:
        """One look is done."""
