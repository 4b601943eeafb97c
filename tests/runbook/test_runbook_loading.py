import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import UsageError
from orchestrator.model.enums import Operator, Phase
from orchestrator.model.runbook import Wanted
from orchestrator.runbook import find, load, names, source_text

SMALL = """
orch: 1
name: small
description: One check.
profile: {name: p, role_arn: "arn:aws:iam::222222222222:role/R"}
checks:
  - check: identity
    before: {session: {equals: "${instance_id}"}, role: absent}
    after: {arn: changed, account: {equals: "011111111111"}}
"""


def test_expectations_keep_their_phase_operator_and_value():
    (check,) = load(SMALL, "small.yaml").checks
    assert check.wanted == (
        Wanted(Phase.BEFORE, "session", Operator.EQUALS, "${instance_id}"),
        Wanted(Phase.BEFORE, "role", Operator.ABSENT),
        Wanted(Phase.AFTER, "arn", Operator.CHANGED),
        Wanted(Phase.AFTER, "account", Operator.EQUALS, "011111111111"),
    )


@pytest.mark.parametrize("name", names())
def test_a_built_in_runbook_is_right(name):
    assert find(name).name == name


def test_the_built_in_runbook_asks_for_the_role_and_the_bucket_alone():
    needed = [item.name for item in find("switch-role").inputs if item.default is None]
    assert needed == ["role_arn", "bucket"]


def test_folded_text_is_one_line_of_printable_characters():
    assert find("switch-role").description.isprintable()


def test_a_runbook_is_found_by_its_path(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text("\ufeff" + SMALL, encoding="utf-8")
    assert find(str(path)).source == str(path)


def test_an_unknown_name_lists_the_names_there_are():
    with pytest.raises(UsageError, match="no built-in runbook 'switch-rol'") as caught:
        find("switch-rol")
    assert "did you mean switch-role?" in caught.value.mend


def test_a_missing_file_is_told_by_its_path(tmp_path):
    with pytest.raises(UsageError, match=r"none\.yaml: cannot be read: No such file"):
        find(str(tmp_path / "none.yaml"))


def test_a_file_in_another_encoding_is_told(tmp_path):
    path = tmp_path / "sjis.yaml"
    path.write_bytes("description: \u30c6\u30b9\u30c8".encode("shift_jis"))
    with pytest.raises(UsageError, match="not UTF-8"):
        source_text(str(path))


def laughs(levels):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, levels)]
    return "\n".join(lines)


BOMBS = {
    "laughs": laughs(12),
    "flow": "[" * 60_000,
    "mappings": "{a: " * 16_000,
    "blocks": "\n".join(" " * i + "a:" for i in range(340)),
    "sequences": "- " * 32_000,
    "questions": "? " * 32_000,
    "keys": "\n".join(f"k{i}: 1" for i in range(7_000)),
    "one key": "\n".join("k: 1" for i in range(9_000)),
    "digits": f"orch: {'9' * 65_000}",
    "too large": "a" * 70_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_bounded_time(name):
    begun = time.process_time()
    with pytest.raises(UsageError) as caught:
        load(BOMBS[name], "bomb.yaml")
    assert time.process_time() - begun < 10
    assert len(str(caught.value)) < 20_000


@given(st.text(max_size=200))
def test_any_text_is_a_runbook_or_a_usage_error(text):
    with pytest.raises(UsageError):
        load(text, "any.yaml")


def mistake(text):
    try:
        load(text, "changed.yaml")
    except UsageError as error:
        return str(error)
    return None


@given(st.integers(0, len(SMALL) - 1), st.text(max_size=3))
def test_any_change_of_a_runbook_is_a_runbook_or_a_usage_error(place, text):
    message = mistake(SMALL[:place] + text + SMALL[place + 1 :])
    assert message is None or (message.startswith("changed.yaml") and "mend: " in message)


def test_control_characters_of_a_file_reach_no_terminal():
    message = mistake(SMALL.replace("check: identity", 'check: "\\e[31m"'))
    assert "\x1b" not in message
    assert "\\x1b[31m" in message


def test_of_very_many_mistakes_the_first_are_listed():
    message = mistake("\n".join(f"k{i}: 1" for i in range(200)))
    assert "205 mistakes, the first 50:" in message
    assert message.count("mend: ") == 50
