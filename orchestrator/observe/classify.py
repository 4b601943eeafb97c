"""What an error means, told by type names, error codes and statuses; never by its text.

The table is `envelope.meanings`, which the host goes by too (docs/script-contract.md).
"""

from __future__ import annotations

from orchestrator.envelope.meanings import ASSUMING, CODES, TYPES
from orchestrator.model.enums import FailureKind, Stage
from orchestrator.model.evidence import Failure, RawFailure

_SERVICE = "Amazon.Runtime.AmazonServiceException"
_NO_CREDENTIALS_CHAIN = ("System.InvalidOperationException",)
_LOCAL = frozenset(
    {
        FailureKind.PROFILE_MISSING,
        FailureKind.PROFILE_INVALID,
        FailureKind.NO_CREDENTIALS,
        FailureKind.NO_REGION,
        FailureKind.MODULE_MISSING,
        FailureKind.TOOL_MISSING,
        FailureKind.PROFILE_CONFLICT,
        FailureKind.HOST_USER,
        FailureKind.SCRIPT,
    }
)


def classify(raw: RawFailure) -> Failure:
    """The failure with its kind and the stage at which it happened."""
    kind = _kind(raw)
    return Failure(kind, _stage(raw, kind), raw)


def _kind(raw: RawFailure) -> FailureKind:
    if raw.code:
        return CODES.get(raw.code, FailureKind.OTHER)
    for name in raw.chain:
        if name in TYPES:
            return TYPES[name]
    if raw.chain == _NO_CREDENTIALS_CHAIN:
        return FailureKind.NO_CREDENTIALS
    if _SERVICE in raw.chain:
        # An AWS exception without a code never reached a service: it is the instance metadata.
        return FailureKind.IMDS
    return FailureKind.OTHER


def _stage(raw: RawFailure, kind: FailureKind) -> Stage:
    if kind in _LOCAL:
        return Stage.LOCAL
    if raw.operation == "AssumeRole" or ASSUMING in raw.chain:
        return Stage.SWITCH
    return Stage.LOCAL if kind is FailureKind.IMDS else Stage.CALL
