"""At a terminal: questions, answers, progress; and standard output holds data alone."""

import pytest

from support.processes import INSTANCE, call
from support.terminals import CTRL_C, CTRL_D, on_terminal

pytestmark = pytest.mark.e2e

ROLE_ARN = "arn:aws:iam::222222222222:role/Test-Switch-Role"
BUCKET = "xxxxxxxx-cloudtrail"
GIVEN = ("--instance", INSTANCE, "--role-arn", ROLE_ARN)
ASKED = "A bucket of account B, to be seen after the switch and not before it."


@pytest.fixture
def nowhere(tmp_path):
    """Variables and a folder in which nothing answers for the person."""
    return {
        "cwd": tmp_path,
        "HOME": str(tmp_path),
        "AWS_REGION": "ap-northeast-1",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }


@pytest.fixture
def asked(sandbox, tmp_path):
    """The sandbox's variables without its settings, so that something is left to ask for."""
    settings = tmp_path / "orch.toml"
    settings.write_text("")
    return sandbox.variables | {"ORCH_CONFIG": str(settings)}


def test_what_is_missing_is_asked_for_until_it_is_right_and_the_run_goes_on(asked):
    words = ("orch", "run", *GIVEN, "--shell", "python", "--output", "json")
    with on_terminal(*words, **asked) as terminal:
        terminal.until(f"{ASKED} (e.g. {BUCKET}): ")
        terminal.type("My_Bucket\n")
        terminal.until("'My_Bucket' is not a bucket name")
        terminal.type("\n")
        terminal.until("'' is not a bucket name")
        terminal.type(f"  {BUCKET}\n")
        terminal.until("waiting for the host")
        ended = terminal.ended()
    assert ended.code == 0, ended.err
    assert ended.out.startswith("{\n")
    assert ended.report["outcome"] == "PASS"
    assert ended.err.count(ASKED) == 3


def test_the_report_has_colours_on_a_terminal(asked):
    words = ("orch", "run", *GIVEN, "--bucket", BUCKET, "--shell", "python")
    with on_terminal(*words, output_to_pipe=False, **asked) as terminal:
        assert terminal.ended().code == 0
        assert "\x1b[32m\x1b[1mPASS\x1b[0m  switch-role on 1 host" in terminal.raw


def test_no_color_means_none(asked):
    words = ("orch", "run", *GIVEN, "--bucket", BUCKET, "--shell", "python")
    with on_terminal(*words, output_to_pipe=False, **(asked | {"NO_COLOR": "1"})) as terminal:
        assert terminal.ended().code == 0
        _, _, report = terminal.raw.rpartition("PASS  switch-role on 1 host")
        assert "6 of 6 hold" in report
        assert "\x1b[3" not in terminal.raw


def test_off_a_terminal_only_the_commands_id_is_told_beside_the_data(asked):
    ended = call(
        "orch", "run", *GIVEN, "--bucket", BUCKET, "--shell", "python", "-o", "json", **asked
    )
    assert ended.code == 0, ended.err
    (line,) = ended.err.splitlines()
    command = ended.report["hosts"][0]["command_id"]
    assert line == f"command {command} sent to 1 host"


def test_a_script_is_rendered_alike_whether_somebody_was_asked_or_not(nowhere):
    run_id = ("--run-id", "20260101T000000Z-abc123")
    whole = call("orch", "render", *GIVEN, "--bucket", BUCKET, *run_id, **nowhere)
    with on_terminal("orch", "render", *GIVEN, *run_id, **nowhere) as terminal:
        terminal.until(ASKED)
        terminal.type(f"{BUCKET}\n")
        assert terminal.ended().out == whole.out


@pytest.mark.parametrize("typed", ["", "xxxx"])
def test_ctrl_c_at_a_question_ends_it_in_a_word(nowhere, typed):
    with on_terminal("orch", "run", *GIVEN, **nowhere) as terminal:
        terminal.until(f"(e.g. {BUCKET}): ")
        terminal.type(typed)
        terminal.until(f"(e.g. {BUCKET}): {typed}")
        terminal.type(CTRL_C)
        ended = terminal.ended()
    assert (ended.code, ended.out) == (130, "")
    assert ended.err == f"{ASKED} (e.g. {BUCKET}): {typed}^C\norch: stopped by Ctrl-C\n"


def test_the_end_of_the_input_is_no_answer(nowhere):
    with on_terminal("orch", "run", *GIVEN, **nowhere) as terminal:
        terminal.until(f"(e.g. {BUCKET}): ")
        terminal.type(CTRL_D)
        ended = terminal.ended()
    assert (ended.code, ended.out) == (2, "")
    assert "orch: your terminal: there was no answer" in ended.err
    assert f"mend: give it as an option: --bucket {BUCKET}" in ended.err


@pytest.mark.parametrize("answer", ["n", "", "yes please"])
def test_many_instances_are_sent_to_only_after_a_yes(nowhere, answer):
    many = ",".join(f"i-{n:017x}" for n in range(11))
    words = ("orch", "run", "--instance", many, "--role-arn", ROLE_ARN, "--bucket", BUCKET)
    with on_terminal(*words, **nowhere) as terminal:
        terminal.until("Run on 11 instances? [y/N]: ")
        terminal.type(f"{answer}\n")
        ended = terminal.ended()
    assert (ended.code, ended.out) == (2, "")
    assert "orch: orch run: not run\n  mend: nothing was sent" in ended.err
