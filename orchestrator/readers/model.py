"""Questions to the readers, and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Files = Mapping[str, bytes]
"""The files that exist, by path as the readers write it; what is not in here is not there."""


class Reader(StrEnum):
    """Who reads the files."""

    DOTNET = "dotnet"
    BOTOCORE = "botocore"
    AWSCLI = "awscli"


class System(StrEnum):
    """Whose rules for paths and home folders count."""

    WINDOWS = "windows"
    POSIX = "posix"


class State(StrEnum):
    """What a profile is to a reader. INVALID: it is there, but nothing can be made of it."""

    VALID = "valid"
    MISSING = "missing"
    INVALID = "invalid"


class SourceKind(StrEnum):
    """Where the first credentials come from.

    HOST: the profile names none, so the reader takes what the host has (container, instance role).
    """

    CREDENTIAL_SOURCE = "credential_source"
    SOURCE_PROFILE = "source_profile"
    WEB_IDENTITY = "web_identity_token_file"
    KEYS = "keys"
    PROCESS = "credential_process"
    SSO = "sso"
    LOGIN = "login_session"
    ENVIRONMENT = "environment"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Question:
    """Which profile, and where: the variables of the process and the files that there are.

    ``profile`` is None where none is named, as for a cmdlet without -ProfileName.
    """

    profile: str | None
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Files = field(default_factory=dict)
    system: System = System.POSIX


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, from 1; ``title`` is a section's, as it stands between the brackets."""

    path: str
    line: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and the line that it stands on."""

    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class Section:
    """A section as one reader sees it: where it begins, and its entries by key in lower case."""

    place: Place
    entries: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the first credentials come from; ``name`` is the credential source or the profile."""

    kind: SourceKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a profile cannot be used.

    ``exception`` holds the full names of the exception types that the reader throws, outermost
    first, and ``said`` its own text; both are empty where it notices nothing itself.
    """

    what: str
    mend: str
    place: Place | None = None
    exception: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a person should know about a profile that is read all the same."""

    what: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader makes of one profile.

    ``files``: the files that it looks into, whether they exist or not. ``sections``: those that
    the profile was put together from. ``region``: what a call without a region of its own would
    go to, None where the files and the environment do not say; ``region_from`` says who does.
    ``problem`` of a VALID profile is one that its reader cannot see: the profile will not work.
    A valid profile with ``mfa_serial`` asks for a code on standard input.
    """

    reader: Reader
    profile: str | None
    state: State
    files: tuple[str, ...]
    sections: tuple[Place, ...] = ()
    role_arn: str | None = None
    source: Source | None = None
    session_name: str | None = None
    external_id: str | None = None
    mfa_serial: str | None = None
    region: str | None = None
    region_from: str = ""
    problem: Problem | None = None
    notes: tuple[Note, ...] = ()
