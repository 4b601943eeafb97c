"""What must hold of the script of every built-in runbook, in each shell and on each platform."""

import ast
import itertools
import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from powershell_grammar import of_type, parse, text_of

from orchestrator.errors import UsageError
from orchestrator.model.enums import Mode, Platform, Shell
from orchestrator.plan import OnTheHost, procedure
from orchestrator.render import inner_source, python_source, render, sha256_without_run
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


@pytest.mark.parametrize("mode", Mode)
def test_but_for_what_names_its_run_a_script_is_the_same_in_every_run(asked, mode):
    asked = replace(asked, mode=mode)
    one, other = (render(asked, run_id) for run_id in ("one", "run-2"))
    sha256 = sha256_without_run(one, "one")
    assert sha256_without_run(other, "run-2") == sha256
    changed = replace(one, text=one.text.replace("exit 10", "exit 0"))
    assert sha256_without_run(changed, "one") != sha256
    parts = [(name, f"{text}\n") for name, text in one.parts]
    is_same = sha256_without_run(replace(one, parts=tuple(parts)), "one") == sha256
    assert is_same == (one.packed == "")


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
