"""Every strategy really races, on a few quick hosts, by the same ruler."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import closing

import pytest

from rivals import race, ruler
from rivals.cases import NAMES, ORCH, Case

pytestmark = pytest.mark.e2e

HOSTS = 3
AGAIN = Case(ORCH, HOSTS, runs=2, asked_before=True)
SAMPLE = Case("poll_each", HOSTS + 1, looked_at=2)


@pytest.fixture(scope="module")
def found():
    """The figures of all, under way together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(race, "HOST_SECONDS", 1)
        with race.begun([*(Case(name, HOSTS) for name in NAMES), AGAIN, SAMPLE]) as running:
            found = {each.case: each.figures() for each in running}
    special = {"again": found.pop(AGAIN), "sample": found.pop(SAMPLE)}
    return {case.strategy: figures for case, figures in found.items()} | special


@pytest.mark.parametrize("name", [*NAMES, "again", "sample"])
def test_every_host_has_a_right_verdict_that_comes_after_its_end(found, name):
    case = found[name]
    assert case["wrong"] == 0
    assert 0 <= case["lag_median"] <= case["lag_most"] < case["wall"]
    assert case["first_script"] < case["wall"]
    assert case["after_last_host"] > 0
    assert 5 < case["memory"] < 500
    assert 0 < case["cpu"] < 120


@pytest.mark.parametrize("name", NAMES)
def test_calls_are_those_that_the_strategy_is_known_by(found, name):
    calls = Counter(found[name]["calls_by_operation"])
    assert found[name]["calls"] == calls.total()
    assert calls.pop("SendCommand") == (1 if name == ORCH else 2)
    if name == ORCH:
        assert set(calls) == {"DescribeInstanceInformation", "ListCommandInvocations"}
    else:
        assert calls.pop("GetCommandInvocation") >= 2 * HOSTS
        assert set(calls) == ({"ListCommands"} if name == "list_then_get" else set())


def test_of_what_was_asked_before_only_the_second_time_is_counted(found):
    calls = found["again"]["calls_by_operation"]
    assert calls["SendCommand"] == calls["DescribeInstanceInformation"] == AGAIN.runs
    assert found["again"]["calls"] == sum(calls.values()) / AGAIN.runs


def test_an_earlier_run_is_no_news_to_whoever_watches_the_journal(tmp_path):
    path = tmp_path / "runs.sqlite"
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("CREATE TABLE hosts (instance_id TEXT)")
        file.execute("INSERT INTO hosts VALUES ('i-old'), ('i-both')")
        file.commit()
        watch = ruler.JournalWatch(path)
        begun = time.time()
        file.execute("INSERT INTO hosts VALUES ('i-both'), ('i-new')")
        file.commit()
        watch.close()
    assert set(watch.seen) == {"i-both", "i-new"}
    assert min(watch.seen.values()) >= begun


def test_what_a_sample_did_not_wait_for_is_estimated_and_says_so(found):
    assert found["sample"]["estimated_from"] == SAMPLE.looked_at
    calls = Counter(found["sample"]["calls_by_operation"])
    assert found["sample"]["calls"] == calls.total() + calls["GetCommandInvocation"]


def test_a_strategy_that_breaks_is_no_strategy_with_wrong_verdicts(tmp_path):
    running = race.Running(Case("no_such_strategy", 1), tmp_path / "it")
    try:
        running.go()
        with pytest.raises(RuntimeError, match="no_such_strategy"):
            running.figures()
    finally:
        running.close()
