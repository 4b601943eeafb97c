"""Change sets: what they say, what becomes of them, and what becomes of what they change."""

import json
from datetime import timedelta

import pytest

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud.stacks.changing import NO_CHANGES
from support.standing_cloud import A, B, policy, put, refused, statement, trusting

NAMED = ["CAPABILITY_NAMED_IAM"]
TRUST = json.loads(policy(trusting({"AWS": A})))
MANAGED = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
COUNTER = iter(range(1000))


@pytest.fixture(scope="module")
def stacks(standing):
    return standing.client("cloudformation", world.ADMIN_B)


@pytest.fixture(scope="module")
def iam(standing):
    return standing.client("iam", world.ADMIN_B)


@pytest.fixture
def name(stacks):
    """A stack's name; what is left of it goes afterwards."""
    found = f"stack-{next(COUNTER)}"
    yield found
    stacks.delete_stack(StackName=found)


def role(**properties):
    given = {"AssumeRolePolicyDocument": TRUST, **properties}
    return {"Type": "AWS::IAM::Role", "Properties": given}


def template(outputs=None, parameters=None, **resources):
    found = {"Resources": resources, "Outputs": outputs or {}, "Parameters": parameters or {}}
    return json.dumps({key: value for key, value in found.items() if value})


def profile(**properties):
    return {"Type": "AWS::IAM::InstanceProfile", "Properties": properties}


NAMES = {"Name": {"Type": "String", "Default": "First"}, "Text": {"Type": "String", "Default": "a"}}
BOTH = template(
    parameters=NAMES,
    Role=role(RoleName={"Ref": "Name"}, Description={"Fn::Sub": "about ${Text}"}),
    Profile=profile(Roles=[{"Ref": "Role"}]),
)


def values(**given):
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]


def propose(stacks, name, text, kind="UPDATE", **more):
    """The change set as it is described."""
    asked = {"StackName": name, "Capabilities": NAMED, **more}
    made = stacks.create_change_set(
        ChangeSetName=f"set-{next(COUNTER)}", ChangeSetType=kind, TemplateBody=text, **asked
    )
    return stacks.describe_change_set(ChangeSetName=made["Id"])


def make(stacks, name, text, **more):
    stacks.create_stack(StackName=name, TemplateBody=text, Capabilities=NAMED, **more)


def execute(stacks, change_set):
    """Do it; the stack's state."""
    stacks.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    return state(stacks, change_set["StackName"])


def state(stacks, name):
    return stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]


def changes(found):
    return {
        row["ResourceChange"]["LogicalResourceId"]: row["ResourceChange"]
        for row in found["Changes"]
    }


def events(stacks, name):
    """What was told of a stack, the oldest first."""
    rows = stacks.describe_stack_events(StackName=name)["StackEvents"]
    return [(row["LogicalResourceId"], row["ResourceStatus"]) for row in reversed(rows)]


def test_a_new_stack_is_under_review_and_nothing_is_made(stacks, iam, name):
    found = propose(stacks, name, BOTH, "CREATE")
    assert (found["Status"], found["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert changes(found) == {
        one: {
            "Action": "Add",
            "LogicalResourceId": one,
            "ResourceType": kind,
            "Scope": [],
            "Details": [],
        }
        for one, kind in (("Profile", "AWS::IAM::InstanceProfile"), ("Role", "AWS::IAM::Role"))
    }
    assert state(stacks, name) == "REVIEW_IN_PROGRESS"
    assert events(stacks, name) == [(name, "REVIEW_IN_PROGRESS")]
    with refused("NoSuchEntity"):
        iam.get_role(RoleName="First")


def test_an_executed_change_set_does_what_it_said_and_the_others_go(stacks, iam, name):
    other = propose(stacks, name, template(Role=role(RoleName="Other")), "CREATE")
    found = propose(stacks, name, BOTH, "CREATE")
    assert execute(stacks, found) == "CREATE_COMPLETE"
    assert iam.get_role(RoleName="First")["Role"]["Description"] == "about a"
    (kept,) = stacks.list_change_sets(StackName=name)["Summaries"]
    assert kept["ChangeSetId"] == found["ChangeSetId"]
    assert kept["ExecutionStatus"] == "EXECUTE_COMPLETE"
    with refused("ChangeSetNotFound", 404):
        stacks.execute_change_set(ChangeSetName=other["ChangeSetId"])
    with refused("InvalidChangeSetStatus", 400):
        stacks.execute_change_set(ChangeSetName=found["ChangeSetId"])
    made = [one for one in events(stacks, name) if one[1] == "CREATE_COMPLETE"]
    # The profile refers to the role, so it comes behind it.
    assert [one for one, _ in made] == ["Role", "Profile", name]


@pytest.fixture
def slow(standing):
    standing.cloud._stacks.delay = 10
    yield
    standing.cloud._stacks.delay = 0


def test_both_take_their_time(standing, stacks, slow, name):
    found = propose(stacks, name, BOTH, "CREATE")
    assert found["Status"] == "CREATE_IN_PROGRESS"
    assert found["ExecutionStatus"] == "UNAVAILABLE"
    assert found["Changes"] == []
    asked = {"ChangeSetName": found["ChangeSetId"]}
    for call in (stacks.execute_change_set, stacks.delete_change_set):
        with refused("InvalidChangeSetStatus", 400):
            call(**asked)
    standing.clock.offset += timedelta(seconds=11)
    assert stacks.describe_change_set(**asked)["Status"] == "CREATE_COMPLETE"
    assert execute(stacks, found) == "CREATE_IN_PROGRESS"
    with refused("ValidationError", 400) as said:
        propose(stacks, name, BOTH)
    assert said.message.endswith(" is in CREATE_IN_PROGRESS state and can not be updated.")
    standing.clock.offset += timedelta(seconds=11)
    assert state(stacks, name) == "CREATE_COMPLETE"


def test_a_changed_parameter_is_named_as_the_cause(stacks, iam, name):
    make(stacks, name, BOTH)
    found = propose(stacks, name, BOTH, Parameters=values(Text="b"))
    target = {"Attribute": "Properties", "Name": "Description", "RequiresRecreation": "Never"}
    assert changes(found) == {
        "Role": {
            "Action": "Modify",
            "LogicalResourceId": "Role",
            "PhysicalResourceId": "First",
            "ResourceType": "AWS::IAM::Role",
            "Replacement": "False",
            "Scope": ["Properties"],
            "Details": [
                {
                    "Target": target,
                    "Evaluation": "Static",
                    "ChangeSource": "ParameterReference",
                    "CausingEntity": "Text",
                },
                {"Target": target, "Evaluation": "Dynamic", "ChangeSource": "DirectModification"},
            ],
        }
    }
    assert execute(stacks, found) == "UPDATE_COMPLETE"
    assert iam.get_role(RoleName="First")["Role"]["Description"] == "about b"


def test_another_name_replaces_the_role_and_what_refers_to_it_follows(stacks, iam, name):
    make(stacks, name, BOTH)
    was = iam.get_role(RoleName="First")["Role"]["RoleId"]
    found = propose(stacks, name, BOTH, Parameters=values(Name="Second"))
    both = changes(found)
    assert both["Role"]["Replacement"] == "True"
    (detail,) = [d for d in both["Profile"]["Details"] if d["ChangeSource"] == "ResourceReference"]
    assert (detail["CausingEntity"], detail["Evaluation"]) == ("Role", "Dynamic")
    assert both["Profile"]["Replacement"] == "False"
    assert execute(stacks, found) == "UPDATE_COMPLETE"
    assert iam.get_role(RoleName="Second")["Role"]["RoleId"] != was
    with refused("NoSuchEntity"):
        iam.get_role(RoleName="First")
    (profiles,) = iam.list_instance_profiles()["InstanceProfiles"]
    assert [one["RoleName"] for one in profiles["Roles"]] == ["Second"]
    assert ("Role", "DELETE_COMPLETE") in events(stacks, name)


def test_a_direct_change_is_static_and_a_removed_resource_is_named(stacks, name):
    two = template(Role=role(RoleName="First"), More=role(RoleName="More"))
    make(stacks, name, two)
    found = propose(
        stacks, name, template(Role=role(RoleName="First", Tags=[{"Key": "a", "Value": "b"}]))
    )
    both = changes(found)
    assert both["More"]["Action"] == "Remove"
    assert both["Role"]["Scope"] == ["Tags"]
    (detail,) = both["Role"]["Details"]
    assert detail["Target"] == {"Attribute": "Tags", "RequiresRecreation": "Never"}
    assert (detail["Evaluation"], detail["ChangeSource"]) == ("Static", "DirectModification")


def test_nothing_to_change_is_a_change_set_that_failed(stacks, name):
    make(stacks, name, BOTH)
    found = propose(stacks, name, BOTH)
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert found["StatusReason"] == NO_CHANGES
    with refused("InvalidChangeSetStatus", 400) as said:
        stacks.execute_change_set(ChangeSetName=found["ChangeSetId"])
    assert said.message.endswith("cannot be executed in its current status of [FAILED]")
    with refused("ValidationError", 400) as said:
        stacks.update_stack(StackName=name, TemplateBody=BOTH, Capabilities=NAMED)
    assert said.message == "No updates are to be performed."


def test_an_output_is_a_change_of_no_resource(stacks, name):
    make(stacks, name, template(Role=role(RoleName="First")))
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}}
    found = propose(stacks, name, template(outputs, Role=role(RoleName="First")))
    assert (found["Status"], found["Changes"]) == ("CREATE_COMPLETE", [])
    assert execute(stacks, found) == "UPDATE_COMPLETE"
    (output,) = stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    assert output["OutputValue"] == f"arn:aws:iam::{B}:role/First"


def test_an_update_that_fails_brings_everything_back(stacks, iam, name):
    make(stacks, name, template(Role=role(RoleName="First", Description="before")))
    bad = role(RoleName="Bad", ManagedPolicyArns=["arn:aws:iam::aws:policy/Nope"])
    new = template(
        Role=role(RoleName="First", Description="after"), Zbad=bad | {"DependsOn": "Role"}
    )
    found = propose(stacks, name, new)
    assert execute(stacks, found) == "UPDATE_ROLLBACK_COMPLETE"
    assert iam.get_role(RoleName="First")["Role"]["Description"] == "before"
    with refused("NoSuchEntity"):
        iam.get_role(RoleName="Bad")
    told = events(stacks, name)
    order = [
        *(("Zbad", "CREATE_FAILED"), (name, "UPDATE_ROLLBACK_IN_PROGRESS")),
        *(("Role", "UPDATE_COMPLETE"), ("Zbad", "DELETE_COMPLETE")),
        (name, "UPDATE_ROLLBACK_COMPLETE"),
    ]
    assert [one for one in told[told.index(order[0]) :] if one in order] == order
    again = stacks.describe_change_set(ChangeSetName=found["ChangeSetId"])
    assert again["ExecutionStatus"] == "EXECUTE_FAILED"
    # As it was before, in every respect: nothing is to be changed.
    assert (
        propose(stacks, name, template(Role=role(RoleName="First", Description="before")))[
            "StatusReason"
        ]
        == NO_CHANGES
    )


def test_a_resource_with_a_name_cannot_be_replaced_under_it(stacks, name):
    make(stacks, name, template(Role=role(RoleName="First")))
    found = propose(stacks, name, template(Role=role(RoleName="First", Path="/other/")))
    assert changes(found)["Role"]["Replacement"] == "True"
    assert execute(stacks, found) == "UPDATE_ROLLBACK_COMPLETE"
    rows = stacks.describe_stack_events(StackName=name)["StackEvents"]
    (failed,) = [row for row in rows if row["ResourceStatus"] == "UPDATE_FAILED"]
    assert failed["ResourceStatusReason"] == (
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
        "Rename First and update the stack again."
    )


def test_a_resource_without_a_name_gets_one_and_keeps_it(stacks, iam, name):
    make(stacks, name, template(Role=role(Description="a")))
    (made,) = stacks.describe_stack_resources(StackName=name)["StackResources"]
    physical = made["PhysicalResourceId"]
    assert physical.startswith(f"{name}-Role-")
    found = propose(stacks, name, template(Role=role(Description="b")))
    assert execute(stacks, found) == "UPDATE_COMPLETE"
    assert iam.get_role(RoleName=physical)["Role"]["Description"] == "b"
    replaced = propose(stacks, name, template(Role=role(Description="b", Path="/x/")))
    assert execute(stacks, replaced) == "UPDATE_COMPLETE"
    (made,) = stacks.describe_stack_resources(StackName=name)["StackResources"]
    assert made["PhysicalResourceId"] != physical


def test_a_name_that_is_taken_is_found_before_anything_is_made(stacks, name):
    found = propose(stacks, name, template(Role=role(RoleName=world.SWITCH_ROLE)), "CREATE")
    assert found["Status"] == "FAILED"
    assert "[AWS::EarlyValidation::ResourceExistenceCheck]" in found["StatusReason"]
    (event,) = stacks.describe_events(ChangeSetName=found["ChangeSetId"])["OperationEvents"]
    assert event["ValidationName"] == "NAME_CONFLICT_VALIDATION"
    assert event["ValidationStatusReason"] == (
        f"Resource of type 'AWS::IAM::Role' with identifier '{world.SWITCH_ROLE}' already exists."
    )


def test_a_deleted_change_set_is_gone_and_its_stack_is_not(stacks, name):
    found = propose(stacks, name, BOTH, "CREATE")
    stacks.delete_change_set(ChangeSetName=found["ChangeSetName"], StackName=name)
    with refused("ChangeSetNotFound", 404) as said:
        stacks.describe_change_set(ChangeSetName=found["ChangeSetName"], StackName=name)
    assert said.message == f"ChangeSet [{found['ChangeSetName']}] does not exist"
    assert state(stacks, name) == "REVIEW_IN_PROGRESS"
    stacks.delete_stack(StackName=name)
    with refused("ValidationError", 400) as said:
        stacks.describe_stacks(StackName=name)
    assert said.message == f"Stack with id {name} does not exist"


def test_previous_values_are_kept_where_that_is_asked_for(stacks, iam, name):
    make(stacks, name, BOTH, Parameters=values(Text="kept"))
    kept = [{"ParameterKey": "Text", "UsePreviousValue": True}]
    found = propose(stacks, name, BOTH, Parameters=kept)
    assert found["StatusReason"] == NO_CHANGES
    assert propose(stacks, name, BOTH)["Status"] == "CREATE_COMPLETE"
    with refused("ValidationError", 400):
        propose(stacks, name, BOTH, Parameters=[{"ParameterKey": "No", "UsePreviousValue": True}])


def test_what_cannot_be_a_change_set_is_refused(stacks, name):
    with refused("ValidationError", 400) as said:
        propose(stacks, name, BOTH)
    assert said.message == f"Stack [{name}] does not exist"
    make(stacks, name, BOTH)
    with refused("ValidationError", 400) as said:
        propose(stacks, name, BOTH, "CREATE")
    assert said.message.startswith(
        f"Stack [{name}] already exists and cannot be created again with"
    )
    with refused("InsufficientCapabilitiesException", 400) as said:
        propose(stacks, name, BOTH, Capabilities=["CAPABILITY_IAM"], Parameters=values(Text="x"))
    assert said.message == "Requires capabilities : [CAPABILITY_NAMED_IAM]"
    for bad in ("a b", "1st", "x" * 129, "x/y"):
        with refused("ValidationError", 400) as said:
            propose(stacks, bad, BOTH, "CREATE")
        assert "failed to satisfy constraint" in said.message
    circle = template(One=role(RoleName={"Ref": "Two"}), Two=role(RoleName={"Ref": "One"}))
    with refused("ValidationError", 400) as said:
        propose(stacks, name, circle)
    assert said.message == "Circular dependency between resources: [One, Two]"


def test_a_list_keeps_its_pattern_item_by_item(stacks, name):
    slot = {"Type": "CommaDelimitedList", "Default": "", "AllowedPattern": "[a-z]*"}
    text = template(
        parameters={"Names": slot}, Role=role(Description={"Fn::Join": ["/", {"Ref": "Names"}]})
    )
    propose(stacks, name, text, "CREATE", Parameters=values(Names="a,b"))
    with refused("ValidationError", 400) as said:
        propose(stacks, name, text, "CREATE", Parameters=values(Names="a,B"))
    assert said.message.startswith("Parameter Names failed to satisfy constraint")


def test_whoever_executes_needs_the_rights_for_all_that_is_made(standing, stacks, iam, name):
    planner = standing.new_user(f"planner-{name}", statement(action="cloudformation:*"), account=B)
    theirs = standing.client("cloudformation", planner)
    found = propose(theirs, name, BOTH, "CREATE")
    assert execute(theirs, found) == "ROLLBACK_COMPLETE"
    nobody = standing.client("cloudformation", standing.new_user(f"nobody-{name}", account=B))
    for call in (nobody.describe_change_set, nobody.execute_change_set, nobody.delete_change_set):
        with refused("AccessDenied", 403) as said:
            call(ChangeSetName=found["ChangeSetId"])
        assert f":stack/{name}/" in said.message


def test_what_cannot_even_be_rolled_back_stays_and_is_told(standing, stacks, iam, name):
    """Whoever may make a role, and neither change nor remove one."""
    who = f"maker-{name}"
    keys = standing.new_user(who, account=B)
    may = statement(action=["cloudformation:*", "iam:CreateRole", "iam:GetRole"])
    put(iam.put_user_policy, policy(may), UserName=who)
    theirs = standing.client("cloudformation", keys)
    more = role(RoleName="More", ManagedPolicyArns=[MANAGED]) | {"DependsOn": "Role"}
    both = template(Role=role(RoleName="First"), More=more)
    assert execute(theirs, propose(theirs, name, both, "CREATE")) == "ROLLBACK_FAILED"
    assert iam.get_role(RoleName="First")["Role"]
    told = events(stacks, name)
    assert ("Role", "DELETE_FAILED") in told
    assert told[-1] == (name, "ROLLBACK_FAILED")
    with refused("ValidationError", 400) as said:
        propose(stacks, name, both)
    assert said.message.endswith(" is in ROLLBACK_FAILED state and can not be updated.")
    stacks.delete_stack(StackName=name)
    with refused("NoSuchEntity"):
        iam.get_role(RoleName="First")


def test_a_right_may_be_for_cloudformation_alone(standing, iam, name):
    through = {"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}}
    rights = (statement(action="cloudformation:*"), statement(action="iam:*", Condition=through))
    keys = standing.new_user(f"through-{name}", account=B)
    put(iam.put_user_policy, policy(*rights), UserName=f"through-{name}")
    theirs = standing.client("cloudformation", keys)
    assert execute(theirs, propose(theirs, name, BOTH, "CREATE")) == "CREATE_COMPLETE"
    with refused("AccessDenied", 403):
        standing.client("iam", keys).get_role(RoleName="First")


def test_a_policy_changes_its_document_and_keeps_five_versions(stacks, iam, name):
    def text(number):
        document = json.loads(policy(statement(action=f"s3:Get{number}*")))
        properties = {"ManagedPolicyName": f"policy-{name}", "PolicyDocument": document}
        return template(Policy={"Type": "AWS::IAM::ManagedPolicy", "Properties": properties})

    make(stacks, name, text(0))
    arn = f"arn:aws:iam::{B}:policy/policy-{name}"
    for number in range(1, 7):
        assert execute(stacks, propose(stacks, name, text(number))) == "UPDATE_COMPLETE"
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert len(versions) == 5
    (now,) = [one["VersionId"] for one in versions if one["IsDefaultVersion"]]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=now)["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Action"] == "s3:Get6*"


def test_a_bucket_comes_and_goes(standing, stacks, name):
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"bucket-{name}"}}
    make(stacks, name, template(Bucket=bucket))
    s3 = standing.client("s3", world.ADMIN_B)
    assert f"bucket-{name}" in [found["Name"] for found in s3.list_buckets()["Buckets"]]
    stacks.delete_stack(StackName=name)
    assert f"bucket-{name}" not in [found["Name"] for found in s3.list_buckets()["Buckets"]]


def test_a_template_is_summed_up(stacks, name):
    text = template(
        parameters=NAMES, Role=role(RoleName={"Ref": "Name"}, ManagedPolicyArns=[MANAGED])
    )
    make(stacks, name, text)
    found = stacks.get_template_summary(StackName=name)
    assert {one["ParameterKey"]: one["DefaultValue"] for one in found["Parameters"]} == {
        "Name": "First",
        "Text": "a",
    }
    assert (found["Capabilities"], found["ResourceTypes"]) == (NAMED, ["AWS::IAM::Role"])
    assert stacks.validate_template(TemplateBody=text)["Capabilities"] == NAMED
    assert json.dumps(stacks.get_template(StackName=name)["TemplateBody"])
