"""What a command in the sandbox finds in its environment."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from orchestrator.sandbox.launch.environment import (
    child_environment,
    export_lines,
    sandbox_variables,
)
from orchestrator.sandbox.launch.files import UserFolder


def variables(no_proxy: str = ""):
    return sandbox_variables(
        UserFolder(Path("/folder")),
        region="ap-northeast-1",
        urls={
            "aws": "http://127.0.0.1:1",
            "ssm": "http://127.0.0.1:2",
            "ec2": "http://127.0.0.1:3",
            "resource_groups": "http://127.0.0.1:4",
        },
        clock_url="http://127.0.0.1:5/token",
        no_proxy=no_proxy,
    )


def test_the_standard_variables_lead_to_the_sandbox():
    found = variables()
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert found["AWS_ENDPOINT_URL_SSM"] == "http://127.0.0.1:2"
    assert found["AWS_ENDPOINT_URL_EC2"] == "http://127.0.0.1:3"
    assert found["AWS_ENDPOINT_URL_RESOURCE_GROUPS"] == "http://127.0.0.1:4"
    assert "AWS_ENDPOINT_URL_AWS" not in found
    assert (found["AWS_PROFILE"], found["AWS_REGION"]) == ("operator", "ap-northeast-1")
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"]
    assert found["AWS_EC2_METADATA_DISABLED"] == "true"
    assert found["ORCH_CONFIG"] == "/folder/orch.toml"
    assert found["ORCH_SANDBOX_CLOCK"] == "http://127.0.0.1:5/token"


def test_none_of_the_users_own_aws_settings_gets_in():
    user = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_PROFILE": "mine", "aws_ca_bundle": "x", "HOME": "/h"}
    found = child_environment(user, variables())
    assert found["HOME"] == "/h"
    assert found["AWS_PROFILE"] == "operator"
    assert not {"AWS_ACCESS_KEY_ID", "aws_ca_bundle"} & set(found)


@pytest.mark.parametrize(
    ("mine", "then"),
    [("", "127.0.0.1,localhost"), ("intra", "intra,127.0.0.1,localhost")],
)
def test_a_proxy_is_not_asked_for_loopback(mine, then):
    found = variables(no_proxy=mine)
    assert found["NO_PROXY"] == found["no_proxy"] == then


def test_the_lines_can_be_pasted_into_a_shell():
    lines = export_lines({"AWS_SESSION_TOKEN": "t"}, {"X": "it's $HOME"}, powershell=False)
    shell = shutil.which("sh")
    assert shell
    script = "\n".join([*lines, 'echo "$X" "${AWS_SESSION_TOKEN-gone}"'])
    done = subprocess.run(
        [shell, "-c", script],
        env={"AWS_SESSION_TOKEN": "t"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "it's $HOME gone\n"


def test_the_lines_for_powershell():
    lines = export_lines({"AWS_SESSION_TOKEN": "t"}, {"X": "it's"}, powershell=True)
    assert lines == ["Remove-Item Env:AWS_SESSION_TOKEN", "$env:X = 'it''s'"]
