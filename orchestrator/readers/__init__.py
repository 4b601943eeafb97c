"""Level 2: what each reader of AWS's shared files makes of a profile, without asking anybody.

One file means different things to the AWS SDK for .NET (the cmdlets of the AWS Tools for
PowerShell), to botocore (boto3) and to the AWS CLI. `read` says for one of them which sections it
takes, whether it finds the profile missing, invalid or valid, and what the profile then says. Bytes
and environment go in, values come out; no AWS library is asked. tests/recordings/switch-cases.json
holds what the real ones did, and a test holds these readers to all of it.
"""

from __future__ import annotations

from orchestrator.readers import awscli, botocore, dotnet
from orchestrator.readers.model import (
    Place,
    Problem,
    Question,
    Reader,
    Reading,
    Source,
    SourceKind,
    State,
    System,
)
from orchestrator.readers.paths import candidates

__all__ = [
    "Place",
    "Problem",
    "Question",
    "Reader",
    "Reading",
    "Source",
    "SourceKind",
    "State",
    "System",
    "candidates",
    "read",
    "read_all",
]

_READ = {Reader.DOTNET: dotnet.read, Reader.BOTOCORE: botocore.read, Reader.AWSCLI: awscli.read}


def read(reader: Reader, question: Question) -> Reading:
    """What this reader makes of the profile."""
    return _READ[reader](question)


def read_all(question: Question) -> tuple[Reading, ...]:
    """What each of them makes of it, in the order of `Reader`."""
    return tuple(read(reader, question) for reader in Reader)
