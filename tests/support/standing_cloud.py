"""The sandbox's accounts on loopback, in this process, and ways to ask them: politely, or not."""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import Cloud
from orchestrator.sandbox.cloud.clients import new_client
from orchestrator.sandbox.server import Server

A, B, C, D = world.ACCOUNTS
HOST_ROLE = world.role_arn(A, world.INSTANCE_ROLE)
TARGET = world.role_arn(B, world.SWITCH_ROLE)
VERSIONS = {"sts": "2011-06-15", "iam": "2010-05-08", "cloudformation": "2010-05-15"}


class MovedClock:
    """The real time, moved by ``offset``."""

    def __init__(self):
        self.offset = timedelta(0)

    def now(self):
        return datetime.now(UTC) + self.offset

    def monotonic(self):
        return self.now().timestamp()

    def sleep(self, seconds):
        self.offset += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Keys:
    """Whoever signs. ``token`` is None for a user."""

    access_key_id: str
    secret_access_key: str
    token: str | None = None


class Standing:
    """The accounts, set up and served until `close`."""

    def __init__(self):
        self.clock = MovedClock()
        self.cloud = Cloud(self.clock)
        self._server = Server(self.cloud.app)
        self.url = self._server.url
        self.cloud.deploy(self.url)

    def close(self):
        self._server.close()

    def host(self):
        """The credentials that the instance's metadata hands out."""
        who = (world.INSTANCE_ID, world.HOME, world.INSTANCE_ROLE)
        return keys_of(self.cloud.instance_credentials(*who))

    def client(self, service, who):
        """A boto3 client of a profile, of an account's root, or of whoever has those keys."""
        if isinstance(who, Keys):
            keys = (who.access_key_id, who.secret_access_key, who.token)
            return new_client(service, self.url, *keys)
        if who in world.ACCOUNTS:
            return self.cloud.root_client(service, who)
        return self.cloud.client(service, who)

    def root_keys(self, account):
        """The keys of the account's root user."""
        return Keys(*self.cloud._roots[account])

    def assume(self, who, role=TARGET, **more):
        """The keys of a new session of the role."""
        asked = {"RoleArn": role, "RoleSessionName": "switch", **more}
        return keys_of_answer(self.client("sts", who).assume_role(**asked))

    def new_role(self, name, trust, account=B, **more):
        """Make a role; its ARN."""
        document = policy(*trust)
        asked = {"RoleName": name, "AssumeRolePolicyDocument": document, **more}
        return self.client("iam", account).create_role(**asked)["Role"]["Arn"]

    def new_user(self, name, *statements, account=A):
        """Make a user with an inline policy; the keys."""
        iam = self.client("iam", account)
        iam.create_user(UserName=name)
        if statements:
            put(iam.put_user_policy, UserName=name, document=policy(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Keys(key["AccessKeyId"], key["SecretAccessKey"])

    def signed(self, service, keys, body=b"", *, method="POST", path="/", headers=(), region=None):
        """A signed request to `send`: method, URL, headers, body."""
        request = AWSRequest(method, self.url + path, dict(headers), body)
        credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.token)
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        if service != "s3":
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
        signer(credentials, service, region or world.REGION).add_auth(request)
        return SimpleNamespace(
            method=method, url=request.url, headers=dict(request.headers.items()), body=body
        )

    def send(self, request):
        """What comes back, errors too; nothing about the request is made prettier."""
        return self.ask(
            request.method,
            request.url.removeprefix(self.url),
            request.headers,
            request.body,
        )

    def ask(self, method, path, headers=(), body=b""):
        """The answer to a request as it is given here: status and data."""
        wire = HTTPConnection(*self.address, timeout=10)
        wire.request(method, path, body or None, dict(headers))
        answer = wire.getresponse()
        data = answer.read()
        wire.close()
        return SimpleNamespace(status=answer.status, data=data)

    def form(self, service, keys, action, **members):
        """A signed request in the query protocol."""
        version = members.pop("Version", VERSIONS.get(service, ""))
        body = urlencode({"Action": action, "Version": version, **members}).encode()
        return self.signed(service, keys, body)

    def send_raw(self, service, keys, action, **members):
        """The answer's text to a form that boto3 would not send; ClientError where refused."""
        answer = self.send(self.form(service, keys, action, **members))
        text = answer.data.decode()
        if answer.status >= 300:
            raise ClientError(error_in(answer), action)
        return text

    @property
    def address(self):
        parts = urlsplit(self.url)
        return parts.hostname, parts.port


def put(call, document, **names):
    """Put an inline policy that is named ``inline``."""
    call(PolicyName="inline", PolicyDocument=document, **names)


def statement(effect="Allow", action="*", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def trusting(principal, effect="Allow", action="sts:AssumeRole", **more):
    return {"Effect": effect, "Principal": principal, "Action": action, **more}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def keys_of(session):
    return Keys(session.access_key_id, session.secret_access_key, session.token)


def keys_of_answer(answer):
    found = answer["Credentials"]
    return Keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def error_in(answer):
    """The error of an answer in XML, as boto3 would show it. AssertionError where it has none."""
    root = ElementTree.fromstring(answer.data)
    parts = {name: root.findtext(f".//{{*}}{name}") for name in ("Code", "Message")}
    assert parts["Code"], answer.data
    return {"Error": parts, "ResponseMetadata": {"HTTPStatusCode": answer.status}}


@contextmanager
def refused(code, status=None):
    """What is done inside is refused with that code; what was said about it is in the yield."""
    said = SimpleNamespace(message="")
    with pytest.raises(ClientError) as caught:
        yield said
    found = caught.value.response
    said.message = found["Error"].get("Message", "")
    assert found["Error"]["Code"] == code, caught.value
    if status is not None:
        assert found["ResponseMetadata"]["HTTPStatusCode"] == status, caught.value
