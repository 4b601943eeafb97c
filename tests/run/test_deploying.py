"""A stack's way through the sandbox's CloudFormation, with boto3 and a clock that takes no time."""

import pytest

from orchestrator.aws.session import Access
from orchestrator.aws.stacks import CloudFormation
from orchestrator.errors import CannotRunError, DeniedError, UsageError
from orchestrator.run.deploying import KEPT, Deploying
from orchestrator.sandbox import world
from orchestrator.setup import SETUPS, Deployment, Value
from support.standing_cloud import A, B, Standing, policy, put, statement

SOURCE = f"arn:aws:iam::{A}:role/EC2RoleforSSM"
GIVEN = {"SourceRoleArn": SOURCE, "RoleName": "Other"}


@pytest.fixture(scope="module")
def standing():
    found = Standing()
    # Longer than the first look; all tests together may not take what makes a signature too old.
    found.cloud._stacks.delay = 1
    yield found
    found.close()


class Silent:
    """A listener that remembers the stages."""

    def __init__(self):
        self.stages = []

    def stage(self, name, detail=""):
        self.stages.append(name)

    def sent(self, *what):
        raise AssertionError("nothing is sent here")

    def look(self, seen):
        raise AssertionError("nobody looks at a command here")


@pytest.fixture
def deploying(standing, monkeypatch):
    """A stack of account B on its way, with these keys and values."""

    def make(name="other", keys=None, setup="b", **values):
        keys = keys or standing.cloud.keys[world.ADMIN_B]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
        monkeypatch.setenv("AWS_ENDPOINT_URL", standing.url)
        given = tuple(Value(key, value, "test") for key, value in values.items())
        wanted = Deployment(SETUPS[setup], name, given, world.REGION, None)
        stacks = CloudFormation(Access(None, world.REGION))
        return Deploying(wanted, stacks, standing.clock, Silent())

    return make


@pytest.fixture
def cloudformation(standing):
    found = standing.client("cloudformation", B)
    yield found
    for name in ("other", "another"):
        found.delete_stack(StackName=name)
    standing.clock.sleep(2)


def states(cloudformation):
    stacks = cloudformation.describe_stacks()["Stacks"]
    return {stack["StackName"]: stack["StackStatus"] for stack in stacks}


def test_what_would_change_is_known_before_it_does(deploying, cloudformation):
    run = deploying(**GIVEN)
    proposal = run.propose()
    assert (proposal.is_new, proposal.before) == (True, None)
    assert [(c.action, c.logical_id) for c in proposal.found.changes] == [("Add", "SwitchRole")]
    assert states(cloudformation)["other"] == "REVIEW_IN_PROGRESS"
    ended = run.carry_out(proposal)
    assert (ended.status, ended.outputs) == (
        "CREATE_COMPLETE",
        {"RoleArn": f"arn:aws:iam::{B}:role/Other"},
    )
    assert run.listener.stages == ["change set", "stack"]


def test_what_nobody_gives_stays_as_it_is(deploying, cloudformation):
    first = deploying(**GIVEN, PrincipalTag="kept")
    first.carry_out(first.propose())
    second = deploying(SourceIp="10.0.0.0/8")
    proposal = second.propose()
    kept = {item.parameter: item.value for item in proposal.values if item.origin == KEPT}
    assert (kept["RoleName"], kept["PrincipalTag"]) == ("Other", "kept")
    assert [item.parameter for item in proposal.values] == list(second.deployment.parameters())
    (change,) = proposal.found.changes
    assert (change.replacement, change.properties) == ("False", ("AssumeRolePolicyDocument",))
    assert change.causes == ("SourceIp",)
    assert second.carry_out(proposal).status == "UPDATE_COMPLETE"


def test_nothing_to_change_leaves_no_change_set(deploying, cloudformation):
    first = deploying(**GIVEN)
    first.carry_out(first.propose())
    before = cloudformation.list_change_sets(StackName="other")["Summaries"]
    again = deploying(**GIVEN).propose()
    assert again.found.is_empty
    assert cloudformation.list_change_sets(StackName="other")["Summaries"] == before


def test_a_proposal_that_is_withdrawn_leaves_nothing(deploying, cloudformation, standing):
    run = deploying(**GIVEN)
    run.withdraw(run.propose())
    standing.clock.sleep(2)
    assert "other" not in states(cloudformation)


def test_a_stack_under_review_that_was_there_before_stays(deploying, cloudformation):
    theirs = cloudformation.create_change_set(
        StackName="other",
        ChangeSetName="theirs",
        ChangeSetType="CREATE",
        TemplateBody=SETUPS["b"].template(),
        Parameters=[{"ParameterKey": "SourceRoleArn", "ParameterValue": SOURCE}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    run = deploying(**GIVEN)
    proposal = run.propose()
    assert proposal.is_new
    run.withdraw(proposal)
    assert states(cloudformation)["other"] == "REVIEW_IN_PROGRESS"
    (kept,) = cloudformation.list_change_sets(StackName="other")["Summaries"]
    assert kept["ChangeSetId"] == theirs["Id"]


def test_a_stack_of_mine_that_somebody_else_has_a_change_set_for_stays(deploying, cloudformation):
    run = deploying(**GIVEN)
    proposal = run.propose()
    cloudformation.create_change_set(
        StackName="other",
        ChangeSetName="theirs",
        ChangeSetType="CREATE",
        TemplateBody=SETUPS["b"].template(),
        Parameters=[{"ParameterKey": "SourceRoleArn", "ParameterValue": SOURCE}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    run.withdraw(proposal)
    assert states(cloudformation)["other"] == "REVIEW_IN_PROGRESS"


def test_a_new_stack_needs_its_values_and_nothing_is_asked_of_aws(deploying, cloudformation):
    with pytest.raises(UsageError) as caught:
        deploying(RoleName="Other").propose()
    assert "--source-role-arn: missing" in str(caught.value)
    assert "other" not in states(cloudformation)


def test_a_name_that_is_taken_ends_it_before_anything_is_made(deploying, cloudformation, standing):
    with pytest.raises(CannotRunError) as caught:
        deploying(SourceRoleArn=SOURCE).propose()
    assert caught.value.where == "stack other, SwitchRole (AWS::IAM::Role)"
    assert "already exists" in caught.value.what
    standing.clock.sleep(2)
    assert "other" not in states(cloudformation)


def test_what_fails_is_told_by_the_resource_that_failed(deploying, cloudformation):
    run = deploying(SourceRoleArn=f"arn:aws:iam::{A}:role/Nobody", RoleName="Other")
    with pytest.raises(CannotRunError) as caught:
        run.carry_out(run.propose())
    error = caught.value
    assert error.where == "stack other, SwitchRole (AWS::IAM::Role)"
    assert error.what.startswith("CREATE_FAILED: Invalid principal in policy")
    assert states(cloudformation)["other"] == "ROLLBACK_COMPLETE"
    with pytest.raises(CannotRunError) as caught:
        deploying(**GIVEN).propose()
    assert "in the state ROLLBACK_COMPLETE" in caught.value.what


def test_an_update_that_fails_leaves_the_stack_as_it_was(deploying, cloudformation, standing):
    first = deploying(**GIVEN)
    first.carry_out(first.propose())
    second = deploying(SourceRoleArn=f"arn:aws:iam::{A}:role/Nobody")
    with pytest.raises(CannotRunError) as caught:
        second.carry_out(second.propose())
    assert caught.value.what.startswith("UPDATE_FAILED: Invalid principal in policy")
    assert caught.value.mend.endswith("the stack is as it was before")
    role = standing.client("iam", B).get_role(RoleName="Other")["Role"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": [SOURCE]}


def test_while_somebody_else_changes_it_nothing_is_proposed(
    deploying, cloudformation, standing, monkeypatch
):
    first = deploying(**GIVEN)
    found = first.propose().found
    # The clock goes on while a busy machine is slow: in a second the stack may be there.
    with monkeypatch.context() as slower:
        slower.setattr(standing.cloud._stacks, "delay", 20)
        first.stacks.execute(found.change_set_id)
    with pytest.raises(CannotRunError) as caught:
        deploying(**GIVEN).propose()
    assert "something else is changing it (CREATE_IN_PROGRESS)" in caught.value.what
    standing.clock.sleep(21)


def test_whoever_may_not_make_the_role_is_told_what_is_missing(deploying, cloudformation, standing):
    keys = standing.new_user("planner", statement(action="cloudformation:*"), account=B)
    run = deploying(keys=keys, **GIVEN)
    with pytest.raises(DeniedError) as caught:
        run.carry_out(run.propose())
    assert caught.value.mend.startswith(
        f"deploy as somebody who may iam:CreateRole on arn:aws:iam::{B}:role/Other"
    )


@pytest.mark.parametrize(
    "action", ["DescribeStacks", "CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet"]
)
def test_a_call_that_is_denied_is_named(deploying, cloudformation, standing, action):
    name = f"all-but-{action}"
    keys = standing.new_user(name, account=B)
    denied = statement("Deny", f"cloudformation:{action}")
    user = standing.client("iam", B).put_user_policy
    put(user, policy(statement(), denied), UserName=name)
    run = deploying(keys=keys, **GIVEN)
    with pytest.raises(DeniedError) as caught:
        run.carry_out(run.propose())
    assert f"cloudformation:{action}" in caught.value.what
    assert caught.value.mend == (
        f"use a profile that may cloudformation:{action}, e.g. an administrator's"
    )


def test_what_early_validation_found_is_not_needed(deploying, cloudformation, standing):
    keys = standing.new_user("no-events", account=B)
    user = standing.client("iam", B).put_user_policy
    denied = statement("Deny", "cloudformation:DescribeEvents")
    put(user, policy(statement(), denied), UserName="no-events")
    with pytest.raises(CannotRunError) as caught:
        deploying(keys=keys, SourceRoleArn=SOURCE).propose()
    assert "AWS::EarlyValidation::ResourceExistenceCheck" in caught.value.what


def test_a_large_change_set_is_read_page_by_page(deploying, cloudformation, monkeypatch):
    run = deploying(**GIVEN)
    row = {"Action": "Add", "LogicalResourceId": "R", "ResourceType": "T"}
    whole = {"ChangeSetId": "arn", "StackId": "id", "Status": "CREATE_COMPLETE"}
    pages = {None: {"Changes": [{"ResourceChange": row}], "NextToken": "more", **whole}}
    pages["more"] = {"Changes": [{"ResourceChange": row}], **whole}

    def describe(ChangeSetName, NextToken=None):
        return pages[NextToken]

    monkeypatch.setattr(run.stacks._reads, "describe_change_set", describe)
    assert len(run.stacks.look("arn").changes) == 2
