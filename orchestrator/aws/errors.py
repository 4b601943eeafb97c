"""boto's errors as ours, in one context manager."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as boto

from orchestrator.errors import (
    CannotRunError,
    CredentialsError,
    DeniedError,
    NotManagedError,
    OrchError,
    UnreachableError,
)
from orchestrator.model.access import Unread

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_NOT_TAKEN = {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
THROTTLED = {
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_FAULTS = {"InternalServerError", "InternalFailure", "ServiceUnavailable"}

_MENDS = {"InvalidOutputFolder": "name a bucket that there is with --output-s3-bucket-name"}

OF_SCHEDULES = {
    *("CreateAssociation", "UpdateAssociation", "DescribeAssociation", "DeleteAssociation"),
    *("StartAssociationsOnce", "ListAssociations", "ListAssociationVersions"),
    *("DescribeAssociationExecutions", "DescribeAssociationExecutionTargets"),
    *("CreateDocument", "UpdateDocument", "DescribeDocument", "DeleteDocument", "GetDocument"),
    *("ListDocumentVersions", "ListComplianceItems", "PutComplianceItems"),
}
"""Calls that no run makes, and that `orch plan` does not list."""

LONGEST_MESSAGE = 500
"""Characters that are shown of what an answer says."""


@contextmanager
def as_ours(operation: str, region: str, profile: str | None = None) -> Iterator[None]:
    """Raise what boto raises inside as one of our errors, the foreign one as its cause."""
    try:
        yield
    except boto.ClientError as error:
        # Keys that are fetched on the way may be refused instead of the call itself.
        assuming = error.operation_name == "AssumeRole"
        raise from_answer(error, "AssumeRole" if assuming else operation, region) from error
    except boto.BotoCoreError as error:
        raise _from_client(error, operation, region, profile) from error


def code_of(error: boto.ClientError) -> str:
    """The error code of AWS's answer, as it came."""
    return str(error.response.get("Error", {}).get("Code", ""))


def unread(resource: str, permission: str, error: CannotRunError) -> Unread:
    """That the resource could not be read, for want of the permission or for another reason."""
    if isinstance(error, DeniedError):
        return Unread(resource, f"{permission.partition(':')[2]} was denied", permission)
    return Unread(resource, error.what)


def from_answer(error: boto.ClientError, operation: str, region: str) -> OrchError:
    """Our error for an answer that AWS gave."""
    code = _on_one_line(code_of(error))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = f"{code}: {_on_one_line(error.response.get('Error', {}).get('Message', ''))}"
    kind, what, mend = _meaning(code, status, said, operation, region)
    where = f"{operation} in {region}"
    return kind(what, where=where, mend=mend, cause=_cause(code, operation))


def _cause(code: str, operation: str) -> str:
    """The name in the catalogue of causes, for what keeps a command from being sent."""
    if code in THROTTLED:
        return "api-throttled"
    if operation != "SendCommand":
        return ""
    if code in _DENIED:
        return "ssm-access-denied"
    return "not-managed" if code == "InvalidInstanceId" else ""


def _meaning(
    code: str, status: int, said: str, operation: str, region: str
) -> tuple[type[OrchError], str, str]:
    """The kind of error, what to say, and the mend."""
    if code in _EXPIRED | _NOT_TAKEN:
        return _about_credentials(code, said)
    if code in _DENIED:
        plan = "orch schedule plan" if operation in OF_SCHEDULES else "orch plan"
        mend = (
            f"allow your identity what this call needs; `{plan}` lists it ({operation}), and "
            "`orch setup show operator` has it all"
        )
        return DeniedError, said, mend
    if code == "InvalidInstanceId":
        # One such id fails the call for all of them.
        return NotManagedError, said, not_managed_mend(region)
    if code in THROTTLED:
        mend = "something else calls SSM often in this account and region; try again later"
        return UnreachableError, f"AWS throttled the call ({said})", mend
    if code in _FAULTS or status >= 500:
        return UnreachableError, f"AWS answered {status} {said}", "the service failed; try again"
    return CannotRunError, said, _MENDS.get(code, "see the message of AWS; --debug shows the call")


def _about_credentials(code: str, said: str) -> tuple[type[OrchError], str, str]:
    if code in _EXPIRED:
        mend = "get new credentials (aws sso login, or assume the role again), then run this again"
        return CredentialsError, f"your credentials have expired ({code})", mend
    mend = "check --profile, AWS_PROFILE and the keys in the environment, and this clock"
    return CredentialsError, f"AWS does not accept your credentials ({said})", mend


def not_managed_mend(region: str) -> str:
    """What to look at when SSM knows no such instance."""
    return (
        f"is {region} its region and this its account? Is the SSM agent running, with an instance "
        "profile that holds AmazonSSMManagedInstanceCore? `aws ssm describe-instance-information` "
        "lists what SSM manages"
    )


def _from_client(
    error: boto.BotoCoreError, operation: str, region: str, profile: str | None
) -> OrchError:
    """Our error for a call that never got an answer."""
    where, said = f"{operation} in {region}", _on_one_line(error)
    if isinstance(error, boto.ProfileNotFound):
        mend = "`aws configure list-profiles` lists the profiles there are"
        return CredentialsError(said, where="AWS profile", mend=mend)
    if isinstance(error, boto.ConfigParseError):
        mend = "mend that file; each section is one line, e.g. [profile NAME], and stands once"
        return CredentialsError(said, where="AWS config file", mend=mend)
    if isinstance(error, boto.UnauthorizedSSOTokenError | boto.SSOError | boto.TokenRetrievalError):
        named = f" --profile {shlex.quote(profile)}" if profile else ""
        return CredentialsError(said, where=where, mend=f"aws sso login{named}")
    if isinstance(
        error,
        boto.NoCredentialsError | boto.PartialCredentialsError | boto.CredentialRetrievalError,
    ):
        mend = "give --profile, set AWS_PROFILE, or run `aws configure`"
        return CredentialsError(f"no AWS credentials: {said}", where=where, mend=mend)
    if isinstance(error, boto.HTTPClientError | boto.ConnectionError):
        mend = f"check the network, a proxy, and that the region {region} exists"
        return UnreachableError(said, where=where, mend=mend)
    return settings_error(error, operation, region)


def settings_error(error: Exception, operation: str, region: str) -> CannotRunError:
    """Our error for what boto will not even begin with."""
    return CannotRunError(
        f"{type(error).__name__}: {_on_one_line(error)}",
        where=f"{operation} in {region}",
        mend="check your AWS config file and the AWS_ variables, e.g. AWS_ENDPOINT_URL",
    )


def _on_one_line(message: object) -> str:
    """A foreign message, cut to what people read.

    A proxy on the way may answer with a whole page, and a name may hold line breaks, behind which
    the rest would look like words of ours.
    """
    return " ".join(str(message).split())[:LONGEST_MESSAGE]
