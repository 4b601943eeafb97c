"""Who signed a request, and whether the signature is right: before anything else is decided."""

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator.sandbox import world
from support.standing_cloud import Keys, error_in, keys_of, refused

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ASK = b"Action=GetCallerIdentity&Version=2011-06-15"


@pytest.fixture(scope="module")
def admin(standing):
    found = standing.cloud.keys[world.ADMIN_B]
    return Keys(found.access_key_id, found.secret_access_key)


@pytest.fixture
def session(standing):
    return standing.host()


def code_and_status(answer):
    found = error_in(answer)
    return found["Error"]["Code"], found["ResponseMetadata"]["HTTPStatusCode"]


BAD_KEYS = [
    ({"access_key_id": "AKIAAAAAAAAAAAAAAAAA"}, "InvalidClientTokenId", "InvalidAccessKeyId"),
    ({"secret_access_key": "wrong"}, "SignatureDoesNotMatch", "SignatureDoesNotMatch"),
]
BAD_TOKENS = [
    ({"token": None}, 403, "InvalidAccessKeyId", 403),
    ({"token": "wrong"}, 403, "InvalidToken", 400),
]


@pytest.mark.parametrize(("change", "of_sts", "of_s3"), BAD_KEYS)
def test_a_wrong_key_or_secret_is_told_apart(standing, admin, change, of_sts, of_s3):
    keys = replace(admin, **change)
    with refused(of_sts, 403):
        standing.client("sts", keys).get_caller_identity()
    with refused(of_s3, 403):
        standing.client("s3", keys).list_buckets()


@pytest.mark.parametrize(("change", "status", "of_s3", "status_of_s3"), BAD_TOKENS)
def test_a_session_needs_its_own_token(standing, session, change, status, of_s3, status_of_s3):
    keys = replace(session, **change)
    with refused("InvalidClientTokenId", status):
        standing.client("sts", keys).get_caller_identity()
    with refused(of_s3, status_of_s3):
        standing.client("s3", keys).list_buckets()


def test_a_users_key_takes_no_token(standing, admin):
    with refused("InvalidClientTokenId", 403):
        standing.client("sts", replace(admin, token="any")).get_caller_identity()


def test_another_sessions_token_does_not_fit(standing, admin, session):
    other = standing.assume(session)
    with refused("InvalidClientTokenId", 403):
        standing.client("sts", replace(session, token=other.token)).get_caller_identity()


def test_a_session_that_is_over_is_expired(standing):
    standing.clock.offset = timedelta(hours=-7)
    found = standing.cloud.instance_credentials("i-00000000000000001", world.HOME, "EC2RoleforSSM")
    standing.clock.offset = timedelta(0)
    with refused("ExpiredToken", 403):
        standing.client("sts", keys_of(found)).get_caller_identity()
    with refused("ExpiredToken", 400):
        standing.client("s3", keys_of(found)).list_buckets()


@pytest.mark.parametrize("minutes", [-6, 6])
def test_sts_takes_a_clock_that_is_wrong_by_five_minutes(standing, admin, minutes):
    standing.clock.offset = timedelta(minutes=minutes)
    words = "Signature expired" if minutes > 0 else "Signature not yet current"
    with refused("SignatureDoesNotMatch", 403) as said:
        standing.client("sts", admin).get_caller_identity()
    assert said.message.startswith(words)
    standing.clock.offset = timedelta(minutes=minutes * 4 / 6)
    assert standing.client("sts", admin).get_caller_identity()["Account"] == "222222222222"


@pytest.mark.parametrize("minutes", [-16, 16])
def test_s3_takes_a_clock_that_is_wrong_by_a_quarter_of_an_hour(standing, admin, minutes):
    standing.clock.offset = timedelta(minutes=minutes)
    with refused("RequestTimeTooSkewed", 403):
        standing.client("s3", admin).list_buckets()
    standing.clock.offset = timedelta(minutes=minutes * 14 / 16)
    assert standing.client("s3", admin).list_buckets()["Buckets"]


def changed_body(request):
    request.body = ASK.replace(b"GetCallerIdentity", b"GetSessionToken")


def changed_host(request):
    request.headers["Host"] = "sts.amazonaws.com"


def changed_type(request):
    request.headers["Content-Type"] = "text/plain"


def changed_method(request):
    request.method, request.url, request.body = "GET", f"{request.url}?{ASK.decode()}", b""


def changed_query(request):
    request.url += "?Action=GetCallerIdentity"


def changed_path(request):
    request.url += "x"


def changed_date(request):
    request.headers["X-Amz-Date"] = request.headers["X-Amz-Date"].replace("Z", "")


def other_region(request):
    text = request.headers["Authorization"]
    request.headers["Authorization"] = text.replace("/ap-northeast-1/", "/us-east-1/")


def other_service(request):
    text = request.headers["Authorization"]
    request.headers["Authorization"] = text.replace("/sts/", "/iam/")


def other_signature(request):
    text = request.headers["Authorization"]
    request.headers["Authorization"] = text[:-1] + ("0" if text[-1] != "0" else "1")


def unsigned_header_of_amazon(request):
    request.headers["X-Amz-Target"] = "AmazonSSM.SendCommand"


def date_of_another_day(request):
    request.headers["X-Amz-Date"] = "20200101T000000Z"


@pytest.mark.parametrize(
    "change",
    [
        changed_body,
        changed_host,
        changed_type,
        changed_method,
        changed_query,
        changed_path,
        other_region,
        other_service,
        other_signature,
        unsigned_header_of_amazon,
        date_of_another_day,
    ],
    ids=lambda change: change.__name__,
)
def test_what_was_changed_after_signing_is_refused(standing, admin, change):
    request = standing.signed("sts", admin, ASK)
    change(request)
    assert code_and_status(standing.send(request)) == ("SignatureDoesNotMatch", 403)


def test_a_header_that_was_not_signed_may_be_there(standing, admin):
    request = standing.signed("sts", admin, ASK)
    request.headers |= {"User-Agent": "curl", "X-Forwarded-For": "203.0.113.1", "Accept": "*/*"}
    assert standing.send(request).status == 200


@pytest.mark.parametrize(
    "text",
    [
        "Basic YWRtaW46YWRtaW4=",
        "AWS AKIAIOSFODNN7EXAMPLE:signature",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=/20260101/ap-northeast-1/sts/aws4_request",
        "AWS4-HMAC-SHA256 Credential=AKIA/20260101/ap-northeast-1/sts/aws4_request",
        "AWS4-HMAC-SHA256 Credential=AKIA/20260101/ap-northeast-1/sts/aws4_request, "
        "SignedHeaders=host, Signature=short",
        "AWS4-HMAC-SHA256 Credential=AKIA/20260101/ap-northeast-1/sts/aws4_request, "
        f"SignedHeaders=;, Signature={'0' * 64}",
        "AWS4-ECDSA-P256-SHA256 Credential=AKIA/20260101/sts/aws4_request",
        "x" * 9000,
    ],
)
def test_an_authorization_that_is_none_is_incomplete(standing, text):
    answer = standing.ask("POST", "/", body=ASK, headers={"Authorization": text, **FORM})
    assert code_and_status(answer) == ("IncompleteSignature", 400)


def test_a_time_that_is_none_is_refused(standing, admin):
    request = standing.signed("sts", admin, ASK)
    changed_date(request)
    assert code_and_status(standing.send(request))[0] in {
        "IncompleteSignature",
        "SignatureDoesNotMatch",
    }


def test_nobody_gets_anywhere_unsigned(standing):
    answer = standing.ask("POST", "/", body=ASK, headers=FORM)
    assert code_and_status(answer) == ("MissingAuthenticationToken", 403)
    for path in ("/", f"/{world.BUCKET}", f"/{world.BUCKET}/key"):
        answer = standing.ask("GET", path)
        assert code_and_status(answer) == ("AccessDenied", 403)


def test_a_presigned_url_is_no_signature_here(standing, admin):
    s3 = standing.client("s3", admin)
    url = s3.generate_presigned_url("list_buckets")
    assert code_and_status(standing.ask("GET", url.removeprefix(standing.url))) == (
        "AccessDenied",
        403,
    )


def test_s3s_hash_of_the_body_is_checked(standing, admin):
    path = f"/{world.BUCKET}/key"
    request = standing.signed("s3", admin, b"said", method="PUT", path=path)
    request.body = b"sent"
    assert code_and_status(standing.send(request)) == ("XAmzContentSHA256Mismatch", 400)
    unsigned = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    request = standing.signed("s3", admin, b"x", method="PUT", path=path, headers=unsigned)
    assert standing.send(request).status == 200


def test_an_inactive_key_opens_nothing(standing):
    keys = standing.new_user("leaver")
    iam = standing.client("iam", "111111111111")
    iam.update_access_key(UserName="leaver", AccessKeyId=keys.access_key_id, Status="Inactive")
    with refused("InvalidClientTokenId", 403):
        standing.client("sts", keys).get_caller_identity()
    iam.update_access_key(UserName="leaver", AccessKeyId=keys.access_key_id, Status="Active")
    assert standing.client("sts", keys).get_caller_identity()["Account"] == "111111111111"
    iam.delete_access_key(UserName="leaver", AccessKeyId=keys.access_key_id)
    with refused("InvalidClientTokenId", 403):
        standing.client("sts", keys).get_caller_identity()
