"""Whatever is asked of a host, its script fits into SendCommand, with room to spare."""

import ast
import itertools
import json

import pytest
from powershell_grammar import parse
from unpacking import unpacked

from orchestrator.checks import all_checks
from orchestrator.errors import UsageError
from orchestrator.model.enums import Mode, Platform, Shell, Way
from orchestrator.plan import OnTheHost, procedure, restoring_all, uninstalling
from orchestrator.render import inner_source, python_source, render
from orchestrator.runbook import find, names

RUN = "r" * 64
QUOTA = 65_536
# AWS-RunPowerShellScript as GetDocument gives it, and the other parameters, rounded up.
DOCUMENT = 4_096
LONG = {
    "role_arn": f"arn:aws:iam::222222222222:role/{'R' * 64}",
    "bucket": "b" * 63,
    "profile_name": "p" * 64,
}
USER = "U" * 64


def every_question():
    for name, shell, platform, mode in itertools.product(names(), Shell, Platform, Mode):
        for user, force in itertools.product(["", USER], {False, mode is Mode.INSTALL}):
            how = OnTheHost(shell, mode, platform, user, force)
            try:
                asked = procedure(find(name), LONG, "ap-northeast-1", how)
            except UsageError:
                continue
            words = [name, shell, platform, mode, "user" * bool(user), "force" * force]
            yield pytest.param(asked, id="-".join(filter(None, words)))
    for platform in Platform:
        yield pytest.param(restoring_all(platform, "ap-northeast-1"), id=f"restore-{platform}")
        for user in ("", USER):
            taken = uninstalling(platform, "ap-northeast-1", LONG["profile_name"], user)
            yield pytest.param(taken, id=f"uninstall-{platform}-{'user' * bool(user)}")


@pytest.fixture(params=every_question())
def script(request):
    return request.param, render(request.param, RUN)


def test_it_leaves_three_kilobytes(script):
    parameters = {"commands": script[1].text.split("\n"), "executionTimeout": ["172800"]}
    assert len(json.dumps(parameters)) + DOCUMENT <= QUOTA - 3_072


def test_what_was_made_shorter_can_be_read_by_its_language(script):
    asked, rendered = script
    text = unpacked(rendered)
    if asked.platform is Platform.WINDOWS:
        parse(rendered.text)
        parse(text)
        assert rendered.text.rstrip().endswith("exit 20")
    for source in filter(None, (python_source(text), inner_source(text))):
        ast.parse(source, feature_version=(3, 8))
    assert rendered.text.isascii()
    assert "{{" not in rendered.text


def test_the_checks_stay_in_the_clear(script):
    asked, rendered = script
    text = python_source(rendered.text) or rendered.text
    for step in asked.steps:
        assert repr(step.id) in text
        cmdlet = all_checks()[step.check].cmdlet
        if asked.shell is Shell.POWERSHELL and step.way not in {Way.CLI, Way.PYTHON}:
            assert f"{cmdlet} " in text


def test_usual_scripts_are_packed_in_no_part():
    """All that fit with room without it; `parity`, which goes every way, is the exception."""
    usual = {"role_arn": "arn:aws:iam::222222222222:role/Test-Switch-Role", "bucket": "a-bucket"}
    packed = set()
    for name, shell, mode in itertools.product(names(), Shell, Mode):
        how = OnTheHost(shell=shell, mode=mode, host_user="Administrator", force=False)
        try:
            asked = procedure(find(name), usual, "ap-northeast-1", how)
        except UsageError:
            continue
        if "# packed" in render(asked, "20261124T042501Z-3f9a1c").text:
            packed.add((name, shell, mode))
    assert packed == {("parity", Shell.POWERSHELL, Mode.INSTALL)}
