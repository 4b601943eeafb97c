import pytest
from botocore import exceptions as boto

from orchestrator.aws.errors import as_ours
from orchestrator.errors import (
    CannotRunError,
    CredentialsError,
    DeniedError,
    NotManagedError,
    UnreachableError,
)

ANSWERS = {
    "ExpiredTokenException": CredentialsError,
    "UnrecognizedClientException": CredentialsError,
    "InvalidSignatureException": CredentialsError,
    "AccessDeniedException": DeniedError,
    "InvalidInstanceId": NotManagedError,
    "ThrottlingException": UnreachableError,
    "InternalServerError": UnreachableError,
    "InvalidDocument": CannotRunError,
}

CLIENT = {
    "no credentials": (boto.NoCredentialsError(), CredentialsError),
    "no such profile": (boto.ProfileNotFound(profile="nobody"), CredentialsError),
    "sso": (boto.UnauthorizedSSOTokenError(), CredentialsError),
    "no route": (boto.EndpointConnectionError(endpoint_url="http://x"), UnreachableError),
    "silence": (boto.ReadTimeoutError(endpoint_url="http://x"), UnreachableError),
    "wrong argument": (boto.ParamValidationError(report="x"), CannotRunError),
}


def answer(code, status=400):
    response = {
        "Error": {"Code": code, "Message": "what AWS says"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return boto.ClientError(response, "SendCommand")


def ours(error):
    with pytest.raises(CannotRunError) as caught, as_ours("SendCommand", "eu-west-1", "ops"):
        raise error
    return caught.value


@pytest.mark.parametrize(("code", "kind"), ANSWERS.items())
def test_an_answer_of_aws_has_a_where_and_a_mend(code, kind):
    error = ours(answer(code))
    assert type(error) is kind
    assert "eu-west-1" in error.where
    assert error.mend


@pytest.mark.parametrize(("error", "kind"), CLIENT.values(), ids=CLIENT)
def test_a_call_without_an_answer_is_ours_too(error, kind):
    assert type(ours(error)) is kind


def test_a_fault_of_an_unknown_code_is_the_services():
    assert type(ours(answer("Whatever", status=503))) is UnreachableError


def test_an_expired_sso_session_names_the_line_that_logs_in():
    assert ours(boto.UnauthorizedSSOTokenError()).mend == "aws sso login --profile ops"
