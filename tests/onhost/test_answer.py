"""One JSON value as flat facts: what is taken, and what is no answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.onhost.answer import ScriptError, answer_of, facts_of, given_environment
from orchestrator.onhost.program import ProgramEnd

FACTS = {
    '{"a": 1.50, "b": true, "c": null, "d": "x"}': {"a": "1.50", "b": True, "c": None, "d": "x"},
    '{"when": "2026-01-01T00:00:00Z"}': {"when": "2026-01-01T00:00:00Z"},
    '{"a": [1, {"b": "c d"}], "e": {}}': {"a": '[1,{"b":"c d"}]', "e": "{}"},
    '{"A_1": -0, "b": 1e3}': {"A_1": "-0", "b": "1e3"},
    "{}": {},
    " 12 \n": {"value": "12"},
    '"a\\u00e9\\n"': {"value": "a\u00e9\n"},
    "[1, 2]": {"value": "[1,2]"},
    "[]": {"value": "[]"},
    "null": {"value": None},
    '"\\ud800"': {"value": "\ufffd"},
    '"\\ud83d\\ude00"': {"value": "\U0001f600"},
}
NO_ANSWER = [
    *("", " ", "NaN", "Infinity", "01", "-", "+1", "1.", ".5", "1 2", "tru", "True", "'a'"),
    *('"a', '"a\tb"', '"\\x"', '"\\u12"', "[1,]", "[,]", "[", "]", "[1}", "1,", ":", ",", "1]"),
    *('{"a"}', '{"a":}', '{"a":1,}', "{a:1}", '{"a":1 "b":2}', '{"a":1}{"a":1}', '{"a":1}}'),
    *('{"a": 1, "a": 2}', '{"a": 1, "A": 2}', '{"a": {"b": 1, "b": 2}}', '[{"b": 1, "b": 2}]'),
    *('{"a b": 1}', '{"": 1}', '{"a.b": 1}', '{"\\u0061": 1}', f'{{"{"a" * 65}": 1}}'),
    *("// no\n1", "1 # no", "\u00a01", "[" * 65 + "]" * 65, "[" * 30_000),
]


@pytest.mark.parametrize(("text", "facts"), FACTS.items(), ids=FACTS)
def test_a_value_becomes_flat_facts(text, facts):
    assert facts_of(text) == facts


@pytest.mark.parametrize("text", NO_ANSWER, ids=lambda text: text[:20])
def test_what_is_not_one_plain_value_is_none(text):
    with pytest.raises(ValueError, match=r"JSON|key|levels"):
        facts_of(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_what_is_nested_means_what_it_meant(value, ascii_only):
    text = json.dumps([value], ensure_ascii=ascii_only)
    assert json.loads(facts_of(text)["value"]) == [value]


@given(JSON)
def test_what_is_taken_is_json(value):
    """Whatever is cut off or doubled is no answer, unless Python takes it too."""
    text = json.dumps(value)
    for other in (text[:-1], text[1:], text + text, text + ","):
        try:
            facts_of(other)
        except ValueError:
            continue
        json.loads(other)


def end(output=b"{}", **changes):
    return ProgramEnd(**{"code": 0, "output": output, "flooded": False, "held": False, **changes})


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        (end(code=3010), "orch.ScriptFailed"),
        (end(code=-9), "orch.ScriptFailed"),
        (end(held=True), "orch.ScriptFailed"),
        (end(code=None), "orch.ScriptTimedOut"),
        (end(code=None, flooded=True), "orch.ScriptFlooded"),
        (end(f'"{"a" * 5000}"'.encode()), "orch.ScriptFlooded"),
        (end(b"\xff"), "orch.ScriptNotJson"),
        (end('"a"'.encode("utf-16")), "orch.ScriptNotJson"),
        (end(b""), "orch.ScriptNotJson"),
    ],
)
def test_an_end_without_an_answer_has_a_name(how, kind):
    with pytest.raises(ScriptError) as caught:
        answer_of(how, 5)
    assert caught.value.kind == kind


def test_an_error_says_nothing_of_what_was_printed():
    with pytest.raises(ScriptError) as caught:
        answer_of(end(b'{"LOUD": 1, "LOUD": 2}'), 5)
    assert "LOUD" not in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_answer():
    assert answer_of(end(b"\xef\xbb\xbf1\r\n"), 5) == {"value": "1"}


def test_a_script_finds_the_phase_and_after_the_switch_the_profile():
    before = given_environment({"AWS_REGION": "r"}, "before", None)
    assert before["ORCH_PHASE"] == "before"
    assert "AWS_PROFILE" not in before
    after = given_environment({"AWS_REGION": "r"}, "after", "p")
    assert (after["AWS_PROFILE"], after["ORCH_PROFILE"]) == ("p", "p")
    assert after["AWS_DEFAULT_REGION"] == "r"
