"""What the errors in an envelope mean: one table, by which the host judges and `orch` too.

The first type of a chain that the table knows decides. The rules come from runs of the real cmdlets
and of boto3: see the recorded cases in tests/recordings.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model.enums import NOT_THERE, REFUSALS, FailureKind

CODES: Mapping[str, FailureKind] = {
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
"""Error codes of AWS's services. Where there is a code, no type counts."""

TYPES: Mapping[str, FailureKind] = {
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
"""Full names of exceptions, and our own."""

ASSUMING = "Amazon.Runtime.AmazonClientException"
"""Around what kept the cmdlets from assuming a role."""


OF_DOTNET, OF_BOTOCORE, OF_SCRIPTS = "System.", "botocore.", "orch.Script"
"""How the names of the types begin that come from cmdlets alone, from boto3 and the AWS CLI alone,
and from a user's own scripts alone."""


def error_lists(*never: str) -> Mapping[str, list[str]]:
    """The table as the lists that a script on a host goes by.

    ``profile`` are the types that are a refusal; of the others ``network`` tell that nobody
    answered, ``missing`` that the host cannot be asked so, and ``others`` are the rest. What begins
    with one of ``never`` is left out: that script meets no such error.
    """
    types = {name: kind for name, kind in TYPES.items() if not name.startswith(never)}
    kinds = {"profile": REFUSALS, "network": {FailureKind.NETWORK}, "missing": NOT_THERE}
    lists = {key: [n for n, kind in types.items() if kind in of] for key, of in kinds.items()}
    known = {name for names in lists.values() for name in names}
    return {
        **lists,
        "others": [name for name in types if name not in known],
        "refusal_codes": [code for code, kind in CODES.items() if kind in REFUSALS],
        "missing_codes": [c for c, kind in CODES.items() if kind is FailureKind.NOT_FOUND],
    }
