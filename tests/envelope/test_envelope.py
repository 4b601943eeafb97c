import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.envelope import LIMIT, beginnings, find, pack
from orchestrator.model.evidence import NoEvidence

SHA = "0123456789abcdef" * 4
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def reason(output):
    found = find(output, SHA)
    assert isinstance(found, NoEvidence)
    return found.reason


CUT = {
    "all of standard output": "noise\n--output truncated--",
    "a page": "noise\n---Output truncated---\n----------ERROR-------\nno",
    "standard error alone": "noise\n----------ERROR-------\nno\n---Error truncated----",
    "words about it": "it said ---Output truncated--- and went on",
}


@pytest.mark.parametrize("name", CUT)
def test_what_the_agent_cut_off_is_not_called_missing(name):
    whole = name in {"standard error alone", "words about it"}
    assert reason(CUT[name]) == ("missing" if whole else "truncated")


def framed(raw: bytes) -> str:
    return f"ORCH1:{SHA[:8]}:{base64.b64encode(raw).decode()}:END"


@given(st.dictionaries(st.text(), JSON), st.text(), st.text())
def test_what_is_packed_is_found_whatever_is_printed_around_it(data, before, after):
    assert find(f"{before}\n{pack(SHA, data)}\n{after}", SHA) == data


def test_it_is_one_line_of_ascii():
    line = pack(SHA, {"user": "\u5c71\u7530"})
    assert line.isascii()
    assert "\n" not in line


def test_the_same_envelope_printed_twice_is_one():
    line = pack(SHA, {"a": 1})
    assert find(f"{line}\n{line}", SHA) == {"a": 1}


@given(st.integers(min_value=20, max_value=200), st.sampled_from(["\n", "\r\n"]))
def test_a_line_that_was_broken_on_its_way_is_whole(width, newline):
    line = pack(SHA, {"a": "b" * 100, "c": list(range(50))})
    broken = newline.join(line[at : at + width] for at in range(0, len(line), width))
    assert find(f"noise{newline}{broken}{newline}noise", SHA) == {
        "a": "b" * 100,
        "c": list(range(50)),
    }


def test_two_different_envelopes_are_ambiguous():
    assert reason(pack(SHA, {"a": 1}) + pack(SHA, {"a": 2})) == "ambiguous"


def test_an_envelope_of_another_plan_is_foreign():
    assert reason(pack("f" * 64, {"a": 1})) == "foreign"


def test_a_forged_envelope_of_another_plan_does_not_hide_the_right_one():
    assert find(pack("f" * 64, {"a": 2}) + pack(SHA, {"a": 1}), SHA) == {"a": 1}


def test_no_envelope_at_all():
    assert reason("hello") == "missing"


def test_every_cut_is_seen():
    line = pack(SHA, {"a": "b" * 50})
    for end in range(len("ORCH1:01234567:"), len(line) - 1):
        assert reason(line[:end]) == "truncated"


@pytest.mark.parametrize(
    "raw",
    [b"", b"not gzip", gzip.compress(b"{"), gzip.compress(b"[1]"), gzip.compress(b"{}")[:-4]],
    ids=["empty", "no gzip", "no json", "no object", "cut gzip"],
)
def test_what_cannot_be_unfolded_is_malformed_and_no_traceback(raw):
    assert reason(framed(raw) if raw else f"ORCH1:{SHA[:8]}:AAAA:END") == "malformed"


def test_a_bomb_is_not_unfolded():
    assert reason(framed(gzip.compress(b'{"a":"' + b"0" * (LIMIT * 2) + b'"}'))) == "malformed"


def test_deep_nesting_is_no_traceback():
    deep = "[" * 100_000 + "]" * 100_000
    assert reason(framed(gzip.compress(json.dumps({"a": 1}).replace("1", deep).encode()))) == (
        "malformed"
    )


def test_of_each_envelope_the_beginning_is_seen_where_the_end_is_cut():
    one, other = pack(SHA, {"a": 1}), pack(SHA, {"b": 2})
    assert beginnings("noise") == ()
    found = beginnings(f"noise {one[:30]}\r\n{one[30:]} noise {other[:40]}--output truncated--")
    assert found == (one.removesuffix(":END").rstrip("="), other[:40])
