"""`orch setup` in a sandbox of its own: what is shown is deployed, and does what it says.

The AWS CLI is the foreign client: it deploys the same templates with its own command.
"""

import json
import shlex
import time

import pytest

from support.processes import INSTANCE, call, standing
from support.terminals import CTRL_C, CTRL_D, on_terminal

pytestmark = pytest.mark.e2e

A, B = "111111111111", "222222222222"
SOURCE = f"arn:aws:iam::{A}:role/EC2RoleforSSM"
IN_A = ("--profile", "account-a-admin")
IN_B = ("--profile", "account-b-admin")
NEW = ("--source-role-arn", SOURCE, "--role-name", "Other", "--stack-name", "other", *IN_B)
RUN = ("run", "--instance", INSTANCE, "--shell", "python", "--output", "json")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """A sandbox whose stacks these tests may change."""
    options = ("--engine", "stand-in", "--stack-delay", "0")
    with standing(tmp_path_factory.mktemp("setup"), *options) as found:
        yield found


@pytest.fixture
def orch(sandbox):
    return lambda *words, **changes: call("orch", *words, **(sandbox.variables | changes))


@pytest.fixture
def aws(sandbox, tmp_path):
    """The AWS CLI: its answer as data, or how it ended where it ends badly."""

    def ask(*words, fails=False):
        home = {"HOME": str(tmp_path)}
        ended = call("aws", *words, cwd=tmp_path, **(sandbox.variables | home))
        assert bool(ended.code) is fails, ended.err
        return ended.err if fails else ended.out

    return ask


@pytest.fixture
def gone(aws):
    """No stack `other` afterwards."""
    yield
    aws("cloudformation", "delete-stack", "--stack-name", "other", *IN_B)


def change_sets(aws, stack, *profile):
    words = ("cloudformation", "list-change-sets", "--stack-name", stack, "--output", "json")
    rows = json.loads(aws(*words, *profile))["Summaries"]
    return [row["ExecutionStatus"] for row in rows]


@pytest.mark.parametrize(
    ("what", "profile"), [("a", "account-a-admin"), ("operator", "account-a-admin")]
)
def test_what_is_deployed_already_is_not_to_be_changed(orch, aws, what, profile):
    ended = orch("setup", "deploy", what, "--profile", profile, "--yes")
    assert ended.code == 0, ended.err
    assert "as it is wanted\n" in ended.out
    assert "\nnothing is to be changed\n" in ended.out
    stack = {"a": "orch-instance-role", "operator": "orch-operator"}[what]
    assert change_sets(aws, stack, "--profile", profile) == []


def test_a_new_stack_is_shown_then_made_and_tells_what_it_gives_out(orch, gone):
    ended = orch("setup", "deploy", "b", *NEW, "--yes")
    assert ended.code == 0, ended.err
    assert ended.out.startswith(f"stack other in account {B}, ap-northeast-1: to be created\n")
    assert "\nchanges:\n  add  SwitchRole  AWS::IAM::Role\n" in ended.out
    assert f"\n  RoleArn  arn:aws:iam::{B}:role/Other\n" in ended.out
    assert all(len(line) <= 80 for line in ended.out.splitlines())
    changed = orch("setup", "deploy", "b", *NEW, "--principal-tag", "new", "--yes")
    assert changed.code == 0, changed.err
    assert "AssumeRolePolicyDocument" in changed.out
    renamed = orch("setup", "deploy", "b", *NEW, "--role-name", "Another", "--yes")
    assert "  replace  SwitchRole  AWS::IAM::Role\n" in renamed.out
    assert "a new one is made, and Other is removed" in renamed.out
    assert "(as it is now)" in renamed.out


def test_what_is_shown_is_deployed_by_the_aws_cli_with_the_line_that_is_shown(
    orch, aws, gone, tmp_path
):
    shown = orch(
        "setup", "show", "b", *NEW, "--principal-tag", "a b", "--source-ip", "198.51.100.0/24"
    )
    assert shown.code == 0, shown.err
    (tmp_path / "account-b-switch-role.yaml").write_text(shown.out)
    told = [line.removeprefix("#   ") for line in shown.out.splitlines() if line.startswith("#   ")]
    line = "\n".join(told[next(n for n, text in enumerate(told) if text.startswith("aws ")) :])
    words = shlex.split(line.replace("\\\n", " "))[1:]
    assert "Successfully created/updated stack - other" in aws(*words)
    # The CLI names its change sets by the second, and no two of a stack may have one name.
    time.sleep(1.1)
    assert "No changes to deploy. Stack other is up to date" in aws(*words, fails=True)
    same = orch("setup", "deploy", "b", *NEW, "--principal-tag", "a b", "--yes")
    assert "\nnothing is to be changed\n" in same.out, same.err
    changed = [
        *words[: words.index("--parameter-overrides")],
        *words[words.index("--stack-name") :],
    ]
    told = aws(*changed, "--parameter-overrides", "PrincipalTag=c")
    assert "Successfully created/updated stack - other" in told
    answer = json.loads(aws("iam", "get-role", "--role-name", "Other", *IN_B, "--output", "json"))
    (statement,) = answer["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalTag/orch": "c"},
        "IpAddress": {"aws:SourceIp": ["198.51.100.0/24"]},
    }
    without = [word for word in changed if word not in {"--capabilities", "CAPABILITY_NAMED_IAM"}]
    refused = aws(*without, "--parameter-overrides", "PrincipalTag=d", fails=True)
    assert "(InsufficientCapabilitiesException)" in refused


@pytest.mark.parametrize("answer", ["n\n", "\n", CTRL_C, CTRL_D])
def test_whoever_does_not_say_yes_leaves_nothing_behind(sandbox, aws, answer):
    with on_terminal("orch", "setup", "deploy", "b", *NEW, **sandbox.variables) as terminal:
        terminal.until("Deploy this? [y/N]: ")
        terminal.type(answer)
        ended = terminal.ended()
    assert ended.code == (130 if answer == CTRL_C else 2), ended.err
    words = ("cloudformation", "describe-stacks", "--stack-name", "other", *IN_B)
    assert "Stack with id other does not exist" in aws(*words, fails=True)


def test_an_update_that_is_declined_leaves_the_stack_as_it_was(sandbox, aws):
    words = ("orch", "setup", "deploy", "operator", "--feature", "run", *IN_A)
    with on_terminal(*words, **sandbox.variables) as terminal:
        terminal.until("Deploy this? [y/N]: ")
        terminal.type("no\n")
        ended = terminal.ended()
    assert (ended.code, "orch setup deploy: not deployed" in ended.err) == (2, True)
    assert change_sets(aws, "orch-operator", *IN_A) == []


def test_a_yes_deploys(sandbox, gone):
    with on_terminal("orch", "setup", "deploy", "b", *NEW, **sandbox.variables) as terminal:
        terminal.until("Deploy this? [y/N]: ")
        terminal.type("y\n")
        ended = terminal.ended()
    assert ended.code == 0, ended.err
    assert "\nCREATE_COMPLETE\n" in ended.out


def test_without_a_terminal_there_is_no_deployment_unless_yes_is_said(orch):
    ended = orch("setup", "deploy", "a", *IN_A)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "orch: --yes: nobody is here to say yes to what would change\n"
        "  mend: say --yes to deploy it unasked; `orch setup show a` shows the template\n"
    )


def test_the_operator_may_not_deploy_and_is_told_who_may(orch):
    ended = orch("setup", "deploy", "operator", "--yes")
    assert (ended.code, ended.out) == (3, "")
    assert "cloudformation:CreateChangeSet on resource" in ended.err
    assert "mend: use a profile that may cloudformation:CreateChangeSet" in ended.err


def test_a_name_that_is_taken_is_told_with_the_option_for_another(orch, aws):
    ended = orch("setup", "deploy", "b", *NEW, "--role-name", "Test-Switch-Role", "--yes")
    assert ended.code == 3
    assert ended.err.startswith(
        "orch: stack other, SwitchRole (AWS::IAM::Role): Resource of type 'AWS::IAM::Role' with "
        "identifier 'Test-Switch-Role' already exists.\n  mend: the name is taken: give another "
        "one with --role-name"
    )
    words = ("cloudformation", "describe-stacks", "--stack-name", "other", *IN_B)
    assert "does not exist" in aws(*words, fails=True)


def test_a_stack_that_fails_names_its_first_failure_and_cannot_be_updated_then(orch, gone):
    nobody = f"arn:aws:iam::{A}:role/Nobody"
    failed = orch("setup", "deploy", "b", *NEW, "--source-role-arn", nobody, "--yes")
    assert failed.code == 3
    assert "orch: stack other, SwitchRole (AWS::IAM::Role): CREATE_FAILED: " in failed.err
    assert "mend: whom it names has to be there first" in failed.err
    again = orch("setup", "deploy", "b", *NEW, "--yes")
    assert again.code == 3
    assert "stack other: it is in the state ROLLBACK_COMPLETE" in again.err
    assert "mend: remove it, then deploy again: aws cloudformation delete-stack" in again.err
    (line,) = [text for text in again.err.splitlines() if "aws cloudformation" in text]
    removed = call(*shlex.split(line[line.index("aws cloudformation") :]), **sandbox_of(orch))
    assert removed.code == 0, removed.err
    assert orch("setup", "deploy", "b", *NEW, "--yes").code == 0


def sandbox_of(orch):
    """The variables that the fixture gives."""
    return orch.__closure__[0].cell_contents.variables


GOOD = {"--principal-org-id": "o-orchsandbox", "--source-ip": "127.0.0.0/8", "--principal-tag": ""}
CONDITIONS = {
    "the right ones": ({}, "PASS"),
    "another organization": ({"--principal-org-id": "o-another0000"}, "FAIL"),
    "another network": ({"--source-ip": "203.0.113.0/24"}, "FAIL"),
    "another tag": ({"--principal-tag": "production"}, "FAIL"),
}


@pytest.fixture(scope="module")
def conditions(sandbox):
    """Deploys account B's role with the right conditions but for these; none of them afterwards."""
    deploy = ("orch", "setup", "deploy", "b", *IN_B, "--yes")

    def put(changes):
        words = [word for pair in (GOOD | changes).items() for word in pair]
        ended = call(*deploy, *words, **sandbox.variables)
        assert ended.code == 0, ended.err

    yield put
    none = ("--principal-org-id", "", "--source-ip", "", "--principal-tag", "", "--bucket", "")
    assert call(*deploy, *none, **sandbox.variables).code == 0


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_lets_the_right_ones_in_and_nobody_else(orch, conditions, name):
    changes, outcome = CONDITIONS[name]
    conditions(changes)
    ran = orch(*RUN)
    assert ran.report["outcome"] == outcome, ran.out


def test_account_a_gives_its_role_the_tag_that_account_b_asks_for(orch, conditions):
    conditions({"--principal-tag": "production"})
    deploy = ("setup", "deploy", "a", *IN_A, "--yes", "--principal-tag")
    try:
        assert orch(*deploy, "production").code == 0
        assert orch(*RUN).report["outcome"] == "PASS"
    finally:
        assert orch(*deploy, "").code == 0


def test_the_role_reads_the_named_buckets_alone(orch, aws, conditions):
    conditions({"--bucket": "xxxxxxxx-cloudtrail"})
    words = ("iam", "list-attached-role-policies", "--role-name", "Test-Switch-Role", *IN_B)
    assert "AmazonS3ReadOnlyAccess" not in aws(*words)
    assert orch(*RUN).report["outcome"] == "PASS"
