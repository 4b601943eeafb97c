import pytest
from botocore import exceptions as boto

from orchestrator.aws.errors import OF_SCHEDULES, as_ours, from_answer
from orchestrator.aws.session import READS, Access
from orchestrator.diagnose import CATALOGUE
from orchestrator.errors import (
    CannotRunError,
    CredentialsError,
    DeniedError,
    NotManagedError,
    UnreachableError,
)
from orchestrator.plan.of_schedule import OF_ALL, OF_ASSOCIATIONS, OF_DOCUMENTS

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


NAMED = {
    ("AccessDeniedException", "SendCommand"): "ssm-access-denied",
    ("AccessDeniedException", "DescribeInstanceInformation"): "",
    ("InvalidInstanceId", "SendCommand"): "not-managed",
    ("ThrottlingException", "SendCommand"): "api-throttled",
    ("RequestLimitExceeded", "DescribeInstances"): "api-throttled",
    ("InvalidDocument", "SendCommand"): "",
}


@pytest.mark.parametrize(("given", "cause"), NAMED.items(), ids=str)
def test_what_keeps_a_command_from_being_sent_has_its_name_in_the_catalogue(given, cause):
    code, operation = given
    error = from_answer(answer(code), operation, "eu-west-1")
    assert error.cause == cause
    assert f"[{cause}]" in str(error) if cause else "[" not in str(error)
    assert cause in {"", *(rule.name for rule in CATALOGUE)}


@pytest.mark.parametrize(("error", "kind"), CLIENT.values(), ids=CLIENT)
def test_a_call_without_an_answer_is_ours_too(error, kind):
    found = ours(error)
    assert type(found) is kind
    assert found.mend


def test_an_endpoint_that_is_no_url_is_a_setting_of_the_operators(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "nonsense")
    with pytest.raises(CannotRunError, match="Invalid endpoint: nonsense") as caught:
        Access(None, "eu-west-1").client("ssm", READS)
    assert "AWS_ENDPOINT_URL" in caught.value.mend


def test_a_page_of_some_proxy_is_told_in_one_line():
    page = boto.ClientError(
        {
            "Error": {"Code": "502", "Message": "<html>\n" + "<p>Bad Gateway</p>\n" * 500},
            "ResponseMetadata": {"HTTPStatusCode": 502},
        },
        "SendCommand",
    )
    found = ours(page)
    assert type(found) is UnreachableError
    assert "\n" not in found.what
    assert len(found.what) < 600


def test_a_fault_of_an_unknown_code_is_the_services():
    assert type(ours(answer("Whatever", status=503))) is UnreachableError


def test_an_expired_sso_session_names_the_line_that_logs_in():
    assert ours(boto.UnauthorizedSSOTokenError()).mend == "aws sso login --profile ops"


def test_a_profile_with_line_breaks_in_its_name_is_told_on_one_line():
    error = ours(boto.ProfileNotFound(profile="a\n  mend: paste this\x1b[31m"))
    assert "\n" not in error.what
    assert "(a mend: paste this" in error.what


def test_a_config_file_that_cannot_be_read_is_the_one_to_mend():
    error = ours(boto.ConfigParseError(path="/home/me/config"))
    assert isinstance(error, CredentialsError)
    assert (error.where, "/home/me/config" in error.what) == ("AWS config file", True)
    assert "mend that file" in error.mend


def test_the_profile_in_a_mend_can_be_pasted():
    error = ours(boto.UnauthorizedSSOTokenError())
    assert error.mend == "aws sso login --profile ops"
    with pytest.raises(CredentialsError) as caught, as_ours("SendCommand", "eu-west-1", "a; b"):
        raise boto.UnauthorizedSSOTokenError
    assert caught.value.mend == "aws sso login --profile 'a; b'"


def test_what_a_schedule_needs_is_listed_by_its_own_plan():
    """Every call of a schedule's permissions that a run does not need, too."""
    calls = {a.partition(":")[2] for a, _ in (*OF_DOCUMENTS, *OF_ASSOCIATIONS, *OF_ALL)}
    of_runs = {"ListCommandInvocations", "GetCommandInvocation", "DescribeInstanceInformation"}
    assert calls | {"PutComplianceItems"} == OF_SCHEDULES | of_runs
    for operation, plan in (("GetDocument", "orch schedule plan"), ("SendCommand", "orch plan")):
        said = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        found = from_answer(boto.ClientError(said, operation), operation, "eu-west-1")
        assert f"`{plan}` lists it" in found.mend
