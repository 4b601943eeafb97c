"""Every scenario in both shells: the exit code, the verdict, and a reason to act on."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from orchestrator.diagnose import CATALOGUE
from orchestrator.sandbox.scenarios import SCENARIOS
from support.first_causes import (
    EXIT_CODE,
    FIRST_CAUSE,
    NO_EVIDENCE,
    NOT_SENT,
    OUTCOME,
    SAYS_ONE_THING,
    expected,
    first_cause,
    options_of,
    shells_of,
)
from support.processes import INSTANCE, call

pytestmark = pytest.mark.e2e

NO_ACCESS_TO_B = ("--target-profile", "operator")


def rows_of(page):
    """The rows of the table under "What no scenario can produce"."""
    section = page.partition("## What no scenario can produce")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


SCHEMA = json.loads(
    (Path(__file__).parents[2] / "orchestrator/schemas/report.schema.json").read_text()
)
ROOT = Path(__file__).parents[2]
NEVER = [
    (re.findall(r"`([a-z-]+)`", row[0]), re.findall(r"`(tests/[\w/.]+)`", row[2]))
    for row in rows_of((ROOT / "docs/sandbox-and-aws.md").read_text())
]
"""The page's table: causes that no scenario can produce, and where they are held to evidence."""
POSSIBLE = {"agent-old", "trust-organization", "organization-denies", "inventory-not-ready"}
# orch is patient with a service that throttles, and waits as long as SSM's own time-outs together.
SLOW = {"send-throttled", "list-empty"}
ROWS = [
    pytest.param(scenario, shell, marks=[pytest.mark.slow] if scenario in SLOW else [])
    for scenario in FIRST_CAUSE
    for shell in shells_of(scenario)
]
NOT_REAL = pytest.mark.skip("a real PowerShell would not see what is odd here")
REAL = [
    pytest.param(one.name, marks=() if one.real_shell else NOT_REAL)
    for one in SCENARIOS
    if one.name not in NOT_SENT
]


def check(scenario, ended, shell="powershell"):
    """What must hold of a scenario's report, whatever ran the script; its host, if it has one."""
    code, wanted = expected(scenario, shell)
    assert ended.code == code, ended.err + ended.out
    possible = "?" if scenario in POSSIBLE else ""
    assert first_cause(ended) == (wanted and wanted + possible), ended.err + ended.out
    if scenario in NOT_SENT:
        assert ended.out == ""
        assert "mend: " in ended.err
        return None
    report = ended.report
    jsonschema.validate(report, SCHEMA, jsonschema.Draft202012Validator)
    assert (report["outcome"], report["exit_code"]) == (OUTCOME[ended.code], ended.code)
    (host,) = report["hosts"]
    assert all(cause["evidence"] and cause["mend"] for cause in host["causes"])
    return host


def test_every_scenario_has_its_row():
    assert {one.name: one.exit_code for one in SCENARIOS} == EXIT_CODE


def test_every_cause_is_some_scenarios_first_one_or_the_page_says_why_it_cannot_be():
    produced = {name for name in FIRST_CAUSE.values() if name}
    told = {cause for causes, _ in NEVER for cause in causes}
    assert produced | told == {rule.name for rule in CATALOGUE}
    assert produced & told == {"ssm-access-denied"}  # of a whole command; not of one of its hosts


@pytest.mark.parametrize(("causes", "places"), NEVER)
def test_what_no_scenario_can_produce_is_held_to_its_evidence_elsewhere(causes, places):
    texts = [file.read_text() for place in places for file in files_of(place)]
    assert texts
    for cause in causes:
        assert any(f'"{cause}"' in text for text in texts), cause


def files_of(place):
    found = ROOT / place
    return [found] if found.suffix else sorted(found.glob("*.py"))


@pytest.mark.parametrize(("scenario", "shell"), ROWS)
def test_a_scenario_ends_in_its_code_with_its_cause(run_scenario, scenario, shell):
    ended = run_scenario(scenario, "--shell", shell, *options_of(scenario))
    host = check(scenario, ended, shell)
    if scenario not in NO_EVIDENCE:
        by_itself = shell == "python" or scenario in SAYS_ONE_THING
        assert host["engine"] == (shell if by_itself else "stand-in")
        assert host["restored"]["state"] == "restored"
        assert host["left"] == []
    elif host is not None:
        assert host["engine"] is None


@pytest.mark.pwsh
@pytest.mark.parametrize("scenario", REAL)
def test_real_powershell_and_the_stand_in_report_alike(run_scenario, scenario, pwsh):
    options = options_of(scenario)
    real = check(scenario, run_scenario(scenario, *options, engine="pwsh"))
    stand_in = check(scenario, run_scenario(scenario, *options, engine="stand-in"))
    if real["engine"] is not None:
        assert real["engine"] == "powershell"
    assert observed(real) == observed(stand_in)


def observed(host):
    """What two engines must agree on: states, values and the meaning of errors."""
    told = {}
    for phase in ("before", "after"):
        for name, seen in host[phase].items():
            value = {k: v for k, v in seen["value"].items() if k in {"account", "role", "found"}}
            failure = seen["failure"] and [seen["failure"][k] for k in ("kind", "stage", "chain")]
            told[phase, name] = (seen["state"], value, failure)
    return told, [(v["expectation"], v["outcome"]) for v in host["verdicts"]]


def test_a_host_is_left_as_it_was_also_by_a_failed_run(run_scenario):
    host = run_scenario("trust-missing").report["hosts"][0]
    assert host["restored"]["changed"]
    assert host["restored"]["left"] == []


def test_the_whole_output_is_fetched_another_way(run_scenario):
    host = run_scenario("output-truncated").report["hosts"][0]
    assert host["evidence_from"] == "GetCommandInvocation"


@pytest.mark.parametrize("shell", ["powershell", "python"])
def test_what_a_killed_script_leaves_is_put_back(run_scenario, shell):
    report = run_scenario("script-killed", "--shell", shell).report
    (host,) = report["hosts"]
    assert (host["put_back"]["outcome"], host["left"]) == ("PASS", [])
    assert host["put_back"]["said"] == [f"run {report['run_id']} restored: nothing was changed"]


@pytest.mark.parametrize("shell", ["powershell", "python"])
def test_a_file_that_a_killed_script_had_changed_is_put_back(run_scenario, shell):
    report = run_scenario("install-killed", "--shell", shell).report
    (host,) = report["hosts"]
    assert (host["put_back"]["outcome"], host["left"]) == ("PASS", [])
    (said,) = host["put_back"]["said"]
    assert said.endswith("/home/.aws/config is as it was before")
    told = run_scenario("install-killed", "--shell", shell, "--no-restore").report["hosts"][0]
    assert "the markers of orch's block for switch_test" in told["left"][0]
    assert f"`orch restore --instance {told['instance_id']}`" in told["left"][0]


def test_what_a_killed_script_leaves_is_named_where_it_is_to_stay(run_scenario):
    report = run_scenario("script-killed", "--no-restore").report
    assert report["hosts"][0]["put_back"] is None
    assert report["run_id"] in report["hosts"][0]["left"][0]


def test_a_throttled_api_is_asked_again(run_scenario):
    calls = run_scenario("throttled").report["api_calls"]
    assert sum(calls.values()) > 4


def test_without_access_to_the_target_account_the_side_that_was_read_is_ruled_out(run_scenario):
    report = run_scenario("trust-missing", *NO_ACCESS_TO_B).report
    (cause,) = report["hosts"][0]["causes"]
    assert cause["id"] == "assume-role-refused"
    assert "the instance role's own policies allow it" in cause["evidence"]
    assert "your profile operator is of account 111111111111" in cause["evidence"]
    assert "the target account refuses it" in cause["mend"]


def test_a_condition_that_cannot_be_judged_is_only_possible(run_scenario):
    causes = run_scenario("trust-organization").report["hosts"][0]["causes"]
    assert [(cause["id"], cause["certain"]) for cause in causes] == [
        ("trust-condition", False),
        ("assume-role-refused", True),
    ]


def test_policies_are_read_for_a_refusal_alone(run_scenario):
    assert "GetRole" not in run_scenario("healthy").report["api_calls"]
    assert "GetRole" not in run_scenario("bucket-absent").report["api_calls"]
    assert run_scenario("trust-missing").report["api_calls"]["GetRole"] == 2


def test_a_host_that_is_known_to_be_gone_is_not_waited_for(run_scenario):
    report = run_scenario("agent-offline").report
    assert report["api_calls"] == {"DescribeInstanceInformation": 1}


def test_without_the_preflight_it_is_sent_and_waited_for(run_scenario):
    """Its time-outs are the shortest there are, and pass twenty times as fast."""
    report = run_scenario("agent-offline", "--no-preflight").report
    calls = dict(report["api_calls"])
    assert calls.pop("ListCommandInvocations") > 1
    # SSM is asked afterwards: is it there, to put back what may be left on it?
    assert calls == {"SendCommand": 1, "DescribeInstanceInformation": 1}
    (host,) = report["hosts"]
    assert host["causes"][0]["id"] == "delivery-timed-out"
    assert "--no-preflight" in report["notes"][0]


def test_without_the_preflight_a_healthy_host_costs_one_call_less(run_scenario):
    with_it, without = (
        run_scenario("healthy", *options).report["api_calls"]
        for options in ((), ("--no-preflight",))
    )
    assert "DescribeInstanceInformation" not in without
    assert with_it["DescribeInstanceInformation"] == 1
    assert without["SendCommand"] == with_it["SendCommand"] == 1


def test_without_the_preflight_ssm_itself_says_that_it_knows_no_such_instance(run_scenario):
    ended = run_scenario("not-managed", "--no-preflight")
    assert (ended.code, ended.out, first_cause(ended)) == (3, "", "not-managed")
    assert "InvalidInstanceId" in ended.err


def test_what_was_found_out_is_told_where_the_report_cannot_be_written():
    ended = call(
        *("orch", "sandbox", "exec", "--engine", "stand-in", "--scenario", "bucket-absent", "--"),
        *("sh", "-c", f"exec orch run --instance {INSTANCE} > /dev/full"),
    )
    assert ended.code == 3
    line, mend = ended.err.splitlines()[-2:]
    assert line.startswith("orch: standard output: cannot write the output: No space left")
    assert "; the result: FAIL  switch-role on 1 host  run " in line
    assert "mistake in orch" not in mend
