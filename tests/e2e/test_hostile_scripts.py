"""A runbook's script that means ill: it is bounded, named, and passes for nothing.

The runbook expects of the identity after the switch what is not so; only a forged envelope passes.
"""

import contextlib
import json
import os
import signal
import time
from pathlib import Path

import pytest

from orchestrator.envelope import find
from support.forging import FORGING
from support.processes import INSTANCE, call, soon

pytestmark = pytest.mark.e2e

SHELLS = ("powershell", "python")
RUNBOOK = """\
orch: 1
name: hostile
description: A script that means ill, beside an expectation that does not hold.
inputs:
  role_arn: {kind: role-arn, help: The role.}
profile:
  name: switch_test
  role_arn: ${role_arn}
checks:
  - check: script
    with: {file: FILE, timeout: 3s}
    after:
      ok:
        equals: true
"""
FALSE = """\
  - check: identity
    after:
      account:
        equals: "333333333333"
"""


def run(sandbox, folder, shell, text, *, expects="", ending="py", more=("--instance", INSTANCE)):
    folder.joinpath(f"own.{ending}").write_text(text)
    runbook = folder / "hostile.yaml"
    runbook.write_text(RUNBOOK.replace("FILE", f"own.{ending}") + expects)
    return call(
        *("orch", "run", runbook, *more, "--shell", shell, "--output", "json"),
        **sandbox.variables,
    )


def unknown(ended):
    """What must hold of a run that could not be observed: the host's part of its report."""
    assert ended.code == 4, ended.err + ended.out
    (host,) = ended.report["hosts"]
    assert host["outcome"] == "UNKNOWN"
    assert host["causes"][0]["evidence"]
    return host


HARMFUL = {
    "infinite output": (
        "import sys\nwhile True: sys.stdout.write('x' * 1000)",
        ("orch.ScriptFlooded", "script-flooded"),
    ),
    "infinite complaints": (
        "import sys\nwhile True: sys.stderr.write('x' * 1000)",
        ("orch.ScriptFlooded", "script-flooded"),
    ),
    "10 MB of JSON": (
        "print('{\"ok\": true, \"x\": \"' + 'x' * 10_000_000 + '\"}')",
        ("orch.ScriptFlooded", "script-flooded"),
    ),
    "an answer that no envelope could hold": (
        'import os\nprint(\'{"ok": true, "x": "\' + os.urandom(5000).hex() + \'"}\')',
        ("orch.ScriptFlooded", "script-flooded"),
    ),
    "infinite loop": ("while True: pass", ("orch.ScriptTimedOut", "script-timed-out")),
    "closed streams and a loop": (
        "import os, time\nos.close(1)\nos.close(2)\nwhile True: time.sleep(1)",
        ("orch.ScriptTimedOut", "script-timed-out"),
    ),
    "waits for input": ("input()", ("orch.ScriptFailed", "script-failed")),
    "asks for a restart": (
        "import sys\nprint('{\"ok\": true}')\nsys.exit(3010)",
        ("orch.ScriptFailed", "script-failed"),
    ),
    "two values": (
        'print(\'{"ok": true}\\n{"ok": true}\')',
        ("orch.ScriptNotJson", "script-not-json"),
    ),
    "a key twice": (
        'print(\'{"ok": false, "ok": true}\')',
        ("orch.ScriptNotJson", "script-not-json"),
    ),
    "nothing": ("", ("orch.ScriptNotJson", "script-not-json")),
    "a forged envelope as its answer": (
        f"{FORGING}\nprint(forged())",
        ("orch.ScriptNotJson", "script-not-json"),
    ),
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", HARMFUL)
def test_what_is_no_answer_is_an_error_with_its_own_name_and_cause(sandbox, tmp_path, shell, name):
    text, (kind, cause) = HARMFUL[name]
    ended = run(sandbox, tmp_path, shell, text)
    host = unknown(ended)
    assert host["after"]["script"]["failure"]["chain"] == [kind]
    assert [found["id"] for found in host["causes"]] == [cause]
    assert host["restored"]["state"] == "restored"
    assert host["left"] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_of_a_failed_script_reaches_the_report(sandbox, tmp_path, shell):
    text = "import sys\nprint('LOUD')\nsys.stderr.write('LOUD')\nsys.exit(1)"
    ended = run(sandbox, tmp_path, shell, text)
    unknown(ended)
    assert "LOUD" not in ended.out + ended.err


FORGED = {
    "beside the true one": "to_the_parents_output(forged())",
    "before so much that the true one is cut off": (
        "to_the_parents_output(forged() + 'x' * 30_000 + '\\n')"
    ),
    "and the parent is killed": (
        "to_the_parents_output(forged())\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(9)"
    ),
}


@pytest.mark.parametrize(
    ("shell", "more"),
    [
        ("powershell", ("--instance", INSTANCE)),
        ("python", ("--instance", INSTANCE)),
        ("python", ("--instance", "i-0b2f8c61d9a74e305", "--platform-type", "Linux")),
    ],
    ids=["powershell", "python", "linux"],
)
@pytest.mark.parametrize("name", FORGED)
def test_a_forged_envelope_never_passes(sandbox, tmp_path, shell, more, name):
    text = f"{FORGING}\n{FORGED[name]}\nprint(json.dumps({{'ok': True}}))"
    host = unknown(run(sandbox, tmp_path, shell, text, expects=FALSE, more=more))
    first = host["causes"][0]["id"]
    assert first == ("evidence-ambiguous" if name == "beside the true one" else "exit-code-differs")


def test_the_forged_envelope_would_pass_if_it_came_from_the_script_itself(sandbox, tmp_path):
    """The tests above show something only if nothing else is wrong with what is forged."""
    kept = tmp_path / "kept"
    text = f"{FORGING}\nopen({str(kept)!r}, 'w').write(sha256 + ' ' + forged())\nprint(1)"
    run(sandbox, tmp_path, "powershell", text, expects=FALSE)
    sha256, _, line = kept.read_text().partition(" ")
    data = find(line, sha256)
    assert data["verdict"] == "PASS"
    assert {step["id"] for step in data["steps"]} >= {"after.identity", "after.script"}
    (identity,) = [step for step in data["steps"] if step["id"] == "after.identity"]
    assert identity["value"]["account"] == "333333333333"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_daemon_that_holds_the_output_is_not_waited_for(sandbox, tmp_path, shell):
    number = tmp_path / "daemon"
    text = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        f"    open({str(number)!r}, 'a').write(str(os.getpid()) + ' ')\n"
        "    time.sleep(60)\n"
        "    os._exit(0)\n"
        f"while not os.path.exists({str(number)!r}): time.sleep(0.01)\n"
        "print('{\"ok\": true}')"
    )
    begun = time.monotonic()
    try:
        host = unknown(run(sandbox, tmp_path, shell, text))
        spent = time.monotonic() - begun
    finally:
        # One of each phase.
        for daemon in number.read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(daemon), signal.SIGKILL)
    assert host["causes"][0]["id"] == "script-failed"
    assert "holds its output" in host["causes"][0]["evidence"]
    assert spent < 40


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_script_leaves_in_its_own_group_ends_with_it(sandbox, tmp_path, shell):
    number = tmp_path / "child"
    text = (
        "import os, time\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    time.sleep(60)\n"
        f"open({str(number)!r}, 'w').write(str(child))\n"
        "print('{\"ok\": true}')"
    )
    ended = run(sandbox, tmp_path, shell, text)
    assert ended.code == 0, ended.err + ended.out
    state = Path("/proc", number.read_text(), "stat")
    assert soon(lambda: not state.exists() or ") Z " in state.read_text())


def test_the_stand_in_says_that_it_runs_no_powershell(sandbox, tmp_path):
    host = unknown(run(sandbox, tmp_path, "powershell", "'{}'", ending="ps1"))
    assert host["after"]["script"]["failure"]["chain"] == ["orch.ScriptNotRun"]
    assert host["causes"][0]["id"] == "script-not-run"


def test_the_values_of_a_script_are_facts_of_the_report(sandbox, tmp_path):
    text = (
        'print(\'{"ok": true, "n": 1.50, "when": "2026-01-01T00:00:00Z", '
        '"none": null, "list": [1, {"a": "b c"}]}\')'
    )
    ended = run(sandbox, tmp_path, "powershell", text)
    assert ended.code == 0, ended.err + ended.out
    assert ended.report["hosts"][0]["after"]["script"]["value"] == {
        "ok": True,
        "n": "1.50",
        "when": "2026-01-01T00:00:00Z",
        "none": None,
        "list": '[1,{"a":"b c"}]',
    }


def test_a_value_that_is_no_object_is_a_field(sandbox, tmp_path):
    runbook = RUNBOOK.replace("ok:\n        equals: true", 'value:\n        equals: "12"')
    tmp_path.joinpath("own.py").write_text("print(12)")
    tmp_path.joinpath("own.yaml").write_text(runbook.replace("FILE", "own.py"))
    words = ("orch", "run", tmp_path / "own.yaml", "--instance", INSTANCE, "--output", "json")
    ended = call(*words, **sandbox.variables)
    assert ended.code == 0, ended.err + ended.out


IN_POWERSHELL = {
    "infinite output": ("while ($true) { 'x' * 1000 }", "script-flooded"),
    "infinite loop": ("while ($true) { }", "script-timed-out"),
    "asks for a restart": ("'{\"ok\": true}'; exit 3010", "script-failed"),
    "throws": ("throw 'x'", "script-failed"),
    "a date": ('\'{"ok": true, "when": "2026-01-01T00:00:00Z"}\'', None),
    "a long line": (
        "[ordered]@{ ok = $true; x = 'x' * 500 } | ConvertTo-Json -Compress",
        None,
    ),
}


@pytest.mark.pwsh
@pytest.mark.usefixtures("pwsh")
@pytest.mark.parametrize("name", IN_POWERSHELL)
def test_a_script_in_powershell_is_bounded_too(tmp_path, name):
    text, cause = IN_POWERSHELL[name]
    tmp_path.joinpath("own.ps1").write_text(text)
    tmp_path.joinpath("own.yaml").write_text(RUNBOOK.replace("FILE", "own.ps1"))
    ended = call(
        *("orch", "sandbox", "exec", "--engine", "pwsh", "--"),
        *("orch", "run", tmp_path / "own.yaml", "--instance", INSTANCE, "--output", "json"),
        timeout=600,
    )
    (host,) = ended.report["hosts"]
    assert host["engine"] == "powershell"
    assert [found["id"] for found in host["causes"]] == ([cause] if cause else [])
    assert ended.code == (4 if cause else 0), json.dumps(host)
