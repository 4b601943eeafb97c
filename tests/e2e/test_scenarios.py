"""Every scenario in both shells: the exit code, the verdict, and a reason to act on."""

import json
from pathlib import Path

import jsonschema
import pytest

pytestmark = pytest.mark.e2e

NO_ACCESS_TO_B = ("--target-profile", "operator")
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "orchestrator/schemas/report.schema.json").read_text()
)
FIRST_CAUSE = {
    "healthy": None,
    "slow-start": None,
    "throttled": None,
    "output-noise": None,
    "output-truncated": None,
    "trust-missing": "trust-names-others",
    "assume-not-allowed": "assume-not-allowed",
    "bucket-denied": "call-not-allowed",
    "trust-external-id": "trust-condition",
    "trust-tag": "trust-condition",
    "trust-organization": "trust-condition",
    "assume-denied": "assume-denied",
    "assume-bounded": "assume-outside-boundary",
    "role-missing": "role-not-found",
    "role-path": "role-arn-differs",
    "no-instance-role": "no-instance-credentials",
    "metadata-off": "no-instance-credentials",
    "instance-stopped": "agent-offline",
    "bucket-forbidden": "call-denied",
    "bucket-bounded": "call-outside-boundary",
    "bucket-absent": "bucket-not-listed",
    "wrong-account": "unexpected-identity",
    "agent-offline": "agent-offline",
    "script-killed": "script-ended-early",
}
EXIT_CODE = dict.fromkeys(FIRST_CAUSE, 1) | {
    "healthy": 0,
    "slow-start": 0,
    "throttled": 0,
    "output-noise": 0,
    "output-truncated": 0,
    "agent-offline": 4,
    "script-killed": 4,
    "no-instance-role": 4,
    "metadata-off": 4,
    "instance-stopped": 4,
}
OUTCOME = {0: "PASS", 1: "FAIL", 4: "UNKNOWN"}


def check(scenario, ended):
    """What must hold of a scenario's report, whatever ran the script."""
    assert ended.code == EXIT_CODE[scenario], ended.err + ended.out
    report = ended.report
    jsonschema.validate(report, SCHEMA, jsonschema.Draft202012Validator)
    assert (report["outcome"], report["exit_code"]) == (OUTCOME[ended.code], ended.code)
    (host,) = report["hosts"]
    causes = host["causes"]
    assert (causes[0]["id"] if causes else None) == FIRST_CAUSE[scenario]
    assert all(cause["evidence"] and cause["mend"] for cause in causes)
    return host


@pytest.mark.parametrize("shell", ["powershell", "python"])
@pytest.mark.parametrize("scenario", FIRST_CAUSE)
def test_a_scenario_ends_in_its_code_with_its_cause(run_scenario, scenario, shell):
    host = check(scenario, run_scenario(scenario, "--shell", shell))
    if scenario not in {"agent-offline", "instance-stopped", "script-killed"}:
        assert host["engine"] == ("python" if shell == "python" else "stand-in")
        assert host["restored"]["state"] == "restored"
        assert host["left"] == []


@pytest.mark.pwsh
@pytest.mark.parametrize("scenario", FIRST_CAUSE)
def test_real_powershell_and_the_stand_in_report_alike(run_scenario, scenario, pwsh):
    real = check(scenario, run_scenario(scenario, engine="pwsh"))
    stand_in = check(scenario, run_scenario(scenario, engine="stand-in"))
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


def test_what_a_killed_script_leaves_is_named(run_scenario):
    report = run_scenario("script-killed").report
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
