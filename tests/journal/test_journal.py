"""The journal: what is kept, and what happens where it cannot be."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from orchestrator.errors import JournalError
from orchestrator.journal import SqliteJournal
from orchestrator.journal.file import VERSION
from orchestrator.model.enums import Outcome
from orchestrator.model.journal import RunState
from support import samples
from support.kept_runs import CLOSING, ENDED, FAILED, NOW, PASSED, ROW, SILENT, plan

HOSTS = [PASSED, FAILED, SILENT]


def begin(journal, what=None, started=NOW):
    journal.begin(what or plan(), started, {samples.INSTANCE: ROW}, asked=True)


def test_times_are_kept_in_utc_so_that_they_can_be_compared(journal):
    here = NOW.astimezone(timezone(timedelta(hours=9)))
    begin(journal, plan("early"), here)
    begin(journal, plan("late"), NOW + timedelta(hours=1))
    assert [record.run_id for record in journal.records()] == ["late", "early"]
    assert journal.records()[1].started.isoformat() == NOW.isoformat()


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: str(host.outcome))
def test_a_whole_run_comes_back_as_it_was(journal, path, host):
    begin(journal)
    journal.sending(samples.RUN_ID, 0, [samples.INSTANCE])
    journal.sent(samples.RUN_ID, 0, "c-1")
    journal.took(samples.RUN_ID, [ENDED])
    journal.judged(samples.RUN_ID, [host])
    journal.end(samples.RUN_ID, CLOSING)
    journal.close()
    again = SqliteJournal(path)
    kept = again.load(samples.RUN_ID)
    assert kept.plan == plan()
    assert kept.managed == {samples.INSTANCE: ROW}
    assert [(c.number, c.instance_ids, c.command_id) for c in kept.chunks] == [
        (0, (samples.INSTANCE,), "c-1")
    ]
    assert list(again.invocations(samples.RUN_ID)) == [ENDED]
    assert list(again.hosts(samples.RUN_ID)) == [host]
    assert kept.closing == CLOSING
    record = kept.record
    assert (record.state, record.outcome, record.exit_code) == (RunState.ENDED, Outcome.FAIL, 1)
    assert record.ended - record.started == timedelta(seconds=20)
    again.close()


def test_a_chunk_whose_answer_was_never_seen_has_no_command(journal):
    begin(journal)
    journal.sending(samples.RUN_ID, 0, [samples.INSTANCE])
    assert journal.load(samples.RUN_ID).chunks[0].command_id is None
    assert journal.load(samples.RUN_ID).record.state is RunState.BEGUN


def test_a_final_state_is_never_overwritten(journal):
    begin(journal)
    journal.took(samples.RUN_ID, [ENDED])
    journal.took(samples.RUN_ID, [replace(ENDED, status="Failed", output="")])
    assert list(journal.invocations(samples.RUN_ID)) == [ENDED]


def test_past_times_are_those_of_the_same_plans_hosts(journal):
    assert journal.past_seconds("x" * 64) == []
    for number, seconds in enumerate((10.0, 12.0, 400.0)):
        what = plan(f"run-{number}")
        begin(journal, what)
        journal.took(what.run_id, [replace(ENDED, seconds=seconds)])
    begin(journal, plan("other", procedure_sha256="f" * 64))
    journal.took("other", [replace(ENDED, seconds=1.0)])
    assert sorted(journal.past_seconds(plan().procedure_sha256)) == [10.0, 12.0, 400.0]


def test_the_newest_runs_come_first_and_old_ones_can_be_dropped(journal):
    for day in range(5):
        what = plan(f"run-{day}")
        begin(journal, what, NOW + timedelta(days=day))
        if day != 1:
            journal.end(what.run_id, CLOSING)
    assert [record.run_id for record in journal.records(2)] == ["run-4", "run-3"]
    assert [r.run_id for r in journal.prune(NOW + timedelta(days=3))] == ["run-2", "run-0"]
    assert [record.run_id for record in journal.records()] == ["run-4", "run-3", "run-1"]
    assert journal.load("run-0") is None
    assert list(journal.invocations("run-0")) == []


def test_many_invocations_are_read_in_parts(journal):
    begin(journal)
    many = [replace(ENDED, instance_id=f"i-{n:017x}") for n in range(1001)]
    journal.took(samples.RUN_ID, many)
    assert list(journal.invocations(samples.RUN_ID)) == many


def test_a_run_id_is_kept_once(journal):
    begin(journal)
    with pytest.raises(JournalError, match="is kept here already"):
        begin(journal)


def test_only_its_owner_may_read_it(journal, path):
    begin(journal)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_newer_form_is_refused_and_left_alone(journal, path):
    begin(journal)
    journal.close()
    with sqlite3.connect(path) as file:
        file.execute(f"PRAGMA user_version = {VERSION + 1}")
    file.close()
    with pytest.raises(JournalError, match="newer orch") as raised:
        SqliteJournal(path).records()
    assert "ORCH_STATE_DIR" in raised.value.mend


@pytest.mark.parametrize(
    "content", [b"this is no database, whatever its name says" * 40, b"\0" * 9999]
)
def test_what_is_no_journal_is_said_and_left_alone(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(JournalError, match="no journal"):
        SqliteJournal(path).records()
    assert path.read_bytes() == content


def test_a_damaged_journal_is_said(journal, path):
    begin(journal)
    journal.took(samples.RUN_ID, [replace(ENDED, instance_id=f"i-{n:017x}") for n in range(3000)])
    journal.close()
    damaged = bytearray(path.read_bytes())
    damaged[8192:-8192] = b"\xff" * (len(damaged) - 16384)
    path.write_bytes(damaged)
    with pytest.raises(JournalError, match="damaged"):
        list(SqliteJournal(path).invocations(samples.RUN_ID))


def test_an_entry_that_nobody_can_read_is_said(journal, path):
    begin(journal)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE runs SET plan = '{}'")
    file.close()
    with pytest.raises(JournalError, match="an entry cannot be read"):
        journal.load(samples.RUN_ID)


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(JournalError) as raised:
        SqliteJournal(tmp_path / "state" / "runs.sqlite").records()
    assert "ORCH_STATE_DIR" in raised.value.mend


def test_a_file_that_somebody_holds_is_waited_for_and_then_said(journal, path, monkeypatch):
    begin(journal)
    monkeypatch.setattr("orchestrator.journal.file.BUSY", 0.2)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="another orch has held it"):
            begin(SqliteJournal(path), plan("second"))
        other.execute("ROLLBACK")
    other.close()


def test_threads_share_one_journal(journal):
    begin(journal)
    threads = [
        threading.Thread(
            target=journal.took,
            args=(samples.RUN_ID, [replace(ENDED, instance_id=f"i-{n:017x}")]),
        )
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(journal.invocations(samples.RUN_ID))) == 20


WRITE_ON = """
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from orchestrator.journal import SqliteJournal
from orchestrator.model.fleet import Invocation
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener

journal = SqliteJournal(Path(sys.argv[1]))
what = replace(samples.plan(), run_id=sys.argv[2])
journal.begin(what, datetime.now(UTC), {}, asked=True)
print("begun", flush=True)
for number in range(int(sys.argv[3])):
    journal.took(what.run_id, [Invocation(f"i-{number:017x}", "Success", "Success", 0, "x" * 2000)])
    print(number, flush=True)
"""


def writer(path, run_id, count, **more):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", WRITE_ON, str(path), run_id, str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        **more,
    )


def test_what_was_written_survives_a_kill(path):
    with writer(path, "killed", 100_000) as process:
        for line in process.stdout:
            if line.strip() == "30":
                process.send_signal(signal.SIGKILL)
                break
    journal = SqliteJournal(path)
    ids = [item.instance_id for item in journal.invocations("killed")]
    assert ids[:31] == [f"i-{number:017x}" for number in range(31)]
    assert journal.load("killed").record.state is RunState.BEGUN
    journal.close()


def test_two_processes_write_into_one_file(path):
    with writer(path, "one", 40) as one, writer(path, "two", 40) as two:
        assert (one.wait(60), two.wait(60)) == (0, 0), one.stderr.read() + two.stderr.read()
    journal = SqliteJournal(path)
    assert {name: len(list(journal.invocations(name))) for name in ("one", "two")} == {
        "one": 40,
        "two": 40,
    }
    journal.close()


def test_a_full_disk_is_said_and_loses_nothing(path):
    """The limit of a file's size stands for the disk: SQLite meets it at the same call."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    with writer(path, "full", 10_000, preexec_fn=limit) as process:
        said = process.stdout.read().split()
        assert process.wait(60) == 1
        assert "JournalError" in process.stderr.read()
    journal = SqliteJournal(path)
    assert len(list(journal.invocations("full"))) == int(said[-1]) + 1
    journal.close()
