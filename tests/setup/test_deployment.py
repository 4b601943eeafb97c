"""What is said of a stack: above its template, of its changes, and of what went wrong."""

import shlex
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.errors import CannotRunError, DeniedError
from orchestrator.setup import (
    SETUPS,
    Change,
    ChangeSet,
    Conflict,
    Deployment,
    Event,
    StackState,
    Value,
    change_lines,
    failed_change_set,
    failed_stack,
    unfit,
    value_lines,
)

ARN = "arn:aws:iam::222222222222:role/Test-Switch-Role"
GIVEN = (Value("TargetRoleArn", ARN, "orch.toml"), Value("PrincipalTag", "a b", "--principal-tag"))
WANTED = Deployment(SETUPS["a"], "orch-instance-role", GIVEN, "ap-northeast-1", "admin")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_header_says_which_values_and_the_line_that_does_the_same():
    lines = list(WANTED.header())
    assert all(line.startswith("#") for line in lines)
    assert f"#   TargetRoleArn={ARN}   (orch.toml)" in lines
    words = shlex.split(" ".join(line.rstrip("\\") for line in WANTED.aws_command()))
    assert words == [
        *("aws", "cloudformation", "deploy", "--template-file", "account-a-instance-role.yaml"),
        *("--parameter-overrides", f"TargetRoleArn={ARN}", "PrincipalTag=a b"),
        *("--stack-name", "orch-instance-role", "--capabilities", "CAPABILITY_NAMED_IAM"),
        *("--profile", "admin", "--region", "ap-northeast-1"),
    ]


def test_the_header_names_what_is_needed():
    nothing = Deployment(SETUPS["b"], "x", (), "", None)
    assert "#   SourceRoleArn is needed" in list(nothing.header())
    assert list(Deployment(SETUPS["operator"], "x", (), "", None).header())[2] == "#   none"


CHANGES = (
    Change("Add", "New", "AWS::IAM::Role"),
    Change("Remove", "Old", "AWS::IAM::Role", "old-name"),
    Change("Modify", "Role", "AWS::IAM::Role", "role", "False", ("Policies", "Tags"), ("Tag",)),
    Change("Modify", "Other", "AWS::IAM::Role", "was", "True", ("RoleName",), ("RoleName",)),
    Change("Modify", "Maybe", "AWS::IAM::Role", "may", "Conditional", ("Path",), ("Other",)),
)


def test_changes_are_lines_within_eighty_columns():
    lines = list(change_lines(ChangeSet("arn", "id", "CREATE_COMPLETE", "", CHANGES)))
    assert lines == [
        "  add       New    AWS::IAM::Role",
        "  remove    Old    AWS::IAM::Role",
        "            old-name",
        "  change    Role   AWS::IAM::Role",
        "            Policies, Tags, by Tag",
        "  replace   Other  AWS::IAM::Role",
        "            RoleName, by RoleName",
        "            a new one is made, and was is removed",
        "  replace?  Maybe  AWS::IAM::Role",
        "            Path, by Other",
        "            whether a new one has to be made is known only then",
    ]
    many = Change("Modify", "R", "T", "p", "False", tuple(f"Property{n}" for n in range(20)))
    wide = list(change_lines(ChangeSet("arn", "id", "CREATE_COMPLETE", "", (many,))))
    assert len(wide) > 2
    assert all(len(line) <= 80 for line in wide)


def test_a_value_that_is_long_has_its_origin_on_a_line_of_its_own():
    lines = list(value_lines([*GIVEN, Value("RoleName", "", "as it is now")]))
    assert lines[-1] == "  RoleName       (empty)  (as it is now)"
    assert list(value_lines([Value("Name", "x" * 60, "a-file-of-mine.toml")])) == [
        f"  Name  {'x' * 60}",
        "        (a-file-of-mine.toml)",
    ]


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"])
def test_a_stack_that_never_was_has_to_go_first(status):
    error = unfit(StackState("id", "x", status), WANTED)
    assert status in error.what
    assert error.mend == (
        "remove it, then deploy again: aws cloudformation delete-stack --stack-name "
        "orch-instance-role --profile admin --region ap-northeast-1"
    )


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("UPDATE_IN_PROGRESS", "wait until that is over"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("SOMETHING_NEW", "describe-stack-events"),
    ],
)
def test_another_state_has_its_own_mend(status, word):
    assert word in unfit(StackState("id", "x", status), WANTED).mend


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]
)
def test_a_stack_that_is_well_is_fit(status):
    assert unfit(StackState("id", "x", status), WANTED) is None


def events(*told):
    """Events, given oldest first, in AWS's order."""
    found = [
        Event(BEGIN + timedelta(seconds=n), name, kind, status, reason)
        for n, (name, kind, status, reason) in enumerate(told)
    ]
    return list(reversed(found))


ROLE = "AWS::IAM::Role"
DENIED = (
    'Resource handler returned message: "User: arn:aws:iam::1:user/u is not authorized to perform: '
    "iam:CreateRole on resource: arn:aws:iam::1:role/R because no identity-based policy allows the "
    'iam:CreateRole action (Service: Iam, Status Code: 403, Request ID: 1-2)" (RequestToken: 3, '
    "HandlerErrorCode: AccessDenied)"
)
TAKEN = (
    'Resource handler returned message: "Role with name R already exists. (Service: Iam, Status '
    'Code: 409, Request ID: 1)" (RequestToken: 3, HandlerErrorCode: AlreadyExists)'
)


def test_the_first_failure_is_told_and_not_what_was_cancelled_because_of_it():
    told = events(
        ("x", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", "User Initiated"),
        ("InstanceRole", ROLE, "CREATE_FAILED", DENIED),
        ("Other", ROLE, "CREATE_FAILED", "Resource creation cancelled"),
        ("InstanceProfile", "AWS::IAM::InstanceProfile", "DELETE_FAILED", "later"),
    )
    error = failed_stack(StackState("id", "x", "ROLLBACK_COMPLETE"), told, WANTED)
    assert isinstance(error, DeniedError)
    assert error.where == "stack orch-instance-role, InstanceRole (AWS::IAM::Role)"
    assert error.what == (
        "CREATE_FAILED: User: arn:aws:iam::1:user/u is not authorized to perform: iam:CreateRole "
        "on resource: arn:aws:iam::1:role/R because no identity-based policy allows the "
        "iam:CreateRole action"
    )
    assert error.mend.startswith(
        "deploy as somebody who may iam:CreateRole on arn:aws:iam::1:role/R, e.g. an administrator;"
    )
    assert "aws cloudformation delete-stack --stack-name orch-instance-role" in error.mend


def test_a_name_that_is_taken_is_told_with_the_options_that_give_another():
    told = events(("InstanceRole", ROLE, "UPDATE_FAILED", TAKEN))
    error = failed_stack(StackState("id", "x", "UPDATE_ROLLBACK_COMPLETE"), told, WANTED)
    assert error.what == "UPDATE_FAILED: Role with name R already exists."
    assert error.mend == (
        "the name is taken: give another one with --role-name, or remove what has it; "
        "the stack is as it was before"
    )


def test_a_failure_without_an_event_is_told_by_the_stack():
    error = failed_stack(StackState("id", "x", "UPDATE_ROLLBACK_FAILED", "why"), [], WANTED)
    assert error.what == "it ended as UPDATE_ROLLBACK_FAILED: why"


def test_a_change_set_that_failed_names_what_was_found():
    failed = ChangeSet("arn", "id", "FAILED", "The following hook(s)/validation failed: [X].")
    plain = failed_change_set(failed, (), WANTED)
    assert (type(plain), "hook(s)/validation failed" in plain.what) == (CannotRunError, True)
    found = (Conflict("InstanceRole", ROLE, "Resource of type 'X' already exists."),)
    told = failed_change_set(failed, found, WANTED)
    assert told.where == "stack orch-instance-role, InstanceRole (AWS::IAM::Role)"
    assert "--role-name" in told.mend


@pytest.mark.parametrize(
    ("status", "reason", "empty"),
    [
        ("FAILED", "The submitted information didn't contain changes. Submit different ...", True),
        ("FAILED", "No updates are to be performed.", True),
        ("FAILED", "Something else", False),
        ("CREATE_COMPLETE", "", False),
    ],
)
def test_an_empty_change_set_is_known_by_its_reason(status, reason, empty):
    assert ChangeSet("arn", "id", status, reason).is_empty is empty
