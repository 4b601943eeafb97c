"""CloudFormation: the project's own templates, who may use them, and what is no template."""

import json
from pathlib import Path

import pytest

from orchestrator.resources import templates_folder
from orchestrator.sandbox import world
from support.standing_cloud import A, B, C, D, policy, refused, statement, trusting

TEMPLATES = templates_folder() / "cloudformation"
NAMED = ["CAPABILITY_NAMED_IAM"]
MANAGED = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


@pytest.fixture(scope="module")
def stacks(standing):
    """CloudFormation of an administrator in account B."""
    return standing.client("cloudformation", world.ADMIN_B)


@pytest.fixture(scope="module")
def iam(standing):
    return standing.client("iam", world.ADMIN_B)


def parameters(**values):
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def body(name):
    return (TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8")


def role(**more):
    """A template of one role."""
    trust = json.loads(policy(trusting({"AWS": A})))
    properties = {"RoleName": "Made", "AssumeRolePolicyDocument": trust, **more}
    return template(Made={"Type": "AWS::IAM::Role", "Properties": properties})


def template(**resources):
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})


def status(stacks, name):
    (found,) = stacks.describe_stacks(StackName=name)["Stacks"]
    return found["StackStatus"]


def failures(stacks, name):
    """The failures of a stack, the newest first."""
    events = stacks.describe_stack_events(StackName=name)["StackEvents"]
    return [event for event in events if event["ResourceStatus"].endswith("FAILED")]


def inline(*statements):
    return [{"PolicyName": "inline", "PolicyDocument": json.loads(policy(*statements))}]


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_template_of_the_project_is_valid(stacks, path):
    found = stacks.validate_template(TemplateBody=Path(path).read_text(encoding="utf-8"))
    assert found["Description"].startswith(("The role of", "The role that", "What whoever"))


def test_account_as_template_has_made_role_and_profile(standing):
    iam = standing.client("iam", world.ADMIN_A)
    attached = iam.list_attached_role_policies(RoleName=world.INSTANCE_ROLE)["AttachedPolicies"]
    assert [found["PolicyArn"] for found in attached] == [MANAGED]
    own = iam.get_role_policy(RoleName=world.INSTANCE_ROLE, PolicyName="SwitchRole")[
        "PolicyDocument"
    ]
    (only,) = own["Statement"]
    assert (only["Action"], only["Resource"]) == (
        "sts:AssumeRole",
        f"arn:aws:iam::{B}:role/Test-Switch-Role",
    )
    profile = iam.get_instance_profile(InstanceProfileName=world.INSTANCE_ROLE)["InstanceProfile"]
    assert [found["RoleName"] for found in profile["Roles"]] == [world.INSTANCE_ROLE]


@pytest.mark.parametrize(("account", "sources"), [(B, [A, D]), (C, [A])])
def test_account_bs_template_has_made_the_role_to_switch_to(standing, account, sources):
    found = standing.client("iam", account).get_role(RoleName=world.SWITCH_ROLE)["Role"]
    (only,) = found["AssumeRolePolicyDocument"]["Statement"]
    trusted = [f"arn:aws:iam::{source}:role/EC2RoleforSSM" for source in sources]
    assert only["Principal"] == {"AWS": trusted}


def test_a_stack_is_seen_with_what_it_made(standing):
    found = standing.client("cloudformation", world.ADMIN_A)
    (stack,) = found.describe_stacks(StackName="orch-instance-role")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert {made["OutputKey"]: made["OutputValue"] for made in stack["Outputs"]} == {
        "SourceRoleArn": f"arn:aws:iam::{A}:role/EC2RoleforSSM",
        "InstanceProfileName": "EC2RoleforSSM",
    }


def test_a_stack_is_made_changed_and_removed(standing, stacks, iam):
    asked = {"StackName": "life", "Capabilities": NAMED}
    stacks.create_stack(TemplateBody=role(Policies=inline(statement())), **asked)
    assert iam.list_role_policies(RoleName="Made")["PolicyNames"] == ["inline"]
    stacks.update_stack(
        TemplateBody=role(ManagedPolicyArns=[MANAGED], MaxSessionDuration=7200), **asked
    )
    assert iam.list_role_policies(RoleName="Made")["PolicyNames"] == []
    assert iam.get_role(RoleName="Made")["Role"]["MaxSessionDuration"] == 7200
    attached = iam.list_attached_role_policies(RoleName="Made")["AttachedPolicies"]
    assert [found["PolicyArn"] for found in attached] == [MANAGED]
    stacks.delete_stack(StackName="life")
    with refused("NoSuchEntity", 404):
        iam.get_role(RoleName="Made")


def test_a_boundary_in_a_template_limits_the_role(standing, stacks):
    bound = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    text = role(PermissionsBoundary=bound, Policies=inline(statement()))
    stacks.create_stack(StackName="bound", TemplateBody=text, Capabilities=NAMED)
    caller = standing.new_user("bound-caller", statement(action="sts:AssumeRole"))
    keys = standing.assume(caller, f"arn:aws:iam::{B}:role/Made")
    with refused("AccessDenied", 403) as said:
        standing.client("s3", keys).list_buckets()
    assert "no permissions boundary allows" in said.message
    stacks.delete_stack(StackName="bound")


def test_the_operator_may_not_change_stacks_nor_read_templates(standing):
    found = standing.client("cloudformation", world.OPERATOR)
    text = body("operator-policy")
    calls = (
        (found.list_stacks, {}),
        (found.get_template, {"StackName": "orch-operator"}),
        (found.create_stack, {"StackName": "x", "TemplateBody": text, "Capabilities": NAMED}),
        (
            found.update_stack,
            {"StackName": "orch-operator", "TemplateBody": text, "Capabilities": NAMED},
        ),
        (found.delete_stack, {"StackName": "orch-operator"}),
    )
    for call, asked in calls:
        with refused("AccessDenied", 403):
            call(**asked)


def test_a_stack_gives_nobody_what_they_may_not_do_themselves(standing, iam):
    keys = standing.new_user("stacker", statement(action="cloudformation:*"), account=B)
    found = standing.client("cloudformation", keys)
    found.create_stack(StackName="up", TemplateBody=role(), Capabilities=NAMED)
    assert status(found, "up") == "ROLLBACK_COMPLETE"
    (failed,) = failures(found, "up")
    assert failed["ResourceStatusReason"].startswith(
        'Resource handler returned message: "User: arn:aws:iam::222222222222:user/stacker is not '
        "authorized to perform: iam:CreateRole on resource: arn:aws:iam::222222222222:role/Made"
    )
    assert "HandlerErrorCode: AccessDenied)" in failed["ResourceStatusReason"]
    found.delete_stack(StackName="orch-switch-role")
    assert status(found, "orch-switch-role") == "DELETE_FAILED"
    assert iam.get_role(RoleName=world.SWITCH_ROLE)["Role"]
    # The administrator mends it, for the tests behind this one.
    standing.client("cloudformation", world.ADMIN_B).delete_stack(StackName="up")


def test_a_template_with_iam_needs_a_capability(stacks):
    with refused("InsufficientCapabilitiesException", 400) as said:
        stacks.create_stack(StackName="x", TemplateBody=role())
    assert said.message == "Requires capabilities : [CAPABILITY_NAMED_IAM]"
    with refused("InsufficientCapabilitiesException", 400):
        stacks.create_stack(StackName="x", TemplateBody=role(), Capabilities=["CAPABILITY_IAM"])


def test_parameters_keep_to_their_constraints(stacks):
    text = body("account-b-switch-role")
    for bad in (
        parameters(SourceRoleArn="EC2RoleforSSM"),
        parameters(RoleName="a b"),
        parameters(RoleName=""),
        parameters(RoleName="a" * 65),
        parameters(Unknown="x"),
    ):
        with refused("ValidationError", 400):
            stacks.create_stack(
                StackName="x", TemplateBody=text, Parameters=bad, Capabilities=NAMED
            )


def with_more(**more):
    return json.dumps({**json.loads(role()), **more})


def with_slot(**slot):
    return with_more(Parameters={"Name": {"Type": "String", "Default": "x", **slot}})


BAD_TEMPLATES = {
    "parameters in a list": with_more(Parameters=[]),
    "a parameter that is a text": with_more(Parameters={"Name": "String"}),
    "a parameter of no type": with_more(Parameters={"Name": {}}),
    "a parameter without value": with_slot(Default=None),
    "a length that is none": with_slot(MinLength="short"),
    "a pattern that is none": with_slot(AllowedPattern="["),
    "values that are a number": with_slot(AllowedValues=1),
    "outputs in a list": with_more(Outputs=[]),
    "an output of nothing": with_more(Outputs={"Out": {"Value": {"Ref": "Nothing"}}}),
    "an output without value": with_more(Outputs={"Out": {}}),
    "conditions in a list": with_more(Conditions=[]),
    "a condition that is none": with_more(Conditions={"If": {"Fn::Nope": "x"}}),
    "mappings in a list": with_more(Mappings=[]),
    "a section that is none": with_more(Nonsense={}),
    "an attribute that is none": with_more(
        Outputs={"Out": {"Value": {"Fn::GetAtt": ["Made", "X"]}}}
    ),
    "no YAML": "Resources: [",
    "a text": "hello",
    "a list": "[]",
    "no resources": "{}",
    "empty resources": '{"Resources": {}}',
    "a list of resources": '{"Resources": []}',
    "a resource without type": template(Made={}),
    "a resource that is a text": template(Made="AWS::IAM::Role"),
    "a type that is not here": template(Made={"Type": "AWS::Lambda::Function"}),
    "a type that is a list": template(Made={"Type": ["AWS::IAM::Role"]}),
    "a property that is not here": role(Nonsense="x"),
    "properties in a list": template(Made={"Type": "AWS::IAM::Role", "Properties": []}),
    "no trust policy": template(
        Made={"Type": "AWS::IAM::Role", "Properties": {"RoleName": "Made"}}
    ),
    "inline policies in an object": role(Policies={"a": "b"}),
    "an inline policy without name": role(Policies=[{"PolicyDocument": {}}]),
    "managed policies that are a number": role(ManagedPolicyArns=1),
    "a name that is a list": role(RoleName=["Made"]),
    "a reference to nothing": role(RoleName={"Ref": "Nothing"}),
    "a reference to itself": role(RoleName={"Ref": "Made"}),
    "a function that is none": role(RoleName={"Fn::Nope": "x"}),
    "a substitution of nothing": role(RoleName={"Fn::Sub": "${Nothing}"}),
    "python in YAML": "Resources: !!python/object/apply:os.system ['true']",
    "a bomb": "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nResources: *b",
    "deep": "[" * 5000,
    "long": "#" * 51_201,
    "a transform": json.dumps(
        {"Transform": "AWS::Serverless-2016-10-31", "Resources": json.loads(role())["Resources"]}
    ),
}
FAILING = {
    "a trust policy that is none": role(AssumeRolePolicyDocument={"Version": "2012-10-17"}),
    "a trust in nobody": role(
        AssumeRolePolicyDocument=json.loads(
            policy(trusting({"AWS": f"arn:aws:iam::{B}:role/nobody"}))
        )
    ),
    "an inline policy that is none": role(Policies=inline({"Effect": "Allow"})),
    "a managed policy that is not there": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/Nope"]),
    "a boundary that is not there": role(PermissionsBoundary=f"arn:aws:iam::{B}:policy/none"),
    "a session of a day": role(MaxSessionDuration=86_400),
}


@pytest.mark.parametrize("text", BAD_TEMPLATES.values(), ids=BAD_TEMPLATES)
def test_what_is_no_template_makes_no_stack(standing, stacks, iam, text):
    root = standing.root_keys(B)
    more = {
        "Capabilities.member.1": "CAPABILITY_NAMED_IAM",
        "StackName": "bad",
        "TemplateBody": text,
    }
    with refused("ValidationError", 400):
        standing.send_raw("cloudformation", root, "CreateStack", **more)
    assert "Made" not in [found["RoleName"] for found in iam.list_roles()["Roles"]]
    assert "bad" not in [found["StackName"] for found in stacks.describe_stacks()["Stacks"]]


@pytest.mark.parametrize("text", FAILING.values(), ids=FAILING)
def test_what_cannot_be_made_is_rolled_back_and_told_in_the_events(stacks, iam, text):
    stacks.create_stack(StackName="failing", TemplateBody=text, Capabilities=NAMED)
    assert status(stacks, "failing") == "ROLLBACK_COMPLETE"
    (failed,) = failures(stacks, "failing")
    assert (failed["LogicalResourceId"], failed["ResourceStatus"]) == ("Made", "CREATE_FAILED")
    assert "HandlerErrorCode: " in failed["ResourceStatusReason"]
    assert "Made" not in [found["RoleName"] for found in iam.list_roles()["Roles"]]
    with refused("ValidationError", 400) as said:
        stacks.update_stack(StackName="failing", TemplateBody=role(), Capabilities=NAMED)
    assert said.message.endswith(" is in ROLLBACK_COMPLETE state and can not be updated.")
    stacks.delete_stack(StackName="failing")


def test_a_change_set_does_what_it_said(stacks, iam):
    asked = {"StackName": "set", "Capabilities": NAMED}
    stacks.create_change_set(
        ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=role(), **asked
    )
    assert "Made" not in [found["RoleName"] for found in iam.list_roles()["Roles"]]
    stacks.execute_change_set(ChangeSetName="first", StackName="set")
    assert iam.get_role(RoleName="Made")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    stacks.delete_stack(StackName="set")


def test_what_is_not_here_is_refused_and_not_ignored(stacks):
    for more in ({"RoleARN": f"arn:aws:iam::{B}:role/Made"}, {"EnableTerminationProtection": True}):
        with refused("InvalidAction", 400) as said:
            stacks.create_stack(StackName="x", TemplateBody=role(), Capabilities=NAMED, **more)
        assert "is not in the sandbox" in said.message
    with refused("InvalidAction", 400):
        stacks.create_stack_set(StackSetName="x", TemplateBody=role())
