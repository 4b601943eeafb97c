import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.kinds.wildcards import dotnet_regex, fits

IN_ONE_UNIT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("arn:aws:sts::1:assumed-role/R/i-0d17", "*:assumed-role/R/*"),
        ("", "*"),
        ("a", "?"),
        ("a\nb", "a?b"),
        ("a.b", "a.b"),
        ("[x]", "[x]"),
        ("\u30d7\u30ed", "??"),
    ],
)
def test_the_whole_text_fits(text, pattern):
    assert fits(text, pattern)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [("ab", "a"), ("a", "A"), ("axb", "a.b"), ("", "?"), ("a\n", "a"), ("a\u200bb", "ab")],
)
def test_near_is_not_enough(text, pattern):
    assert not fits(text, pattern)


@given(IN_ONE_UNIT, IN_ONE_UNIT)
@example("a\n", "a")
@example("a]b", "a]b")
@example("x", "*?*")
def test_the_hosts_expression_means_the_same(text, pattern):
    # Python has no strict \z before 3.14; its \Z is what .NET calls \z.
    made = dotnet_regex(pattern)
    assert made.isascii()
    assert (re.search(made.replace(r"\z", r"\Z"), text) is not None) is fits(text, pattern)


def test_two_units_are_written_as_two():
    assert dotnet_regex("\U0001f600") == r"\A(?s:\ud83d\ude00)\z"
