"""Every recorded case, said to the endpoint as the agent said it, and read as anybody reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from replay import REPLAYED, Replay, Replayed

from orchestrator.sandbox import world
from support.agent_cases import CASES, text
from support.attached_stage import INSTANCE, AttachedStage

DETAILS = {
    "Success": "Success",
    "Failed": "Failed",
    "TimedOut": "ExecutionTimedOut",
    "Cancelled": "Cancelled",
}
UNENDED = {"sh-cancel-queued": "Cancelling", "unknown-topic": "InProgress"}
"""What nothing is ever said of."""
THROUGH_THE_CLI = ["sh-both-1238-1239", "sh-cancel", "sh-timeout", "ps-throw", "ps-exit-3"]


@pytest.fixture(scope="module")
def replay(stage) -> Replay:
    return Replay(stage)


@pytest.mark.parametrize("name", REPLAYED)
def test_a_recorded_case_ends_as_it_was_said(replay, name):
    case = replay.run(name)
    for number, command_id in enumerate(case.command_ids):
        check(replay.stage, case, number, command_id)


def check(stage: AttachedStage, case: Replayed, number: int, command_id: str) -> None:
    steps = list(case.plugins(number))
    named = {"PluginName": steps[0]} if len(steps) > 1 else {}
    seen, row = stage.seen(command_id, **named), stage.page(command_id)
    final = case.final(number)
    if final is None:
        assert seen["Status"] == row["Status"] == UNENDED.get(case.name, "InProgress")
        assert (seen["ResponseCode"], seen["StandardOutputContent"]) == (-1, "")
        return
    status = final["documentStatus"]
    assert (row["Status"], row["StatusDetails"]) == (status, DETAILS[status])
    if len(steps) < 2:
        assert (seen["Status"], seen["StatusDetails"]) == (status, DETAILS[status])
    assert row["TraceOutput"] == final.get("documentTraceOutput", "")
    pages = {page["Name"]: page for page in row["CommandPlugins"]}
    if not steps:
        (page,) = pages.values()
        assert (seen["ResponseCode"], page["ResponseCode"], page["Output"]) == (-1, -1, "")
    for step, plugin in case.plugins(number).items():
        of_step = stage.seen(command_id, PluginName=step)
        check_step(of_step, pages[step], plugin)


def check_step(seen, page, plugin) -> None:
    assert seen["ResponseCode"] == page["ResponseCode"] == plugin["code"]
    assert seen["StandardOutputContent"] == text(plugin["standardOutput"])[:24_000]
    assert seen["StandardErrorContent"] == text(plugin["standardError"])[:8_000]
    assert page["Output"] == text(plugin["output"])
    assert seen["ExecutionElapsedTime"] == "PT2.500S"


def test_the_health_calls_are_what_is_known_of_a_host(replay):
    for call in CASES["health"]["observed"]["UpdateInstanceInformation"]:
        told = {name: value for name, value in call.items() if name != "seconds"}
        answer = replay.wire.ssm("UpdateInstanceInformation", **{**told, "InstanceId": INSTANCE})
        assert answer.status == 200
    (row,) = replay.stage.client("ssm").describe_instance_information(
        Filters=[{"Key": "InstanceIds", "Values": [INSTANCE]}]
    )["InstanceInformationList"]
    told = CASES["health"]["observed"]["UpdateInstanceInformation"][1]
    for name in ("AgentVersion", "PlatformName", "PlatformType", "PlatformVersion"):
        assert row[name] == told[name]
    assert (row["ComputerName"], row["IPAddress"]) == (told["ComputerName"], told["IPAddress"])
    assert row["PingStatus"] == "Online"


@pytest.mark.parametrize("name", THROUGH_THE_CLI)
def test_the_aws_cli_reads_the_same(replay, tmp_path, name):
    case = replay.run(name)
    seen = aws(replay.stage, tmp_path, "get-command-invocation", case, "--instance-id", INSTANCE)
    final = case.final()
    assert final
    (plugin,) = final["plugins"].values()
    assert (seen["Status"], seen["ResponseCode"]) == (final["documentStatus"], plugin["code"])
    assert seen["StandardOutputContent"] == text(plugin["standardOutput"])
    (row,) = aws(replay.stage, tmp_path, "list-command-invocations", case, "--details")[
        "CommandInvocations"
    ]
    assert row["CommandPlugins"][0]["Output"] == text(plugin["output"])


def aws(stage: AttachedStage, folder: Path, operation: str, case: Replayed, *more: str):
    key = stage.cloud.keys[world.OPERATOR]
    stage.pass_time(0.25)
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("aws")),
            *("ssm", operation, "--command-id", case.command_ids[0], *more),
        ],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
            "AWS_DEFAULT_REGION": world.REGION,
            "AWS_ENDPOINT_URL_SSM": stage.services.urls["ssm"],
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nothing_that_was_recorded_is_left_out():
    assert len(REPLAYED) == 218
    assert set(CASES) - set(REPLAYED) == {"health", "mgs-health"}
