"""`orch doctor` in the sandbox: what is wrong is red, what cannot be seen is yellow."""

import json
import shlex

import pytest

from support.processes import INSTANCE, call

pytestmark = pytest.mark.e2e

LINES = (
    *("instance", "role", "metadata", "agent", "agent version", "agent's role"),
    *("may switch", "is trusted", "may ask", "host"),
)
WRONG = {
    "healthy": {},
    "metadata-off": {"metadata": "FAIL", "host": "UNKNOWN"},
    "instance-stopped": {"instance": "FAIL", "agent": "FAIL", "host": "UNKNOWN"},
    "no-instance-role": {
        "role": "FAIL",
        "agent's role": "UNKNOWN",
        "may switch": "UNKNOWN",
        "is trusted": "UNKNOWN",
        "host": "UNKNOWN",
    },
    "assume-bounded": {"may switch": "FAIL"},
    "trust-external-id": {"is trusted": "FAIL"},
    "trust-organization": {"is trusted": "UNKNOWN"},
    "role-missing": {"is trusted": "FAIL", "may ask": "UNKNOWN"},
    "bucket-forbidden": {"may ask": "FAIL"},
    "agent-not-allowed": {"agent": "FAIL", "agent's role": "FAIL", "host": "UNKNOWN"},
    "not-managed": {"agent": "FAIL", "agent version": None, "host": "UNKNOWN"},
    "wrong-platform": {"agent": "FAIL", "host": "UNKNOWN"},
    "agent-old": {"agent version": "UNKNOWN", "host": "UNKNOWN"},
    "metadata-unreachable": {"host": "UNKNOWN"},
    "sts-unreachable": {"host": "UNKNOWN"},
    "clock-behind": {"host": "UNKNOWN"},
    "send-denied": {"host": "UNKNOWN"},
}


def doctor(scenario, *options):
    return call(
        *("orch", "sandbox", "exec", "--engine", "stand-in", "--scenario", scenario, "--"),
        *("orch", "doctor", "--instance", INSTANCE, "--output", "json", *options),
    )


@pytest.mark.parametrize("scenario", WRONG)
def test_a_scenario_is_seen_without_switching(scenario):
    ended = doctor(scenario)
    told = {**dict.fromkeys(LINES, "PASS"), **WRONG[scenario]}
    outcomes = {what: outcome for what, outcome in told.items() if outcome}
    (host,) = ended.report["hosts"]
    assert {line["what"]: line["outcome"] for line in host["findings"]} == outcomes
    wrong = set(WRONG[scenario].values())
    assert ended.code == (1 if "FAIL" in wrong else 4 if wrong else 0), ended.err
    assert all(line["mend"] for line in host["findings"] if line["outcome"] == "FAIL")


def test_without_the_probe_nothing_is_sent_and_all_else_can_be_right():
    ended = doctor("healthy", "--no-probe")
    assert ended.code == 0
    assert "SendCommand" not in ended.report["api_calls"]
    assert [line["what"] for line in ended.report["hosts"][0]["findings"]] == list(LINES[:-1])
    assert "--no-probe" in ended.report["notes"][0]


def denied(*actions, options=""):
    """The doctor of an operator to whom an administrator has just forbidden these, with `aws`."""
    statement = {"Effect": "Deny", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    forbid = (
        "aws iam put-user-policy --profile account-a-admin --user-name operator --policy-name No "
        f"--policy-document {shlex.quote(policy)}"
    )
    look = f"orch doctor --instance {INSTANCE} --output json {options}"
    return call(
        *("orch", "sandbox", "exec", "--engine", "stand-in", "--"),
        *("sh", "-c", f"{forbid} && {look}"),
    )


def test_who_may_not_ask_ec2_is_told_so_in_each_line_that_needs_it():
    ended = denied("ec2:DescribeInstances")
    assert ended.code == 4, ended.err
    found = {line["what"]: line for line in ended.report["hosts"][0]["findings"]}
    assert list(found) == list(LINES)
    unknown = {what for what, line in found.items() if line["outcome"] == "UNKNOWN"}
    assert unknown == {"instance", "role", "metadata"}
    assert all("ec2:DescribeInstances" in found[what]["said"] for what in unknown)
    # The host itself has said who it is, so that its role could be read all the same.
    assert found["agent's role"]["outcome"] == "PASS"


def test_what_could_not_be_read_is_told_once():
    ended = denied("iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies")
    lines = ended.report["hosts"][0]["findings"]
    told = [line["what"] for line in lines if "ListRolePolicies was denied" in line["said"]]
    assert told == ["agent's role"]
    assert [line["what"] for line in lines if line["outcome"] == "UNKNOWN"] == [
        "agent's role",
        "may switch",
    ]


def test_with_nobody_to_ask_no_role_is_known():
    ended = denied("ec2:*", "iam:*", options="--no-probe")
    assert ended.code == 4
    found = {line["what"]: line for line in ended.report["hosts"][0]["findings"]}
    assert found["agent's role"]["said"] == "the role that would ask is not known"


def test_the_text_says_what_is_right_and_what_is_wrong():
    ended = call(
        *("orch", "sandbox", "exec", "--scenario", "trust-missing", "--"),
        *("orch", "doctor", "--instance", INSTANCE, "--no-probe"),
    )
    assert ended.code == 1, ended.err
    assert "ok      instance: it is running" in ended.out
    assert "wrong   is trusted: " in ended.out
    assert "[trust-names-others]" in ended.out


def test_a_probe_that_is_killed_leaves_nothing_on_the_host():
    folders = f'"$ORCH_SANDBOX_DIR"/hosts/{INSTANCE}/ProgramData'
    look = f"orch doctor --instance {INSTANCE} > /dev/null; ls {folders}"
    words = ("orch", "sandbox", "exec", "--engine", "stand-in", "--scenario", "script-killed")
    ended = call(*words, "--", "sh", "-c", look)
    assert ended.out == "Amazon\n"
