import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.kinds.references import Reference, fill, references, sole_fact


def test_references_in_their_order():
    found = references("x ${role_arn.name} y ${bucket}")
    assert found == (Reference("role_arn", "name"), Reference("bucket"))


@pytest.mark.parametrize("text", ["${", "${}", "${Bucket}", "${a.b.c}", "${a b}", "${a} ${b"])
def test_what_begins_like_a_reference_must_be_one(text):
    with pytest.raises(ValueError, match="without a name"):
        references(text)


@pytest.mark.parametrize("text", ["", "$", "$a", "{a}", "$ {a}", "}"])
def test_other_dollars_are_only_text(text):
    assert references(text) == ()


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("${instance_id}", "instance_id"),
        ("x${instance_id}", None),
        ("${bucket}", None),
        ("${instance_id.name}", None),
    ],
)
def test_a_fact_stands_alone(text, fact):
    assert sole_fact(text) == fact


@given(st.text())
def test_a_value_is_never_looked_into_again(value):
    assert fill("<${a}>", lambda _reference: value + "${b}") == f"<{value}${{b}}>"
