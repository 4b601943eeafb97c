"""One port for other machines: whoever has the token gets everything, nobody else a word."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from orchestrator.errors import CannotRunError
from orchestrator.sandbox import world
from orchestrator.sandbox.attached.listening import Admitted, BelowToken
from orchestrator.sandbox.runcommand.messages import Reply
from support.agent_payload import payload_of
from support.agent_wire import AgentWire, Metadata
from support.attached_stage import INSTANCE, AttachedStage


@pytest.fixture(scope="module")
def stage():
    """Reached at 127.0.0.2, and asked from 127.0.0.1 as from another machine."""
    with AttachedStage(address="127.0.0.2") as stage:
        yield stage


def get(url: str, method: str = "GET", **more):
    parts = urlsplit(url)
    wire = HTTPConnection(parts.hostname, parts.port, timeout=10, **more)
    wire.request(method, parts.path)
    answer = wire.getresponse()
    found = answer.status, answer.read()
    wire.close()
    return found


def test_the_metadata_answer_whoever_has_shown_the_token_and_nobody_else(stage):
    imds = f"{stage.urls['imds']}/latest/api/token"
    assert get(imds, "PUT") == (404, b"")
    assert get(stage.urls["admission"]) == (200, b"ok\n")
    assert Metadata(stage.urls["imds"]).get("meta-data/instance-id") == INSTANCE
    assert get(imds, "PUT", source_address=("127.0.0.3", 0)) == (404, b"")


def test_all_of_it_works_below_the_token(stage):
    get(stage.urls["admission"])
    wire = stage.wire()
    assert wire.report().status == 200
    command_id = stage.send("true")
    name = wire.next_message()["MessageId"]
    assert wire.acknowledge(name).status == 200
    assert wire.reply(name, payload_of(Reply("Success"))).status == 200
    assert stage.run_command.has(command_id, INSTANCE)
    endpoint = wire.messages("GetEndpoint", Destination=INSTANCE).json["Endpoint"]
    assert endpoint == stage.urls["ec2messages"]


def clients(stage):
    get(stage.urls["admission"])
    keys = Metadata(stage.urls["imds"]).credentials()

    def client(service, own=keys):
        return boto3.client(
            service,
            endpoint_url=stage.urls["aws"],
            region_name=world.REGION,
            aws_access_key_id=own.access_key,
            aws_secret_access_key=own.secret_key,
            aws_session_token=own.token,
            config=Config(proxies={}),
        )

    return client


def test_scripts_ask_the_other_services_there(stage):
    client = clients(stage)
    arn = client("sts").get_caller_identity()["Arn"]
    assert arn.endswith(f":assumed-role/{world.INSTANCE_ROLE}/{INSTANCE}")
    assumed = client("sts").assume_role(
        RoleArn=world.role_arn(world.ACCOUNT_B, world.SWITCH_ROLE), RoleSessionName="xx"
    )["Credentials"]

    class Own:
        access_key = assumed["AccessKeyId"]
        secret_key = assumed["SecretAccessKey"]
        token = assumed["SessionToken"]

    s3 = client("s3", Own)
    assert world.BUCKET in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert s3.list_objects_v2(Bucket=world.BUCKET, Prefix="a b/c")["KeyCount"] == 0


def test_the_agents_upload_names_the_bucket_before_the_address(stage):
    """aws-sdk-go v1 does so with every endpoint; the machine's hosts file leads it here."""
    get(stage.urls["admission"])
    stage.client("s3", world.ADMIN_A).create_bucket(
        Bucket="my-output", CreateBucketConfiguration={"LocationConstraint": world.REGION}
    )
    policy = {
        "Effect": "Allow",
        "Action": ["s3:PutObject", "s3:PutObjectAcl"],
        "Resource": "arn:aws:s3:::my-output/*",
    }
    stage.client("iam", world.ADMIN_A).put_role_policy(
        RoleName=world.INSTANCE_ROLE,
        PolicyName="Output",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [policy]}),
    )
    at = urlsplit(stage.urls["aws"])
    url = f"http://my-output.{at.netloc}{at.path}/a%20prefix/stdout"
    headers = {"Content-Type": "text/plain", "x-amz-acl": "bucket-owner-full-control"}
    request = AWSRequest("PUT", url, headers, b"out\n")
    keys = Metadata(stage.urls["imds"]).credentials()
    S3SigV4Auth(keys, "s3", world.REGION).add_auth(request)
    wire = HTTPConnection(at.hostname, at.port, timeout=10)
    own = {**dict(request.headers.items()), "Host": f"my-output.{at.netloc}"}
    wire.request("PUT", f"{at.path}/a%20prefix/stdout", b"out\n", own)
    answer = wire.getresponse()
    assert answer.status == 200, answer.read()
    wire.close()
    found = stage.client("s3", world.ADMIN_A).get_object(Bucket="my-output", Key="a prefix/stdout")
    assert found["Body"].read() == b"out\n"


def test_a_signature_is_of_the_whole_path(stage):
    """One for the service without its folder does not fit, and one for another folder neither."""
    get(stage.urls["admission"])
    wire = stage.wire()
    request = wire.request("ssm", "ListInstanceAssociations", {"InstanceId": INSTANCE})
    for other in (stage.urls["ec2messages"], stage.urls["aws"], f"{stage.urls['ssm']}/x"):
        request.url = other
        answer = wire.send(request)
        assert answer.status >= 400
        assert answer.json is None or "Associations" not in answer.json
    loopback = AgentWire(INSTANCE, {"ssm": stage.services.urls["ssm"]}, wire.credentials)
    request = loopback.request("ssm", "ListInstanceAssociations", {"InstanceId": INSTANCE})
    request.url = stage.urls["ssm"] + "/"
    assert wire.send(request).json["__type"] == "InvalidSignatureException"


def test_without_the_token_there_is_nothing_and_no_word(stage):
    base, token = stage.urls["admission"].rstrip("/").rsplit("/", 1)
    for path in (
        "",
        "/",
        "/ssm",
        f"/{token[:-1]}/ssm",
        f"/{token}x/ssm",
        f"/{token.swapcase()}/",
        f"/ssm/{token}",
        f"/./{token}/ssm",
        f"/%2f{token}/ssm",
        f"/{token}/nothing",
        f"/{token}/imds/latest/api/token",
        f"/{token}/../{token}/ssm",
        "/latest/meta-data/",
        "/%ff%fe",
    ):
        for method in ("GET", "POST", "PUT", "DELETE"):
            if (method, path) != ("GET", "/"):
                assert get(base + path, method) == (404, b""), (method, path)


def test_an_address_that_never_showed_it_shows_nothing_by_a_wrong_one():
    admitted = Admitted([], lambda _: None)
    app = BelowToken("right", {}, admitted)
    said = []

    def ask(path):
        environ = {"REQUEST_METHOD": "GET", "REMOTE_ADDR": "10.0.0.9", "REQUEST_URI": path}
        app(environ, lambda status, headers: said.append(status))
        return "10.0.0.9" in admitted._known

    assert not ask("/wrong/")
    assert not ask("/")
    assert ask("/right/")
    assert said == ["404 Not Found", "404 Not Found", "200 OK"]


def test_an_address_that_is_not_ours_is_said_to_be_so():
    stage = AttachedStage(address="192.0.2.1")
    with pytest.raises(CannotRunError, match=r"192\.0\.2\.1 port any"):
        stage.__enter__()
