"""boto3 and its waiter against the endpoint, with an agent that runs scripts behind it."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from orchestrator.sandbox.agent import Agent
from orchestrator.sandbox.runcommand import RunCommand, Settings
from orchestrator.sandbox.server import Server
from orchestrator.waiting.clock import SystemClock
from support.shell_host import INSTANCE, ShellHost

QUICK = {"Delay": 0.05, "MaxAttempts": 200}


def client(url: str, region: str = "ap-northeast-1"):
    return boto3.client(
        "ssm",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    clock = SystemClock()
    settings = Settings(throttle={"DescribeInstanceInformation": 1})
    run_command = RunCommand(clock, "ap-northeast-1", "111111111111", settings)
    host = ShellHost(tmp_path)
    run_command.register(host)
    agent, server = Agent(host, run_command, clock), Server(run_command.app)
    yield server
    server.close()
    agent.close()


def send(ssm, *lines: str) -> str:
    return ssm.send_command(
        DocumentName="AWS-RunShellScript",
        InstanceIds=[INSTANCE],
        Parameters={"commands": list(lines)},
    )["Command"]["CommandId"]


def test_a_command_from_its_sending_to_its_output(server):
    ssm = client(server.url)
    command_id = send(ssm, "echo out", "echo err >&2")
    where = {"CommandId": command_id, "InstanceId": INSTANCE}
    ssm.get_waiter("command_executed").wait(**where, WaiterConfig=QUICK)
    got = ssm.get_command_invocation(**where)
    assert (got["Status"], got["ResponseCode"]) == ("Success", 0)
    assert (got["StandardOutputContent"], got["StandardErrorContent"]) == ("out\n", "err\n")
    (page,) = ssm.get_paginator("list_command_invocations").paginate(
        CommandId=command_id, Details=True
    )
    (plugin,) = page["CommandInvocations"][0]["CommandPlugins"]
    assert plugin["Output"] == "out\n\n----------ERROR-------\nerr\n"
    assert plugin["ResponseFinishDateTime"] >= plugin["ResponseStartDateTime"]


def test_the_waiter_fails_with_the_command(server):
    ssm = client(server.url)
    where = {"CommandId": send(ssm, "exit 3"), "InstanceId": INSTANCE}
    with pytest.raises(WaiterError) as caught:
        ssm.get_waiter("command_executed").wait(**where, WaiterConfig=QUICK)
    assert caught.value.last_response["ResponseCode"] == 3


def test_a_running_command_is_cancelled(server):
    ssm = client(server.url)
    where = {"CommandId": send(ssm, "sleep 60"), "InstanceId": INSTANCE}
    waiter = ssm.get_waiter("command_executed")
    with pytest.raises(WaiterError):
        waiter.wait(**where, WaiterConfig={"Delay": 0.1, "MaxAttempts": 4})
    assert ssm.get_command_invocation(**where)["Status"] == "InProgress"
    ssm.cancel_command(CommandId=where["CommandId"])
    with pytest.raises(WaiterError) as caught:
        waiter.wait(**where, WaiterConfig=QUICK)
    assert caught.value.last_response["Status"] in {"Cancelling", "Cancelled"}


def test_errors_arrive_as_the_clients_own_exceptions(server):
    ssm = client(server.url)
    with pytest.raises(ssm.exceptions.InvocationDoesNotExist):
        ssm.get_command_invocation(CommandId="0" * 36, InstanceId=INSTANCE)
    with pytest.raises(ssm.exceptions.InvalidInstanceId):
        send(client(server.url, "us-east-1"), "true")
    with pytest.raises(ClientError, match="GetParameter is not in the sandbox"):
        ssm.get_parameter(Name="x")


def test_a_throttled_client_tries_again(server):
    answer = client(server.url).describe_instance_information()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert answer["InstanceInformationList"][0]["InstanceId"] == INSTANCE
