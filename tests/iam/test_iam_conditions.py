"""Condition operators, set operators, missing keys, policy variables."""

import pytest

from orchestrator.iam import Request, Verdict
from support.policies import ALICE, BUCKET, HOST, A, asked, policy, statement

KEY = "test:Key"


def verdict(condition, context, effect="Allow", version="2012-10-17", caller=ALICE):
    """What a statement with that condition makes of a request that is else allowed, or not."""
    request = Request(caller, "s3:ListBucket", BUCKET, A, context)
    statements = [statement(effect, Condition=condition)]
    if effect == "Deny":
        statements.append(statement())
    return asked(request, identity=(policy(*statements, version=version),)).verdict


def holds(operator, wanted, given, **more):
    context = {} if given is None else {KEY: given}
    found = verdict({operator: {KEY: wanted}}, context, **more)
    return found is Verdict.ALLOWED


VALUES = [
    ("StringEquals", "a", "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", ["x", "a"], "a", True),
    ("StringNotEquals", ["x", "a"], "a", False),
    ("StringNotEquals", ["x", "y"], "a", True),
    ("StringEqualsIgnoreCase", "aB", "Ab", True),
    ("StringNotEqualsIgnoreCase", "aB", "Ab", False),
    ("StringLike", "a*c", "abbbc", True),
    ("StringLike", "a?c", "abbc", False),
    ("StringLike", "a*", "A", False),
    ("StringLike", "*", "", True),
    ("StringLike", "a*", "a\nb", True),
    ("StringNotLike", "a*", "ab", False),
    ("StringNotLike", "a*", "b", True),
    ("NumericEquals", "10", "10.0", True),
    ("NumericEquals", 10, "10", True),
    ("NumericNotEquals", "10", "11", True),
    ("NumericLessThan", "10", "9.5", True),
    ("NumericLessThan", "10", "10", False),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericGreaterThan", "9", "10", True),
    ("NumericGreaterThanEquals", "10", "9", False),
    ("NumericLessThan", "-1", "-2", True),
    ("DateEquals", "2024-01-01", "2024-01-01T00:00:00Z", True),
    ("DateEquals", "2024-01-01T09:00:00+09:00", "2024-01-01T00:00:00Z", True),
    ("DateEquals", "2024-01-01T00:00:00Z", "1704067200", True),
    ("DateNotEquals", "2024-01-01", "2024-01-02", True),
    ("DateLessThan", "2024-01-01T00:00:00Z", "2023-12-31T23:59:59.999Z", True),
    ("DateLessThanEquals", "2024-01", "2024-01-01T00:00Z", True),
    ("DateGreaterThan", "2024-02", "2024-01-31T00:00:00Z", False),
    ("DateGreaterThanEquals", "2024-02", "2024-02-01T00:00:00Z", True),
    ("Bool", "true", "true", True),
    ("Bool", True, "True", True),
    ("Bool", "false", "true", False),
    ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
    ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5", False),
    ("IpAddress", "203.0.113.0/24", "203.0.113.77", True),
    ("IpAddress", "203.0.113.7", "203.0.113.7", True),
    ("IpAddress", "203.0.113.99/24", "203.0.113.7", True),
    ("IpAddress", "203.0.113.0/24", "2001:db8::1", False),
    ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::9", True),
    ("NotIpAddress", "203.0.113.0/24", "203.0.113.77", False),
    ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
    ("ArnEquals", "arn:aws:sns:*:123456789012:t*", "arn:aws:sns:x:123456789012:topic", True),
    ("ArnLike", "arn:aws:x:*:111122223333:f/*", "arn:aws:x:r:9:store/a:111122223333:f/d", False),
    ("ArnLike", "arn:aws:iam::*:role/*", "arn:aws:iam::111111111111:role/a/b:c", True),
    ("ArnLike", "arn:aws:iam::*:role/*", "role/a", False),
    ("ArnNotEquals", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/a", False),
    ("ArnNotLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:user/a", True),
    ("Null", "true", "x", False),
    ("Null", "false", "x", True),
    ("Null", ["true", "false"], "x", True),
    ("Null", "false", (), False),
    ("Null", "false", "", True),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), VALUES)
def test_what_an_operator_makes_of_a_value(operator, wanted, given, expected):
    assert holds(operator, wanted, given) is expected


MISSING = [
    ("StringEquals", "a", False),
    ("StringLike", "*", False),
    ("NumericLessThan", "1", False),
    ("DateLessThan", "2024-01", False),
    ("Bool", "false", False),
    ("BinaryEquals", "QQ==", False),
    ("IpAddress", "0.0.0.0/0", False),
    ("ArnLike", "arn:aws:iam::*:*", False),
    ("StringNotEquals", "a", True),
    ("StringNotEqualsIgnoreCase", "a", True),
    ("StringNotLike", "*", True),
    ("NumericNotEquals", "1", True),
    ("DateNotEquals", "2024-01", True),
    ("NotIpAddress", "0.0.0.0/0", True),
    ("ArnNotEquals", "arn:aws:iam::*:*", True),
    ("ArnNotLike", "arn:aws:iam::*:*", True),
    ("StringEqualsIfExists", "a", True),
    ("StringNotEqualsIfExists", "a", True),
    ("ForAnyValue:StringEqualsIfExists", "a", False),
    ("ForAnyValue:StringNotEqualsIfExists", "a", False),
    ("ForAllValues:StringEqualsIfExists", "a", True),
    ("BoolIfExists", "true", True),
    ("Null", "true", True),
    ("Null", "false", False),
    ("ForAllValues:StringEquals", "a", True),
    ("ForAllValues:StringNotEquals", "a", True),
    ("ForAnyValue:StringEquals", "a", False),
    ("ForAnyValue:StringNotEquals", "a", False),
]


@pytest.mark.parametrize(("operator", "wanted", "expected"), MISSING)
def test_what_an_operator_makes_of_a_key_that_is_not_there(operator, wanted, expected):
    assert holds(operator, wanted, None) is expected
    assert holds(operator, wanted, ()) is expected


SETS = [
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
    ("ForAllValues:StringEquals", ["a"], "", True),
    ("ForAllValues:StringNotEquals", ["a", "b"], ("c", "d"), True),
    ("ForAllValues:StringNotEquals", ["a", "b"], ("a", "d"), False),
    ("ForAllValues:StringLike", ["a*"], ("ab", "ac"), True),
    ("ForAnyValue:StringEquals", ["a", "b"], ("c", "b"), True),
    ("ForAnyValue:StringEquals", ["a", "b"], ("c", "d"), False),
    ("ForAnyValue:StringNotEquals", ["a", "b"], ("a", "c"), True),
    ("ForAnyValue:StringNotEquals", ["a", "b"], ("a", "b"), False),
    ("ForAnyValue:NumericGreaterThan", "5", ("1", "6"), True),
    ("ForAllValues:IpAddress", "10.0.0.0/8", ("10.1.1.1", "11.1.1.1"), False),
    ("ForAllValues:ArnLike", "arn:aws:iam::1:role/*", ("arn:aws:iam::1:role/x",), True),
    ("ForAnyValue:Bool", "true", ("false", "true"), True),
    ("StringEqualsIfExists", "a", "b", False),
    ("ForAllValues:StringEqualsIfExists", "a", "b", False),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), SETS)
def test_what_set_operators_make_of_several_values(operator, wanted, given, expected):
    assert holds(operator, wanted, given) is expected


def test_all_clauses_must_hold():
    condition = {"StringEquals": {"test:A": "1", "test:B": "2"}, "Bool": {"test:C": "true"}}
    whole = {"test:A": "1", "test:B": "2", "test:C": "true"}
    assert verdict(condition, whole) is Verdict.ALLOWED
    for key in whole:
        assert verdict(condition, whole | {key: "false"}) is Verdict.IMPLICIT_DENY


def test_letter_case_of_keys_does_not_count():
    condition = {"StringEquals": {"AWS:PrincipalTag/Team": "x"}}
    assert verdict(condition, {"aws:principaltag/team": "x"}) is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("operator", "wanted", "given"),
    [
        ("NumericEquals", "1", "one"),
        ("NumericNotEquals", "1", "one"),
        ("DateLessThan", "2024-01", "yesterday"),
        ("Bool", "true", "yes"),
        ("IpAddress", "10.0.0.0/8", "10.0.0"),
        ("NotIpAddress", "10.0.0.0/8", "somewhere"),
        ("BinaryEquals", "QQ==", "%"),
        ("StringEquals", "a", ("a", "b")),
        ("StringNotEquals", "a", ("b", "c")),
        ("NumericLessThan", "1", "9" * 5000),
        ("DateLessThan", "2024-01", "2023-13-45"),
        ("DateLessThan", "2024-01", "2023"),
    ],
)
def test_a_value_that_cannot_be_judged_never_helps_the_caller(operator, wanted, given):
    condition = {operator: {KEY: wanted}}
    assert verdict(condition, {KEY: given}, "Allow") is Verdict.IMPLICIT_DENY
    assert verdict(condition, {KEY: given}, "Deny") is Verdict.EXPLICIT_DENY


def test_another_clause_that_fails_settles_it_all_the_same():
    condition = {"NumericEquals": {KEY: "1"}, "StringEquals": {"test:Other": "x"}}
    assert verdict(condition, {KEY: "one", "test:Other": "y"}, "Deny") is Verdict.ALLOWED


def test_a_key_given_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        verdict({"StringEquals": {KEY: "a"}}, {"test:key": "a", "TEST:KEY": "b"})


def test_a_value_that_is_no_text_is_refused():
    with pytest.raises(ValueError, match="no text"):
        verdict({"StringEquals": {KEY: "1"}}, {KEY: (1,)})


OF_CALLER = [
    ("aws:PrincipalArn", ALICE, "arn:aws:iam::111111111111:user/alice"),
    ("aws:PrincipalArn", HOST, "arn:aws:iam::111111111111:role/EC2RoleforSSM"),
    ("aws:PrincipalAccount", HOST, A),
    ("aws:ResourceAccount", HOST, A),
    ("aws:PrincipalType", HOST, "AssumedRole"),
    ("aws:PrincipalType", ALICE, "User"),
    ("aws:userid", HOST, "AROAEXAMPLEEXAMPLE001:i-0d176f4a5f9738429"),
    ("aws:username", ALICE, "alice"),
]


@pytest.mark.parametrize(("key", "caller", "value"), OF_CALLER)
def test_what_follows_from_the_caller_wins_over_the_context(key, caller, value):
    condition = {"StringEquals": {key: value}}
    assert verdict(condition, {key: "another"}, caller=caller) is Verdict.ALLOWED


def test_a_role_session_has_no_user_name_whatever_the_context_says():
    context = {"aws:username": "alice"}
    assert verdict({"Null": {"aws:username": "true"}}, context, caller=HOST) is Verdict.ALLOWED


VARIABLES = [
    ("StringEquals", "home/${aws:username}", "home/alice", True),
    ("StringEquals", "${AWS:UserName}", "alice", True),
    ("StringEquals", "home/${aws:username}", "home/bob", False),
    ("StringLike", "${aws:username}/*", "alice/x", True),
    ("StringLike", "${test:Tag}", "anything", False),
    ("StringEquals", "${test:Missing}", "", False),
    ("StringNotEquals", "${test:Missing}", "x", True),
    ("StringEquals", "${test:Missing, 'none'}", "none", True),
    ("StringEquals", "${aws:username, 'none'}", "none", False),
    ("StringEquals", "${test:Missing,''}", "", True),
    ("StringEquals", "${test:Many}", "a", False),
    ("StringEquals", "${test:Many, 'a'}", "a", False),
    ("StringLike", "a${*}", "a*", True),
    ("StringLike", "a${*}", "ab", False),
    ("StringLike", "a${?}", "ab", False),
    ("StringLike", "${$}{aws:username}", "${aws:username}", True),
    ("ArnLike", "arn:aws:iam::${aws:PrincipalAccount}:role/*", f"arn:aws:iam::{A}:role/x", True),
    ("ArnLike", "${aws:PrincipalArn}", f"arn:aws:iam::{A}:user/alice", True),
    ("ArnLike", "arn:aws:iam::${test:Missing}:role/*", f"arn:aws:iam::{A}:role/x", False),
    ("ArnNotLike", "arn:aws:iam::${test:Missing}:role/*", f"arn:aws:iam::{A}:role/x", True),
    ("Bool", "${test:True}", "true", True),
]
TAGS = {"test:Tag": "*", "test:Many": ("a", "b"), "test:True": "true"}


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), VARIABLES)
def test_what_variables_stand_for(operator, wanted, given, expected):
    found = verdict({operator: {KEY: wanted}}, {**TAGS, KEY: given})
    assert (found is Verdict.ALLOWED) is expected


@pytest.mark.parametrize("text", ["${aws:username}", "${*}", "${aws:username, 'x'}", "${"])
def test_before_2012_a_variable_is_plain_text(text):
    assert holds("StringEquals", text, text, version="2008-10-17")
    assert not holds("StringEquals", "${aws:username}", "alice", version="2008-10-17")


@pytest.mark.parametrize(
    ("resource", "bucket", "expected"),
    [
        ("arn:aws:s3:::home-${aws:username}", "home-alice", True),
        ("arn:aws:s3:::home-${aws:username}", "home-bob", False),
        ("arn:aws:s3:::home-${aws:username}/*", "home-alice/a/b", True),
        ("arn:aws:s3:::${test:Tag}", "any", False),
        ("arn:aws:s3:::${test:Missing}", "", False),
        ("arn:aws:s3:::b-${aws:PrincipalTag/team, 'all'}", "b-all", True),
    ],
)
def test_variables_in_a_resource(resource, bucket, expected):
    request = Request(ALICE, "s3:GetObject", f"arn:aws:s3:::{bucket}", A, TAGS)
    allowing = policy(statement(action="s3:*", resource=resource))
    assert asked(request, identity=(allowing,)).allowed is expected


def test_a_variable_without_a_value_in_not_resource_never_helps_the_caller():
    request = Request(ALICE, "s3:ListBucket", BUCKET, A)
    for effect, expected in (("Allow", Verdict.IMPLICIT_DENY), ("Deny", Verdict.EXPLICIT_DENY)):
        other = statement(effect, "s3:*", NotResource="arn:aws:s3:::${test:Missing}")
        del other["Resource"]
        statements = [other] if effect == "Allow" else [other, statement()]
        assert asked(request, identity=(policy(*statements),)).verdict is expected
