"""Calls that are refused, lost, late or failed on their way, seen by a real client."""

from __future__ import annotations

import http.client
import json
import time
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from orchestrator.sandbox.fleet.drawing import Drawing
from orchestrator.sandbox.fleet.faults import Faults, Rate
from orchestrator.sandbox.fleet.network import FaultyNetwork
from orchestrator.sandbox.server import Server
from support.paper_service import REGION, Service

HOST = "i-00000000000000001"


class Line:
    """A client, one attempt a call, of a service behind a network with these faults."""

    def __init__(self, faults, seed=1, sleep=time.sleep, where=lambda _: ""):
        self.service = Service()
        self.service.add()
        app = FaultyNetwork(self.service.run_command.app, faults, Drawing(seed), sleep, where)
        self.server = Server(app)
        self.ssm = boto3.client(
            "ssm",
            region_name=REGION,
            endpoint_url=self.server.url,
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=10),
        )

    def fares(self, count, call):
        """How so many calls fare: ok, the error's code, or that the line went dead."""
        return [self.fare(call) for _ in range(count)]

    def fare(self, call):
        try:
            call(self.ssm)
        except ClientError as error:
            return error.response["Error"]["Code"]
        except ConnectionClosedError:
            return "dropped"
        return "ok"

    def commands(self):
        return self.service.call("ListCommands")["Commands"]


def describe(ssm):
    ssm.describe_instance_information()


def send(ssm):
    ssm.send_command(
        DocumentName="AWS-RunPowerShellScript",
        InstanceIds=[HOST],
        Parameters={"commands": ["'x'"]},
    )


@pytest.fixture
def line():
    made = []

    def make(*given, **more):
        made.append(Line(*given, **more))
        return made[-1]

    yield make
    for each in made:
        each.ssm.close()
        each.server.close()


def test_without_faults_nothing_goes_wrong(line):
    assert line(Faults()).fares(20, describe) == ["ok"] * 20


def test_a_share_of_the_calls_is_throttled_and_was_not_taken(line):
    found = line(Faults(throttle=0.3))
    fared = found.fares(100, send)
    assert 15 < fared.count("ThrottlingException") < 45
    assert set(fared) == {"ok", "ThrottlingException"}
    found.service.clock.sleep(1)
    pages = found.service.call("ListCommands", MaxResults=50)
    assert len(pages["Commands"]) == min(50, fared.count("ok"))
    assert found.service.call("ListCommands", NextToken=pages["NextToken"])["Commands"]


def test_the_same_seed_brings_the_same_faults(line):
    faults = Faults(throttle=0.2, dropped=0.1, error_500=0.1)
    one, same, other = (line(faults, seed=seed).fares(60, describe) for seed in (4, 4, 5))
    assert one == same
    assert one != other
    assert set(one) == {"ok", "ThrottlingException", "dropped", "InternalServerError"}


def test_calls_of_one_operation_do_not_move_those_of_another(line):
    faults = Faults(throttle=0.5)
    alone = line(faults).fares(20, describe)
    busy = line(faults)
    between = []
    for _ in range(20):
        busy.fare(send)
        between.append(busy.fare(describe))
    assert between == alone


def test_calls_of_one_place_do_not_move_those_of_another(line):
    places = []
    busy = line(Faults(throttle=0.5), where=lambda _: places[-1])
    fared = {"a": [], "d": []}
    for place in ("a", "d", "d") * 20:
        places.append(place)
        fared[place].append(busy.fare(describe))
    alone = line(Faults(throttle=0.5), where=lambda _: "a").fares(20, describe)
    assert fared["a"] == alone
    assert fared["d"][:20] != alone


@pytest.mark.parametrize(
    ("faults", "word"),
    [(Faults(dropped=1.0), "dropped"), (Faults(error_500=1.0), "InternalServerError")],
)
def test_what_is_lost_was_carried_out_in_half_of_the_cases(line, faults, word):
    found = line(faults)
    assert found.fares(40, send) == [word] * 40
    found.service.clock.sleep(1)
    assert 10 < len(found.commands()) < 30


def test_pages_are_late_and_sends_are_not(line):
    slept = []
    found = line(Faults(slow_page=Rate(1.0, 2.0)), sleep=slept.append)
    assert found.fares(3, describe) == ["ok"] * 3
    assert found.fares(3, send) == ["ok"] * 3
    assert slept == [2.0] * 3


def test_a_late_page_is_an_old_one(line):
    def everything_ends(_seconds):
        late.service.clock.sleep(7200)

    late = line(Faults(slow_page=Rate(1.0, 2.0)), sleep=everything_ends)
    send(late.ssm)
    late.service.clock.sleep(1)
    (told,) = late.ssm.list_commands()["Commands"]
    assert told["Status"] == "InProgress"
    assert late.commands()[0]["Status"] == "TimedOut"


def test_a_connection_that_carried_a_refusal_carries_the_next_call(line):
    found = line(Faults(throttle=0.5))
    connection = http.client.HTTPConnection(urlsplit(found.server.url).netloc, timeout=10)
    scope = f"AKIDEXAMPLE/20260101/{REGION}/ssm/aws4_request"
    headers = {
        "X-Amz-Target": "AmazonSSM.DescribeInstanceInformation",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
    }
    codes = set()
    for _ in range(20):
        connection.request("POST", "/", json.dumps({"MaxResults": 50}), headers)
        answer = connection.getresponse()
        answer.read()
        codes.add(answer.status)
    connection.close()
    assert codes == {200, 400}
