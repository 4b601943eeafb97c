"""The operator's policy is the least: with it all works, and without any part of it something less.

Each statement is taken out through the IAM API, as an administrator would, and put back.
"""

import json
import signal
from contextlib import contextmanager
from hashlib import sha256

import pytest

from support.processes import INSTANCE, admin_of_a, begun, call, standing

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
    return admin_of_a(sandbox, tmp_path_factory.mktemp("home"))


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
    run = {"RunTheScript", "SeeHowItEnds", "SeeWhatSsmManages"}
    elsewhere = {"ReadAccountB", "ReachOtherAccounts", *GROUPS}
    assert set(statements) == {*DOCTOR, *run, *elsewhere, *SCHEDULE, "SeeWhichRolesThereAre"}


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
        ("ssm:ListCommandInvocations", 4),
        # It is asked for only where the answer to SendCommand was lost.
        ("ssm:ListCommands", 0),
    ],
)
def test_without_a_look_at_the_end_nobody_knows_it(orch, without, action, code):
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
    "SeeTheInstance": "ec2:DescribeInstances",
    "SeeItsRole": "iam:GetInstanceProfile",
    "SeeWhyItFailed": "iam:GetRole",
    "ReadManagedPolicies": "iam:GetPolicy",
}


@pytest.mark.parametrize("sid", DOCTOR)
def test_without_a_read_the_doctor_does_not_know_and_names_the_permission(orch, without, sid):
    permission = DOCTOR[sid]
    with without(sid):
        examined = orch("doctor", *LOCAL, "--no-probe")
    assert examined.code in {0, 4}, examined.out
    assert permission in json.dumps(findings(examined)), examined.out
    assert "FAIL" not in {found["outcome"] for found in findings(examined).values()}


def test_without_the_reads_a_refusal_is_not_explained_and_the_permission_is_named(orch, without):
    """A role that account B lets in, and account A does not let its own role switch to."""
    deployed = orch(
        *("setup", "deploy", "b", "--stack-name", "another", "--role-name", "Another", "--yes"),
        *("--source-role-arn", f"arn:aws:iam::{A}:role/EC2RoleforSSM"),
        *("--profile", "account-b-admin"),
    )
    assert deployed.code == 0, deployed.err
    other = ("run", *LOCAL, "--role-arn", f"arn:aws:iam::{B}:role/Another")
    assert causes(orch(*other))[0]["id"] == "assume-not-allowed"
    with without("SeeWhyItFailed"):
        told = causes(orch(*other))
    assert "assume-not-allowed" not in {one["id"] for one in told if one["certain"]}
    assert "iam:GetRolePolicy" in json.dumps(told) or "iam:ListRolePolicies" in json.dumps(told)


def causes(ended):
    (host,) = ended.report["hosts"]
    return host["causes"]


def test_without_the_list_of_roles_no_role_like_the_missing_one_is_named(
    orch, sandbox, without, tmp_path
):
    """In account A itself, so that it is read with the operator's own access."""
    settings = tmp_path / "orch.toml"
    settings.write_text('bucket = "xxxxxxxx-cloudtrail"\n')
    missing = ("run", *LOCAL, "--role-arn", f"arn:aws:iam::{A}:role/ec2roleforssm")
    changes = sandbox.variables | {"ORCH_CONFIG": str(settings)}
    with_it = call("orch", *missing, **changes).report["hosts"][0]["causes"]
    assert "role/EC2RoleforSSM" in with_it[0]["mend"], with_it
    with without("SeeWhichRolesThereAre"):
        without_it = call("orch", *missing, **changes).report["hosts"][0]["causes"]
    assert "role/EC2RoleforSSM" not in without_it[0]["mend"]
    assert without_it[0]["id"] == "role-not-found"


def test_without_account_bs_reader_that_side_stays_open(orch, without):
    with without("ReadAccountB"):
        examined = orch("doctor", *LOCAL, "--no-probe")
    found = findings(examined)
    assert found["is trusted"]["outcome"] == "UNKNOWN"
    assert "sts:AssumeRole" in json.dumps(found["is trusted"]), examined.out
    assert found["instance"]["outcome"] == "PASS"


def test_without_the_roles_of_other_accounts_their_hosts_are_not_reached(orch, without):
    role = "arn:aws:iam::444444444444:role/orch-operator"
    words = ("plan", "--all", "--account-role", role)
    assert "SSM manages no instance" in orch(*words).err  # it was asked: the account has none here
    with without("ReachOtherAccounts"):
        refused = orch(*words)
    assert (refused.code, "sts:AssumeRole on resource: " + role in refused.err) == (3, True)


GROUPS = {
    "SeeGroups": ("resource-groups:ListGroupResources",),
    "SeeWhatIsInThem": (
        "tag:GetResources",
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackResources",
    ),
}


@pytest.fixture(scope="module")
def group(aws):
    """A resource group that holds the sandbox's hosts."""
    tags = [{"Key": "env", "Values": ["sandbox"]}]
    query = {"ResourceTypeFilters": ["AWS::EC2::Instance"], "TagFilters": tags}
    asked = json.dumps({"Type": "TAG_FILTERS_1_0", "Query": json.dumps(query)})
    aws("resource-groups", "create-group", "--name", "ours", "--resource-query", asked)
    return "ours"


@pytest.mark.parametrize(
    ("sid", "action"), [(sid, action) for sid, actions in GROUPS.items() for action in actions]
)
def test_without_leave_to_see_a_group_its_instances_are_not_known(
    orch, without, group, sid, action
):
    words = ("plan", "--resource-group", group)
    assert INSTANCE in orch(*words).out
    with without(sid, action if len(GROUPS[sid]) > 1 else None):
        refused = orch(*words)
    assert (refused.code, f"perform: {action}" in refused.err) == (3, True), refused.err


NAME = "orch-switch-role"
APPLY = ("schedule", "apply", *LOCAL[:4], "--rate", "1 day", "--name", NAME)
CHANGED = (*APPLY, "--timeout", "5m")
NEW = (*APPLY, "--name", "orch-new")
SCHEDULE = {
    "ScheduleOwnDocuments": {
        "ssm:DescribeDocument": APPLY,
        "ssm:ListDocumentVersions": APPLY,
        "ssm:GetDocument": APPLY,
        "ssm:CreateDocument": NEW,
        "ssm:UpdateDocument": (*APPLY, "--timeout", "6m"),
        # The association is gone by then, so it is another schedule's.
        "ssm:DeleteDocument": ("schedule", "remove", "--name", "orch-gone"),
        "ssm:CreateAssociation": NEW,
        "ssm:UpdateAssociation": (*APPLY, "--max-errors", "5"),
    },
    "ScheduleThem": {
        "ssm:CreateAssociation": NEW,
        "ssm:UpdateAssociation": (*APPLY, "--max-errors", "5"),
        "ssm:DescribeAssociation": ("schedule", "show"),
        "ssm:DeleteAssociation": ("schedule", "remove"),
        "ssm:StartAssociationsOnce": ("schedule", "run-now"),
        "ssm:ListAssociationVersions": ("collect", NAME),
        "ssm:DescribeAssociationExecutions": ("collect", NAME),
        "ssm:DescribeAssociationExecutionTargets": ("collect", NAME),
    },
    "FindSchedules": {
        "ssm:ListAssociations": ("collect", "--all"),
        "ssm:ListComplianceItems": ("compliance", "--publish"),
    },
    "SayHowHostsStand": {"ssm:PutComplianceItems": ("compliance", "--publish")},
}


@pytest.fixture(scope="module")
def scheduled(sandbox):
    """A schedule that has run, was changed, and has run again. Nothing below changes it."""
    for words in (CHANGED, APPLY, (*APPLY, "--name", "orch-gone")):
        made = call("orch", *words, **sandbox.variables)
        assert made.code == 0, made.err
    yield
    for name in (NAME, "orch-new", "orch-gone"):
        removed = call("orch", "schedule", "remove", "--name", name, **sandbox.variables)
        assert removed.code == 0, removed.err


@pytest.mark.parametrize(
    ("sid", "action"), [(sid, action) for sid, actions in SCHEDULE.items() for action in actions]
)
@pytest.mark.usefixtures("scheduled")
def test_without_any_part_of_what_a_schedule_needs_something_less_works(
    sandbox, without, tmp_path, sid, action
):
    own = sandbox.variables | {"ORCH_STATE_DIR": str(tmp_path)}
    words = SCHEDULE[sid][action]
    if words[0] == "compliance":
        assert call("orch", "collect", NAME, **own).code in {0, 1, 4}
    with without(sid, action if len(SCHEDULE[sid]) > 1 else None):
        refused = call("orch", *words, **own)
    assert (refused.code, f"perform: {action}" in refused.err) == (3, True), refused.err


def test_without_get_command_invocation_a_long_answer_stays_cut(orch, without, tmp_path):
    checks = "\n".join(
        f"  - {{check: s3_access, with: {{bucket: {sha256(bytes([n])).hexdigest()[:60]}}}, "
        "after: denied}"
        for n in range(16)
    )
    (tmp_path / "long.yaml").write_text(LONG + checks + "\n")
    whole = orch("run", tmp_path / "long.yaml", *LOCAL)
    assert whole.out, whole.err
    assert whole.report["outcome"] != "UNKNOWN"
    assert whole.report["api_calls"]["GetCommandInvocation"] == 1
    with without("SeeHowItEnds", "ssm:GetCommandInvocation"):
        cut = orch("run", tmp_path / "long.yaml", *LOCAL)
    assert cut.code == 4, cut.out
    assert "ssm:GetCommandInvocation" in json.dumps(cut.report["hosts"][0]["causes"]), cut.out


LONG = """orch: 1
name: long
description: Asks so much that no page of the list holds the answer.
inputs:
  role_arn: {kind: role-arn, help: The role.}
profile: {name: p, role_arn: '${role_arn}'}
checks:
"""


def test_without_cancel_command_an_interrupt_says_that_it_could_not_be_cancelled(sandbox, without):
    run = begun("orch", "run", *LOCAL, **sandbox.variables)
    with without("SeeHowItEnds", "ssm:CancelCommand"), run as process:
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, _err = process.communicate(timeout=60)
    report = json.loads(out)
    assert report["interrupted"] is True
    assert "ssm:CancelCommand" in json.dumps(report["notes"])
