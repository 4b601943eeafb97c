"""A small STS, S3 and IMDS that answer as the ones did that the recordings were made against.

Roles named Denied-* cannot be assumed, No-S3-Role may not list buckets, and the states (`FAKE_...`)
are those of tests/recordings/README.md.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs

from orchestrator.sandbox.imds import Imds, ImdsMode, InstanceIdentity
from orchestrator.sandbox.server import Server

INSTANCE_ID = "i-0d176f4a5f9738429"
BUCKET = "xxxxxxxx-cloudtrail"
IDENTITY = InstanceIdentity(
    INSTANCE_ID, "111111111111", "ap-northeast-1", "EC2RoleforSSM", "EC2RoleforSSM"
)
NOT_OURS = "The security token included in the request is invalid"
THROTTLE = {"sts": (400, "Throttling"), "s3": (503, "SlowDown")}
SKEWED = {"sts": (403, "SignatureDoesNotMatch"), "s3": (403, "RequestTimeTooSkewed")}
EXPIRED = {"sts": (403, "ExpiredToken"), "s3": (400, "ExpiredToken")}


class RecordedAws:
    """The three services, on two loopback ports, and the requests that came.

    ``requests`` names those that STS and S3 took, ``wire`` is every one of them.
    """

    def __init__(self, state: Mapping[str, str] | None = None) -> None:
        self.state = dict(state or {})
        self.requests: list[str] = []
        self.wire: list[str] = []
        self._throttle = int(self.state.get("FAKE_THROTTLE", "0"))
        self._sessions = {"ASIAINSTANCE": ("111111111111", "EC2RoleforSSM", INSTANCE_ID)}
        imds = Imds(IDENTITY, self._instance_credentials)
        # One that takes connections and never answers is a port on which nobody accepts.
        self._deaf = socket.create_server(("127.0.0.1", 0))
        imds.mode = {"off": ImdsMode.OFF, "norole": ImdsMode.NO_ROLE}.get(
            self.state.get("FAKE_IMDS", ""), ImdsMode.ON
        )
        self._imds, self._aws = Server(imds), Server(self._app)

    @property
    def silent(self) -> str:
        """The URL of an endpoint that takes a connection and never answers."""
        return f"http://127.0.0.1:{self._deaf.getsockname()[1]}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self._aws.url,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self._imds.url,
            "AWS_SSM_INSTANCE_ID": INSTANCE_ID,
        }

    def close(self) -> None:
        self._deaf.close()
        self._imds.close()
        self._aws.close()

    def before_credentials(self) -> None:
        """What happens when somebody asks for the instance's credentials."""

    def _instance_credentials(self):
        self.before_credentials()
        return SimpleNamespace(
            access_key_id="ASIAINSTANCE",
            secret_access_key="secret",
            token="token",
            expiration=datetime.now(UTC) + timedelta(hours=6),
        )

    def _app(self, environ, start):
        status, body = self._answer(environ)
        start(f"{status} -", [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))])
        return [body.encode()]

    def _answer(self, environ) -> tuple[int, str]:
        service = "s3" if environ["REQUEST_METHOD"] == "GET" else "sts"
        self.wire.append(f"{environ['REQUEST_METHOD']} /")
        for key, answers in (("FAKE_SKEW", SKEWED), ("FAKE_EXPIRED", EXPIRED)):
            if key in self.state:
                return _error(service, *answers[service])
        if self._throttle:
            self._throttle -= 1
            return _error(service, *THROTTLE[service])
        key = environ["HTTP_AUTHORIZATION"].split("Credential=")[1].split("/")[0]
        if service == "s3":
            self.requests.append("ListBuckets")
            return self._buckets(*self._sessions[key])
        size = int(environ["CONTENT_LENGTH"])
        form = {k: v[0] for k, v in parse_qs(environ["wsgi.input"].read(size).decode()).items()}
        self.requests.append(form["Action"])
        return getattr(self, f"_{form['Action']}")(form, *self._sessions[key])

    def _GetCallerIdentity(self, _form, account, role, session) -> tuple[int, str]:
        arn = f"arn:aws:sts::{account}:assumed-role/{role}/{session}"
        return 200, (
            "<GetCallerIdentityResponse><GetCallerIdentityResult>"
            f"<Arn>{arn}</Arn><UserId>AROAX:{session}</UserId><Account>{account}</Account>"
            "</GetCallerIdentityResult></GetCallerIdentityResponse>"
        )

    def _AssumeRole(self, form, *_caller) -> tuple[int, str]:
        arn, session = form["RoleArn"], form["RoleSessionName"]
        role = arn.rpartition("/")[2]
        if not arn.startswith("arn:") or " " in arn:
            return _error("sts", 400, "ValidationError")
        if role.startswith("Denied-"):
            return _error("sts", 403, "AccessDenied")
        key = f"ASIA{len(self._sessions)}"
        self._sessions[key] = (arn.split(":")[4], role, session)
        return 200, (
            "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
            f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            "<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
            "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )

    def _buckets(self, account, role, _session) -> tuple[int, str]:
        if account == "111111111111" or role == "No-S3-Role":
            return _error("s3", 403, "AccessDenied")
        return 200, (
            "<ListAllMyBucketsResult><Buckets><Bucket>"
            f"<Name>{BUCKET}</Name><CreationDate>2022-09-23T12:18:53.000Z</CreationDate>"
            "</Bucket></Buckets></ListAllMyBucketsResult>"
        )


def _error(service: str, status: int, code: str) -> tuple[int, str]:
    inner = f"<Code>{code}</Code><Message>{code} it is</Message>"
    if service == "s3":
        return status, f"<Error>{inner}</Error>"
    return status, f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>"


@contextmanager
def recorded_aws(state: Mapping[str, str] | None = None) -> Iterator[RecordedAws]:
    aws = RecordedAws(state)
    try:
        yield aws
    finally:
        aws.close()
