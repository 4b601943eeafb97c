"""Errors in the shape in which the AWS cmdlets throw them.

A service's error is wrapped in an InvalidOperationException, and one more AmazonClientException
tells that it came while the role was assumed (BaseCmdlets.cs,
AmazonSecurityTokenServiceClient.Extension.cs; seen in the recorded cases).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from orchestrator.checks import Check

WRAPPER = "System.InvalidOperationException"
ASSUMING = "Amazon.Runtime.AmazonClientException"
STS = "SecurityToken"
GET_CREDENTIAL = "Amazon.PowerShell.Common.GetCredentialCmdlet"
SET_CREDENTIAL = "Amazon.PowerShell.Common.SetCredentialCmdlet"
_NO_ARGUMENT = "System.ArgumentException"
_CATEGORIES = {WRAPPER: "InvalidOperation", _NO_ARGUMENT: "InvalidArgument"}
_CLASSES = {STS: "AmazonSecurityTokenServiceException"}
_NOUNS = {STS: "STS"}
_REFUSED = ("System.Net.Http.HttpRequestException", "System.Net.Sockets.SocketException")
_SILENT = (
    "System.TimeoutException",
    "System.Threading.Tasks.TaskCanceledException",
    "System.IO.IOException",
    "System.Net.Sockets.SocketException",
)
_OF_PROGRAMS = ("botocore.exceptions.ConnectionError", "orch.Unreachable")
_LONGEST_MESSAGE = 300
_LONGEST_CHAIN = 10


class CmdletError(Exception):
    """What a cmdlet throws: ``chain`` holds full .NET type names, outermost first."""

    def __init__(
        self,
        chain: tuple[str, ...],
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        operation: str | None = None,
    ) -> None:
        super().__init__(message)
        self.chain = chain
        self.code = code
        self.status = status
        self.operation = operation

    @property
    def category(self) -> str:
        """The ErrorRecord's: the cmdlets give one to what they wrap, and few to anything else."""
        return _CATEGORIES.get(self.chain[0], "NotSpecified")

    @property
    def is_of_the_network(self) -> bool:
        """Whether the service could not be reached, so that asking it again is of no use."""
        return any(name in _REFUSED + _SILENT + _OF_PROGRAMS for name in self.chain)

    @property
    def came_while_assuming(self) -> bool:
        """Whether it kept a profile from assuming its role."""
        return ASSUMING in self.chain


def no_credentials() -> CmdletError:
    """No profile was named and the instance has none either; also for a missing profile."""
    text = "No credentials specified or obtained from persisted/shell defaults."
    return CmdletError((WRAPPER,), text)


def no_such_profile() -> CmdletError:
    """Set-AWSCredential was given the name of a profile that is not there."""
    text = "Cannot determine credentials from supplied parameters"
    return CmdletError((_NO_ARGUMENT,), text)


def no_instance_role() -> CmdletError:
    """The instance metadata gave no credentials to a profile that wants them."""
    text = "Unable to get IAM security credentials from EC2 Instance Metadata Service."
    return CmdletError(("Amazon.Runtime.AmazonServiceException",), text)


def metadata_disabled() -> CmdletError:
    """AWS_EC2_METADATA_DISABLED, to a profile that wants the instance's role: nothing around it."""
    return CmdletError(
        ("Amazon.Runtime.AmazonServiceException",), "Unable to retrieve credentials."
    )


def of_service(module: str, message: str, code: str, status: int | None) -> CmdletError:
    """What a service answered, without the levels around it. ``module`` as in AWS.Tools.MODULE."""
    name = f"Amazon.{module}.{_CLASSES.get(module, f'Amazon{module}Exception')}"
    return CmdletError((name,), message, code=code, status=status)


def of_network(message: str, *, silent: bool) -> CmdletError:
    """No connection, or a connection without an answer."""
    return CmdletError(_SILENT if silent else _REFUSED, message)


def while_assuming(error: CmdletError, role_arn: str) -> CmdletError:
    """An error that kept a profile from assuming its role."""
    text = f"Error calling AssumeRole for role {role_arn} | {error}"
    return _around(error, (WRAPPER, ASSUMING), text)


def in_the_call(error: CmdletError) -> CmdletError:
    """An error of the call that the cmdlet makes."""
    return _around(error, (WRAPPER,), str(error))


def _around(error: CmdletError, levels: tuple[str, ...], text: str) -> CmdletError:
    return CmdletError((*levels, *error.chain), text, code=error.code, status=error.status)


def cmdlet_class(check: Check) -> str:
    """The full name of the class of the check's cmdlet."""
    verb, _, noun = check.cmdlet.partition("-")
    space = _NOUNS.get(check.module, check.module)
    return f"Amazon.PowerShell.Cmdlets.{space}.{verb}{noun}Cmdlet"


def as_data(error: CmdletError, cmdlet: str | None) -> Mapping[str, object]:
    """The error as the envelope carries it; ``cmdlet`` is the class that threw it."""
    message = str(error)[:_LONGEST_MESSAGE].encode("utf-8", "replace")
    return {
        "chain": list(error.chain[:_LONGEST_CHAIN]),
        "code": error.code,
        "status": error.status,
        "operation": error.operation,
        "fqei": f"{_error_id(error)},{cmdlet}" if cmdlet else None,
        "message": base64.b64encode(message).decode(),
    }


def _error_id(error: CmdletError) -> str:
    """The first part of FullyQualifiedErrorId: the first exception below the wrapper."""
    wrapped = error.chain[1:] if error.chain[0] == WRAPPER else error.chain
    if not wrapped or wrapped[0] == _NO_ARGUMENT:
        return error.chain[0].rpartition(".")[2]
    return wrapped[0]
