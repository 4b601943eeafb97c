"""Policies that AWS would not keep are refused when they are put, and say why."""

import json

import pytest

from orchestrator.sandbox import world
from support.standing_cloud import A, B, policy, put, refused, statement, trusting

TRUSTS_A = policy(trusting({"AWS": A}))


@pytest.fixture(scope="module")
def iam(standing):
    found = standing.client("iam", world.ADMIN_B)
    found.create_role(RoleName="Holder", AssumeRolePolicyDocument=TRUSTS_A)
    found.create_user(UserName="holder")
    found.create_group(GroupName="holders")
    return found


def nested(depth):
    return '{"a":' * depth + "1" + "}" * depth


BAD_ANYWHERE = {
    "nothing": " ",
    "no JSON": "Version: 2012-10-17",
    "half": '{"Version": "2012-10-17", "Statement": [',
    "null": "null",
    "a list": "[]",
    "a number": "1",
    "a text": '"x"',
    "no statement": '{"Version": "2012-10-17"}',
    "a statement that is a text": '{"Version": "2012-10-17", "Statement": "x"}',
    "a statement that is null": '{"Version": "2012-10-17", "Statement": [null]}',
    "another version": '{"Version": "2020-01-01", "Statement": []}',
    "a version that is a number": '{"Version": 20121017, "Statement": []}',
    "an element that is none": '{"Version": "2012-10-17", "Statement": [], "Name": "x"}',
    "deep": nested(5000),
    "not a number": '{"Version": "2012-10-17", "Statement": NaN}',
    "a key twice": '{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}',
    "keys in another case": json.dumps({"version": "2012-10-17", "statement": [statement()]}),
}
BAD_IDENTITY = {
    "effect in another case": policy(statement(effect="allow")),
    "no effect": policy({"Action": "*", "Resource": "*"}),
    "no action": policy({"Effect": "Allow", "Resource": "*"}),
    "no resource": policy({"Effect": "Allow", "Action": "*"}),
    "an action that is a number": policy(statement(action=1)),
    "an action without service": policy(statement(action="ListBucket")),
    "actions in an object": policy(statement(action={"a": "b"})),
    "a list in a list": policy(statement(action=[["s3:*"]])),
    "both actions": policy(statement(NotAction="s3:*")),
    "a principal": policy(statement(Principal={"AWS": A})),
    "a resource that is no ARN": policy(statement(resource="bucket")),
    "an ARN of two parts": policy(statement(resource="arn:aws")),
    "keys of a statement in another case": policy(
        {"effect": "Allow", "action": "*", "resource": "*"}
    ),
    "an unknown operator": policy(statement(Condition={"StringIs": {"aws:username": "x"}})),
    "an operator without keys": policy(statement(Condition={"StringEquals": "x"})),
    "conditions in a list": policy(statement(Condition=[{"StringEquals": {"a:b": "c"}}])),
    "a value that is an object": policy(
        statement(Condition={"StringEquals": {"aws:username": {}}})
    ),
    "a date that is none": policy(
        statement(Condition={"DateLessThan": {"aws:CurrentTime": "soon"}})
    ),
    "a network that is none": policy(
        statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/33"}})
    ),
    "the same Sid twice": policy(statement(Sid="a"), statement(Sid="a")),
    "a Sid with a space": policy(statement(Sid="a b")),
    "a Sid that is a number": policy(statement(Sid=1)),
}
BAD_TRUST = {
    "no principal": policy({"Effect": "Allow", "Action": "sts:AssumeRole"}),
    "a resource": policy(trusting({"AWS": A}, Resource="*")),
    "an action of another service": policy(trusting({"AWS": A}, action="s3:*")),
    "a principal that is a text": policy(trusting("111111111111")),
    "a principal of an unknown kind": policy(trusting({"aws": A})),
    "an account of eleven digits": policy(trusting({"AWS": "11111111111"})),
    "an ARN with a wildcard": policy(trusting({"AWS": f"arn:aws:iam::{A}:role/*"})),
    "a role that is not there": policy(trusting({"AWS": f"arn:aws:iam::{A}:role/Nobody"})),
    "a user that is not there": policy(trusting({"AWS": f"arn:aws:iam::{A}:user/nobody"})),
    "the id of somebody gone": policy(trusting({"AWS": "AROAEXAMPLEEXAMPLE001"})),
    "a group": policy(trusting({"AWS": f"arn:aws:iam::{B}:group/holders"})),
}


@pytest.mark.parametrize(
    "text", (BAD_ANYWHERE | BAD_IDENTITY).values(), ids=BAD_ANYWHERE | BAD_IDENTITY
)
def test_what_is_no_policy_of_a_caller_is_not_kept(iam, text):
    with refused("MalformedPolicyDocument", 400):
        put(iam.put_role_policy, text, RoleName="Holder")
    with refused("MalformedPolicyDocument", 400):
        put(iam.put_user_policy, text, UserName="holder")
    with refused("MalformedPolicyDocument", 400):
        put(iam.put_group_policy, text, GroupName="holders")
    with refused("MalformedPolicyDocument", 400):
        iam.create_policy(PolicyName="kept", PolicyDocument=text)
    assert not iam.list_role_policies(RoleName="Holder")["PolicyNames"]
    assert not iam.list_policies(Scope="Local")["Policies"]


@pytest.mark.parametrize("text", (BAD_ANYWHERE | BAD_TRUST).values(), ids=BAD_ANYWHERE | BAD_TRUST)
def test_what_is_no_trust_policy_is_not_kept(iam, text):
    with refused("MalformedPolicyDocument", 400):
        iam.update_assume_role_policy(RoleName="Holder", PolicyDocument=text)
    with refused("MalformedPolicyDocument", 400):
        iam.create_role(RoleName="Another", AssumeRolePolicyDocument=text)
    kept = iam.get_role(RoleName="Holder")["Role"]["AssumeRolePolicyDocument"]
    assert kept == json.loads(TRUSTS_A)
    assert "Another" not in [role["RoleName"] for role in iam.list_roles()["Roles"]]


def of_size(characters, fill="s3:GetObject"):
    """A policy of that many characters that count."""
    text = json.dumps(json.loads(policy(statement(action=fill, Sid="x"))), separators=(",", ":"))
    return text.replace('"x"', f'"{"x" * (characters - len(text) + 1)}"')


def test_the_inline_policies_of_a_role_have_10240_characters_together(iam):
    first = of_size(6000)
    iam.put_role_policy(RoleName="Holder", PolicyName="first", PolicyDocument=first)
    with refused("LimitExceeded", 409) as said:
        iam.put_role_policy(RoleName="Holder", PolicyName="next", PolicyDocument=of_size(4241))
    assert "10240" in said.message
    iam.put_role_policy(RoleName="Holder", PolicyName="next", PolicyDocument=of_size(4240))
    iam.put_role_policy(RoleName="Holder", PolicyName="first", PolicyDocument=first)
    for name in ("first", "next"):
        iam.delete_role_policy(RoleName="Holder", PolicyName=name)


def test_white_space_does_not_count(iam):
    spaced = of_size(10_240).replace('"Effect"', f'{" " * 5000}"Effect"')
    put(iam.put_role_policy, spaced, RoleName="Holder")
    iam.delete_role_policy(RoleName="Holder", PolicyName="inline")


@pytest.mark.parametrize(("kind", "limit"), [("user", 2048), ("group", 5120)])
def test_users_and_groups_hold_less(iam, kind, limit):
    name = {"user": {"UserName": "holder"}, "group": {"GroupName": "holders"}}[kind]
    call = getattr(iam, f"put_{kind}_policy")
    with refused("LimitExceeded", 409):
        put(call, of_size(limit + 1), **name)
    put(call, of_size(limit), **name)
    getattr(iam, f"delete_{kind}_policy")(PolicyName="inline", **name)


def test_a_managed_policy_has_6144_characters(iam):
    with refused("LimitExceeded", 409):
        iam.create_policy(PolicyName="large", PolicyDocument=of_size(6145))
    arn = iam.create_policy(PolicyName="large", PolicyDocument=of_size(6144))["Policy"]["Arn"]
    with refused("LimitExceeded", 409):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=of_size(6145))
    iam.delete_policy(PolicyArn=arn)


def test_a_trust_policy_has_2048_characters(iam):
    text = TRUSTS_A.replace('"Effect"', f'"Sid": "{"x" * 2048}", "Effect"')
    with refused("LimitExceeded", 409):
        iam.update_assume_role_policy(RoleName="Holder", PolicyDocument=text)
    with refused("LimitExceeded", 409):
        iam.create_role(RoleName="Another", AssumeRolePolicyDocument=text)


def test_a_list_of_ten_thousand_is_too_large_and_quickly_said_to_be(iam):
    many = [f"arn:aws:s3:::bucket-{n}" for n in range(10_000)]
    with refused("LimitExceeded", 409):
        put(iam.put_role_policy, policy(statement(resource=many)), RoleName="Holder")


def test_actions_and_condition_keys_may_be_in_any_case(standing, iam):
    spelled = {"StringEquals": {"AWS:UserName": "spelled"}}
    keys = standing.new_user("spelled", statement(action="IAM:listROLES", Condition=spelled))
    assert standing.client("iam", keys).list_roles()["Roles"]
    with refused("AccessDenied", 403):
        standing.client("iam", keys).list_users()


def test_ten_managed_policies_may_be_attached(iam):
    arns = [
        iam.create_policy(PolicyName=f"p{n}", PolicyDocument=policy(statement()))["Policy"]["Arn"]
        for n in range(11)
    ]
    for arn in arns[:10]:
        iam.attach_role_policy(RoleName="Holder", PolicyArn=arn)
    with refused("LimitExceeded", 409):
        iam.attach_role_policy(RoleName="Holder", PolicyArn=arns[10])
    with refused("DeleteConflict", 409):
        iam.delete_policy(PolicyArn=arns[0])
    for arn in arns[:10]:
        iam.detach_role_policy(RoleName="Holder", PolicyArn=arn)
    for arn in arns:
        iam.delete_policy(PolicyArn=arn)


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("arn:aws:iam::aws:policy/NoSuchPolicy", "NoSuchEntity"),
        (f"arn:aws:iam::{B}:policy/none", "NoSuchEntity"),
        (f"arn:aws:iam::{A}:policy/OrchOperator", "NoSuchEntity"),
        ("arn:aws:iam::aws:role/AdministratorAccess", "InvalidInput"),
        ("AdministratorAccess-policy", "InvalidInput"),
    ],
)
def test_what_cannot_be_attached_is_not_attached(iam, arn, code):
    with refused(code):
        iam.attach_role_policy(RoleName="Holder", PolicyArn=arn)
    assert not iam.list_attached_role_policies(RoleName="Holder")["AttachedPolicies"]


@pytest.mark.parametrize("seconds", [3599, 43_201, -1, "x", "1e4", "\uff13600"])
def test_a_role_lasts_between_one_and_twelve_hours(standing, iam, seconds):
    root = standing.root_keys(B)
    more = {"RoleName": "Another", "AssumeRolePolicyDocument": TRUSTS_A}
    with refused("ValidationError", 400):
        standing.send_raw("iam", root, "CreateRole", MaxSessionDuration=seconds, **more)
    with refused("ValidationError", 400):
        standing.send_raw("iam", root, "UpdateRole", MaxSessionDuration=seconds, RoleName="Holder")


def test_names_are_unique_letter_case_aside(iam):
    with refused("EntityAlreadyExists", 409):
        iam.create_role(RoleName="HOLDER", AssumeRolePolicyDocument=TRUSTS_A)
    with refused("EntityAlreadyExists", 409):
        iam.create_user(UserName="Holder")


def test_a_role_that_is_in_use_is_not_deleted(iam):
    put(iam.put_role_policy, policy(statement()), RoleName="Holder")
    with refused("DeleteConflict", 409):
        iam.delete_role(RoleName="Holder")
    iam.delete_role_policy(RoleName="Holder", PolicyName="inline")
