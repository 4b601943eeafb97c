import pytest

from orchestrator.model.enums import FailureKind as Kind
from orchestrator.model.enums import Stage
from orchestrator.model.evidence import RawFailure
from orchestrator.observe.classify import classify

WRAPPED = "System.InvalidOperationException"
ASSUMING = "Amazon.Runtime.AmazonClientException"
STS = "Amazon.SecurityToken.AmazonSecurityTokenServiceException"
S3 = "Amazon.S3.AmazonS3Exception"

CASES = {
    "s3 refused": (((WRAPPED, S3), "AccessDenied", None), Kind.ACCESS_DENIED, Stage.CALL),
    "assume refused": (
        ((WRAPPED, ASSUMING, STS), "AccessDenied", None),
        Kind.ACCESS_DENIED,
        Stage.SWITCH,
    ),
    "assume throttled": (
        ((WRAPPED, ASSUMING, STS), "Throttling", None),
        Kind.THROTTLED,
        Stage.SWITCH,
    ),
    "clock": (((WRAPPED, ASSUMING, STS), "SignatureDoesNotMatch", None), Kind.CLOCK, Stage.SWITCH),
    "clock s3": (((WRAPPED, S3), "RequestTimeTooSkewed", None), Kind.CLOCK, Stage.CALL),
    "expired": (((WRAPPED, ASSUMING, STS), "ExpiredToken", None), Kind.EXPIRED, Stage.SWITCH),
    "typo in the arn": (
        ((WRAPPED, ASSUMING, STS), "ValidationError", None),
        Kind.OTHER,
        Stage.SWITCH,
    ),
    "imds below assume": (
        ((WRAPPED, ASSUMING, "Amazon.Runtime.AmazonServiceException"), None, None),
        Kind.IMDS,
        Stage.SWITCH,
    ),
    "imds disabled": (
        (("Amazon.Runtime.AmazonServiceException",), None, None),
        Kind.IMDS,
        Stage.LOCAL,
    ),
    "invalid profile": (
        (("System.IO.InvalidDataException",), None, None),
        Kind.PROFILE_INVALID,
        Stage.LOCAL,
    ),
    "no credentials": (((WRAPPED,), None, None), Kind.NO_CREDENTIALS, Stage.LOCAL),
    "sts out of reach": (
        ((WRAPPED, ASSUMING, "System.Net.Http.HttpRequestException"), None, None),
        Kind.NETWORK,
        Stage.SWITCH,
    ),
    "boto3 s3 refused": (
        (("botocore.exceptions.ClientError",), "AccessDenied", "ListBuckets"),
        Kind.ACCESS_DENIED,
        Stage.CALL,
    ),
    "boto3 assume refused": (
        (("botocore.exceptions.ClientError",), "AccessDenied", "AssumeRole"),
        Kind.ACCESS_DENIED,
        Stage.SWITCH,
    ),
    "boto3 no profile": (
        (("botocore.exceptions.ProfileNotFound",), None, None),
        Kind.PROFILE_MISSING,
        Stage.LOCAL,
    ),
    "boto3 connect": (
        (
            ("botocore.exceptions.EndpointConnectionError", "botocore.exceptions.ConnectionError"),
            None,
            None,
        ),
        Kind.NETWORK,
        Stage.CALL,
    ),
    "boto3 connect timeout": (
        (
            (
                "botocore.exceptions.ConnectTimeoutError",
                "botocore.exceptions.ConnectionError",
                "botocore.exceptions.BotoCoreError",
            ),
            None,
            None,
        ),
        Kind.NETWORK,
        Stage.CALL,
    ),
    "ours": ((("orch.Unreachable",), None, None), Kind.NETWORK, Stage.CALL),
    "who knows": ((("System.OutOfMemoryException",), None, None), Kind.OTHER, Stage.CALL),
}


@pytest.mark.parametrize(("given", "kind", "stage"), CASES.values(), ids=CASES)
def test_an_error_is_told_by_types_and_codes(given, kind, stage):
    chain, code, operation = given
    failure = classify(RawFailure(chain, code=code, operation=operation))
    assert (failure.kind, failure.stage) == (kind, stage)


def test_the_text_of_an_error_decides_nothing():
    raw = RawFailure(("System.Exception",), message="AccessDenied while calling AssumeRole")
    assert classify(raw).kind is Kind.OTHER
