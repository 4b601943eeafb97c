"""Reports of the installed `orch`: all forms of one run, and standard output in any locale."""

import json
from xml.etree import ElementTree

import pytest

from orchestrator.report import forms
from support.processes import INSTANCE, call

pytestmark = pytest.mark.e2e


@pytest.fixture
def kept(sandbox, tmp_path):
    """The sandbox's variables with a journal of the test's own."""
    return sandbox.variables | {"ORCH_STATE_DIR": str(tmp_path / "state")}


def test_one_run_is_told_in_every_form_and_again_later(kept, tmp_path):
    words = [f"--report={name}:{tmp_path}/at-once.{name}" for name in forms.names()]
    ended = call("orch", "run", "--instance", INSTANCE, "--shell", "python", "-q", *words, **kept)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    words = [f"--report={name}:{tmp_path}/later.{name}" for name in forms.names()]
    ended = call("orch", "report", "latest", *words, **kept)
    assert ended.code == 0, ended.err
    for name in forms.names():
        at_once = (tmp_path / f"at-once.{name}").read_bytes()
        assert at_once == (tmp_path / f"later.{name}").read_bytes()
        assert INSTANCE.encode() in at_once


def test_standard_output_is_utf_8_in_any_locale(kept):
    words = ("run", "--instance", INSTANCE, "--shell", "python", "--report", "junit:-")
    ended = call("orch", *words, **kept, LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert ended.code == 0, ended.err
    assert [suite.get("errors") for suite in ElementTree.fromstring(ended.out)] == ["0", "0"]


def test_a_full_disk_changes_no_verdict_without_a_word(kept):
    words = ("run", "--instance", INSTANCE, "--shell", "python", "--report", "json:/dev/full")
    ended = call("orch", *words, **kept)
    assert ended.code == 3
    assert ended.out.startswith("PASS  switch-role on 1 host")
    assert "No space left on device; the result: PASS" in ended.err
    again = ended.err.rpartition("orch report ")[2].split()[0]
    later = call("orch", "report", again, "--report", "json:-", **kept)
    assert (later.code, json.loads(later.out)["outcome"]) == (0, "PASS")
