import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from powershell_grammar import literal_argument

from orchestrator.render.literals import comment, ps, py

HOSTILE = [
    "",
    "'; Remove-Item C:\\ -Recurse; '",
    "\u2018\u2019\u201a\u201b",
    '"$(exit 3)" `n ${env:X} $x @args',
    "line\r\nline\n'@\n\"@",
    "\0\x1b[31m\x7f",
    "{{ssm:x}} {{{{}}}} {{{",
    "--% -Force \u2013Name",
    "\U0001f600 \ud83d \ude00",
    "\u3042\u200b\u00ad",
    "x" * 10_000,
    "'" * 10_000,
]

text = st.text(alphabet=st.characters(codec=None, exclude_categories=())) | st.text(
    alphabet="'\"`$(){}[]\u2018\u2019\u201a\u201b\n\r\0 ;#@-"
)


def safe(literal: str) -> bool:
    return literal.isascii() and literal.isprintable() and "{{" not in literal


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_text_is_one_powershell_literal(value):
    assert literal_argument(f"Test-It {ps(value)}\n") == value


@given(text)
@example("{{")
def test_any_text_is_one_powershell_literal(value):
    assert safe(ps(value))
    paired = value.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")
    assert literal_argument(f"Test-It {ps(value)}\n") == paired


@pytest.mark.parametrize("value", [None, True, False, 0, 20, -5])
def test_other_scalars_are_powershell_literals(value):
    found = literal_argument(f"Test-It {ps(value)}\n")
    assert (type(found), found) == (type(value), value)


@given(text | st.none() | st.booleans() | st.integers())
@example("{{{ \\{{ }}")
@example("'" * 3 + '"')
def test_any_scalar_is_one_python_literal(value):
    assert safe(py(value))
    assert ast.literal_eval(py(value)) == value


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_text_is_one_python_literal(value):
    assert safe(py(value))
    assert ast.literal_eval(py(value)) == value


def test_a_list_keeps_its_items_apart():
    assert ps(["a", "b'c"]) == "'a', 'b''c'"
    assert ast.literal_eval(py(("a", "b'c"))) == ["a", "b'c"]


@pytest.mark.parametrize("literal", [ps, py])
@pytest.mark.parametrize("value", [1.5, b"x", {"a": 1.5}, object()])
def test_what_has_no_literal_is_an_error(literal, value):
    with pytest.raises(TypeError, match=r"no \w+ literal"):
        literal(value)


@given(text)
@example("{{{{")
def test_a_comment_is_one_harmless_line(value):
    assert safe(comment(value)) or comment(value) == ""
    assert len(comment(value)) <= 400
