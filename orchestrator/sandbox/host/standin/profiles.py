"""What ``Get-AWSCredential -ProfileName`` and ``-ProfileName`` itself find on this host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.readers import (
    Question,
    Reader,
    Reading,
    Source,
    SourceKind,
    State,
    System,
    candidates,
    read,
)
from orchestrator.readers.dotnet_ini import DotnetIni
from orchestrator.sandbox.host.modules import loaded
from orchestrator.sandbox.host.standin.errors import CmdletError, metadata_disabled

INSTANCE = Source(SourceKind.CREDENTIAL_SOURCE, "Ec2InstanceMetadata")


def find_profile(name: str, environment: Mapping[str, str]) -> Reading | None:
    """The profile in the files that the environment leads to; None where none of them has it.

    The files are read anew each time, as the cmdlets do.

    Raises:
        CmdletError: the SDK for .NET makes no credentials of it.
    """
    reading = read(Reader.DOTNET, Question(name, environment, _files(environment)))
    if reading.state is State.MISSING:
        return None
    if reading.state is State.INVALID:
        assert reading.problem is not None  # the reader says why
        raise CmdletError(reading.problem.exception, reading.problem.said)
    if reading.source == INSTANCE and _is_too_old(environment):
        text = (
            f"Credential profile [{name}] is not valid. "
            "Please ensure the profile contains a valid combination of properties."
        )
        raise CmdletError(("System.IO.InvalidDataException",), text)
    if reading.source == INSTANCE and _is_disabled(environment):
        raise metadata_disabled()
    return reading


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of ``Get-AWSCredential -ListProfileDetail``."""

    name: str
    store: str
    location: str


def listed_profiles(environment: Mapping[str, str]) -> list[Listed]:
    """What ``Get-AWSCredential -ListProfileDetail`` lists: what credentials can be made of.

    Off Windows there is no store but the files, and the location is the credentials file's also
    where the profile lies in the config file.
    """
    files = _files(environment)
    found: dict[str, Listed] = {}
    for path in read(Reader.DOTNET, Question(None, environment, files)).files:
        for place in DotnetIni(path, files.get(path)).titles:
            name = place.title.removeprefix("profile ").strip()
            reading = read(Reader.DOTNET, Question(name, environment, files))
            is_known = reading.source != INSTANCE or not _is_too_old(environment)
            if reading.state is State.VALID and is_known:
                found[name] = Listed(name, "SharedCredentialsFile", reading.files[-1])
    return list(found.values())


def _files(environment: Mapping[str, str]) -> Mapping[str, bytes]:
    paths = map(Path, candidates(environment, System.POSIX))
    return {str(path): path.read_bytes() for path in paths if path.is_file()}


def _is_too_old(environment: Mapping[str, str]) -> bool:
    """The SDKs below the modules of 3.x did not know credential_source (aws-sdk-net issue 1029)."""
    found = loaded(("AWS.Tools.SecurityToken",), environment)
    return found is not None and int(found[1].split(".")[0]) < 4


def _is_disabled(environment: Mapping[str, str]) -> bool:
    return environment.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true"
