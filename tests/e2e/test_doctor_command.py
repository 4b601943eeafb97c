"""`orch doctor` in the sandbox: what is wrong is red, what cannot be seen is yellow."""

import pytest

from support.processes import INSTANCE, call

pytestmark = pytest.mark.e2e

LINES = ("instance", "role", "metadata", "agent", "may switch", "is trusted", "may ask", "host")
WRONG = {
    "healthy": {},
    "metadata-off": {"metadata": "FAIL", "host": "UNKNOWN"},
    "instance-stopped": {"instance": "FAIL", "agent": "FAIL", "host": "UNKNOWN"},
    "no-instance-role": {
        "role": "FAIL",
        "may switch": "UNKNOWN",
        "is trusted": "UNKNOWN",
        "host": "UNKNOWN",
    },
    "assume-bounded": {"may switch": "FAIL"},
    "trust-external-id": {"is trusted": "FAIL"},
    "trust-organization": {"is trusted": "UNKNOWN"},
    "role-missing": {"is trusted": "FAIL", "may ask": "UNKNOWN"},
    "bucket-forbidden": {"may ask": "FAIL"},
}


def doctor(scenario, *options):
    return call(
        *("orch", "sandbox", "exec", "--engine", "stand-in", "--scenario", scenario, "--"),
        *("orch", "doctor", "--instance", INSTANCE, "--output", "json", *options),
    )


@pytest.mark.parametrize("scenario", WRONG)
def test_a_scenario_is_seen_without_switching(scenario):
    ended = doctor(scenario)
    outcomes = {**dict.fromkeys(LINES, "PASS"), **WRONG[scenario]}
    (host,) = ended.report["hosts"]
    assert {line["what"]: line["outcome"] for line in host["findings"]} == outcomes
    wrong = set(WRONG[scenario].values())
    assert ended.code == (1 if "FAIL" in wrong else 4 if wrong else 0), ended.err
    assert all(line["mend"] for line in host["findings"] if line["outcome"] == "FAIL")


def test_without_the_probe_nothing_is_sent():
    report = doctor("healthy", "--no-probe").report
    assert "SendCommand" not in report["api_calls"]
    assert report["outcome"] == "UNKNOWN"


def test_the_text_says_what_is_right_and_what_is_wrong():
    ended = call(
        *("orch", "sandbox", "exec", "--scenario", "trust-missing", "--"),
        *("orch", "doctor", "--instance", INSTANCE, "--no-probe"),
    )
    assert ended.code == 1, ended.err
    assert "ok      instance: it is running" in ended.out
    assert "wrong   is trusted: " in ended.out
    assert "[trust-names-others]" in ended.out
