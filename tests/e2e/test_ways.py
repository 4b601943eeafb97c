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
    assert host["causes"][0]["id"] == "trust-names-others"
    assert host["after"]["identity"]["state"] == "error"


ACCESS = """\
orch: 1
name: access
description: The bucket itself.
inputs:
  role_arn: {kind: role-arn, help: The role.}
  bucket: {kind: bucket, help: The bucket.}
profile:
  name: switch_test
  role_arn: ${role_arn}
checks:
  - check: s3_access
    with:
      bucket: ${bucket}
    before: denied
    after:
      readable:
        equals: true
"""


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("scenario", "code", "state", "said"),
    [
        ("healthy", 0, "ok", None),
        ("bucket-denied", 1, "error", "AccessDenied"),
        ("bucket-absent", 1, "error", "NoSuchBucket"),
    ],
)
def test_the_bucket_itself_is_asked(tmp_path, scenario, code, state, said, shell):
    runbook = tmp_path / "access.yaml"
    runbook.write_text(ACCESS)
    ended = run(runbook, scenario, shell)
    assert ended.code == code, ended.err + ended.out
    (host,) = ended.report["hosts"]
    after = host["after"]["s3_access"]
    assert after["state"] == state
    assert (after["failure"] or {}).get("code") == said
    if scenario == "healthy":
        assert after["value"] == {
            "readable": True,
            "name": "xxxxxxxx-cloudtrail",
            "empty": True,
        }
