"""The chain of hashes: whatever is done to the file behind its back is found, and named."""

import hashlib
import json
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator.journal import SqliteJournal, file
from orchestrator.journal.links import FIRST
from orchestrator.model.chain import Wrong
from support.kept_runs import CLOSING, FAILED, NOW, PASSED, SILENT, keep, plan

OTHER = "i-0000000000000000f"
CAREFULLY = "PRAGMA foreign_keys = ON"
"""With it a run's hosts and commands go with the run."""


def hosts(count):
    kinds = (PASSED, FAILED, SILENT)
    return [replace(kinds[n % 3], instance_id=f"i-{n:017x}") for n in range(count)]


@pytest.fixture
def kept(journal):
    """Three runs that ended, and one that did not."""
    for number in range(3):
        at = NOW + timedelta(hours=number)
        keep(journal, f"run-{number}", *hosts(3), at=at, schedule="daily")
    keep(journal, "going", PASSED, at=NOW + timedelta(hours=4), ended=False)
    return journal


@pytest.fixture
def behind(path):
    """What somebody does to the file, who is no journal."""

    def do(*statements):
        with closing(sqlite3.connect(path)) as other, other:
            for statement in statements:
                changed = other.execute(statement)
                assert changed.rowcount != 0, statement

    return do


def wrong(verified):
    return [(f.wrong, f.run_id or f.link, f.parts) for f in verified.findings]


def test_what_nobody_touched_is_unchanged(kept):
    verified = kept.verify()
    assert (verified.exit_code, verified.findings) == (0, ())
    assert (verified.runs, verified.links, verified.open) == (3, 4, ("going",))
    assert verified.newest.number == 4


ALTERED = {
    "the verdict of a host": (
        f"UPDATE hosts SET outcome = 'PASS' WHERE run_id = 'run-1' AND instance_id = 'i-{1:017x}'",
        f"i-{1:017x}: its report",
    ),
    "a word in a host's report": (
        "UPDATE hosts SET report = replace(report, 'Success', 'success') WHERE run_id = 'run-1'"
        f" AND instance_id = 'i-{2:017x}'",
        f"i-{2:017x}: its report",
    ),
    "what a host ended with": (
        "UPDATE hosts SET invocation = replace(invocation, 'Success', 'Failed')"
        f" WHERE run_id = 'run-1' AND instance_id = 'i-{0:017x}'",
        f"i-{0:017x}: what it ended with",
    ),
    "a host less": (
        f"DELETE FROM hosts WHERE run_id = 'run-1' AND instance_id = 'i-{1:017x}'",
        f"i-{1:017x}: missing",
    ),
    "a host more": (
        "INSERT INTO hosts (run_id, instance_id, outcome, report)"
        f" SELECT 'run-1', '{OTHER}', outcome, report FROM hosts WHERE run_id = 'run-0' LIMIT 1",
        f"{OTHER}: put in",
    ),
    "the closing": (
        "UPDATE runs SET closing = replace(closing, 'a note', 'no note') WHERE run_id = 'run-1'",
        "the closing",
    ),
    "the plan": (
        "UPDATE runs SET plan = replace(plan, 'exit 0', 'exit 1') WHERE run_id = 'run-1'",
        "the plan",
    ),
    "the time": (
        "UPDATE runs SET started = '2026-01-02T04:04:06+00:00' WHERE run_id = 'run-1'",
        "the run's own row",
    ),
    "that it ended": (
        "UPDATE runs SET ended = NULL WHERE run_id = 'run-1'",
        "the run's own row",
    ),
    "the operator's options": (
        """UPDATE runs SET options = '{"profile":"x"}' WHERE run_id = 'run-1'""",
        "the run's own row",
    ),
    "the targets": (
        """UPDATE runs SET managed = '{"x":1}' WHERE run_id = 'run-1'""",
        "what SSM knew of the targets",
    ),
    "a command's id": (
        "UPDATE chunks SET command_id = 'c-x' WHERE run_id = 'run-1'",
        "which commands were sent",
    ),
    "where it came from": (
        "UPDATE runs SET origin = 'x' WHERE run_id = 'run-1'",
        "where it was imported from",
    ),
}


@pytest.mark.parametrize(("statement", "part"), ALTERED.values(), ids=ALTERED)
def test_what_was_altered_is_named(kept, behind, statement, part):
    behind(statement)
    verified = kept.verify()
    assert wrong(verified) == [(Wrong.ALTERED, "run-1", (part,))]
    assert verified.exit_code == 1
    assert kept.verify(["run-1"]).findings == verified.findings
    assert kept.verify(["run-0"]).findings == ()


def test_hashes_altered_with_the_report_do_not_hide_it(kept, behind):
    host = f"run_id = 'run-1' AND instance_id = 'i-{0:017x}'"
    behind(
        f"UPDATE hosts SET outcome = 'FAIL' WHERE {host}",
        f"UPDATE sealed_hosts SET judged = 'x' WHERE {host}",
    )
    ((_, run_id, parts),) = wrong(kept.verify())
    assert (run_id, parts[-1]) == ("run-1", "the hashes of its hosts")


def test_a_run_that_is_gone_is_missing(kept, behind):
    behind("DELETE FROM runs WHERE run_id = 'run-1'")
    assert wrong(kept.verify()) == [(Wrong.MISSING, "run-1", ())]
    assert wrong(kept.verify(["run-1"])) == [(Wrong.MISSING, "run-1", ())]


def test_a_run_that_was_put_in_has_no_link(kept, behind):
    behind(
        "CREATE TEMP TABLE more AS SELECT * FROM runs WHERE run_id = 'run-1'",
        "UPDATE more SET run_id = 'run-9'",
        "INSERT INTO runs SELECT * FROM more",
    )
    assert wrong(kept.verify()) == [(Wrong.INSERTED, "run-9", ())]


def test_a_link_that_is_gone_leaves_a_gap(kept, behind):
    behind(
        CAREFULLY,
        "DELETE FROM runs WHERE run_id = 'run-1'",
        "DELETE FROM links WHERE run_id = 'run-1'",
    )
    assert wrong(kept.verify()) == [(Wrong.MISSING, 3, ())]


def test_links_that_were_moved_up_do_not_hold_each_other(kept, behind):
    behind(
        CAREFULLY,
        "DELETE FROM runs WHERE run_id = 'run-1'",
        "DELETE FROM links WHERE run_id = 'run-1'",
        "UPDATE links SET number = 3 WHERE number = 4",
    )
    assert wrong(kept.verify()) == [(Wrong.ALTERED, "run-2", ())]


@pytest.mark.parametrize(
    "change",
    [
        "parts = replace(parts, '0', '1')",
        "record_sha256 = 'x'",
        "previous = 'x'",
        "at = 'x'",
        "origin = 'x'",
        "kind = 'reopened'",
        "sha256 = 'x'",
    ],
)
def test_a_link_that_was_altered_is_named(kept, behind, change):
    behind(f"UPDATE links SET {change} WHERE number = 3")
    assert (Wrong.ALTERED, 3) in {(f.wrong, f.link) for f in kept.verify().findings}


def test_a_chain_without_its_beginning_is_no_chain(kept, behind):
    behind("DELETE FROM links WHERE number = 1")
    assert wrong(kept.verify()) == [(Wrong.MISSING, 1, ())]
    behind("DELETE FROM links")
    assert (Wrong.MISSING, 1, ()) in wrong(kept.verify())


def test_the_hashes_are_those_that_the_page_describes(kept, path):
    """Made again here from docs/history.md alone."""

    def of(value):
        text = json.dumps(value, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    with closing(sqlite3.connect(path)) as file:
        file.row_factory = sqlite3.Row
        run = dict(file.execute("SELECT * FROM runs WHERE run_id = 'run-1'").fetchone())
        named = [
            "run_id",
            "started",
            "runbook",
            "plan_sha256",
            "region",
            "hosts",
            "asked",
            "options",
            "ended",
            "outcome",
            "exit_code",
            "whole",
            "account_role",
            "schedule",
        ]
        row = {name: run[name] for name in named} | {"options": json.loads(run["options"])}
        sent = file.execute("SELECT * FROM chunks WHERE run_id = 'run-1' ORDER BY number")
        hosts = file.execute("SELECT * FROM hosts WHERE run_id = 'run-1' ORDER BY instance_id")
        lines = ""
        for host in hosts:
            said = of([host["instance_id"], host["invocation"], host["seconds"]])
            names = ("instance_id", "outcome", "name", "cause", "report")
            lines += f"{host['instance_id']} {said} {of([host[name] for name in names])}\n"
        record = {
            "form": 1,
            "run": of(row),
            "plan": of([run["plan"]]),
            "targets": of([run["managed"]]),
            "closing": of([run["closing"]]),
            "chunks": of(
                [[c["number"], json.loads(c["instance_ids"]), c["command_id"]] for c in sent]
            ),
            "hosts": hashlib.sha256(lines.encode()).hexdigest(),
        }
        link = file.execute("SELECT * FROM links WHERE run_id = 'run-1'").fetchone()
        assert link["record_sha256"] == of(record)
        before = file.execute("SELECT sha256 FROM links WHERE number = ?", (link["number"] - 1,))
        named = ("number", "kind", "run_id", "at", "origin", "record_sha256")
        assert link["sha256"] == of([*(link[name] for name in named), *before.fetchone()])


def test_what_was_pruned_is_told_from_what_was_lost(kept, behind):
    kept.prune(NOW + timedelta(minutes=90))
    verified = kept.verify()
    assert (verified.exit_code, verified.runs, verified.pruned) == (0, 1, 2)
    behind("DELETE FROM links WHERE kind = 'pruned' AND run_id = 'run-1'")
    assert wrong(kept.verify()) == [(Wrong.MISSING, 5, ()), (Wrong.MISSING, "run-1", ())]


def test_a_pruned_run_that_came_back_by_itself_was_put_in(kept, behind):
    behind("CREATE TABLE copy AS SELECT * FROM runs WHERE run_id = 'run-0'")
    kept.prune(NOW + timedelta(minutes=30))
    behind("INSERT INTO runs SELECT * FROM copy")
    assert wrong(kept.verify()) == [(Wrong.INSERTED, "run-0", ())]


def test_a_run_that_is_taken_up_again_gets_another_link(kept):
    kept.judged("run-1", hosts(1))
    verified = kept.verify()
    assert (verified.exit_code, verified.open, verified.runs) == (0, ("run-1", "going"), 2)
    kept.end("run-1", CLOSING)
    verified = kept.verify()
    assert (verified.exit_code, verified.open, verified.links) == (0, ("going",), 6)


def test_the_hash_of_a_link_is_found_again_as_long_as_nobody_made_the_chain_anew(kept, path):
    newest = kept.verify().newest
    keep(kept, "run-3", PASSED)
    assert kept.verify(expect=newest.sha256).expected == newest.number
    kept.close()
    path.unlink()
    again = SqliteJournal(path)
    for number in range(3):
        keep(again, f"run-{number}", *hosts(3), at=NOW + timedelta(hours=number))
    verified = again.verify(expect=newest.sha256)
    assert (verified.findings, verified.expected, verified.exit_code) == ((), 0, 1)
    again.close()


def test_dropping_the_newest_runs_with_their_links_shows_by_the_hash_alone(kept, behind):
    newest = kept.verify().newest.sha256
    behind(
        CAREFULLY,
        "DELETE FROM runs WHERE run_id = 'run-2'",
        "DELETE FROM links WHERE run_id = 'run-2'",
    )
    assert kept.verify().exit_code == 0
    assert kept.verify(expect=newest).exit_code == 1


def test_runs_from_before_the_chain_are_not_said_to_be_right(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old, old:
        for step in file._STEPS[:4]:
            old.executescript(step)
        old.execute("PRAGMA user_version = 4")
        for run_id in ("old", "cut-off"):
            old.execute(
                "INSERT INTO runs (run_id, started, runbook, plan_sha256, region, hosts, plan,"
                " managed, asked, options, ended) VALUES (?, '2025', '', '', '', 1, '{}', '{}', 1,"
                " '{}', ?)",
                (run_id, "2025" if run_id == "old" else None),
            )
    journal = SqliteJournal(path)
    verified = journal.verify()
    assert (verified.before, verified.open, verified.findings) == (("old",), ("cut-off",), ())
    assert (verified.runs, verified.exit_code) == (0, 4)
    journal.end("cut-off", CLOSING)
    assert (journal.verify().runs, journal.verify().before) == (1, ("old",))
    journal.close()


def test_a_chain_begins_with_a_link_that_no_other_chain_has(journal, tmp_path):
    other = SqliteJournal(tmp_path / "other.sqlite")
    first, second = journal.verify().newest, other.verify().newest
    assert first.previous == second.previous == FIRST
    assert first.sha256 != second.sha256
    other.close()


def test_a_kind_of_link_that_nobody_knows_is_said(kept, behind):
    behind("UPDATE links SET kind = 'blessed' WHERE number = 2")
    with pytest.raises(file.JournalError, match="'blessed'"):
        kept.verify()


def test_runs_that_end_at_once_have_their_links_one_after_the_other(path):
    def end(number):
        journal = SqliteJournal(path)
        for more in range(5):
            keep(journal, f"run-{number}-{more}", PASSED, at=NOW + timedelta(seconds=more))
        journal.close()

    threads = [threading.Thread(target=end, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal = SqliteJournal(path)
    verified = journal.verify()
    assert (verified.runs, verified.links, verified.findings) == (20, 21, ())
    journal.close()


def test_what_was_forgotten_leaves_nothing(journal):
    journal.begin(plan("none"), NOW, {}, asked=True)
    journal.forget("none")
    assert (journal.verify().links, journal.verify().findings) == (1, ())


def test_the_newest_are_kept_whatever_their_age(kept):
    assert [r.run_id for r in kept.due(keep=2)] == ["run-1", "run-0"]  # "going" is the newest
    assert [r.run_id for r in kept.due(NOW + timedelta(minutes=30), keep=2)] == ["run-0"]
    assert [r.run_id for r in kept.due(NOW + timedelta(days=9), keep=4)] == []
    assert [r.run_id for r in kept.due()] == ["run-2", "run-1", "run-0"]
    assert [r.run_id for r in kept.prune(keep=3)] == ["run-0"]


def test_parts_of_one_run_count_once_among_the_newest(journal):
    keep(journal, "w-1", PASSED, whole="w")
    keep(journal, "w-2", replace(PASSED, instance_id=OTHER), whole="w", at=NOW + timedelta(hours=2))
    keep(journal, "old", PASSED, at=NOW + timedelta(hours=1))
    assert [r.run_id for r in journal.due(keep=1)] == ["old"]
    assert [r.run_id for r in journal.due(NOW + timedelta(hours=1, minutes=30))] == ["old"]


def test_a_run_that_is_gone_is_known_by_its_link(kept, behind):
    behind("DELETE FROM runs WHERE run_id = 'run-1'")
    assert kept.linked("run-1") == ["run-1"]
    assert kept.linked("nothing") == kept.linked("") == []


def _columns():
    """Every column of every table, as the file's own form has them."""
    with closing(sqlite3.connect(":memory:")) as made:
        for step in file._STEPS:
            made.executescript(step)
        tables = made.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return [
            (table, name, kind, bool(must))
            for (table,) in tables
            for _, name, kind, must, *_ in made.execute(f"PRAGMA table_info({table})")
        ]


NO_RECORD = {("runs", "stopped")}
"""What says something of a run that goes on still, and nothing of what came of it."""


@pytest.mark.parametrize(("table", "column", "kind", "must"), _columns())
def test_no_column_can_be_altered_unseen(kept, path, table, column, kind, must):
    """Each one of the run in the middle: made something else, emptied, made that of another run."""
    own = "number = 3" if table == "links" else "run_id = 'run-1'"
    other = {"TEXT": "'x'", "INTEGER": "77", "REAL": "0.25"}[kind]
    words = [other, f"(SELECT {column} FROM {table} WHERE NOT {own} ORDER BY {column} LIMIT 1)"]
    words += [] if must else ["NULL"]
    rowid = "rowid" if table in {"runs", "hosts", "links"} else "run_id"
    one = f"{own} AND {rowid} = (SELECT {rowid} FROM {table} WHERE {own} LIMIT 1)"
    kept.close()
    whole = path.read_bytes()
    for word in words:
        path.write_bytes(whole)
        with closing(sqlite3.connect(path)) as behind, behind:
            before = behind.execute(f"SELECT {column} FROM {table}").fetchall()
            try:
                behind.execute(f"UPDATE {table} SET {column} = {word} WHERE {one}")
            except sqlite3.IntegrityError:
                continue
            if behind.execute(f"SELECT {column} FROM {table}").fetchall() == before:
                continue
        journal = SqliteJournal(path)
        try:
            seen = journal.verify().exit_code == 1
        except file.JournalError:
            seen = True
        journal.close()
        assert seen is ((table, column) not in NO_RECORD), word


@pytest.mark.parametrize(
    "statements",
    [
        (
            "CREATE TEMP TABLE a AS SELECT * FROM hosts WHERE run_id = 'run-1'",
            f"UPDATE hosts SET report = (SELECT report FROM a WHERE instance_id = 'i-{1:017x}')"
            f" WHERE run_id = 'run-1' AND instance_id = 'i-{0:017x}'",
            f"UPDATE hosts SET report = (SELECT report FROM a WHERE instance_id = 'i-{0:017x}')"
            f" WHERE run_id = 'run-1' AND instance_id = 'i-{1:017x}'",
        ),
        (
            "UPDATE links SET number = 99 WHERE number = 2",
            "UPDATE links SET number = 2 WHERE number = 3",
            "UPDATE links SET number = 3 WHERE number = 99",
        ),
        (
            "UPDATE runs SET run_id = 'x' WHERE run_id = 'run-0'",
            "UPDATE runs SET run_id = 'run-0' WHERE run_id = 'run-1'",
            "UPDATE runs SET run_id = 'run-1' WHERE run_id = 'x'",
        ),
        ("DELETE FROM chunks WHERE run_id = 'run-1'",),
        ("INSERT INTO chunks VALUES ('run-1', 9, '[]', NULL)",),
        ("DELETE FROM sealed_hosts WHERE run_id = 'run-1'",),
        ("INSERT INTO sealed_hosts VALUES ('run-1', 'i-x', 'x', 'x')",),
        ("INSERT INTO hosts (run_id, instance_id) VALUES ('run-1', 'i-x')",),
        ("INSERT INTO hosts (run_id, instance_id) VALUES ('e-tomorrow', 'i-x')",),
        ("INSERT INTO chunks VALUES ('e-tomorrow', 0, '[]', 'c-x')",),
        (
            "INSERT INTO links SELECT number + 9, kind, run_id, at, origin, parts, record_sha256,"
            " previous, sha256 FROM links WHERE number = 2",
        ),
    ],
    ids=[
        *("reports swapped", "links swapped", "runs swapped", "a command less", "a command more"),
        *("hashes less", "hashes more", "a host more", "a host of no run", "a command of no run"),
        "a link again",
    ],
)
def test_what_is_swapped_dropped_or_put_in_is_seen(kept, behind, statements):
    behind(*(f"{statement}" for statement in statements))
    assert kept.verify().exit_code == 1
