"""The seams between the sandbox's parts: what an agent needs of a host, and what a host starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class NotStartedError(OSError):
    """A script's program could not be started; the text says why, as the agent would say it."""


@dataclass(frozen=True, slots=True)
class Place:
    """One account's part of one region: SSM and EC2 of there know nothing of elsewhere."""

    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Job:
    """A script that the agent hands to its host.

    ``script`` is the file as the agent wrote it, ``folder`` where standard output and standard
    error go (files ``stdout`` and ``stderr``), ``environment`` what the agent adds.
    ``working_directory`` is empty where the host's own is meant.
    """

    script: Path
    folder: Path
    environment: Mapping[str, str]
    working_directory: str = ""


class Running(Protocol):
    """A script that was started. Its output lies in the job's folder, complete once it ended."""

    def wait(self, timeout: float) -> int | None:
        """The exit code, or None if it still runs after so many seconds. Signals are negative."""

    def kill(self) -> None:
        """End it at once, as SIGKILL does: no trap and no finally runs. Harmless when it ended."""

    def abandon(self) -> None:
        """Listen no more, and let `wait` return None, while the script goes on unheard."""


class ManagedNode(Protocol):
    """An instance as Run Command knows it."""

    @property
    def instance_id(self) -> str:
        """Its id, e.g. ``i-0d176f4a5f9738429``."""

    @property
    def name(self) -> str:
        """Its computer name."""

    @property
    def platform(self) -> str:
        """``Windows`` or ``Linux``, as SSM's PlatformType."""

    @property
    def online(self) -> bool:
        """Whether its agent can be reached."""


class Host(ManagedNode, Protocol):
    """An emulated instance, as its agent sees it."""

    @property
    def folder(self) -> Path:
        """Its own folder on this machine, where all its files lie."""

    @property
    def start_delay(self) -> float:
        """Seconds between the command's arrival and the script's start."""

    def launch(self, job: Job) -> Running:
        """Start the script with the program that the host has for it. NotStartedError."""


@dataclass(frozen=True, slots=True)
class StoredParameter:
    """Of Parameter Store. ``kind`` is ``String``, ``StringList`` or ``SecureString``."""

    name: str
    kind: str
    value: str


class ParameterStore(Protocol):
    """Parameter Store, as an agent reads it."""

    def get_parameters(self, names: Sequence[str]) -> Mapping[str, StoredParameter]:
        """Those of the names that there are, by the name that was asked for (at most 10)."""


class ObjectStore(Protocol):
    """S3, as an agent writes to it with its instance's role."""

    def put_object(self, bucket: str, key: str, data: bytes) -> None:
        """Store an object. OSError where that is not possible."""
