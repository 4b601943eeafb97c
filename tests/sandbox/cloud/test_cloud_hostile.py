"""Requests that no client of good will sends: a clear refusal, no traceback, and never a yes."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from orchestrator.sandbox import world
from support.standing_cloud import A, B, Keys, error_in, policy, refused, statement, trusting

ASK = b"Action=GetCallerIdentity&Version=2011-06-15"


@pytest.fixture(scope="module")
def admin(standing):
    return keys_of_profile(standing, world.ADMIN_A)


@pytest.fixture(scope="module")
def operator(standing):
    return keys_of_profile(standing, world.OPERATOR)


def keys_of_profile(standing, profile):
    found = standing.cloud.keys[profile]
    return Keys(found.access_key_id, found.secret_access_key)


def is_clean(answer):
    text = answer.data.decode(errors="replace")
    return "Traceback" not in text and 'File "' not in text and "<html" not in text.lower()


MOTO_PATHS = [
    "/moto-api/",
    "/moto-api/data.json",
    "/moto-api/reset",
    "/moto-api/reset-auth",
    "/moto-api/config",
    "/moto-api/seed?a=1",
    "/latest/meta-data/iam/security-credentials/",
    "/latest/api/token",
    "/_moto",
    "/%6doto-api/reset",
    "//moto-api/reset",
    "/./moto-api/reset",
]


@pytest.mark.parametrize("path", MOTO_PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_motos_own_api_is_nowhere(standing, admin, method, path):
    before = standing.client("iam", A).list_roles()["Roles"]
    host = {"Host": "motoapi.amazonaws.com"}
    requests = [
        standing.signed(service, admin, b"", method=method, path=path, headers=headers)
        for service in ("s3", "sts", "iam")
        for headers in ({}, host)
    ]
    for answer in (
        standing.ask(method, path),
        standing.ask(method, path, headers=host),
        *map(standing.send, requests),
    ):
        assert answer.status >= 400
        assert error_in(answer)
        assert is_clean(answer)
    assert standing.client("iam", A).list_roles()["Roles"] == before


@pytest.mark.parametrize(
    "service", ["moto_api", "motoapi", "ssm", "kms", "instance_metadata", "S3", "organizations"]
)
def test_a_service_that_is_not_here_is_refused_and_not_guessed(standing, admin, service):
    answer = standing.send(standing.form(service, admin, "ListRoles"))
    assert (answer.status, error_in(answer)["Error"]["Code"]) == (400, "InvalidAction")


@pytest.mark.parametrize("is_signed", [True, False])
def test_the_account_cannot_be_named_by_a_header(standing, admin, is_signed):
    header = {"X-Moto-Account-Id": B}
    request = standing.signed(
        "iam", admin, b"Action=ListRoles&Version=2010-05-08", headers=header if is_signed else ()
    )
    request.headers |= header
    text = standing.send(request).data.decode()
    assert f"arn:aws:iam::{A}:role/{world.INSTANCE_ROLE}" in text
    assert B not in text


@pytest.mark.parametrize(
    "host",
    [
        "iam.amazonaws.com",
        "motoapi.amazonaws.com",
        "",
        "169.254.169.254",
        f"{world.BUCKET}.s3.amazonaws.com",
        "a b",
        "\x00",
    ],
)
def test_no_host_leads_elsewhere(standing, operator, host):
    address = socket.create_connection(standing.address, timeout=5)
    with address as wire:
        head = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        wire.sendall(head.encode("latin-1"))
        said = b"".join(iter(lambda: wire.recv(65536), b""))
    assert said.split(b" ", 2)[1][:1] == b"4"
    assert b"Traceback" not in said


def test_a_bucket_in_the_host_is_the_bucket_that_is_decided_about(standing, operator):
    port = standing.address[1]
    host = {"Host": f"{world.BUCKET}.localhost:{port}"}
    answer = standing.send(standing.signed("s3", operator, method="GET", headers=host))
    found = error_in(answer)
    assert found["Error"]["Code"] == "AccessDenied"
    assert f"arn:aws:s3:::{world.BUCKET}" in found["Error"]["Message"]


BODIES = {
    "no form": b"\xff\xfe\x00",
    "half a form": b"Action",
    "empty": b"",
    "xml": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>",
    "json": b'{"Action": "ListRoles"}',
    "twice": b"Action=ListRoles&Action=DeleteRole&Version=2010-05-08",
    "another version": b"Action=ListRoles&Version=2000-01-01",
    "no version": b"Action=ListRoles",
    "no action": b"Version=2010-05-08",
    "an action of Python": b"Action=__class__&Version=2010-05-08",
    "bad percent": b"Action=ListRoles&Version=2010-05-08&RoleName=%ff",
    "many members": b"&".join(b"a%d=1" % n for n in range(20_000)),
    "nul": b"Action=GetRole&Version=2010-05-08&RoleName=%00",
    "no name": b"Action=GetRole&Version=2010-05-08",
    "a list for a name": b"Action=GetRole&Version=2010-05-08&RoleName.member.1=x",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("service", ["iam", "sts", "cloudformation", "ec2"])
def test_garbage_in_a_form_is_the_senders_fault(standing, admin, service, body):
    answer = standing.send(standing.signed(service, admin, body))
    assert 400 <= answer.status < 500
    assert error_in(answer)["Error"]["Code"] != "InternalFailure"
    assert is_clean(answer)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/new-bucket", b"<CreateBucketConfiguration"),
        ("PUT", "/new-bucket", b"\xff\x00"),
        ("PUT", "/new-bucket", b"{}"),
        ("PUT", f"/{world.BUCKET}?tagging", b"<Tagging><TagSet><Tag/></TagSet></Tagging>"),
        ("PUT", f"/{world.BUCKET}?tagging", b"no xml"),
        ("PUT", f"/{world.BUCKET}?versioning", b"no xml"),
        ("PUT", f"/{world.BUCKET}?encryption", b"<a/>"),
        ("PUT", f"/{world.BUCKET}?policy", b"no json"),
        ("PUT", f"/{world.BUCKET}?acl", b"<AccessControlPolicy/>"),
        ("POST", f"/{world.BUCKET}?delete", b"<Delete/>"),
        ("POST", f"/{world.BUCKET}/key?uploadId=no", b"no xml"),
        ("PUT", f"/{world.BUCKET}/key?uploadId=no&partNumber=1", b"x"),
        ("GET", f"/{world.BUCKET}?max-keys=many", b""),
        ("GET", f"/{world.BUCKET}?prefix=a&prefix=b", b""),
        ("GET", f"/{world.BUCKET}?location&policy", b""),
        ("GET", f"/{world.BUCKET}/%ff", b""),
        ("GET", f"/{world.BUCKET}/key?versionId=no", b""),
        ("PATCH", f"/{world.BUCKET}", b""),
        ("OPTIONS", f"/{world.BUCKET}", b""),
        ("GET", "/a", b""),
        ("GET", "/%00", b""),
        ("GET", f"/{quote('ü')}", b""),
    ],
)
def test_garbage_for_s3_is_the_senders_fault(standing, method, path, body):
    keys = keys_of_profile(standing, world.ADMIN_B)
    answer = standing.send(standing.signed("s3", keys, body, method=method, path=path))
    assert 400 <= answer.status < 500 or answer.status == 501
    assert error_in(answer)["Error"]["Code"] != "InternalFailure"
    assert is_clean(answer)


def test_a_path_of_dots_is_a_key_and_nothing_else(standing, operator):
    path = f"/{world.BUCKET}/../other/../x"
    answer = standing.send(standing.signed("s3", operator, method="GET", path=path))
    assert error_in(answer)["Error"]["Code"] == "AccessDenied"


def test_a_body_that_is_too_large_is_refused_before_it_is_read(standing):
    head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n"
    for length, status in ((10**15, b"413"), ("x", b"400"), (-1, b"400")):
        with socket.create_connection(standing.address, timeout=5) as wire:
            wire.sendall(head.format(length).encode())
            wire.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: wire.recv(65536), b""))
        assert said.split(b" ", 2)[1] in {status, b"400", b"403"}
        assert b"Traceback" not in said


@pytest.mark.parametrize(
    "header",
    [
        "x-amz-acl",
        "x-amz-grant-read",
        "x-amz-copy-source",
        "x-amz-website-redirect-location",
        "x-amz-bypass-governance-retention",
    ],
)
def test_a_header_of_s3_without_a_rule_is_not_ignored(standing, header):
    keys = keys_of_profile(standing, world.ADMIN_B)
    request = standing.signed(
        "s3", keys, b"", method="PUT", path=f"/{world.BUCKET}/key", headers={header: "public-read"}
    )
    answer = standing.send(request)
    assert (answer.status, error_in(answer)["Error"]["Code"]) == (501, "NotImplemented")


def test_no_mistake_of_ours_tells_more_than_its_name(standing, admin, monkeypatch):
    import orchestrator.sandbox.cloud.gate as gate

    def fail(*_arguments):
        raise RuntimeError("broken")

    monkeypatch.setattr(gate, "asked", fail)
    answer = standing.send(standing.signed("sts", admin, ASK))
    assert (answer.status, error_in(answer)["Error"]["Code"]) == (500, "InternalFailure")
    assert is_clean(answer)


def test_a_name_in_a_policy_reaches_no_other_account(standing, admin):
    text = policy(statement(action="iam:*", resource=f"arn:aws:iam::{B}:role/*"))
    keys = standing.new_user("reacher", json.loads(text)["Statement"][0])
    with refused("AccessDenied", 403):
        standing.client("iam", keys).get_role(RoleName=world.INSTANCE_ROLE)


def test_who_asks_while_others_change_iam_gets_a_plain_answer(standing):
    caller = standing.new_user("busy", statement(action=["sts:AssumeRole", "iam:List*"]))
    target = f"arn:aws:iam::{B}:role/Coming"
    ask = standing.form("sts", caller, "AssumeRole", RoleArn=target, RoleSessionName="switch")
    see = standing.form("iam", caller, "ListRoles")

    def come_and_go(_number):
        standing.new_role("Coming", [trusting({"AWS": A})])
        standing.client("iam", B).delete_role(RoleName="Coming")

    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(standing.send, request) for request in [ask, see] * 60]
        changed = list(map(come_and_go, range(15)))
    answers = [one.result() for one in asked]
    assert len(changed) == 15
    assert {answer.status for answer in answers} <= {200, 403}
    assert {error_in(a)["Error"]["Code"] for a in answers if a.status == 403} <= {"AccessDenied"}
