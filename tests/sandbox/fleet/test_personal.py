"""One host's answer in another's words."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from orchestrator.envelope import find
from orchestrator.judge import agree, judge
from orchestrator.model.procedure import Procedure
from orchestrator.observe import read
from orchestrator.render.header import write_header
from orchestrator.sandbox import world
from orchestrator.sandbox.agent.endings import Output, exited
from orchestrator.sandbox.fleet.nodes import Node
from orchestrator.sandbox.fleet.personal import Told
from orchestrator.sandbox.runcommand import ManagedInfo
from support import samples

TICKS = 639_000_000_000_000_000
OTHER = "i-0aaaaaaaaaaaaaaaa"


def node(instance_id: str, name: str = "EC2AMAZ-OTHER01", noise: int = 0) -> Node:
    return Node(1, instance_id, name, ManagedInfo(), world.HOME, lambda: True, noise=noise)


FIRST = node(samples.INSTANCE, "EC2AMAZ-FIRST01")


def told(
    stdout: str, code: int = 0, asked: Procedure | None = None, script: str | None = None
) -> Told:
    text = write_header(asked or samples.procedure(), samples.RUN_ID) if script is None else script
    ending = exited(code)
    return Told(str(text), FIRST, Output(ending, stdout.encode(), ending.line.encode()))


def envelope(output: Output, asked: Procedure | None = None) -> dict:
    found = find(output.stdout.decode(), (asked or samples.procedure()).sha256())
    assert isinstance(found, dict), found
    return found


def test_the_other_host_tells_its_own_id_and_passes():
    output = told(samples.envelope()).by(node(OTHER), 10.0, TICKS)
    data = envelope(output)
    assert samples.INSTANCE not in str(data)
    assert data["steps"][0]["value"]["session"] == OTHER
    assert (data["verdict"], output.ending.code) == ("PASS", 0)
    evidence = read(output.stdout.decode(), samples.procedure(), samples.RUN_ID)
    assert agree(judge(samples.procedure(), evidence, OTHER), evidence)


def test_the_engine_is_never_a_real_one():
    assert samples.data()["engine"] == "powershell"
    data = envelope(told(samples.envelope()).by(node(OTHER), 10.0, TICKS))
    assert data["engine"] == "simulated"


def test_an_expectation_that_holds_for_the_first_alone_fails_for_the_other():
    asked = samples.procedure()
    odd = samples.expectation("before.identity", "session", value=samples.INSTANCE)
    asked = replace(asked, expectations=(odd, *asked.expectations[1:]))
    output = told(samples.envelope(asked), asked=asked).by(node(OTHER), 10.0, TICKS)
    data = envelope(output, asked)
    assert data["own"][odd.id] == "FAIL"
    assert (data["verdict"], output.ending.code) == ("FAIL", 10)
    assert output.ending.line == "failed to run commands: exit status 10"


def test_a_failed_verdict_stays_one():
    refused = {"after.s3_bucket": samples.failed("after.s3_bucket", samples.REFUSED)}
    own = samples.data()["own"] | {"after.s3_bucket.found.equals": "FAIL"}
    line = samples.envelope(step=refused, own=own, verdict="FAIL")
    output = told(line, 10).by(node(OTHER), 10.0, TICKS)
    assert envelope(output)["verdict"] == "FAIL"
    assert output.ending == exited(10)
    assert output.stderr == b"failed to run commands: exit status 10"


def test_names_in_the_messages_of_aws_are_the_other_hosts():
    text = f"User: {samples.BEFORE_ARN} is not authorized"
    error = {**samples.REFUSED, "message": base64.b64encode(text.encode()).decode()}
    step = {"before.s3_bucket": samples.failed("before.s3_bucket", error)}
    data = envelope(told(samples.envelope(step=step)).by(node(OTHER), 10.0, TICKS))
    message = base64.b64decode(data["steps"][1]["error"]["message"]).decode()
    assert message == text.replace(samples.INSTANCE, OTHER)


def test_sessions_are_named_by_the_hosts_own_time_and_stay_apart():
    first, second = TICKS - 10**9, TICKS - 10**9 + 777
    step = {
        "before.identity": samples.ok(
            "before.identity",
            samples.identity("111111111111", "EC2RoleforSSM", samples.INSTANCE)
            | {"user_id": f"AROA:aws-dotnet-sdk-session-{first}"},
        ),
        "after.identity": samples.ok(
            "after.identity",
            samples.identity(
                "222222222222", "Test-Switch-Role", f"aws-dotnet-sdk-session-{second}"
            ),
        ),
    }
    data = envelope(told(samples.envelope(step=step)).by(node(OTHER), 10.0, TICKS))
    assert data["steps"][0]["value"]["user_id"] == f"AROA:aws-dotnet-sdk-session-{TICKS}"
    assert data["steps"][2]["value"]["session"] == f"aws-dotnet-sdk-session-{TICKS + 777}"


def test_the_computers_name_is_the_other_hosts():
    facts = samples.data()["facts"] | {"computer": FIRST.name, "instance_id": samples.INSTANCE}
    data = envelope(told(samples.envelope(facts=facts)).by(node(OTHER), 10.0, TICKS))
    assert (data["facts"]["computer"], data["facts"]["instance_id"]) == ("EC2AMAZ-OTHER01", OTHER)


def test_no_host_has_the_name_of_this_machine():
    facts = samples.data()["facts"] | {"computer": "laptop"}
    data = envelope(told(samples.envelope(facts=facts)).by(node(OTHER), 10.0, TICKS))
    assert data["facts"]["computer"] == "EC2AMAZ-OTHER01"


def test_it_is_loading_that_takes_long():
    data = envelope(told(samples.envelope()).by(node(OTHER), 222.0, TICKS))
    assert data["ms"] == {"load": 900 + 220_800, "total": 222_000}


def test_what_stands_around_the_envelope_stays():
    output = told(f"PROFILE SAYS HELLO\n{samples.envelope()}\nBYE {samples.INSTANCE}\n")
    said = output.by(node(OTHER), 10.0, TICKS).stdout.decode()
    assert said.startswith("PROFILE SAYS HELLO\nORCH1:")
    assert "\nBYE " in said


def test_a_noisy_host_says_so_many_bytes_before():
    said = told(samples.envelope()).by(node(OTHER, noise=3_000), 10.0, TICKS).stdout
    assert said.index(b"ORCH1:") == 3_000


@pytest.mark.parametrize("script", ["Get-Date", "# orch-plan: x\n# plan sha256: y\n"])
def test_what_no_script_of_ours_says_is_said_by_all_alike(script):
    output = told(f"I am {FIRST.name}, {samples.INSTANCE}\n", 3, script=script)
    said = output.by(node(OTHER), 10.0, TICKS)
    assert said.stdout.decode() == f"I am EC2AMAZ-OTHER01, {OTHER}\n"
    assert said.ending == exited(3)


def test_an_envelope_of_another_plan_is_left_as_it_is():
    other = replace(samples.procedure(), region="eu-west-1")
    line = samples.envelope(other)
    assert told(line).by(node(OTHER), 10.0, TICKS).stdout.decode() == line
