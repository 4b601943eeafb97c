"""The operator's policy is the least: with it everything works, and without any part something less.

Each statement is taken out through the IAM API, as an administrator would, and put back.
"""

import json
from contextlib import contextmanager

import pytest

from support.processes import INSTANCE, call, standing

pytestmark = pytest.mark.e2e

A, B = "111111111111", "222222222222"
POLICY = f"arn:aws:iam::{A}:policy/OrchOperator"
MISSING = f"arn:aws:iam::{B}:role/Test-Switch-Rol"
LOCAL = ("--instance", INSTANCE, "--shell", "python", "--output", "json")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with standing(tmp_path_factory.mktemp("operator"), "--engine", "stand-in") as found:
        yield found


@pytest.fixture(scope="module")
def aws(sandbox, tmp_path_factory):
    home = str(tmp_path_factory.mktemp("home"))

    def ask(*words):
        admin = ("--profile", "account-a-admin", "--output", "json")
        ended = call("aws", *words, *admin, **(sandbox.variables | {"HOME": home}))
        assert ended.code == 0, ended.err
        return json.loads(ended.out or "null")

    return ask


@pytest.fixture(scope="module")
def statements(aws):
    """The operator's policy as it is deployed, by Sid."""
    version = aws("iam", "get-policy", "--policy-arn", POLICY)["Policy"]["DefaultVersionId"]
    words = ("--policy-arn", POLICY, "--version-id", version)
    document = aws("iam", "get-policy-version", *words)["PolicyVersion"]["Document"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


@pytest.fixture
def without(aws, statements):
    """Takes an action, or a whole statement, out of the policy."""

    @contextmanager
    def taken_out(sid, action=None):
        kept = {name: dict(one) for name, one in statements.items()}
        if action is None:
            del kept[sid]
        else:
            kept[sid]["Action"] = [one for one in kept[sid]["Action"] if one != action]
            assert len(kept[sid]["Action"]) == len(statements[sid]["Action"]) - 1
        document = json.dumps({"Version": "2012-10-17", "Statement": list(kept.values())})
        words = ("--policy-arn", POLICY)
        made = aws(
            *("iam", "create-policy-version", *words, "--set-as-default"),
            *("--policy-document", document),
        )["PolicyVersion"]["VersionId"]
        try:
            yield
        finally:
            aws("iam", "set-default-policy-version", *words, "--version-id", "v1")
            aws("iam", "delete-policy-version", *words, "--version-id", made)

    return taken_out


@pytest.fixture
def orch(sandbox):
    return lambda *words: call("orch", *words, **sandbox.variables)


def findings(ended):
    """What the doctor says, by the line's name."""
    (host,) = ended.report["hosts"]
    return {line["what"]: line for line in host["findings"]}


def test_with_the_policy_as_deployed_every_feature_works(orch):
    ran = orch("run", *LOCAL)
    assert (ran.code, ran.report["outcome"]) == (0, "PASS"), ran.out
    examined = orch("doctor", *LOCAL)
    assert examined.code == 0, examined.out
    assert {line["outcome"] for line in findings(examined).values()} == {"PASS"}
    refused = orch("run", *LOCAL, "--role-arn", MISSING)
    assert refused.code == 1
    causes = refused.report["hosts"][0]["causes"]
    assert causes[0]["id"] == "role-not-found"
    assert "Test-Switch-Role" in json.dumps(causes)


def test_every_statement_is_taken_out_in_a_test_below(statements):
    tested = {*DOCTOR, *RUN_OF_A_MISSING_ROLE, "RunTheScript", "SeeHowItEnds", "SeeWhatSsmManages"}
    assert set(statements) == tested | {"ReadAccountB"}


def test_without_send_command_nothing_runs_and_the_permission_is_named(orch, without):
    with without("RunTheScript"):
        ran = orch("run", *LOCAL)
        examined = orch("doctor", *LOCAL)
    assert (ran.code, ran.out) == (3, "")
    assert "orch: SendCommand in ap-northeast-1: AccessDeniedException: User: " in ran.err
    assert "is not authorized to perform: ssm:SendCommand on resource: " in ran.err
    assert "mend: allow your identity what this call needs; `orch plan` lists it" in ran.err
    assert findings(examined)["host"]["outcome"] == "UNKNOWN"
    assert "ssm:SendCommand" in json.dumps(findings(examined)["host"])


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("ssm:ListCommandInvocations", 3),
        ("ssm:ListCommands", 0),
        ("ssm:GetCommandInvocation", 0),
        ("ssm:CancelCommand", 0),
    ],
)
def test_without_a_look_at_the_end_nobody_knows_it(orch, without, action, code):
    """Only the first is needed where nothing goes wrong: see `tests/run` for the others."""
    with without("SeeHowItEnds", action):
        ran = orch("run", *LOCAL)
    assert ran.code == code, ran.out + ran.err
    if code:
        assert action in ran.err + ran.out


def test_without_what_ssm_manages_a_run_goes_on_and_the_doctor_does_not_know(orch, without):
    with without("SeeWhatSsmManages"):
        ran = orch("run", *LOCAL)
        examined = orch("doctor", *LOCAL)
    assert ran.code == 0, ran.out + ran.err
    assert findings(examined)["agent"]["outcome"] == "UNKNOWN"
    assert "ssm:DescribeInstanceInformation" in json.dumps(findings(examined)["agent"])


DOCTOR = {
    "SeeTheInstance": ("instance", "ec2:DescribeInstances"),
    "SeeItsRole": ("role", "iam:GetInstanceProfile"),
    "SeeWhyItFailed": ("may switch", "iam:GetRole"),
    "ReadManagedPolicies": ("may switch", "iam:GetPolicy"),
}


@pytest.mark.parametrize("sid", DOCTOR)
def test_without_a_read_the_doctor_does_not_know_and_names_the_permission(orch, without, sid):
    line, permission = DOCTOR[sid]
    with without(sid):
        examined = orch("doctor", *LOCAL, "--no-probe")
    assert examined.code in {0, 4}, examined.out
    assert permission in json.dumps(findings(examined)), examined.out
    assert "FAIL" not in {found["outcome"] for found in findings(examined).values()}


RUN_OF_A_MISSING_ROLE = {"SeeWhichRolesThereAre": "iam:ListRoles"}
