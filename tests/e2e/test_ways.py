"""The other ways to switch: each runbook in both shells, where it works and where it does not."""

import shutil
from pathlib import Path

import pytest

from support.processes import INSTANCE, call, standing

pytestmark = pytest.mark.e2e

LINUX = "i-0b2f8c61d9a74e305"
SHELLS = ("powershell", "python")


def run(runbook, scenario, shell):
    return call(
        *("orch", "sandbox", "exec", "--engine", "stand-in", "--scenario", scenario, "--"),
        *("orch", "run", runbook, "--instance", INSTANCE, "--shell", shell, "--output", "json"),
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_calls_that_name_no_profile_answer_as_the_role_that_is_the_sessions_default(shell):
    ended = run("switch-role-default", "healthy", shell)
    assert ended.code == 0, ended.err + ended.out
    (host,) = ended.report["hosts"]
    before, after = (host[phase]["identity"]["value"] for phase in ("before", "after"))
    assert (before["account"], before["role"]) == ("111111111111", "EC2RoleforSSM")
    assert (after["account"], after["role"]) == ("222222222222", "Test-Switch-Role")
    assert host["restored"]["state"] == "restored"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_default_whose_role_is_refused_never_falls_back_to_the_instances_own(shell):
    ended = run("switch-role-default", "trust-missing", shell)
    assert ended.code == 1, ended.err + ended.out
    (host,) = ended.report["hosts"]
    assert host["causes"][0]["id"] == "trust-names-others"
    assert host["after"]["identity"]["state"] == "error"


@pytest.mark.parametrize(
    ("runbook", "shell", "engine", "session"),
    [
        ("switch-role-cli", "powershell", "stand-in", "botocore-session-"),
        ("switch-role-cli", "python", "python", "botocore-session-"),
        ("switch-role-python", "powershell", "stand-in", "botocore-session-"),
        ("switch-role-python", "python", "python", "botocore-session-"),
        ("switch-role-sdk-store", "powershell", "stand-in", "aws-dotnet-sdk-session-"),
    ],
)
def test_each_way_comes_to_the_role(runbook, shell, engine, session):
    ended = run(runbook, "healthy", shell)
    assert ended.code == 0, ended.err + ended.out
    (host,) = ended.report["hosts"]
    after = host["after"]["identity"]["value"]
    assert (after["account"], after["role"]) == ("222222222222", "Test-Switch-Role")
    assert after["session"].startswith(session)
    assert host["engine"] == engine
    assert host["left"] == []


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("runbook", ["switch-role-cli", "switch-role-python"])
def test_a_refused_switch_is_told_the_same_whatever_was_asked(runbook, shell):
    ended = run(runbook, "trust-missing", shell)
    assert ended.code == 1, ended.err + ended.out
    (host,) = ended.report["hosts"]
    assert host["causes"][0]["id"] == "trust-names-others"
    assert host["after"]["identity"]["failure"]["operation"] == "AssumeRole"


@pytest.mark.parametrize("scenario", ["healthy", "trust-missing"])
def test_what_was_stored_is_gone_whether_the_switch_works_or_not(scenario):
    ended = run("switch-role-sdk-store", scenario, "powershell")
    assert ended.code == (0 if scenario == "healthy" else 1), ended.err + ended.out
    (host,) = ended.report["hosts"]
    facts = host["facts"]
    assert (facts["store"], facts["store_listed"]) == ("SharedCredentialsFile", "2 of 2")
    assert facts["store_expires"].endswith("Z")
    assert host["restored"]["state"] == "restored"
    assert any(item.startswith("the AWS profiles orch-") for item in host["restored"]["changed"])
    assert host["left"] == []
    assert "ASIA" not in ended.out


def test_the_sdks_store_is_powershells_alone():
    ended = run("switch-role-sdk-store", "healthy", "python")
    assert ended.code == 2
    assert "a script in python cannot go the way sdk-store" in ended.err
    assert "--shell powershell" in ended.err


PARITY = {
    "powershell": ["profile", "session-default", "cli", "sdk-store", "python"],
    "python": ["session-default", "cli", "python"],
}


@pytest.mark.parametrize("shell", SHELLS)
def test_all_ways_side_by_side(shell):
    ended = run("parity", "healthy", shell)
    assert ended.code == 0, ended.err + ended.out
    (host,) = ended.report["hosts"]
    names = [name.rpartition(".")[0] for name in host["after"] if name.endswith(".identity")]
    assert sorted(names) == sorted(PARITY[shell])
    assert {found["value"]["account"] for name, found in host["after"].items() if "ident" in name}
    assert all(verdict["counts"] for verdict in host["verdicts"])


@pytest.mark.parametrize(
    ("runbook", "scenario", "code", "cause"),
    [
        ("switch-role-python", "healthy", 0, None),
        ("switch-role-cli", "healthy", 0, None),
        ("switch-role", "healthy", 0, None),
        ("parity", "healthy", 0, None),
        ("switch-role-python", "trust-missing", 1, "trust-names-others"),
        ("switch-role-python", "metadata-off", 4, "no-instance-credentials"),
    ],
)
def test_a_linux_host_is_asked_in_python_through_its_own_shell(runbook, scenario, code, cause):
    ended = run_on_linux(runbook, scenario, "--platform-type", "Linux")
    assert ended.code == code, ended.err + ended.out
    assert ended.report["platform"] == "Linux"
    (host,) = ended.report["hosts"]
    assert (host["engine"], host["facts"]["user"]) == ("python", "root")
    assert (host["causes"][0]["id"] if host["causes"] else None) == cause
    assert (host["restored"]["state"], host["left"]) == ("restored", [])


def test_a_linux_host_that_is_taken_for_windows_is_sent_nothing():
    ended = run_on_linux("switch-role", "healthy")
    assert ended.code == 4, ended.err + ended.out
    assert ended.report["api_calls"] == {"DescribeInstanceInformation": 1}
    assert ended.report["hosts"][0]["causes"][0]["id"] == "wrong-platform"


def run_on_linux(runbook, scenario, *options):
    return call(
        *("orch", "sandbox", "exec", "--engine", "stand-in", "--scenario", scenario, "--"),
        *("orch", "run", runbook, "--instance", LINUX, "--output", "json", *options),
    )


@pytest.fixture
def sandbox_without(tmp_path):
    """A sandbox of its own, whose host lacks a program."""
    with standing(tmp_path, "--engine", "stand-in") as found:

        def lacks(name):
            folder = Path(found.description["hosts"][0]["folder"])
            (folder / "programs" / name).unlink()
            return lambda *words: call("orch", "run", *words, **found.variables)

        yield lacks


@pytest.mark.skipif(shutil.which("aws", path="/usr/bin:/bin:/usr/local/bin"), reason="a system CLI")
@pytest.mark.parametrize("shell", SHELLS)
def test_without_the_cli_nothing_is_known_of_it_and_parity_leaves_it_out(sandbox_without, shell):
    run_there = sandbox_without("aws")
    options = ("--instance", INSTANCE, "--shell", shell, "--output", "json")
    alone = run_there("switch-role-cli", *options)
    assert alone.code == 4, alone.err + alone.out
    assert alone.report["hosts"][0]["causes"][0]["id"] == "cli-missing"
    parity = run_there("parity", *options)
    assert parity.code == 0, parity.err + parity.out
    (host,) = parity.report["hosts"]
    assert {v["expectation"].split(".")[1] for v in host["verdicts"] if not v["counts"]} == {"cli"}
    assert host["after"]["cli.identity"]["failure"]["kind"] == "tool-missing"


ACCESS = """\
orch: 1
name: access
description: The bucket itself.
inputs:
  role_arn: {kind: role-arn, help: The role.}
  bucket: {kind: bucket, help: The bucket.}
profile:
  name: switch_test
  role_arn: ${role_arn}
checks:
  - check: s3_access
    with:
      bucket: ${bucket}
    before: denied
    after:
      readable:
        equals: true
"""


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("scenario", "code", "state", "said"),
    [
        ("healthy", 0, "ok", None),
        ("bucket-denied", 1, "error", "AccessDenied"),
        ("bucket-absent", 1, "error", "NoSuchBucket"),
    ],
)
def test_the_bucket_itself_is_asked(tmp_path, scenario, code, state, said, shell):
    runbook = tmp_path / "access.yaml"
    runbook.write_text(ACCESS)
    ended = run(runbook, scenario, shell)
    assert ended.code == code, ended.err + ended.out
    (host,) = ended.report["hosts"]
    after = host["after"]["s3_access"]
    assert after["state"] == state
    assert (after["failure"] or {}).get("code") == said
    if scenario == "healthy":
        assert after["value"] == {
            "readable": True,
            "name": "xxxxxxxx-cloudtrail",
            "empty": True,
        }
