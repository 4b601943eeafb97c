"""Checks of the host itself in a plan: which ways they are asked in, and what they do not need."""

import ast

import pytest

from orchestrator.errors import UsageError
from orchestrator.model.enums import Phase, Platform, Shell, Way
from orchestrator.plan import OnTheHost, before_alone, lines, plan, procedure
from orchestrator.render import render
from orchestrator.runbook import load

RUN_ID = "20261124T042501Z-3f9a1c"
INSTANCE = "i-0d176f4a5f9738429"
MODULE = "{check: module_version, with: {module: AWS.Tools.S3, minimum: '4.1'}}"
LISTED = "{check: profile_listed, with: {name: p}, after: {listed: {equals: true}}}"
SCRIPT = "{check: script, with: {file: FILE}, after: {ok: {equals: true}}}"
IDENTITY = "{check: identity, after: {arn: changed}}"


def runbook(*checks, ways="", file="own.py"):
    listed = "\n".join(f"  - {check.replace('FILE', file)}" for check in checks)
    text = (
        "orch: 1\nname: own\ndescription: Own.\n"
        f"profile: {{name: p, role_arn: 'arn:aws:iam::222222222222:role/R'}}\n{ways}\n"
        f"checks:\n{listed}\n"
    )
    return load(text, "own.yaml", {"own.py": "print('${x}')", "own.ps1": "'{}'"}.__getitem__)


def asked(*checks, shell=Shell.POWERSHELL, platform=Platform.WINDOWS, **more):
    how = OnTheHost(shell, platform=platform)
    return procedure(runbook(*checks, **more), {}, "ap-northeast-1", how)


def steps(what):
    return [(step.id, step.way) for step in what.steps]


def test_the_host_needs_no_endpoint_and_no_permission():
    what = asked(MODULE, LISTED, SCRIPT)
    assert [endpoint.service for endpoint in what.endpoints] == ["imds", "sts"]
    found = plan(what, render(what, RUN_ID), RUN_ID, [INSTANCE])
    target = [item.action for item in found.permissions if item.who == "target"]
    assert target == ["sts:AssumeRole"]


def test_a_script_has_its_content_and_the_usual_time():
    (step, _) = asked(SCRIPT).steps
    assert step.params == {"file": "own.py", "timeout": "60s", "content": "print('${x}')"}


def test_of_several_ways_the_host_is_asked_in_the_first():
    what = asked(IDENTITY, MODULE, SCRIPT, ways="ways: [cli, python, profile]")
    assert [item for item in steps(what) if item[0].startswith("after")] == [
        ("after.cli.identity", Way.CLI),
        ("after.cli.module_version", Way.CLI),
        ("after.cli.script", Way.CLI),
        ("after.python.identity", Way.PYTHON),
        ("after.profile.identity", Way.PROFILE),
    ]


def test_what_is_expected_of_the_host_always_counts():
    what = asked(IDENTITY, SCRIPT, ways="ways: [cli, python]")
    assert {item.step: item.optional for item in what.expectations} == {
        "after.cli.identity": True,
        "after.cli.script": False,
        "after.python.identity": True,
    }


def test_a_way_that_a_check_cannot_be_asked_in_is_left_out():
    what = asked(LISTED, ways="ways: [cli, python, profile]")
    assert steps(what) == [
        ("before.profile_listed", Way.PYTHON),
        ("after.python.profile_listed", Way.PYTHON),
        ("after.profile.profile_listed", Way.PROFILE),
    ]


def test_a_check_that_cannot_be_asked_in_the_only_way_is_refused():
    with pytest.raises(UsageError, match="profile_listed cannot be asked in the way cli") as caught:
        asked(LISTED, ways="way: cli")
    assert "go one of the ways profile, session-default" in caught.value.mend


@pytest.mark.parametrize("platform", Platform)
def test_powershell_is_not_started_by_a_script_in_python(platform):
    with pytest.raises(UsageError, match=r"own\.ps1 is PowerShell"):
        asked(SCRIPT, file="own.ps1", shell=Shell.PYTHON, platform=platform)
    assert asked(SCRIPT, file="own.py", shell=Shell.PYTHON, platform=platform)


def test_the_plan_shows_what_is_asked_and_a_hash_in_place_of_the_file():
    what = asked(MODULE, LISTED, SCRIPT)
    text = "\n".join(lines(plan(what, render(what, RUN_ID), RUN_ID, [INSTANCE])))
    assert "Get-Module -ListAvailable -Name 'AWS.Tools.S3'" in text
    assert "Get-AWSCredential -ListProfileDetail" in text
    assert "own.py, in a process of its own, for at most 60s" in text
    assert "content: 13 bytes, SHA-256" in text
    assert "print(" not in text


@pytest.mark.parametrize("shell", Shell)
def test_a_script_is_rendered_once_and_told_its_phase(shell):
    what = asked(SCRIPT, SCRIPT, shell=shell)
    assert [step.phase for step in what.steps] == [Phase.BEFORE] * 2 + [Phase.AFTER] * 2
    text = render(what, RUN_ID).text
    quoted = "print('${x}')" if shell is Shell.PYTHON else "print(''${x}'')"
    assert text.count(quoted) == 1


def test_a_script_in_python_is_python_of_3_8():
    source = dict(render(asked(MODULE, LISTED, SCRIPT, shell=Shell.PYTHON), RUN_ID).parts)
    ast.parse(source["check.py"], feature_version=(3, 8))


def test_an_examination_runs_no_script():
    probe = before_alone(asked(MODULE, SCRIPT.replace("after", "before")))
    assert [step.id for step in probe.steps] == ["before.module_version"]
    assert probe.expectations == ()
