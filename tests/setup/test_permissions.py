"""What `orch plan` says that one needs, and what the templates grant: the same."""

from functools import partial

import pytest

from orchestrator.iam import Caller, Policies, PolicyKind, Request, decide, parse_policy
from orchestrator.model.enums import Mode, Platform, Shell
from orchestrator.model.fleet import NOWHERE, OutputS3
from orchestrator.plan import OnTheHost, procedure, schedule_permissions
from orchestrator.plan.permissions import permissions
from orchestrator.runbook import find

A, B = "111111111111", "222222222222"
VALUES = {"role_arn": f"arn:aws:iam::{B}:role/Test-Switch-Role", "bucket": "xxxxxxxx-cloudtrail"}
TARGETS = ("i-0d176f4a5f9738429", "mi-0d176f4a5f9738429")
HUB = "arn:aws:iam::444444444444:role/orch-operator"
OFF = "false"
FOR_DOCTOR = {"ec2:DescribeInstances", "iam:GetInstanceProfile"}


def planned(platform=Platform.WINDOWS, output_s3=NOWHERE):
    shell = Shell.POWERSHELL if platform is Platform.WINDOWS else Shell.PYTHON
    asked = procedure(
        find("switch-role"), VALUES, "ap-northeast-1", OnTheHost(shell, platform=platform)
    )
    return permissions(asked, TARGETS, account_role=HUB, by_group=True, output_s3=output_s3)


def of_a_schedule():
    asked = procedure(
        *(find("switch-role"), VALUES, "ap-northeast-1"),
        OnTheHost(Shell.POWERSHELL, mode=Mode.EXISTING),
    )
    found = schedule_permissions(asked, "orch-switch-role", by_group=True)
    return [one for one in found if one.who == "operator"]


@pytest.fixture
def operator(drawn):
    def policy(**switches):
        made = drawn("operator", **({"AccountRoleArns": HUB} | switches))["OperatorPolicy"]
        return made.properties["PolicyDocument"]

    return policy


def actions(document):
    found = set()
    for statement in document["Statement"]:
        action = statement["Action"]
        found |= {action} if isinstance(action, str) else set(action)
    return found


def allows(document, action, resource, account):
    caller = Caller(f"arn:aws:iam::{account}:user/someone", account, "AIDAEXAMPLEEXAMPLE")
    policies = Policies(identity=(parse_policy(document, PolicyKind.IDENTITY),))
    resource = resource.replace("::*:", f"::{account}:").replace(":*:", f":{account}:")
    resource = resource if resource == "*" else resource.replace("*", "some")
    return decide(Request(caller, action, resource, account, {}), policies).allowed


@pytest.mark.parametrize("platform", Platform)
def test_the_operator_is_granted_what_the_plan_names(operator, platform):
    document = operator()
    (reach,) = [one for one in document["Statement"] if one["Action"] == "sts:AssumeRole"]
    assert reach["Resource"] == [HUB]  # it is another account's, whose word counts too
    for needed in planned(platform):
        if needed.who == "operator" and needed.action != "sts:AssumeRole":
            assert allows(document, needed.action, needed.resource, A), needed


def test_the_operator_is_granted_no_action_that_no_plan_names(operator):
    named = {one.action for one in planned() if one.who == "operator"}
    scheduled = {one.action for one in of_a_schedule()}
    assert actions(operator()) == named | FOR_DOCTOR | scheduled
    operator = partial(operator, Schedule=OFF)
    assert actions(operator(Doctor=OFF)) == named
    assert actions(operator(Doctor=OFF, AccountRoleArns="")) == named - {"sts:AssumeRole"}
    grouped = {one.action for one in planned() if one.why == "see what is in the group"}
    assert len(grouped) == 4
    assert actions(operator(Doctor=OFF, Groups=OFF)) == named - grouped
    optional = {one.action for one in planned() if one.why.startswith("optional")}
    assert actions(operator(Doctor=OFF, Explain=OFF)) == named - optional


def test_whoever_may_schedule_and_nothing_else_is_granted_what_its_plan_names(operator):
    off = dict.fromkeys(("Run", "RunOnLinux", "Explain", "Doctor"), OFF)
    document = operator(**off, AccountRoleArns="")
    needed = of_a_schedule()
    assert len(needed) > 20
    for one in needed:
        assert allows(document, one.action, one.resource, A), one
    assert actions(document) == {one.action for one in needed}
    mine = f"arn:aws:ssm:ap-northeast-1:{A}:document/Mine"
    for action in ("ssm:CreateDocument", "ssm:DeleteDocument", "ssm:CreateAssociation"):
        assert not allows(document, action, mine, A)
    assert not allows(operator(Schedule=OFF), "ssm:CreateDocument", needed[3].resource, A)


@pytest.mark.parametrize(
    ("platform", "switch"), [(Platform.WINDOWS, "Run"), (Platform.LINUX, "RunOnLinux")]
)
def test_a_platform_that_is_switched_off_is_not_granted(operator, platform, switch):
    (document,) = [one.resource for one in planned(platform) if ":document/" in one.resource]
    assert not allows(operator(**{switch: OFF}), "ssm:SendCommand", document, A)


@pytest.mark.parametrize("prefix", ["", "orch/output"])
@pytest.mark.parametrize("name", ["a", "operator"])
def test_output_in_a_bucket_is_granted_to_both_sides_as_the_plan_names_it(drawn, name, prefix):
    stack = {"OutputS3BucketName": "some-bucket", "OutputS3KeyPrefix": prefix}
    if name == "a":
        role = drawn("a", **stack)["InstanceRole"].properties
        (document,) = [
            p["PolicyDocument"] for p in role["Policies"] if p["PolicyName"] != "SwitchRole"
        ]
    else:
        document = drawn("operator", **stack)["OperatorPolicy"].properties["PolicyDocument"]
    who = {"a": "instance", "operator": "operator"}[name]
    where = OutputS3("some-bucket", prefix)
    without = {one.action for one in planned()}
    needed = [one for one in planned(output_s3=where) if one.action not in without]
    mine = [one for one in needed if one.who == who]
    assert {one.action for one in needed} == {"s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"}
    assert mine
    for one in mine:
        assert allows(document, one.action, one.resource, A), one
    assert {one for one in actions(document) if one[:3] == "s3:"} == {one.action for one in mine}
    elsewhere = ["other-bucket/orch/output/x", *(["some-bucket/orch/outputs/x"] if prefix else [])]
    for resource in elsewhere:
        assert not allows(document, mine[0].action, f"arn:aws:s3:::{resource}", A), resource


def test_a_document_of_ones_own_is_not_granted(operator):
    mine = f"arn:aws:ssm:ap-northeast-1:{A}:document/Mine"
    assert not allows(operator(), "ssm:SendCommand", mine, A)


def test_the_instance_role_is_granted_the_switch_that_the_plan_names(drawn):
    role = drawn("a", TargetRoleArn=VALUES["role_arn"])["InstanceRole"].properties
    document = role["Policies"][0]["PolicyDocument"]
    needed = [one for one in planned() if one.who == "instance" and one.action[:4] == "sts:"]
    assert len(needed) == 1
    # The role is another account's; what the instance's own policy says is asked here.
    (statement,) = document["Statement"]
    assert (statement["Action"], statement["Resource"]) == (needed[0].action, needed[0].resource)


def test_the_role_to_switch_to_is_granted_what_the_checks_ask(drawn):
    arns = "arn:aws:s3:::xxxxxxxx-cloudtrail"
    role = drawn("b", BucketArns=arns)["SwitchRole"].properties
    document = role["Policies"][0]["PolicyDocument"]
    needed = [one for one in planned() if one.who == "target" and one.action[:3] == "s3:"]
    assert needed
    for one in needed:
        assert allows(document, one.action, one.resource, B), one


def test_account_bs_reader_is_granted_the_reads_that_the_plan_names(drawn):
    role = drawn("b", ReaderPrincipalArn=f"arn:aws:iam::{A}:user/operator")["ReaderRole"].properties
    document = role["Policies"][0]["PolicyDocument"]
    reads = [one for one in planned() if one.why.startswith("optional")]
    assert {one.action for one in reads} | {"s3:GetBucketPolicy"} == actions(document)
    for one in reads:
        assert allows(document, one.action, one.resource, B), one


def test_who_runs_orch_from_elsewhere_gets_a_role_with_this_very_policy(drawn):
    assert "OperatorRole" not in drawn("operator")
    me = f"arn:aws:iam::{B}:user/someone"
    found = drawn("operator", HubPrincipalArn=me)
    role = found["OperatorRole"].properties
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Principal"], statement["Action"]) == ({"AWS": me}, "sts:AssumeRole")
    assert [*role["ManagedPolicyArns"]] == [f"arn:aws:iam::{A}:policy/OrchOperator"]
    assert "Policies" not in role
