import io

import pytest

from orchestrator.cli.console import coloured, columns, show, show_error
from orchestrator.cli.progress import Progress, words
from orchestrator.errors import UsageError
from orchestrator.model.progress import Look
from orchestrator.report.styled import Segment

LINES = [(Segment("PASS", "good"), Segment("  all is well  ")), (Segment(""),)]


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def written(monkeypatch):
    """What a call writes where both streams are a terminal."""

    def write(show, what):
        screen = Screen()
        with monkeypatch.context() as patched:
            patched.setattr("sys.stdout", screen)
            patched.setattr("sys.stderr", screen)
            show(what)
        return screen.getvalue()

    return write


@pytest.mark.parametrize(
    ("stream", "no_color", "expected"),
    [
        (Screen(), None, True),
        # no-color.org: "when present and not an empty string".
        (Screen(), "", True),
        (Screen(), "1", False),
        (io.StringIO(), None, False),
    ],
)
def test_colours_are_for_terminals_whose_reader_wants_them(monkeypatch, stream, no_color, expected):
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    assert coloured(stream) is expected


def test_a_terminal_gets_colours(written):
    assert written(show, LINES) == "\x1b[32m\x1b[1mPASS\x1b[0m  all is well\n\n"


def test_no_color_leaves_the_text(written, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert written(show, LINES) == "PASS  all is well\n\n"
    assert written(show_error, UsageError("it is wrong", mend="mend it")) == (
        "orch: it is wrong\n  mend: mend it\n"
    )


def test_a_pipe_gets_the_text(capsys):
    show(LINES)
    assert capsys.readouterr().out == "PASS  all is well\n\n"


def test_an_error_is_red_at_its_head_alone(written):
    expected = "\x1b[31m\x1b[1morch: \x1b[0mit is wrong\n"
    assert written(show_error, UsageError("it is wrong")) == expected


def test_an_error_cannot_write_to_the_terminal_what_it_would_obey(capsys):
    show_error(UsageError("a\x1b[2J\rb\u202ec", where="x\ny"))
    assert capsys.readouterr().err == "orch: x\\ny: a\\x1b[2J\\rb\\u202ec\n"


def test_columns_are_two_blanks_apart_and_the_last_is_wrapped():
    rows = [("a", "bb", "word " * 20), ("aaa", "b", "")]
    first, second, last = columns(rows)
    assert first.startswith("a    bb  word word")
    assert second.startswith(" " * 9 + "word")
    assert max(len(first), len(second)) <= 80
    assert last.rstrip() == "aaa  b"


def test_off_a_terminal_progress_is_the_command_and_the_cancel_alone(capsys):
    with Progress(terminal=False) as progress:
        for stage in ("check", "send", "wait", "read"):
            progress.stage(stage)
        progress.sent("1", 1, 0, 1)
        progress.look(Look(1.0, {"InProgress": 1}))
        progress.stage("cancel")
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "command 1 sent to 1 host\nstopping: cancelling the command (Ctrl-C again leaves it)\n"
    )


def test_off_a_terminal_many_commands_are_one_line_and_a_long_wait_one_in_a_while(capsys):
    with Progress(terminal=False) as progress:
        for number in range(200):
            progress.sent(f"c{number}", 50, number, 200)
        for second in range(100):
            progress.look(Look(float(second), {"InProgress": 9_998, "Failed": 2}, failed=("i-2",)))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "200 commands sent to 10000 hosts"
    assert all(line.endswith("; failed: i-2 and 1 more") for line in lines[1:])
    assert [line.split(", ")[2].split(";")[0] for line in lines[1:]] == ["30 s", "60 s", "90 s"]


def test_progress_tells_counts_the_time_and_the_hosts_that_matter():
    states = {"Success": 495, "InProgress": 2, "Failed": 3}
    seen = Look(14.2, states, 25.0, failed=("i-3", "i-2"), slow=("i-8", "i-9"))
    assert words(seen) == [
        "waiting for 500 hosts: 3 Failed, 2 InProgress, 495 Success, 14 of about 25 s",
        "failed: i-3, i-2 and 1 more",
        "still waiting for i-8, i-9",
    ]
    assert words(Look(30.0, {"InProgress": 1}, 25.0))[0].endswith("1 InProgress, 30 s, usually 25")
    assert words(Look(3.0, {"InProgress": 1})) == ["waiting for the host: 1 InProgress, 3 s"]
