import io

import pytest

from orchestrator.cli.console import coloured, columns, show, show_error
from orchestrator.cli.progress import Progress
from orchestrator.errors import UsageError
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
        progress.stage("wait", "command 1 sent to 1 host")
        progress.look(1.0, {"InProgress": 1})
        progress.stage("cancel")
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "command 1 sent to 1 host\nstopping: cancelling the command (Ctrl-C again leaves it)\n"
    )
