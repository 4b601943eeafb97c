"""The CloudFormation templates: nothing wider than they say, and switched by their parameters."""

import re
import subprocess

import pytest

from orchestrator.resources import templates_folder
from orchestrator.sandbox.cloud.stacks.paper import read_template
from orchestrator.setup import SETUPS, Deployment
from orchestrator.setup.kinds import FEATURES
from support.processes import BIN

FOLDER = templates_folder() / "cloudformation"
FILES = sorted(FOLDER.glob("*"))
A, B = "111111111111", "222222222222"
SOURCE = f"arn:aws:iam::{A}:role/EC2RoleforSSM"


def test_cfn_lint_has_nothing_to_say():
    words = [str(BIN / "cfn-lint"), "--include-checks", "W", "E", "--", *map(str, FILES)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_there_is_a_setup_for_each_template():
    assert [path.name for path in FILES] == sorted(s.file_name for s in SETUPS.values())


@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_every_parameter_has_its_option_and_the_other_way_round(setup):
    slots = read_template(setup.template())["Parameters"]
    switches = set(FEATURES.values()) if setup.name == "operator" else set()
    assert {slot.parameter for slot in setup.slots if slot.parameter} | switches == set(slots)
    assert Deployment(setup, "x", (), "", None).parameters() == tuple(slots)
    needed = {slot.parameter for slot in setup.slots if slot.needed}
    assert needed == {name for name, slot in slots.items() if "Default" not in slot}


@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_what_an_option_takes_the_template_takes_too(setup):
    slots = read_template(setup.template())["Parameters"]
    for slot in setup.slots:
        if slot.parameter:
            example = slot.rule.check(slot.rule.example)
            value = f"arn:aws:s3:::{example}" if slot.kind == "bucket" else example
            pattern = slots[slot.parameter]["AllowedPattern"]
            assert re.fullmatch(pattern, value), slot.option
            for evil in ("a'b", 'a"b', "a\nb", "${AWS::AccountId}", "a\\b", "*"):
                assert not re.fullmatch(pattern, evil), slot.option
                with pytest.raises(ValueError, match="expected"):
                    slot.rule.check(evil)


def test_account_as_role_may_do_what_the_agent_needs_and_switch_to_one_role(drawn):
    found = drawn("a")
    role = found["InstanceRole"].properties
    assert role["ManagedPolicyArns"] == [
        "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    ]
    (policy,) = role["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement == {
        "Sid": "SwitchRole",
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": f"arn:aws:iam::{B}:role/Test-Switch-Role",
    }
    assert "Tags" not in role
    assert set(found) == {"InstanceRole", "InstanceProfile"}
    tagged = drawn("a", PrincipalTag="production")["InstanceRole"].properties
    assert tagged["Tags"] == [{"Key": "orch", "Value": "production"}]


def test_account_bs_role_trusts_one_role_and_reads_s3(drawn):
    found = drawn("b")
    assert set(found) == {"SwitchRole"}
    role = found["SwitchRole"].properties
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": [SOURCE]}
    assert "Condition" not in statement
    assert role["ManagedPolicyArns"] == ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
    assert "Policies" not in role


def test_account_bs_role_may_trust_the_instances_of_several_accounts(drawn):
    roles = [SOURCE, SOURCE.replace("111111111111", "444444444444")]
    role = drawn("b", SourceRoleArn=",".join(roles))["SwitchRole"].properties
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": roles}


CONDITIONS = {
    "organization": (
        {"PrincipalOrgID": "o-a1b2c3d4e5"},
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
    ),
    "tag": ({"PrincipalTag": "x"}, {"StringEquals": {"aws:PrincipalTag/orch": "x"}}),
    "networks": (
        {"SourceIp": "203.0.113.0/24,2001:db8::/32"},
        {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}},
    ),
    "all": (
        {"PrincipalOrgID": "o-a1b2c3d4e5", "PrincipalTag": "x", "SourceIp": "203.0.113.0/24"},
        {
            "StringEquals": {
                "aws:PrincipalOrgID": "o-a1b2c3d4e5",
                "aws:PrincipalTag/orch": "x",
            },
            "IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]},
        },
    ),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_stands_in_the_trust_policy_where_it_is_asked_for(drawn, name):
    parameters, expected = CONDITIONS[name]
    trust = drawn("b", **parameters)["SwitchRole"].properties["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Condition"] == expected


def test_named_buckets_are_read_and_no_others(drawn):
    arns = "arn:aws:s3:::one,arn:aws:s3:::two"
    role = drawn("b", BucketArns=arns)["SwitchRole"].properties
    assert "ManagedPolicyArns" not in role
    (policy,) = role["Policies"]
    statements = {one["Sid"]: one for one in policy["PolicyDocument"]["Statement"]}
    assert statements["SeeBuckets"]["Resource"] == arns.split(",")
    assert statements["ReadObjects"]["Resource"] == ["arn:aws:s3:::one/*", "arn:aws:s3:::two/*"]
    assert statements["ListBuckets"]["Action"] == "s3:ListAllMyBuckets"
    assert not [a for one in statements.values() for a in ([one["Action"]]) if "Put" in str(a)]


def test_account_bs_reader_is_for_one_who_may_read_and_nothing_else(drawn):
    operator = f"arn:aws:iam::{A}:user/operator"
    role = drawn("b", ReaderPrincipalArn=operator)["ReaderRole"].properties
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Principal"], statement["Action"]) == ({"AWS": operator}, "sts:AssumeRole")
    actions = [a for one in role["Policies"][0]["PolicyDocument"]["Statement"] for a in listed(one)]
    assert all(re.fullmatch(r"iam:(Get|List)\w+|s3:GetBucketPolicy", action) for action in actions)


def listed(statement):
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


BY_FEATURE = {
    "run": {"RunTheScript", "SeeHowItEnds"},
    "linux": {"RunTheScript", "SeeHowItEnds"},
    "explain": {"SeeWhyItFailed", "SeeWhichRolesThereAre", "ReadManagedPolicies"},
    "doctor": {"SeeTheInstance", "SeeItsRole"},
    "groups": {"SeeGroups", "SeeWhatIsInThem"},
    "schedule": {
        *("SeeHowItEnds", "ScheduleOwnDocuments", "ScheduleThem", "FindSchedules"),
        "SayHowHostsStand",
    },
}
ALWAYS = {"SeeWhatSsmManages"}


@pytest.mark.parametrize("feature", FEATURES)
def test_the_operators_policy_is_made_by_feature(drawn, feature):
    switches = {FEATURES[name]: str(name == feature).lower() for name in FEATURES}
    policy = drawn("operator", **switches)["OperatorPolicy"].properties["PolicyDocument"]
    assert {one["Sid"] for one in policy["Statement"]} == BY_FEATURE[feature] | ALWAYS
    documents = {
        "run": ["AWS-RunPowerShellScript"],
        "linux": ["AWS-RunShellScript"],
    }
    run = [one for one in policy["Statement"] if one["Sid"] == "RunTheScript"]
    sent = [arn.rpartition("/")[2] for one in run for arn in one["Resource"] if "document" in arn]
    assert sent == documents.get(feature, [])


def test_the_reader_of_account_b_is_the_only_role_that_the_operator_may_assume(drawn):
    reader = f"arn:aws:iam::{B}:role/OrchReader"
    policy = drawn("operator", ReaderRoleArn=reader)["OperatorPolicy"].properties["PolicyDocument"]
    (statement,) = [one for one in policy["Statement"] if "sts:AssumeRole" in listed(one)]
    assert (statement["Sid"], statement["Resource"]) == ("ReadAccountB", reader)
