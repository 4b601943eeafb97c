from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.sandbox.imds import Imds, ImdsMode, InstanceIdentity
from orchestrator.sandbox.server import Server

IDENTITY = InstanceIdentity(
    "i-0d176f4a5f9738429", "111111111111", "ap-northeast-1", "EC2RoleforSSM", "Instance-Profile"
)
ROLES = "/latest/meta-data/iam/security-credentials/"


@dataclass(frozen=True)
class Keys:
    access_key_id: str = "ASIAEXAMPLE"
    secret_access_key: str = "secret"
    token: str = "session"
    expiration: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(hours=6))


class Service:
    def __init__(self) -> None:
        self.asked = 0
        self.app = Imds(IDENTITY, self._credentials)
        self.server = Server(self.app)

    def _credentials(self) -> Keys:
        self.asked += 1
        return Keys(access_key_id=f"ASIA{self.asked}")

    def send(self, method: str, path: str, **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.server.url.removeprefix("http://"), timeout=5)
        named = {f"X-aws-ec2-metadata-{name.replace('_', '-')}": v for name, v in headers.items()}
        try:
            connection.request(method, path, headers=named)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, str]:
        _, token = self.send("PUT", "/latest/api/token", token_ttl_seconds="60")
        return self.send("GET", path, token=token)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.server.close()


@pytest.mark.parametrize("ttl", ["", "0", "21601", "x", "-1"])
def test_a_token_needs_a_time_to_live(service: Service, ttl: str) -> None:
    assert service.send("PUT", "/latest/api/token", token_ttl_seconds=ttl)[0] == 400


def test_without_a_token_nothing_is_told(service: Service) -> None:
    assert service.send("GET", "/latest/meta-data/instance-id")[0] == 401
    assert service.send("GET", "/latest/meta-data/instance-id", token="guessed")[0] == 401


def test_a_token_ends(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = service.send("PUT", "/latest/api/token", token_ttl_seconds="1")
    now = __import__("time").monotonic()
    monkeypatch.setattr("orchestrator.sandbox.imds.time.monotonic", lambda: now + 2)
    assert service.send("GET", "/latest/meta-data/instance-id", token=token)[0] == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/latest/meta-data/instance-id", "i-0d176f4a5f9738429"),
        ("/latest/meta-data/placement/region", "ap-northeast-1"),
        ("/latest/meta-data/placement/availability-zone", "ap-northeast-1a"),
        (ROLES, "EC2RoleforSSM"),
        (ROLES.rstrip("/"), "EC2RoleforSSM"),
    ],
)
def test_plain_facts(service: Service, path: str, body: str) -> None:
    assert service.get(path) == (200, body)


def test_the_identity_document_names_account_region_and_instance(service: Service) -> None:
    document = json.loads(service.get("/latest/dynamic/instance-identity/document")[1])
    assert (document["accountId"], document["region"], document["instanceId"]) == (
        "111111111111",
        "ap-northeast-1",
        "i-0d176f4a5f9738429",
    )


def test_the_instance_profile_is_named(service: Service) -> None:
    info = json.loads(service.get("/latest/meta-data/iam/info")[1])
    arn = "arn:aws:iam::111111111111:instance-profile/Instance-Profile"
    assert info["InstanceProfileArn"] == arn


def test_credentials_are_asked_for_each_time(service: Service) -> None:
    first = json.loads(service.get(ROLES + "EC2RoleforSSM")[1])
    second = json.loads(service.get(ROLES + "EC2RoleforSSM")[1])
    assert (first["Code"], first["Token"]) == ("Success", "session")
    assert [first["AccessKeyId"], second["AccessKeyId"]] == ["ASIA1", "ASIA2"]


def test_another_role_is_not_here(service: Service) -> None:
    assert service.get(ROLES + "Other")[0] == 404


def test_switched_off_it_refuses_everything(service: Service) -> None:
    service.app.mode = ImdsMode.OFF
    assert service.send("PUT", "/latest/api/token", token_ttl_seconds="60")[0] == 403
    assert service.send("GET", ROLES)[0] == 403


def test_without_a_role_only_the_role_is_missing(service: Service) -> None:
    service.app.mode = ImdsMode.NO_ROLE
    assert service.get(ROLES)[0] == 404
    assert service.get("/latest/meta-data/iam/info")[0] == 404
    assert service.get("/latest/meta-data/instance-id")[0] == 200


def test_botocore_takes_its_credentials_from_it(service: Service) -> None:
    from botocore.utils import InstanceMetadataFetcher

    url = service.server.url + "/"
    fetcher = InstanceMetadataFetcher(base_url=url, num_attempts=1, env={})
    found = fetcher.retrieve_iam_role_credentials()
    assert (found["role_name"], found["access_key"]) == ("EC2RoleforSSM", "ASIA1")
