"""Documents of several steps, and what no recording shows of them."""

from __future__ import annotations

import pytest
from bench import Bench

from orchestrator.sandbox.runcommand.messages import Order
from support.post import order_of
from support.shell_host import INSTANCE, ShellHost


def step(name: str, inputs=None, action: str = "aws:runShellScript", **more):
    return {"name": name, "action": action, "inputs": inputs or {"runCommand": ["true"]}, **more}


def document(*steps, schema: str = "2.2") -> Order:
    return order_of({"schemaVersion": schema, "mainSteps": list(steps)}, {})


def statuses(bench: Bench, sent: Order) -> list[str]:
    bench.ended(sent)
    told = {r.result.key: r.result.status for r in bench.post.replies(sent) if r.result}
    bench.post.until(lambda: len(bench.post.replies(sent)) > len(told) + 1)
    ended = {r.result.key: r.result.status for r in bench.post.replies(sent) if r.result}
    return [bench.post.final(sent).status, *ended.values()]


FAILS = {"runCommand": ["exit 3"]}


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ({**FAILS, "onFailure": "exit"}, {}, ["Failed", "Failed", "Skipped", "Skipped"]),
        (
            {**FAILS, "onFailure": "successAndExit"},
            {},
            ["Success", "Success", "Skipped", "Skipped"],
        ),
        ({"onSuccess": "exit"}, {}, ["Success", "Success", "Skipped", "Skipped"]),
        ({**FAILS, "onSuccess": "exit"}, {}, ["Failed", "Failed", "Success", "Success"]),
        (
            {**FAILS, "onFailure": "exit"},
            {"finallyStep": True},
            ["Failed", "Failed", "Skipped", "Success"],
        ),
    ],
)
def test_a_step_decides_about_those_after_it(bench, first, last, expected):
    steps = step("a", first), step("b"), step("c", {"runCommand": ["true"], **last})
    assert statuses(bench, document(*steps)) == expected


def test_a_failed_step_is_worse_than_one_that_ran_too_long(tmp_path):
    bench = Bench(ShellHost(tmp_path, pace=50.0))
    late = step("a", {"runCommand": ["sleep 60"], "timeoutSeconds": 5})
    try:
        assert statuses(bench, document(late, step("b", FAILS))) == ["Failed", "TimedOut", "Failed"]
    finally:
        bench.agent.close()


def test_a_finally_step_in_the_middle_is_one_like_others(bench):
    middle = step("b", {"finallyStep": "true"})
    sent = document(step("a", {**FAILS, "onFailure": "exit"}), middle, step("c"))
    assert statuses(bench, sent) == ["Failed", "Failed", "Skipped", "Skipped"]


def test_a_plugin_that_the_sandbox_has_not_fails_and_says_so(bench):
    reply = bench.ended(document(step("one", action="aws:downloadContent")))
    assert (reply.status, reply.result.code) == ("Failed", 1)
    assert reply.result.output == "aws:downloadContent is not in the sandbox. Step name: one"


@pytest.mark.parametrize("name", ["../../../../../../../../out", "a/../../../../../../../x"])
def test_a_step_cannot_write_outside_of_its_hosts_folder(bench, name):
    result = bench.ended(document(step(name))).result
    assert (result.status, result.code) == ("Failed", 1)
    assert result.stderr.startswith("failed to create orchestrationDir directory, ")
    assert bench.host.started == []


def test_a_relative_working_directory_counts_below_the_downloads(bench):
    sent = document(step("one", {"runCommand": ["pwd"], "workingDirectory": "sub"}))
    data = bench.host.folder / "var/lib/amazon/ssm" / INSTANCE / "document/orchestration/c1"
    (data / "downloads" / "sub").mkdir(parents=True)
    assert bench.ended(sent).result.stdout == f"{data}/downloads/sub\n"


def test_a_step_cannot_set_what_the_agent_adds(bench):
    given = {"SSM_COMMAND_ID": "other", "OWN": "own"}
    inputs = {"runCommand": ['echo "$SSM_COMMAND_ID $OWN"'], "environment": given}
    assert bench.ended(document(step("one", inputs))).result.stdout == "c1 own\n"
