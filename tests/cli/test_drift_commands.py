"""`orch runs diff` and `orch history`: what changed from run to run."""

import json

import pytest

from support import samples

RUN = (
    *("run", "--instance", samples.INSTANCE, "--role-arn", samples.ROLE_ARN),
    *("--bucket", samples.BUCKET, "--region", "ap-northeast-1"),
)


@pytest.fixture
def three(orch, fleet):
    """Two runs that asked the same, of which the second could not observe anything; another one."""
    assert orch(*RUN, "--run-id", "one").code == 0
    changes, fleet.changes = fleet.changes, {"verdict": "FAIL"}
    assert orch(*RUN, "--run-id", "two").code == 4
    fleet.changes = changes
    assert orch(*RUN, "--run-id", "else", "--mode", "existing").code == 0


def test_a_run_is_compared_with_itself_and_with_another(orch, three):
    assert orch("runs", "diff", "one", "one").code == 0
    ended = orch("runs", "diff", "one", "two")
    assert ended.code == 1, ended.err
    assert "outcome  PASS -> UNKNOWN" in ended.out
    assert "script  the same, but for the run's id" in ended.out
    told = json.loads(orch("runs", "diff", "one", "two", "--output", "json").out)
    assert (told["exit_code"], told["comparable"], told["same_script"]) == (1, True, True)


def test_what_asked_something_else_is_not_comparable(orch, three):
    ended = orch("runs", "diff", "one", "latest", "--output", "json")
    told = json.loads(ended.out)
    assert (ended.code, told["comparable"], told["unlike"][0]["parts"]) == (4, False, ["mode"])


def test_a_host_is_shown_through_its_runs(orch, three):
    ended = orch("history", samples.INSTANCE)
    assert ended.code == 0, ended.err
    assert [line[:9] for line in ended.out.splitlines() if "since" in line] == [
        "PASS  sin",
        "UNKNOWN  ",
    ]
    told = json.loads(orch("history", samples.INSTANCE, "--output", "json").out)
    assert [len(item["stretches"]) for item in told["questions"]] == [1, 2]
    one = orch("history", samples.INSTANCE, "--max-items", "1", "--output", "json")
    (newest,) = json.loads(one.out)["questions"]
    assert newest["perhaps_longer"]
    assert "since at least" in orch("history", samples.INSTANCE, "--max-items", "2").out
    assert "at least" not in orch("history", samples.INSTANCE, "--max-items", "3").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("history", "nobody"), "'nobody' is not an instance id"),
        (("history", "i-0000000000000000f"), "no run that has ended here was on i-000"),
        (("runs", "diff", "one", "nothing"), "no run is called 'nothing'"),
    ],
)
def test_what_is_wrong_is_told(orch, three, words, said):
    ended = orch(*words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
