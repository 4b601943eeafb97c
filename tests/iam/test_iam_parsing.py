"""What is no policy, and how that is said."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.iam import PolicyError, PolicyKind, SizeLimit, check_size, parse_policy, size
from support.policies import A, statement, trusting

IDENTITY, TRUST, RESOURCE = PolicyKind.IDENTITY, PolicyKind.TRUST, PolicyKind.RESOURCE


def document(*statements, **more):
    return {"Version": "2012-10-17", "Statement": list(statements), **more}


def without(element, **more):
    found = statement(**more)
    del found[element]
    return found


def condition(operator, wanted, key="test:Key"):
    return document(statement(Condition={operator: {key: wanted}}))


def named(principal, **more):
    return document(statement(Principal=principal, **more))


WRONG = [
    (IDENTITY, "", "Syntax errors in policy: Expecting value at line 1 column 1"),
    (IDENTITY, "{", "line 1 column 2"),
    (IDENTITY, "[]", "not a JSON object"),
    (IDENTITY, "[" * 100_000, "nested too deeply"),
    (IDENTITY, '{"Statement": NaN}', "NaN is no JSON"),
    (IDENTITY, '{"Version": "2012-10-17", "Version": "2012-10-17"}', '"Version" stands twice'),
    (IDENTITY, '{"Statement": [{"Effect": "Deny", "Effect": "Allow"}]}', '"Effect" stands twice'),
    (IDENTITY, {"Version": "2012-10-17"}, "Statement: .*at least one statement"),
    (IDENTITY, document(), "at least one statement"),
    (IDENTITY, document("x"), r"Statement\[0\]: .*an object is expected"),
    (IDENTITY, document(statement(), Version="2012-10-18"), "must be version 2012-10-17"),
    (IDENTITY, document(statement(), Version=2012), "must be version 2012-10-17"),
    (IDENTITY, document(statement(), Extra=1), 'unknown element "Extra"'),
    (IDENTITY, document(statement(), Id=1), "Id: .*a string is expected"),
    (IDENTITY, document(statement(), statement(Efect="x")), r'Statement\[1\]: .*"Efect"'),
    (IDENTITY, document(without("Effect")), r"Statement\[0\].Effect"),
    (IDENTITY, document(statement("allow")), r"Statement\[0\].Effect"),
    (IDENTITY, document(statement(["Allow"])), r"Statement\[0\].Effect"),
    (IDENTITY, document(without("Action")), "must contain actions"),
    (IDENTITY, document(statement(NotAction="s3:*")), "exclude each other"),
    (IDENTITY, document(statement(action=[])), "the list is empty"),
    (IDENTITY, document(statement(action=1)), "a string is expected"),
    (IDENTITY, document(statement(action=[["s3:*"]])), r"Action\[0\]: .*a string is expected"),
    (IDENTITY, document(statement(action="ListBucket")), "prefaced by a vendor"),
    (IDENTITY, document(statement(action="s3:a:b")), "only one colon"),
    (IDENTITY, document(statement(action="s*:Get")), "is not an action"),
    (IDENTITY, document(statement(action="s3:Get Object")), "is not an action"),
    (IDENTITY, document(without("Resource")), "must contain resources"),
    (IDENTITY, document(statement(NotResource="*")), "exclude each other"),
    (IDENTITY, document(statement(resource="bucket")), "must be in ARN format"),
    (IDENTITY, document(statement(resource="arn:aws:s3")), "must be in ARN format"),
    (IDENTITY, document(statement(resource="arn:aws:s3:::")), "must be in ARN format"),
    (IDENTITY, document(statement(resource=["*", "x"])), "must be in ARN format"),
    (IDENTITY, document(statement(resource="arn:aws:*:::x")), "no wildcard"),
    (IDENTITY, document(statement(resource="arn:aws:s3:${a:b}::x")), "last part alone"),
    (IDENTITY, document(statement(resource="arn:aws:iam::*:r*")), "IAM resource path must"),
    (IDENTITY, document(statement(resource="arn:aws:s3:::${a:b")), "not closed"),
    (IDENTITY, document(statement(resource="arn:aws:s3:::${}")), "not a policy variable"),
    (IDENTITY, document(statement(resource="arn:aws:s3:::${a:b, c}")), "not a policy variable"),
    (IDENTITY, document(statement(Sid="a b")), "alpha-numeric"),
    (IDENTITY, document(statement(Sid="a"), statement(Sid="a")), "must be unique"),
    (RESOURCE, document(*[statement(Sid="a b", Principal="*")] * 2), "must be unique"),
    (IDENTITY, named("*"), "should not specify a principal"),
    (IDENTITY, document(statement(NotPrincipal="*")), "should not specify a principal"),
    (PolicyKind.BOUNDARY, named("*"), "should not specify a principal"),
    (PolicyKind.SESSION, named("*"), "should not specify a principal"),
    (PolicyKind.SERVICE_CONTROL, named("*"), "should not specify a principal"),
    (RESOURCE, document(statement()), "Missing required field Principal"),
    (RESOURCE, named({}), "Missing required field Principal"),
    (RESOURCE, named("*", NotPrincipal="*"), "exclude each other"),
    (RESOURCE, document(statement(NotPrincipal="*")), "not supported"),
    (RESOURCE, named("arn:aws:iam::111111111111:root"), "an object is expected"),
    (RESOURCE, named({"AWS": []}), "the list is empty"),
    (RESOURCE, named({"AWS": "alice"}), 'Invalid principal in policy: "AWS":"alice"'),
    (RESOURCE, named({"AWS": "arn:aws:iam::111111111111:role/*"}), "Invalid principal"),
    (RESOURCE, named({"AWS": "arn:aws:iam::*:root"}), "Invalid principal"),
    (RESOURCE, named({"AWS": "arn:aws:iam::111111111111:group/g"}), "Invalid principal"),
    (RESOURCE, named({"AWS": "arn:aws:sts::111111111111:assumed-role/r"}), "Invalid principal"),
    (RESOURCE, named({"AWS": "arn:aws:sts::111111111111:assumed-role/r/*"}), "Invalid principal"),
    (RESOURCE, named({"AWS": "11111111111"}), "Invalid principal"),
    (RESOURCE, named({"Service": "*"}), "Invalid principal"),
    (RESOURCE, named({"Federated": "x y"}), "Invalid principal"),
    (RESOURCE, named({"CanonicalUser": "79a5"}), "Invalid principal"),
    (TRUST, document({"Effect": "Allow", "Action": "sts:AssumeRole"}), "field Principal"),
    (TRUST, document(trusting("*", Resource="*")), "Has prohibited field Resource"),
    (TRUST, document(trusting("*", NotResource="*")), "Has prohibited field NotResource"),
    (TRUST, document(trusting("*") | {"Action": "s3:*"}), "only specify STS AssumeRole"),
    (TRUST, document(trusting("*") | {"Action": "*"}), "only specify STS AssumeRole"),
    (IDENTITY, condition("StringMatches", "a"), "Invalid Condition type : StringMatches"),
    (IDENTITY, condition("stringequals", "a"), "Invalid Condition type"),
    (IDENTITY, condition("StringEqualsIfExistsIfExists", "a"), "Invalid Condition type"),
    (IDENTITY, condition("NullIfExists", "true"), "Invalid Condition type"),
    (IDENTITY, condition("ForAll:StringEquals", "a"), "Invalid Condition type"),
    (IDENTITY, condition("ForAnyValue:Null", "true"), "Invalid Condition type"),
    (IDENTITY, condition(":StringEquals", "a"), "Invalid Condition type"),
    (IDENTITY, condition("StringEquals", []), "the list is empty"),
    (IDENTITY, condition("StringEquals", None), "a string is expected"),
    (IDENTITY, condition("StringEquals", [["a"]]), "a string is expected"),
    (IDENTITY, condition("StringEquals", {"a": "b"}), "a string is expected"),
    (IDENTITY, condition("StringEquals", "a", key="Key"), "prefaced by a vendor"),
    (IDENTITY, condition("StringEquals", "${a:b"), "not closed"),
    (IDENTITY, condition("NumericEquals", "one"), 'value "one" is not a number'),
    (IDENTITY, condition("NumericEquals", 1e300), "not a number"),
    (IDENTITY, condition("NumericEquals", "${aws:x}"), "not a number"),
    (IDENTITY, condition("DateEquals", "2024-13-01"), "month must be in"),
    (IDENTITY, condition("DateEquals", "2024-01-01T00:00:00"), "not a date"),
    (IDENTITY, condition("DateEquals", "2024"), "not a date"),
    (IDENTITY, condition("Bool", "yes"), "neither true nor false"),
    (IDENTITY, condition("Null", "maybe"), "neither true nor false"),
    (IDENTITY, condition("BinaryEquals", "?"), 'The value "\\?"'),
    (IDENTITY, condition("IpAddress", "10.0.0.0/33"), "10.0.0.0/33"),
    (IDENTITY, condition("ArnLike", "role/*"), "ARN format"),
    (IDENTITY, document(statement(Condition=[])), "an object is expected"),
    (IDENTITY, document(statement(Condition={"StringEquals": {}})), "a condition key"),
    (IDENTITY, document(statement(Condition={"Bool": {"a:b": "true", "A:B": "true"}})), "twice"),
    (IDENTITY, document(statement(Sid="\u3042")), "characters that AWS does not take"),
]


@pytest.mark.parametrize(("kind", "source", "message"), WRONG)
def test_what_is_no_policy_is_refused_with_the_reason(kind, source, message):
    with pytest.raises(PolicyError, match=message):
        parse_policy(source, kind)


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        (IDENTITY, {"Statement": statement()}),
        (IDENTITY, document(statement(), Version="2008-10-17")),
        (IDENTITY, document(statement(Sid=""), statement(Sid=""), Id="any id")),
        (IDENTITY, document(statement(Condition={}))),
        (IDENTITY, document(statement(resource="arn:*:s3:::*"))),
        (RESOURCE, named({"AWS": [A, "AROAEXAMPLEEXAMPLE001"], "Service": "s3.amazonaws.com"})),
        (RESOURCE, named("*", Sid="Sid with spaces")),
        (TRUST, document(trusting({"Federated": "accounts.google.com"}), Id="x")),
        (TRUST, document(trusting("*") | {"Action": ["sts:AssumeRole", "sts:TagSession"]})),
    ],
)
def test_what_aws_stores_is_taken_as_text_and_as_a_mapping(kind, source):
    assert parse_policy(source, kind, "x").name == "x"
    assert parse_policy(json.dumps(source), kind).kind is kind


def test_a_deep_mapping_is_refused_like_a_deep_text():
    deep = "a"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(PolicyError, match="a string is expected"):
        parse_policy(document(statement(action=deep)), IDENTITY)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Version", "Statement", "Effect", "Action", "Condition", "AWS"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(json_values, st.sampled_from(PolicyKind))
def test_no_document_brings_any_other_error(value, kind):
    for source in (json.dumps(value), json.dumps(document({"Effect": "Allow", "Action": value}))):
        with pytest.raises(PolicyError, match=r".+"):
            parse_policy(source, kind)


@given(json_values, st.sampled_from(sorted({"Action", "Resource", "Principal", "Condition"})))
def test_an_element_of_any_shape_is_either_taken_or_refused(value, element):
    source = document(statement(Principal="*") | {element: value})
    try:
        found = parse_policy(source, RESOURCE)
    except PolicyError:
        return
    assert [statement.ref.index for statement in found.statements] == [0]


@pytest.mark.parametrize("limit", SizeLimit)
def test_white_space_does_not_count_towards_the_size(limit):
    document = "x" * (limit.characters - 10) + " \n\t" * 100
    check_size(limit, document, "y" * 10)
    with pytest.raises(PolicyError, match=f"Cannot exceed quota for .*{limit.characters}"):
        check_size(limit, document, "y" * 11)


def test_a_mapping_is_as_long_as_its_shortest_text():
    assert size({"a": ["b", 1]}) == len('{"a":["b",1]}') == size('{ "a": ["b", 1] }')


def test_the_known_limits():
    limits = {limit.name: limit.characters for limit in SizeLimit}
    assert limits == {
        "TRUST": 2048,
        "MANAGED": 6144,
        "ROLE_INLINE": 10_240,
        "USER_INLINE": 2048,
        "GROUP_INLINE": 5120,
        "SESSION": 2048,
    }
