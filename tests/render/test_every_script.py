"""What must hold of the script of every built-in runbook, in each shell and on each platform."""

import ast
import itertools
import json
import re
import shutil
import subprocess

import pytest
from powershell_grammar import of_type, parse, text_of

from orchestrator.errors import UsageError
from orchestrator.model.enums import Platform, Shell
from orchestrator.plan import OnTheHost, procedure
from orchestrator.render import inner_source, python_source, render
from orchestrator.render.fitting import LIMIT
from orchestrator.runbook import find, names

RUN = "20261124T042501Z-3f9a1c"
VALUES = {
    "role_arn": "arn:aws:iam::222222222222:role/Test-Switch-Role",
    "bucket": "xxxxxxxx-cloudtrail",
}
NOT_IN_5_1 = re.compile(r"\?\?|\?\.|&&|\|\||-Parallel|\s\?\s|-AsHashtable|Join-String")


def every_script():
    for name, shell, platform in itertools.product(names(), Shell, Platform):
        how = OnTheHost(shell=shell, platform=platform)
        try:
            asked = procedure(find(name), VALUES, "ap-northeast-1", how)
        except UsageError:
            continue
        yield pytest.param(asked, id=f"{name}-{shell}-{platform}")


@pytest.fixture(params=every_script())
def asked(request):
    return request.param


@pytest.fixture
def script(asked):
    return render(asked, RUN)


def test_every_runbook_has_a_script(asked):
    assert asked.steps


def test_ssm_takes_it_as_it_is(script):
    assert script.text.isascii()
    assert "{{" not in script.text
    assert "\r" not in script.text
    sent = json.dumps({"commands": script.text.split("\n"), "executionTimeout": ["900"]})
    assert len(sent) < LIMIT


def test_its_language_can_be_parsed_and_every_path_ends_in_an_exit(asked, script):
    if asked.platform is Platform.LINUX:
        shell = shutil.which("dash") or "sh"
        subprocess.run([shell, "-n"], input=script.text, text=True, check=True)
    else:
        root = parse(script.text)
        exits = {text_of(n) for n in of_type(root, "flow_control_statement")}
        assert {code for code in exits if code.startswith("exit")} >= {
            "exit 0",
            "exit 10",
            "exit 20",
        }
        assert of_type(root, "trap_statement")
    assert script.text.rstrip().endswith("exit 20")


def test_windows_powershell_has_all_of_its_syntax(asked, script):
    if asked.platform is Platform.WINDOWS:
        own = script.text
        for source in (python_source(own), inner_source(own)):
            own = own.replace(source or "\0", "")
        code = "\n".join(line for line in own.split("\n") if not line.lstrip().startswith("#"))
        assert not NOT_IN_5_1.search(code)


def test_the_python_in_it_is_python_3_8(asked, script):
    sources = [python_source(script.text), inner_source(script.text)]
    sources += [text for name, text in script.parts if name.endswith(".py")]
    for source in filter(None, sources):
        ast.parse(source, feature_version=(3, 8))
    assert (asked.shell is Shell.PYTHON) == any(name == "check.py" for name, _ in script.parts)
