"""`orch runs`: what was run before."""

import json
import os
import re
import sqlite3
import threading
from contextlib import ExitStack, closing
from types import SimpleNamespace

import pytest

from orchestrator.journal import SqliteJournal, holding
from support import samples
from support.kept_runs import FAILED, PASSED, keep

RUN = (
    *("run", "--instance", samples.INSTANCE, "--role-arn", samples.ROLE_ARN),
    *("--bucket", samples.BUCKET, "--region", "ap-northeast-1"),
)


@pytest.fixture
def run_id(orch, fleet):
    ended = orch(*RUN, "--output", "json")
    assert ended.code == 0, ended.err
    return ended.report["run_id"]


def test_a_run_is_kept_and_shown_again_as_it_was(orch, fleet, run_id):
    first = orch("runs", "show", run_id, "--output", "json")
    assert first.code == 0, first.err
    assert first.report["run_id"] == run_id
    assert first.report["outcome"] == "PASS"
    assert orch("runs", "show", "latest", "--output", "json").out == first.out
    assert orch("runs", "show", run_id[:20], "--output", "json").out == first.out
    assert orch("runs", "show", run_id).out.startswith("PASS  switch-role on 1 host")


def test_a_report_that_is_shown_again_is_the_one_that_was_printed(orch, fleet):
    printed = orch(*RUN)
    again = orch("runs", "show", "latest")
    assert again.out == printed.out


def test_the_exit_code_is_that_of_the_run(orch, fleet):
    fleet.changes = {"fatal": {"chain": ["orch.ModuleMissing"]}, "steps": [], "verdict": "UNKNOWN"}
    assert orch(*RUN).code == 4
    assert orch("runs", "show", "latest").code == 4


def test_runs_are_listed_newest_first(orch, fleet):
    ids = [(orch(*RUN, "--run-id", f"run-{n}").code and "") or f"run-{n}" for n in range(3)]
    listed = orch("runs", "list", "--output", "json")
    assert [item["run_id"] for item in json.loads(listed.out)["runs"]] == ids[::-1]
    text = orch("runs", "list", "--max-items", "2").out
    assert re.findall(r"^PASS +(run-\d) +2026-01-01 00:00 +1 host  switch-role$", text, re.M) == [
        "run-2",
        "run-1",
    ]


def cut_off(orch, fleet, monkeypatch):
    """A run whose process dies when it first looks; its command is out."""

    class Killed(BaseException):
        pass

    def die(_command_id):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(fleet, "look", die)
        with pytest.raises(Killed):
            orch(*RUN, "--run-id", "cut-off")


def test_a_run_that_was_cut_off_is_taken_up_and_sent_once(orch, fleet, monkeypatch):
    cut_off(orch, fleet, monkeypatch)
    assert orch("runs", "list").out.startswith("not ended  cut-off")
    shown = orch("runs", "show", "cut-off")
    assert (shown.code, "orch runs resume cut-off" in shown.err) == (2, True)
    ended = orch("runs", "resume", "latest", "--output", "json")
    assert ended.code == 0, ended.err
    assert ended.report["outcome"] == "PASS"
    assert ended.report["notes"][0].startswith("taken up again at 2026-01-01")
    assert len(fleet.requests) == 1
    assert orch("runs", "resume", "cut-off", "--output", "json").out == ended.out
    assert orch("runs", "list").out.startswith("PASS  cut-off")
    assert orch("runs", "verify").out.startswith("UNCHANGED  1 run checked, 2 links")


def test_a_run_that_was_cut_off_is_cancelled_and_reported(orch, fleet, monkeypatch):
    cut_off(orch, fleet, monkeypatch)
    fleet.hosts[0].seconds = 600
    ended = orch("runs", "cancel", "latest", "--output", "json")
    assert ended.code == 130, ended.err
    assert ended.report["hosts"][0]["status"] == "Cancelled"
    sent, put_back = fleet.sent
    assert list(fleet.cancelled) == [sent]
    assert ended.report["hosts"][0]["put_back"]["command_id"] == put_back
    again = orch("runs", "cancel", "cut-off")
    assert (again.code, "the run cut-off has ended" in again.err) == (2, True)


def test_what_nobody_sees_to_its_end_is_taken_up_by_whoever_would_watch(orch, fleet, monkeypatch):
    cut_off(orch, fleet, monkeypatch)
    ended = orch("runs", "attach", "cut-off", "--output", "json")
    assert (ended.code, ended.report["outcome"]) == (0, "PASS"), ended.err
    assert len(fleet.requests) == 1


def test_a_run_that_somebody_sees_to_its_end_is_not_taken_up_too(
    orch, fleet, monkeypatch, tmp_path
):
    cut_off(orch, fleet, monkeypatch)
    with holding(tmp_path / "state", "cut-off"):
        ended = orch("runs", "resume", "cut-off")
    assert (ended.code, ended.out) == (3, "")
    assert "another orch on this machine sees the run cut-off to its end" in ended.err
    assert "`orch runs attach cut-off` watches it" in ended.err
    assert orch("runs", "resume", "cut-off").code == 0
    assert not [*(tmp_path / "state/held").iterdir()]


def test_a_run_that_somebody_sees_to_its_end_is_watched_until_it_has(
    orch, fleet, monkeypatch, tmp_path
):
    cut_off(orch, fleet, monkeypatch)
    held = ExitStack()
    held.enter_context(holding(tmp_path / "state", "cut-off"))
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            held.close()

    with monkeypatch.context() as patched:
        patched.setattr(fleet.clock, "sleep", sleep)
        patched.setattr("orchestrator.cli.taking_up.resume", lambda *_, **_more: report)
        report = SimpleNamespace(exit_code=4)
        patched.setattr("orchestrator.cli.reporting.Reporting.tell", lambda *_: None)
        assert orch("runs", "attach", "cut-off").code == 4
    assert slept == [1.0] * 3


def test_the_same_run_id_is_not_used_twice(orch, fleet):
    assert orch(*RUN, "--run-id", "mine").code == 0
    again = orch(*RUN, "--run-id", "mine")
    assert (again.code, len(fleet.requests)) == (2, 1)
    assert "--run-id: the run mine is kept here already" in again.err


def test_what_has_not_ended_is_not_dropped(orch, fleet, monkeypatch):
    cut_off(orch, fleet, monkeypatch)
    assert orch("runs", "prune", "--older-than", "30d").out == "0 runs dropped\n"


def test_nothing_to_list_is_said(orch):
    assert orch("runs", "list").out == "no run is kept here yet\n"


def test_old_runs_are_dropped(orch, fleet, run_id):
    assert orch("runs", "prune").out == "1 run dropped\n"
    assert orch("runs", "list").out == "no run is kept here yet\n"


def test_what_is_due_is_shown_before_it_is_dropped(orch, fleet):
    for n in range(3):
        orch(*RUN, "--run-id", f"run-{n}")
    due = orch("runs", "prune", "--keep", "1", "--dry-run").out
    assert re.findall(r"run-\d", due) == ["run-1", "run-0"]
    assert due.endswith("2 runs would be dropped\n")
    assert orch("runs", "prune", "--keep", "3", "--dry-run").out == "0 runs would be dropped\n"
    assert orch("runs", "prune", "--keep", "1", "--older-than", "3000d").out == "0 runs dropped\n"
    assert orch("runs", "prune", "--keep", "1").out == "2 runs dropped\n"
    assert re.findall(r"run-\d", orch("runs", "list").out) == ["run-2"]


def alter(tmp_path, statement):
    with closing(sqlite3.connect(tmp_path / "state/runs.sqlite")) as file, file:
        file.execute(statement)


def test_what_is_kept_is_held_to_the_chain(orch, fleet, tmp_path):
    orch(*RUN, "--run-id", "run-1")
    ended = orch("runs", "verify")
    assert (ended.code, ended.out.splitlines()[0]) == (0, "UNCHANGED  1 run checked, 2 links")
    newest = ended.out.splitlines()[-1]
    assert orch("runs", "verify", "--expect", newest.upper()).code == 0
    assert orch("runs", "verify", "latest").code == 0
    lost = orch("runs", "verify", "--expect", "0" * 64)
    assert (lost.code, "no link of this chain has the expected hash" in lost.out) == (1, True)
    alter(tmp_path, "UPDATE hosts SET outcome = 'FAIL'")
    ended = orch("runs", "verify", "run-1")
    assert ended.code == 1
    assert ended.out.startswith("CHANGED")
    assert f"{samples.INSTANCE}: its report" in ended.out
    told = json.loads(orch("runs", "verify", "--output", "json").out)
    assert (told["exit_code"], told["newest_link"]["sha256"]) == (1, newest)
    (finding,) = told["findings"]
    assert (finding["wrong"], finding["run_id"]) == ("altered", "run-1")
    alter(tmp_path, "DELETE FROM runs")
    assert "missing   the run run-1" in orch("runs", "verify", "run-1").out


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """From here on, another journal."""
    return lambda: monkeypatch.setenv("ORCH_STATE_DIR", str(tmp_path / "elsewhere"))


def test_runs_go_from_one_journal_to_another(orch, fleet, elsewhere, tmp_path):
    for n in range(2):
        orch(*RUN, "--run-id", f"run-{n}")
    shown = orch("runs", "show", "run-0").out
    written = orch("runs", "export", "--to", "runs.jsonl")
    assert (written.out, written.err) == ("", "2 runs written\n")
    assert (tmp_path / "runs.jsonl").stat().st_mode & 0o077 == 0
    one = orch("runs", "export", "run-1").out
    assert [json.loads(line)["line"] for line in one.splitlines()] == [
        *("header", "run", "host", "link")
    ]
    elsewhere()
    assert orch("runs", "import", "runs.jsonl").out == "2 runs were added\n"
    assert orch("runs", "import", "runs.jsonl").out == (
        "0 runs were added, 2 runs were here already\n"
    )
    assert orch("runs", "show", "run-0").out == shown
    assert orch("runs", "list").out.count("(imported)") == 2
    assert orch("runs", "verify").code == 0
    assert orch("runs", "resume", "run-0").out == shown
    assert (orch("runs", "cancel", "run-0").code, len(fleet.requests)) == (2, 2)


def test_runs_go_through_a_pipe(orch, fleet, run_id, elsewhere):
    lines = orch("runs", "export", run_id).out.encode()
    elsewhere()
    reading, writing = os.pipe()
    own = os.dup(0)

    def feed():
        os.write(writing, lines[60_000:])
        os.close(writing)

    try:
        os.write(writing, lines[:60_000])
        os.dup2(reading, 0)
        rest = threading.Thread(
            target=lambda: (os.write(writing, lines[60_000:]), os.close(writing))
        )
        rest.start()
        assert orch("runs", "import", "-").out == "1 run was added\n"
        rest.join()
    finally:
        os.dup2(own, 0)
        os.close(own)
        os.close(reading)


def test_runs_of_a_schedule_are_listed_by_its_name(orch, tmp_path):
    journal = SqliteJournal(tmp_path / "state/runs.sqlite")
    keep(journal, "by-hand", PASSED)
    keep(journal, "by-clock", PASSED, schedule="nightly")
    journal.close()
    by_hand, by_clock = orch("runs", "list").out.splitlines()
    assert by_hand.endswith("1 host  switch-role")
    assert by_clock.endswith("1 host  by nightly")
    only = json.loads(orch("runs", "list", "--schedule", "nightly", "--output", "json").out)
    assert [(run["run_id"], run["schedule"]) for run in only["runs"]] == [("by-clock", "nightly")]
    none = orch("runs", "list", "--schedule", "weekly").out
    assert none == "no run of 'weekly' is kept here; `orch collect` takes them in\n"


def test_the_list_of_runs_fits_a_terminal(orch, tmp_path):
    journal = SqliteJournal(tmp_path / "state/runs.sqlite")
    keep(journal, "71196fad-0a62-47ba-b793-75458158187d", PASSED, schedule="orch-switch-role")
    keep(journal, "20261127T120624Z-2f52f6", FAILED, schedule="orch-of-a-longer-name")
    journal.close()
    lines = orch("runs", "list").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) == 3
    assert any(line.endswith("1 host  by orch-switch-role") for line in lines)
    assert lines[-1].strip() == "orch-of-a-longer-name"


def test_an_import_that_goes_wrong_says_where_and_what_came_before(
    orch, fleet, elsewhere, tmp_path
):
    for n in range(2):
        orch(*RUN, "--run-id", f"run-{n}")
    lines = orch("runs", "export").out.splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text("".join(lines[:-1]))
    elsewhere()
    ended = orch("runs", "import", "cut.jsonl")
    assert (ended.code, ended.out) == (2, "")
    assert "cut.jsonl line 6: the file ends in the middle of the run run-1" in ended.err
    assert "; 1 run was added" in ended.err


def test_what_was_altered_or_has_not_ended_is_not_exported(orch, fleet, monkeypatch, tmp_path):
    orch(*RUN, "--run-id", "run-1")
    cut_off(orch, fleet, monkeypatch)
    ended = orch("runs", "export", "cut-off")
    assert (ended.code, "the run cut-off has not ended" in ended.err) == (2, True)
    alter(tmp_path, "UPDATE hosts SET outcome = 'FAIL'")
    ended = orch("runs", "export", "--to", "runs.jsonl")
    assert (ended.code, ended.out) == (2, "")
    assert "the run run-1 is not as it was when it ended" in ended.err
    assert not (tmp_path / "runs.jsonl").exists()


def test_an_export_that_cannot_be_written_leaves_nothing(orch, fleet, run_id, tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("folder", "nowhere/x"):
        ended = orch("runs", "export", "--to", name)
        assert (ended.code, "--to: cannot write" in ended.err) == (2, True)
    assert {path.name for path in tmp_path.iterdir()} == {"state", "folder"}


def test_where_nothing_can_be_checked_nothing_is_said_to_be_right(orch, fleet, monkeypatch):
    assert orch("runs", "verify").code == 4
    cut_off(orch, fleet, monkeypatch)
    ended = orch("runs", "verify")
    assert (ended.code, ended.out.splitlines()[0]) == (
        4,
        "NOTHING TO CHECK  0 runs checked, 1 link",
    )
    assert "the run cut-off has not ended" in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verify", "nothing"), "no run is called 'nothing'"),
        (("verify", "--expect", "abc"), "--expect: 'abc' is no SHA-256"),
        (("prune", "--keep", "0"), "--keep"),
        (("import", "nothing.jsonl"), "FILE: cannot read nothing.jsonl"),
        (("export", "nothing"), "no run is called 'nothing'"),
        (("show", "nothing"), "no run is called 'nothing'"),
        (("show", ""), "runs are called ''"),
        (("prune", "--older-than", "soon"), "--older-than: 'soon' is"),
        (("prune", "--older-than", "-5d"), "--older-than: '-5d' is"),
        (("list", "--max-items", "0"), "--max-items"),
    ],
)
def test_what_is_wrong_is_told(orch, fleet, words, said):
    for n in range(2):
        orch(*RUN, "--run-id", f"run-{n}")
    ended = orch("runs", *words)
    assert ended.code == 2
    assert said in ended.err


def test_a_journal_that_cannot_be_used_does_not_stop_a_run(orch, fleet, tmp_path):
    (tmp_path / "state").write_text("a file")
    ended = orch(*RUN, "--output", "json")
    assert ended.code == 0
    assert "the journal" in ended.report["notes"][0]
    listed = orch("runs", "list")
    assert listed.code == 3
    assert "ORCH_STATE_DIR" in listed.err


def test_a_journal_of_a_newer_orch_is_left_alone(orch, fleet, run_id, tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "state/runs.sqlite") as file:
        file.execute("PRAGMA user_version = 99")
    file.close()
    ended = orch(*RUN, "--output", "json")
    assert (ended.code, "newer orch" in ended.report["notes"][0]) == (0, True)
