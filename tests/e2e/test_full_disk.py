"""Standard output that takes nothing, as on a full disk: told plainly, and never as a verdict."""

import pytest

from support.processes import call

pytestmark = pytest.mark.e2e
SAID = "orch: standard output: cannot write the output: No space left on device\n"


@pytest.mark.parametrize(
    "words",
    ["--version", "--help", "explain", "explain clock-skew", "runbook list", "sandbox scenarios"],
)
def test_every_command_tells_of_it_and_exits_with_3(words):
    ended = call("sh", "-c", f"exec orch {words} > /dev/full")
    assert (ended.code, ended.err.startswith(SAID)) == (3, True), ended.err
    assert ended.err.count("\n") == 2


def test_a_missing_file_is_still_told_as_what_it_is(tmp_path):
    ended = call("orch", "runbook", "check", tmp_path / "none.yaml")
    assert ended.code == 2
    assert "cannot write the output" not in ended.err
