"""What an error means, told by type names, error codes and statuses; never by its text.

The rules come from runs of the real cmdlets and of boto3: see the recorded cases in
tests/recordings, and docs/script-contract.md for the ones that the host itself applies.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model.enums import FailureKind, Stage
from orchestrator.model.evidence import Failure, RawFailure

_CODES: Mapping[str, FailureKind] = {
    "AccessDenied": FailureKind.ACCESS_DENIED,
    "AccessDeniedException": FailureKind.ACCESS_DENIED,
    "NoSuchBucket": FailureKind.NOT_FOUND,
    "ExpiredToken": FailureKind.EXPIRED,
    "ExpiredTokenException": FailureKind.EXPIRED,
    "RequestExpired": FailureKind.EXPIRED,
    "SignatureDoesNotMatch": FailureKind.CLOCK,
    "RequestTimeTooSkewed": FailureKind.CLOCK,
    "Throttling": FailureKind.THROTTLED,
    "ThrottlingException": FailureKind.THROTTLED,
    "RequestLimitExceeded": FailureKind.THROTTLED,
    "SlowDown": FailureKind.THROTTLED,
}

_TYPES: Mapping[str, FailureKind] = {
    "orch.ProfileMissing": FailureKind.PROFILE_MISSING,
    "orch.ProfileInvalid": FailureKind.PROFILE_INVALID,
    "orch.ModuleMissing": FailureKind.MODULE_MISSING,
    "orch.CliMissing": FailureKind.TOOL_MISSING,
    "orch.PythonMissing": FailureKind.TOOL_MISSING,
    "orch.Metadata": FailureKind.IMDS,
    "orch.ProfileConflict": FailureKind.PROFILE_CONFLICT,
    "orch.HostUserUnknown": FailureKind.HOST_USER,
    **dict.fromkeys(
        (
            *("orch.ScriptFailed", "orch.ScriptNotJson", "orch.ScriptFlooded"),
            *("orch.ScriptTimedOut", "orch.ScriptNotRun"),
        ),
        FailureKind.SCRIPT,
    ),
    "orch.Unreachable": FailureKind.NETWORK,
    "System.IO.InvalidDataException": FailureKind.PROFILE_INVALID,
    "botocore.exceptions.ProfileNotFound": FailureKind.PROFILE_MISSING,
    "botocore.exceptions.ConfigParseError": FailureKind.PROFILE_INVALID,
    "botocore.exceptions.InvalidConfigError": FailureKind.PROFILE_INVALID,
    "botocore.exceptions.PartialCredentialsError": FailureKind.PROFILE_INVALID,
    "botocore.exceptions.NoCredentialsError": FailureKind.NO_CREDENTIALS,
    "botocore.exceptions.MetadataRetrievalError": FailureKind.IMDS,
    "botocore.exceptions.CredentialRetrievalError": FailureKind.IMDS,
    "botocore.exceptions.NoRegionError": FailureKind.NO_REGION,
    "botocore.exceptions.ConnectionError": FailureKind.NETWORK,
    "botocore.exceptions.HTTPClientError": FailureKind.NETWORK,
    "System.Net.Http.HttpRequestException": FailureKind.NETWORK,
    "System.Net.Sockets.SocketException": FailureKind.NETWORK,
    "System.Net.WebException": FailureKind.NETWORK,
    "System.TimeoutException": FailureKind.NETWORK,
    "System.Threading.Tasks.TaskCanceledException": FailureKind.NETWORK,
}

_ASSUMING = "Amazon.Runtime.AmazonClientException"
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
        return _CODES.get(raw.code, FailureKind.OTHER)
    for name in raw.chain:
        if name in _TYPES:
            return _TYPES[name]
    if raw.chain == _NO_CREDENTIALS_CHAIN:
        return FailureKind.NO_CREDENTIALS
    if _SERVICE in raw.chain:
        # An AWS exception without a code never reached a service: it is the instance metadata.
        return FailureKind.IMDS
    return FailureKind.OTHER


def _stage(raw: RawFailure, kind: FailureKind) -> Stage:
    if kind in _LOCAL:
        return Stage.LOCAL
    if raw.operation == "AssumeRole" or _ASSUMING in raw.chain:
        return Stage.SWITCH
    return Stage.LOCAL if kind is FailureKind.IMDS else Stage.CALL
