"""The other ways to switch: each runbook in both shells, where it works and where it does not."""

import pytest

from support.processes import INSTANCE, call

pytestmark = pytest.mark.e2e

SHELLS = ("powershell", "python")


def run(runbook, scenario, shell):
    return call(
        *("orch", "sandbox", "exec", "--engine", "stand-in", "--scenario", scenario, "--"),
        *("orch", "run", runbook, "--instance", INSTANCE, "--shell", shell, "--output", "json"),
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_calls_that_name_no_profile_answer_as_the_role_that_is_the_sessions_default(shell):
    ended = run("switch-role-default", "healthy", shell)
    assert ended.code == 0, ended.err + ended.out
    (host,) = ended.report["hosts"]
    before, after = (host[phase]["identity"]["value"] for phase in ("before", "after"))
    assert (before["account"], before["role"]) == ("111111111111", "EC2RoleforSSM")
    assert (after["account"], after["role"]) == ("222222222222", "Test-Switch-Role")
    assert host["restored"]["state"] == "restored"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_default_whose_role_is_refused_never_falls_back_to_the_instances_own(shell):
    ended = run("switch-role-default", "trust-missing", shell)
    assert ended.code == 1, ended.err + ended.out
    (host,) = ended.report["hosts"]
    assert host["causes"][0]["id"] == "assume-role-refused"
    assert host["after"]["identity"]["state"] == "error"
