"""Runs go from one journal to another: as they were, or not at all."""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from orchestrator.errors import UsageError
from orchestrator.journal import SqliteJournal, received
from orchestrator.journal.arriving import LONGEST_LINE
from orchestrator.model.codec import as_data
from support import fleets, samples
from support.kept_runs import FAILED, NOW, PASSED, ROW, SILENT, keep

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "orchestrator/schemas/runs-export.schema.json").read_text()
)
OTHER = "i-0000000000000000f"


@pytest.fixture
def theirs(tmp_path):
    """Another journal with two runs, the second in two places."""
    found = SqliteJournal(tmp_path / "theirs.sqlite", {"profile": "ops"})
    keep(found, "one", FAILED, replace(SILENT, instance_id=OTHER), schedule="daily")
    later = NOW + timedelta(hours=1)
    keep(found, "two-1", FAILED, at=later, whole="two", parts=2)
    keep(found, "two-2", replace(FAILED, instance_id=OTHER), at=later, whole="two", parts=2)
    yield found
    found.close()


@pytest.fixture
def lines(theirs):
    return list(theirs.exported(["one", "two-1", "two-2"]))


def take(journal, lines):
    source = [line if isinstance(line, bytes) else f"{line}\n".encode() for line in lines]
    return list(received(journal, "runs.jsonl", source))


def refused(journal, lines):
    with pytest.raises(UsageError) as raised:
        take(journal, lines)
    return raised.value


def test_a_run_comes_as_it_was(journal, theirs, lines):
    assert take(journal, lines) == [("one", True), ("two-1", True), ("two-2", True)]
    for run_id in ("one", "two-1"):
        ours, was = journal.load(run_id), theirs.load(run_id)
        assert replace(ours, record=was.record) == was
        assert list(journal.hosts(run_id)) == list(theirs.hosts(run_id))
        assert list(journal.invocations(run_id)) == list(theirs.invocations(run_id))
    assert journal.past().seen == theirs.past().seen
    first = json.loads(lines[0])["chain"]
    assert {record.origin for record in journal.records()} == {first}
    verified = journal.verify()
    assert (verified.runs, verified.exit_code) == (3, 0)


def test_what_comes_again_is_not_added_again(journal, lines):
    take(journal, lines)
    assert take(journal, lines) == [("one", False), ("two-1", False), ("two-2", False)]
    assert journal.verify().links == 4


def test_what_was_imported_can_be_exported_and_keeps_its_origin(journal, theirs, lines, tmp_path):
    take(journal, lines)
    third = SqliteJournal(tmp_path / "third.sqlite")
    take(third, journal.exported(["one"]))
    assert third.load("one").record.origin == json.loads(lines[0])["chain"]
    assert take(theirs, journal.exported(["one"])) == [("one", False)]
    third.close()


def test_only_what_has_ended_is_exported(journal):
    keep(journal, "going", PASSED, ended=False)
    (head,) = journal.exported(["going", "nothing"])
    assert take(journal, [head]) == []


def test_every_line_keeps_the_published_schema(lines):
    check = jsonschema.Draft202012Validator(SCHEMA)
    check.check_schema(SCHEMA)
    assert len(lines) == 11
    for line in lines:
        check.validate(json.loads(line))
        found = json.loads(line)
        assert not check.is_valid({k: v for k, v in found.items() if k != "line"})
        assert not check.is_valid(found | {"run_id": "../x", "version": "1"})


def changed(lines, number, change):
    """The lines, of which that one (from 1) was changed on the way."""
    found = json.loads(lines[number - 1])
    change(found)
    return [*lines[: number - 1], json.dumps(found), *lines[number:]]


def put(*path, value):
    def change(found):
        for key in path[:-1]:
            found = found[key]
        found[path[-1]] = value

    return change


ALTERED = {
    "a verdict": (3, put("report", "outcome", value="PASS"), "the report of"),
    "a cause": (4, put("report", "causes", 0, "title", value="x"), "the report of"),
    "an end": (3, put("invocation", "status", value="Failed"), "ended with is not"),
    "another host": (3, put("instance_id", value="i-00000000000000000"), "about another host"),
    "no report": (3, put("report", value=None), "is not what its SHA-256 says"),
    "a time": (2, put("started", value="2026-01-02T03:04:06+00:00"), "what its line says"),
    "a script": (2, put("plan", "script", "text", value="evil"), "its plan is not"),
    "a note": (2, put("closing", "notes", value=[]), "its closing is not"),
    "a target": (2, put("managed", value={OTHER: as_data(ROW)}), "what SSM knew"),
    "a command": (2, put("chunks", 0, "command_id", value="c-x"), "which commands were sent"),
    "a count": (5, put("hosts", value=1), "has 1 host, and 2 came"),
    "a sum": (5, put("record_sha256", value="0" * 64), "the run one is not what its SHA-256"),
    "sums of a host": (3, put("sha256", value={}), "is not what its SHA-256 says"),
    "sums": (2, put("sha256", value=[]), "is not what its SHA-256 says"),
}


@pytest.mark.parametrize(("number", "change", "said"), ALTERED.values(), ids=ALTERED)
def test_a_line_that_was_altered_is_named_and_nothing_of_its_run_is_added(
    journal, lines, number, change, said
):
    error = refused(journal, changed(lines, number, change))
    assert error.where == f"runs.jsonl line {number}"
    assert said in error.what
    assert error.mend
    assert journal.records() == []


HOSTILE = {
    "no file of ours": ([b'{"line": "run"}\n'], "it is no export of runs"),
    "nothing": ([], "it is no export of runs"),
    "another format": ([b'{"line":"header","format":"x"}\n'], "it is no export of runs"),
    "no version": ([b'{"line":"header","format":"orch-runs","version":true}\n'], "which version"),
    "newer": ([b'{"line":"header","format":"orch-runs","version":2}\n'], "by a newer orch"),
    "no chain": ([b'{"line":"header","format":"orch-runs","version":1}\n'], "which chain"),
    "UTF-16": (["{}".encode("utf-16")], "it is UTF-16"),
    "no UTF-8": ([b'{"line": "\xff"}\n'], "it is no UTF-8"),
    "no JSON": ([b"{"], "it is no JSON"),
    "a number": ([b"7\n"], "it is no JSON object"),
    "no number": ([b'{"line": NaN}\n'], "NaN is no number"),
    "deep": ([b"[" * 100_000], "it is no JSON: nested too deeply"),
    "a long number": ([b'{"line": ' + b"9" * 5000 + b"}"], "it is no JSON"),
    "huge": ([b" " * (LONGEST_LINE + 1)], "longer than 64 MiB"),
}


@pytest.mark.parametrize(("source", "said"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_export_is_said(journal, source, said):
    error = refused(journal, source)
    assert said in error.what
    assert "\n" not in error.what
    assert journal.records() == []


WRONG_RUNS = {
    "a path": ("run_id", "../../etc/passwd", "is not the id of its run"),
    "a number": ("run_id", 7, "is not the id of its run"),
    "another": ("run_id", "else", "is not the id of its run"),
    "no plan": ("plan", None, "Input should be"),
    "a list": ("plan", [], "Input should be"),
    "no closing": ("closing", None, "Input should be"),
    "no time": ("started", "yesterday", "'yesterday' is no time in UTC"),
    "another zone": ("started", "2026-01-02T03:04:05+09:00", "is no time in UTC"),
    "options": ("options", {"profile": {}}, "Input should be"),
    "chunks": ("chunks", [{"number": "x"}], "Input should be"),
    "asked": ("asked", "yes", "whether SSM was asked"),
    "origin": ("origin", "a\x1b[31m", "where it came from"),
}


@pytest.mark.parametrize(("field", "value", "said"), WRONG_RUNS.values(), ids=WRONG_RUNS)
def test_a_run_that_is_none_is_said(journal, lines, field, value, said):
    error = refused(journal, changed(lines, 2, put(field, value=value)))
    assert error.where == "runs.jsonl line 2"
    assert said in error.what
    assert journal.records() == []


WRONG_PLANS = {
    "its id is a path": (("run_id",), "../x"),
    "the whole is a path": (("whole",), "../x"),
    "a region that a terminal obeys": (("procedure", "region"), "\x1b[2J"),
    "a runbook that a terminal obeys": (("procedure", "runbook"), "\x1b[2J"),
    "a schedule that a terminal obeys": (("schedule",), "\x1b[2J"),
    "a role without an account": (("account_role",), "role"),
    "a target that is a path": (("targets",), ["../x"]),
    "a check that there is none of": (("procedure", "steps", 0, "check"), "nosuch"),
    "a check of nothing": (("procedure", "steps", 1, "params"), {}),
}


@pytest.mark.parametrize(("path", "value"), WRONG_PLANS.values(), ids=WRONG_PLANS)
def test_a_plan_whose_names_are_none_is_refused_though_its_hash_is_right(
    theirs, journal, lines, path, value, tmp_path
):
    from orchestrator.journal.arrived import run_of

    def change(found):
        put("plan", *path, value=value)(found)
        if path == ("run_id",):
            found["run_id"] = value

    altered = changed(lines, 2, change)
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - what it says is looked at below
        run_of(json.loads(altered[1]), "0" * 64)
    assert "SHA-256" not in str(raised.value)
    assert "where it came from" not in str(raised.value)
    error = refused(journal, altered)
    assert "\x1b" not in error.what


EVIDENCE = fleets.one(fleets.healthy).hosts[0].evidence


def seen(**changes):
    """The host with one observation, changed so."""
    first = replace(EVIDENCE.observations[0], **changes)
    return replace(FAILED, evidence=replace(EVIDENCE, observations=(first,)))


WRONG_HOSTS = {
    "a role without an account": (replace(FAILED, account_role="x"), "is about another place"),
    "another region": (replace(FAILED, region="\x1b[2J"), "is about another place"),
    "a step": (seen(step="before.nosuch"), "answers 'before.nosuch', which was not asked"),
    "a check": (seen(check="nosuch"), "which was not asked"),
}


@pytest.mark.parametrize(("host", "said"), WRONG_HOSTS.values(), ids=WRONG_HOSTS)
def test_a_host_that_no_report_could_tell_is_refused_though_its_hash_is_right(
    journal, tmp_path, host, said
):
    forged = SqliteJournal(tmp_path / "forged.sqlite", {})
    keep(forged, "one", host)
    error = refused(journal, list(forged.exported(["one"])))
    forged.close()
    assert (error.where, said in error.what) == ("runs.jsonl line 3", True)
    assert journal.records() == []


def test_a_host_that_tells_what_was_asked_is_taken(journal, tmp_path):
    other = SqliteJournal(tmp_path / "other.sqlite", {})
    keep(other, "one", replace(FAILED, evidence=EVIDENCE))
    assert len(take(journal, list(other.exported(["one"])))) == 1
    other.close()


def test_a_run_of_the_same_id_with_another_content_is_refused(journal, lines):
    keep(journal, "two-1", PASSED)
    error = refused(journal, lines)
    assert "another run is kept here as two-1" in error.what
    assert [record.run_id for record in journal.records()] == ["two-1", "one"]
    assert journal.load("two-1").record.origin == ""


def test_runs_that_both_have_collected_do_not_stop_the_others(journal, path, tmp_path):
    """Each keeps its own record of the same execution, so that theirs are never equal."""
    theirs = SqliteJournal(tmp_path / "theirs.sqlite")
    for number in range(6):
        keep(theirs, f"e-{number}", FAILED, at=NOW + timedelta(days=number), schedule="daily")
    sent = [f"{line}\n".encode() for line in theirs.exported([f"e-{n}" for n in range(6)])]
    theirs.close()
    for number in range(3):
        keep(journal, f"e-{number}", SILENT, at=NOW + timedelta(days=number), schedule="daily")
    with pytest.raises(UsageError, match=r"another run is kept here as e-0.*; so are 2 more"):
        list(received(journal, "theirs", sent))
    assert [record.run_id for record in journal.records()] == [f"e-{n}" for n in (5, 4, 3, 2, 1, 0)]
    assert journal.host("e-0", SILENT.instance_id).outcome is SILENT.outcome


def test_a_run_that_has_not_ended_here_is_not_written_over(journal, lines):
    keep(journal, "one", FAILED, ended=False)
    assert "another run is kept here as one" in refused(journal, lines).what


@pytest.mark.parametrize("own", [("two-3", "two"), ("two", "")])
def test_a_part_of_a_run_of_ones_own_cannot_be_sent_in(journal, lines, own):
    run_id, whole = own
    keep(journal, run_id, PASSED, whole=whole)
    assert "would be taken for a part" in refused(journal, lines).what


def test_a_part_is_not_named_after_by_a_run_that_comes(journal, theirs):
    keep(journal, "mine-1", PASSED, whole="one")
    assert "would be taken for a part" in refused(journal, theirs.exported(["one"])).what


ORDERS = {
    "a host less": lambda lines: [*lines[:3], *lines[4:]],
    "a host twice": lambda lines: [*lines[:3], lines[2], *lines[3:]],
    "hosts of another run": lambda lines: [*lines[:3], lines[6], *lines[3:]],
    "no end": lambda lines: lines[:4],
    "no beginning": lambda lines: [lines[0], *lines[2:]],
    "a second header": lambda lines: [lines[0], *lines],
    "cut in a line": lambda lines: [*lines[:3], lines[3][:100]],
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_lines_that_are_missing_or_moved_are_noticed(journal, lines, order):
    refused(journal, order(lines))
    assert journal.records() == []


def test_what_came_whole_before_the_file_ended_stays(journal, lines):
    assert "in the middle of the run two-1" in refused(journal, lines[:6]).what
    assert [record.run_id for record in journal.records()] == ["one"]
    assert take(journal, lines) == [("one", False), ("two-1", True), ("two-2", True)]


def test_empty_lines_and_a_byte_order_mark_are_nothing(journal, lines):
    head = b"\xef\xbb\xbf" + lines[0].encode() + b"\r\n"
    assert len(take(journal, [head, b"\n", *lines[1:], b"  \n"])) == 3


def test_two_imports_at_once_add_each_run_once(path, lines):
    said = []

    def add():
        journal = SqliteJournal(path)
        said.extend(take(journal, lines))
        journal.close()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 12
    assert sorted(run_id for run_id, is_new in said if is_new) == ["one", "two-1", "two-2"]
    journal = SqliteJournal(path)
    assert (journal.verify().links, journal.verify().exit_code) == (4, 0)
    journal.close()


@pytest.fixture
def many(tmp_path):
    """A file with one run of many hosts."""
    theirs = SqliteJournal(tmp_path / "many.sqlite")
    hosts = [replace(FAILED, instance_id=f"i-{n:017x}") for n in range(1500)]
    keep(theirs, "many", *hosts)
    file = tmp_path / "many.jsonl"
    file.write_text("".join(f"{line}\n" for line in theirs.exported(["many"])))
    theirs.close()
    return file


IMPORT = """
import sys
from pathlib import Path
import sqlite3
from types import SimpleNamespace
from orchestrator.journal import SqliteJournal, arrived, importing, received

journal = SqliteJournal(Path(sys.argv[1]))
if sys.argv[3] == "slowly":
    seal = importing.seal

    def waiting(*given):
        print("added", flush=True)
        sys.stdin.read()
        seal(*given)

    importing.seal = waiting
if sys.argv[3] == "aside-in-memory":
    arrived.sqlite3 = SimpleNamespace(connect=lambda _: sqlite3.connect(":memory:"))
with open(sys.argv[2], "rb") as source:
    print(*received(journal, "many", source))
"""


def importing(path, file, how, **more):
    return subprocess.Popen(
        [sys.executable, "-c", IMPORT, str(path), str(file), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        **more,
    )


def test_an_import_that_is_killed_leaves_nothing_of_the_run(path, many):
    with importing(path, many, "slowly") as process:
        assert process.stdout.readline() == "added\n"
        process.send_signal(signal.SIGKILL)
    journal = SqliteJournal(path)
    assert (journal.records(), journal.verify().findings) == ([], ())
    assert take(journal, many.read_text().splitlines()) == [("many", True)]
    journal.close()


@pytest.mark.parametrize("how", ["", "aside-in-memory"])
def test_an_import_that_fills_the_disk_leaves_nothing_of_the_run(path, many, how):
    SqliteJournal(path).records()

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    with importing(path, many, how, preexec_fn=limit) as process:
        assert process.wait(60) == 1
        said = process.stderr.read()
    assert "JournalError" in said
    assert ("in the temporary folder" in said) == (how == "")
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT count(*) FROM hosts").fetchone() == (0,)
    journal = SqliteJournal(path)
    assert (journal.records(), journal.verify().findings) == ([], ())
    journal.close()


def test_a_run_from_before_the_chain_can_be_shared_too(journal, theirs, tmp_path):
    """Its list of ids is spaced as older ones wrote it."""
    with closing(sqlite3.connect(theirs.path)) as file, file:
        file.execute("DELETE FROM links WHERE run_id = 'one'")
        file.execute("UPDATE chunks SET instance_ids = replace(instance_ids, ',', ', ')")
    lines = list(theirs.exported(["one"]))
    assert json.loads(lines[-1])["link_sha256"] is None
    assert take(journal, lines) == [("one", True)]
    assert journal.load("one").chunks == theirs.load("one").chunks
    assert journal.verify().exit_code == 0
    assert take(theirs, lines) == [("one", False)]
    assert samples.INSTANCE in lines[3]
