"""What was seen of hosts in many runs, told from columns alone."""

import sqlite3
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from orchestrator.journal import SqliteJournal, file
from orchestrator.model.enums import Outcome
from support import samples
from support.kept_runs import FAILED, NOW, PASSED, SILENT, keep

OTHER = "i-0000000000000000f"
ROLE = "arn:aws:iam::333333333333:role/orch-operator"


def other(host, **changes):
    return replace(host, instance_id=OTHER, **changes)


def told(past):
    return [(item.run_id, item.instance_id, item.outcome, item.cause) for item in past.seen]


def test_what_was_seen_is_told_oldest_first(journal):
    keep(journal, "b", PASSED, at=NOW + timedelta(hours=2))
    keep(journal, "c", FAILED, at=NOW)
    keep(journal, "a", replace(SILENT, name="WIN-1"), at=NOW + timedelta(hours=1), schedule="daily")
    past = journal.past()
    assert told(past) == [
        ("c", samples.INSTANCE, Outcome.FAIL, FAILED.causes[0].id),
        ("a", samples.INSTANCE, Outcome.UNKNOWN, SILENT.causes[0].id),
        ("b", samples.INSTANCE, Outcome.PASS, ""),
    ]
    assert FAILED.causes[0].id != SILENT.causes[0].id
    silent = past.seen[1]
    assert (silent.at, silent.name) == (NOW + timedelta(hours=1), "WIN-1")
    assert (silent.schedule, silent.runbook) == ("daily", "switch-role")
    assert (silent.region, silent.account_role) == ("ap-northeast-1", "")
    assert silent.plan_sha256 == samples.procedure().sha256()


def test_what_has_not_ended_is_not_told(journal):
    keep(journal, "going", FAILED, ended=False)
    assert journal.past().seen == ()
    keep(journal, "w-1", PASSED, whole="w")
    keep(journal, "w-2", other(PASSED), whole="w", ended=False)
    assert journal.past().seen == ()


def test_the_parts_of_a_run_are_one_run_that_began_with_the_first(journal):
    keep(journal, "w-2", other(PASSED), whole="w", at=NOW + timedelta(seconds=9), account_role=ROLE)
    keep(journal, "w-1", PASSED, whole="w", at=NOW)
    past = journal.past()
    assert [(s.run_id, s.at, s.account_role) for s in past.seen] == [
        ("w", NOW, ""),
        ("w", NOW, ROLE),
    ]
    assert len(journal.past(most=1).seen) == 2


def test_only_what_fits_is_told_and_counts(journal):
    keep(journal, "old", PASSED, at=NOW, schedule="daily")
    keep(journal, "asked-else", PASSED, at=NOW + timedelta(hours=1), procedure_sha256="f" * 64)
    keep(journal, "of-other", other(FAILED), at=NOW + timedelta(hours=2))

    def runs(**asked):
        return [item.run_id for item in journal.past(**asked).seen]

    assert runs() == ["old", "asked-else", "of-other"]
    assert runs(most=1) == ["of-other"]
    assert runs(instance_ids=[OTHER]) == ["of-other"]
    assert runs(instance_ids=[samples.INSTANCE], most=1) == ["asked-else"]
    assert runs(instance_ids=[]) == []
    assert runs(schedule="daily") == ["old"]
    assert runs(schedule="") == ["asked-else", "of-other"]
    assert runs(plan_sha256="f" * 64) == ["asked-else"]
    assert runs(since=NOW + timedelta(hours=1)) == ["asked-else", "of-other"]
    elsewhere = timezone(timedelta(hours=9))
    assert runs(since=(NOW + timedelta(minutes=59)).astimezone(elsewhere)) == runs()[1:]


def test_of_a_run_that_asked_several_things_only_this_is_told(journal):
    keep(journal, "w-1", PASSED, whole="w")
    keep(journal, "w-2", other(PASSED), whole="w", procedure_sha256="f" * 64)
    assert [s.instance_id for s in journal.past(plan_sha256="f" * 64).seen] == [OTHER]


@pytest.fixture
def of_form_three(path, monkeypatch):
    """A file as it was before this could be asked, with a run in it."""
    path.parent.mkdir()
    with sqlite3.connect(path) as old:
        for step in file._STEPS[:3]:
            old.executescript(step)
        old.execute("PRAGMA user_version = 3")
        now = SqliteJournal(path.parent / "now.sqlite")
        keep(now, "a", replace(FAILED, name="WIN-1"), schedule="daily")
        keep(now, "b", PASSED, at=NOW + timedelta(hours=1))
        now.close()
        old.execute("ATTACH ? AS now", (str(now.path),))
        for table in ("runs", "chunks", "hosts"):
            columns = ", ".join(r[1] for r in old.execute(f"PRAGMA main.table_info({table})"))
            old.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}")
    old.close()


def test_what_was_kept_before_is_told_too(of_form_three, journal):
    seen = journal.past().seen
    assert [(s.cause, s.name, s.schedule) for s in seen] == [
        (FAILED.causes[0].id, "WIN-1", "daily"),
        ("", PASSED.name, ""),
    ]


def test_an_old_entry_that_nobody_can_read_does_not_keep_the_file_from_its_new_form(
    of_form_three, journal, path
):
    with sqlite3.connect(path) as old:
        old.execute("UPDATE hosts SET report = 'broken{' WHERE run_id = 'a'")
    old.close()
    assert [(s.cause, s.name) for s in journal.past().seen] == [("", ""), ("", PASSED.name)]
