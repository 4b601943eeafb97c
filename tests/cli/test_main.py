"""The outermost door: no error reaches people as a traceback unless they ask for it."""

import pytest

from orchestrator import __version__

GIVEN = ["--instance", "i-0d176f4a5f9738429", "--role-arn", "arn:aws:iam::222222222222:role/R"]
WHOLE = [*GIVEN, "--bucket", "my-bucket", "--region", "ap-northeast-1"]


@pytest.fixture
def raising(monkeypatch):
    """Lets every plan fail so."""

    def install(error):
        def fail(*_given, **_more):
            raise error

        monkeypatch.setattr("orchestrator.cli.preparing.prepare", fail)

    return install


@pytest.mark.parametrize(
    "group", ["", "runs", "schedule", "setup", "sandbox", "runbook", "profile", "setup deploy"]
)
def test_what_each_command_is_for_stands_whole_in_the_list(orch, monkeypatch, group):
    monkeypatch.setenv("COLUMNS", "80")
    listed = orch(*group.split(), "--help").out.partition("Commands:")[2]
    assert listed
    assert "..." not in listed


def test_a_mistake_of_ours_is_told_as_one(orch, raising):
    raising(RuntimeError("no such luck\x1b[2J"))
    ended = orch("plan", *WHOLE)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == (
        "orch: RuntimeError: no such luck\\x1b[2J\n"
        "  mend: this is a mistake in orch; `orch --debug ...` shows where, please report it\n"
    )


def test_with_debug_a_mistake_of_ours_has_its_traceback_first(orch, raising):
    raising(RuntimeError("no such luck"))
    ended = orch("--debug", "plan", *WHOLE)
    assert ended.code == 3
    assert ended.err.startswith("Traceback (most recent call last):\n")
    assert "in fail\n" in ended.err
    assert ended.err.count("\norch: RuntimeError: no such luck\n") == 1


@pytest.mark.parametrize("value", ["", "0"])
def test_an_empty_orch_debug_is_none(orch, monkeypatch, value):
    monkeypatch.setenv("ORCH_DEBUG", value)
    assert "Traceback" not in orch("plan", "--instance", "web01").err


def test_ctrl_c_is_one_line_and_code_130(orch, raising):
    raising(KeyboardInterrupt())
    ended = orch("plan", *WHOLE)
    assert (ended.code, ended.out, ended.err) == (130, "", "orch: stopped by Ctrl-C\n")


@pytest.mark.parametrize("words", [["--version"], ["--version", "plan"]])
def test_the_version_is_one_line(orch, words):
    ended = orch(*words)
    assert (ended.code, ended.out, ended.err) == (0, f"orch {__version__}\n", "")


def test_without_a_command_the_help_is_shown(orch):
    ended = orch()
    assert ended.code in {0, 2}
    shown = ended.out + ended.err
    assert all(f"\n  {name} " in shown for name in ("run", "plan", "render", "runbook", "sandbox"))
