"""The agent's side of the wire: the calls of a real amazon-ssm-agent, over HTTP and signed.

`WireCommands` is SSM for the emulated agent, which so becomes one that attaches.
"""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from orchestrator.sandbox.parts import StoredParameter
from orchestrator.sandbox.runcommand.messages import (
    Answer,
    Cancel,
    Message,
    NotReachedError,
    Order,
    Reply,
    Unknown,
)
from support.agent_payload import payload_of

REGION = "ap-northeast-1"
MESSAGES = "EC2WindowsMessageDeliveryService"
SSM = "AmazonSSM"
_TTL = {"X-aws-ec2-metadata-token-ttl-seconds": "21600"}


@dataclass(frozen=True)
class Answered:
    """What came back: the status, and the JSON that was in it."""

    status: int
    json: Any
    headers: Mapping[str, str]


class Metadata:
    """The instance's metadata, as the agent's SDK asks for them."""

    def __init__(self, url: str) -> None:
        self._at = urlsplit(url).netloc

    def get(self, path: str) -> str:
        token = self._ask("PUT", "/latest/api/token", _TTL)
        return self._ask("GET", f"/latest/{path}", {"X-aws-ec2-metadata-token": token})

    def credentials(self) -> Credentials:
        path = "meta-data/iam/security-credentials"
        keys = json.loads(self.get(f"{path}/{self.get(path)}"))
        return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["Token"])

    def _ask(self, method: str, path: str, headers: Mapping[str, str]) -> str:
        wire = HTTPConnection(self._at, timeout=10)
        try:
            wire.request(method, path, headers=dict(headers))
            answer = wire.getresponse()
            said = answer.read().decode()
            assert answer.status == 200, (path, answer.status)
        finally:
            wire.close()
        return said


@dataclass
class AgentWire:
    """One agent's calls. ``urls`` are by service: ssm, ec2messages, imds."""

    instance_id: str
    urls: Mapping[str, str]
    credentials: Credentials | None = None
    region: str = REGION
    connection: HTTPConnection | None = None
    """That of the last question for messages."""

    def __post_init__(self) -> None:
        if self.credentials is None:
            self.credentials = Metadata(self.urls["imds"]).credentials()

    def request(self, service: str, operation: str, body: Any) -> AWSRequest:
        """A signed request that nobody has sent yet."""
        target = MESSAGES if service == "ec2messages" else SSM
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            # The agent's SDK signs the length, too.
            "Content-Length": str(len(data)),
            "X-Amz-Target": f"{target}.{operation}",
            "User-Agent": "aws-sdk-go/1.55.5 (go1.21; linux; amd64) amazon-ssm-agent/3.3.0.0",
        }
        request = AWSRequest("POST", self.urls[service] + "/", headers, data)
        SigV4Auth(self.credentials, service, self.region).add_auth(request)
        return request

    def call(self, service: str, operation: str, body: Any, timeout: float = 25.0) -> Answered:
        """Send it, and what comes back."""
        return self.send(self.request(service, operation, body), timeout)

    def send(self, request: AWSRequest, timeout: float = 25.0) -> Answered:
        parts = urlsplit(request.url)
        wire = HTTPConnection(parts.netloc, timeout=timeout)
        if request.headers["X-Amz-Target"].endswith(".GetMessages"):
            self.connection = wire
        try:
            wire.request("POST", parts.path or "/", request.body, dict(request.headers.items()))
            answer = wire.getresponse()
            data = answer.read()
        finally:
            wire.close()
        return Answered(answer.status, json.loads(data or b"null"), dict(answer.getheaders()))

    def messages(self, operation: str, **members: Any) -> Answered:
        return self.call("ec2messages", operation, members)

    def ssm(self, operation: str, **members: Any) -> Answered:
        return self.call("ssm", operation, members)

    def report(self, platform: str = "Linux", **more: Any) -> Answered:
        """UpdateInstanceInformation, as at the agent's start."""
        own = {"AgentName": "amazon-ssm-agent", "AgentVersion": "3.3.40.0"}
        told = {
            "InstanceId": self.instance_id,
            "PlatformType": platform,
            "AgentStatus": "Active",
            "ComputerName": "attached.example",
            "IPAddress": "10.0.0.77",
            "PlatformName": "Debian GNU/Linux",
            "PlatformVersion": "12",
            "SSMConnectionChannel": "ec2messages",
        }
        return self.ssm("UpdateInstanceInformation", **{**own, **told, **more})

    def get_messages(self, invisible: int = 10) -> list[dict[str, str]]:
        answer = self.messages(
            "GetMessages",
            Destination=self.instance_id,
            MessagesRequestId=str(uuid.uuid4()),
            VisibilityTimeoutInSeconds=invisible,
        )
        assert answer.status == 200, answer
        return list(answer.json["Messages"])

    def next_message(self, seconds: float = 20.0) -> dict[str, str]:
        """The next one, of which there is one alone."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := self.get_messages():
                (message,) = found
                return message
        raise AssertionError("no message came")

    def acknowledge(self, name: str) -> Answered:
        return self.messages("AcknowledgeMessage", MessageId=name)

    def reply(self, name: str, payload: str, reply_id: str = "") -> Answered:
        reply_id = reply_id or str(uuid.uuid4())
        return self.messages("SendReply", MessageId=name, Payload=payload, ReplyId=reply_id)


@dataclass
class WireCommands:
    """See `messages.Commands`."""

    wire: AgentWire
    said: list[tuple[str, str]] = field(default_factory=list)
    _names: dict[Message, str] = field(default_factory=dict)
    _ready: deque[Message] = field(default_factory=deque)
    _has_hung_up: bool = False

    def receive(
        self, instance_id: str, reachable: Callable[[], bool], wait: float
    ) -> Message | None:
        if self._has_hung_up:
            return None
        if not reachable():
            time.sleep(min(wait, 0.05))
            return None
        if not self._ready:
            try:
                self._ready.extend(map(self._read, self.wire.get_messages()))
            except (OSError, HTTPException):
                return None
        return self._ready.popleft() if self._ready else None

    def _read(self, shown: dict[str, str]) -> Message:
        topic, region = shown["Topic"].rsplit(".", 1)
        name = shown["MessageId"]
        message: Message = Unknown(shown["Topic"])
        if topic == "aws.ssm.sendCommand":
            message = Order(name.split(".")[2], region, shown["Payload"])
        elif topic == "aws.ssm.cancelCommand":
            message = Cancel(json.loads(shown["Payload"])["CancelMessageId"].split(".")[2])
        self._names[message] = name
        return message

    def acknowledge(
        self, message: Message, instance_id: str, answer: Answer = Answer.SUCCESSFUL
    ) -> bool:
        assert self.wire.acknowledge(self._names[message]).status == 200
        self.said.append(("acknowledge", self._names[message]))
        return True

    def fail(self, message: Message, instance_id: str, failure: str) -> None:
        self.wire.messages("FailMessage", MessageId=self._names[message], FailureType=failure)

    def reply(self, message: Message, instance_id: str, reply: Reply) -> None:
        try:
            answer = self.wire.reply(self._names[message], payload_of(reply))
        except (OSError, HTTPException) as error:
            raise NotReachedError from error
        if answer.status != 200:
            raise NotReachedError
        self.said.append((reply.status, self._names[message]))

    def hang_up(self, instance_id: str) -> None:
        self._has_hung_up = True
        if self.wire.connection is not None and self.wire.connection.sock is not None:
            self.wire.connection.sock.shutdown(socket.SHUT_RDWR)

    def get_parameters(self, names: Sequence[str]) -> Mapping[str, StoredParameter]:
        answer = self.wire.ssm("GetParameters", Names=list(names), WithDecryption=False)
        return {
            row["Name"]: StoredParameter(row["Name"], row["Type"], row["Value"])
            for row in answer.json["Parameters"]
        }
