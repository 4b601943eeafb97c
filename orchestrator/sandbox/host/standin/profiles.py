"""What ``Get-AWSCredential -ProfileName`` and ``-ProfileName`` itself find on this host."""

from __future__ import annotations

from collections.abc import Mapping
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
from orchestrator.sandbox.host.standin.errors import CmdletError, metadata_disabled

INSTANCE = Source(SourceKind.CREDENTIAL_SOURCE, "Ec2InstanceMetadata")


def find_profile(name: str, environment: Mapping[str, str]) -> Reading | None:
    """The profile in the files that the environment leads to; None where none of them has it.

    The files are read anew each time, as the cmdlets do.

    Raises:
        CmdletError: the SDK for .NET makes no credentials of it.
    """
    paths = map(Path, candidates(environment, System.POSIX))
    files = {str(path): path.read_bytes() for path in paths if path.is_file()}
    reading = read(Reader.DOTNET, Question(name, environment, files))
    if reading.state is State.MISSING:
        return None
    if reading.state is State.INVALID:
        assert reading.problem is not None  # the reader says why
        raise CmdletError(reading.problem.exception, reading.problem.said)
    if reading.source == INSTANCE and _is_disabled(environment):
        raise metadata_disabled()
    return reading


def _is_disabled(environment: Mapping[str, str]) -> bool:
    return environment.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true"
