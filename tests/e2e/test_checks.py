"""docs/checks.md: each check has its section, and what stands there as an example works."""

import re
from pathlib import Path

import pytest

from orchestrator.checks import all_checks
from support.processes import INSTANCE, call

pytestmark = pytest.mark.e2e

LINUX = "i-0b2f8c61d9a74e305"

PAGE = (Path(__file__).parents[2] / "docs/checks.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
PYTHON = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
HEAD = """\
orch: 1
name: example
description: An example of the page on checks.
inputs:
  role_arn: {kind: role-arn, help: The role.}
  bucket: {kind: bucket, help: The bucket., default: xxxxxxxx-cloudtrail}
profile:
  name: switch_test
  role_arn: ${role_arn}
"""
# In Python it is a package that is asked for.
IN_PYTHON = {"AWS.Tools.S3": "boto3", '"4.1"': '"1.0"'}


def example(check):
    (found,) = re.findall(r"```yaml\n(.*?)```", SECTIONS[check], re.DOTALL)
    return found


def test_every_check_has_a_section():
    assert set(SECTIONS) == set(all_checks())


@pytest.mark.parametrize("check", all_checks().values(), ids=lambda check: check.name)
def test_a_section_names_every_parameter_and_field(check):
    named = set(re.findall(r"`(\w+)`", SECTIONS[check.name]))
    assert {*check.params, *check.fields} <= named


@pytest.mark.parametrize("shell", ["powershell", "python"])
@pytest.mark.parametrize("check", all_checks())
def test_the_example_passes_on_a_healthy_host(sandbox, tmp_path, check, shell):
    tmp_path.joinpath("free-space.py").write_text(PYTHON)
    text = example(check)
    for old, new in IN_PYTHON.items() if shell == "python" else ():
        text = text.replace(old, new)
    runbook = tmp_path / "example.yaml"
    runbook.write_text(HEAD + text)
    ended = call(
        *("orch", "run", runbook, "--instance", INSTANCE, "--shell", shell, "--output", "json"),
        **sandbox.variables,
    )
    assert ended.code == 0, ended.err + ended.out


def test_a_profile_is_listed_by_both_languages_in_their_own_words(sandbox, tmp_path):
    runbook = tmp_path / "example.yaml"
    runbook.write_text(HEAD + example("profile_listed"))
    found = {}
    for shell in ("powershell", "python"):
        words = ("orch", "run", runbook, "--instance", INSTANCE, "--shell", shell)
        ended = call(*words, "--output", "json", **sandbox.variables)
        found[shell] = ended.report["hosts"][0]["after"]["profile_listed"]["value"]
    assert found["powershell"]["stores"] == "SharedCredentialsFile"
    assert Path(found["powershell"]["location"]).name == "credentials"
    assert found["python"]["stores"] == "config"
    assert Path(found["python"]["location"]).name == "config"


def test_checks_of_the_host_beside_all_ways(sandbox, tmp_path):
    tmp_path.joinpath("free-space.py").write_text(PYTHON)
    runbook = tmp_path / "example.yaml"
    listed = "".join(
        example(check).partition("\n")[2]
        for check in ("module_version", "profile_listed", "script")
    )
    ways = "ways: [profile, cli, python]\nchecks:\n"
    runbook.write_text(HEAD + ways + listed)
    words = ("orch", "run", runbook, "--instance", INSTANCE, "--output", "json")
    ended = call(*words, **sandbox.variables)
    assert ended.code == 0, ended.err + ended.out
    (host,) = ended.report["hosts"]
    assert set(host["after"]) == {
        "profile.module_version",
        "profile.profile_listed",
        "profile.script",
        "python.profile_listed",
    }


@pytest.mark.parametrize(
    ("module", "minimum", "code", "cause"),
    [
        ("AWSPowerShell", "3.3", 0, None),
        ("AWSPowerShell", "4.1", 1, "module-old"),
        ("AWS.Tools.S3", "4.1", 1, "module-not-installed"),
    ],
)
def test_the_modules_of_a_host_are_the_folders_that_it_has(
    run_scenario, tmp_path, module, minimum, code, cause
):
    runbook = tmp_path / "example.yaml"
    text = HEAD + example("module_version")
    runbook.write_text(text.replace("AWS.Tools.S3", module).replace('"4.1"', f'"{minimum}"'))
    ended = run_scenario("module-old", str(runbook))
    assert ended.code == code, ended.err + ended.out
    (host,) = ended.report["hosts"]
    assert [found["id"] for found in host["causes"]] == ([cause] if cause else [])
    assert host["facts"]["module_version"].endswith(" in place of AWSPowerShell 3.3.270.0")


WHO = """\
import boto3, json, os

account = boto3.client("sts").get_caller_identity()["Account"]
print(json.dumps({"account": account, "phase": os.environ["ORCH_PHASE"]}))
"""
OWN = """\
way: WAY
checks:
  - check: script
    with:
      file: who.py
    before:
      account:
        equals: "111111111111"
    after:
      account:
        equals: "222222222222"
      phase:
        equals: after
"""
PLACES = [
    *((INSTANCE, way, ()) for way in ("profile", "session-default", "sdk-store", "cli", "python")),
    (INSTANCE, "session-default", ("--shell", "python")),
    (LINUX, "profile", ("--shell", "python", "--platform-type", "Linux")),
]


@pytest.mark.parametrize(("instance", "way", "more"), PLACES)
def test_a_script_acts_as_the_role_in_every_way(sandbox, tmp_path, instance, way, more):
    tmp_path.joinpath("who.py").write_text(WHO)
    runbook = tmp_path / "own.yaml"
    runbook.write_text(HEAD + OWN.replace("WAY", way))
    words = ("orch", "run", runbook, "--instance", instance, *more, "--output", "json")
    ended = call(*words, **sandbox.variables)
    assert ended.code == 0, ended.err + ended.out
