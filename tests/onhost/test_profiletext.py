"""A block goes into a file and out again, and nothing else of it changes by a byte."""

import configparser

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orchestrator.onhost.profiletext import (
    NEW_FILE,
    DamagedBlock,
    as_utf8,
    encoding_of,
    find_block,
    keys_in,
    sections_of,
    with_block,
    without_block,
)

NAME = "switch_test"
LINES = ["[profile switch_test]", "role_arn = arn:aws:iam::222222222222:role/R"]
LINES_2 = ["[profile switch_test]", "role_arn = arn:aws:iam::222222222222:role/Other"]

pieces = st.sampled_from(
    [
        b"[profile switch_test]\n",
        b"[profile switch_test2]\r\n",
        b"[switch_test]\n",
        b"[default]\r\n",
        b"region = ap-northeast-1\n",
        b"role_arn = x\r\n",
        b"# a comment\n",
        "# \u65e5\u672c\u8a9e\r\n".encode("cp932"),
        b"\n",
        b"\r\n",
        b"\r",
        b"   \n",
        b"; c",
        b"key = value",
        b"#| was\n",
        b"# >>> orch other\n",
        b"# <<< orch other\n",
        b"s3 =\n  max_queue_size = 5\n",
    ]
)
files = st.one_of(st.binary(max_size=60), st.lists(pieces, max_size=12).map(b"".join))


def is_free(data):
    try:
        return find_block(data, NAME) is None
    except DamagedBlock:
        return False


@given(files)
def test_what_was_there_comes_back_to_the_byte(before):
    assume(is_free(before))
    after = with_block(before, NAME, LINES)
    assert without_block(after, NAME)[0] == before


@given(files)
def test_in_place_of_a_section_too(before):
    assume(is_free(before))
    after = with_block(before, NAME, LINES, replace=True)
    assert without_block(after, NAME)[0] == before
    assert len(sections_of(after, NAME)) == max(0, len(sections_of(before, NAME)) - 1)


@given(files, st.booleans())
def test_a_second_time_changes_nothing(before, replace):
    assume(is_free(before))
    once = with_block(before, NAME, LINES, replace=replace)
    assert with_block(once, NAME, LINES, replace=replace) == once


@given(files, st.booleans())
def test_another_profile_takes_the_place_of_the_old_one(before, replace):
    assume(is_free(before))
    first = with_block(before, NAME, LINES, replace=replace)
    second = with_block(first, NAME, LINES_2, replace=replace)
    assert with_block(second, NAME, LINES, replace=replace) == first
    assert without_block(second, NAME)[0] == before


@given(files, files)
def test_what_is_written_behind_the_block_stays(before, later):
    assume(is_free(before) and is_free(before + b"\n" + later) and is_free(later))
    after = with_block(before, NAME, LINES) + later
    rest, _ = without_block(after, NAME)
    assert rest.startswith(before)
    assert rest.endswith(later)
    assert rest[len(before) : len(rest) - len(later)] in (b"", b"\n", b"\r\n")


@given(files)
def test_all_else_stands_in_the_new_file(before):
    assume(is_free(before))
    after = with_block(before, NAME, LINES)
    block = find_block(after, NAME)
    assert after.startswith(before)
    assert block.end == len(after)


def test_a_file_that_was_made_goes_with_its_block():
    made = with_block(None, NAME, LINES, NEW_FILE)
    assert made.startswith(b"# >>> orch switch_test (made the file too)\n[profile switch_test]\n")
    assert without_block(made, NAME) == (None, NEW_FILE)
    assert without_block(made + b"[default]\n", NAME) == (b"[default]\n", NEW_FILE)


def test_an_empty_file_that_was_there_stays():
    assert without_block(with_block(b"", NAME, LINES), NAME) == (b"", "")


def test_the_block_has_the_line_ends_of_its_file():
    assert b"[profile switch_test]\r\n" in with_block(b"[default]\r\n", NAME, LINES)
    assert b"\r" not in with_block(b"[default]\n", NAME, LINES)


def test_readers_find_the_profile_and_nothing_else_new():
    before = b"[default]\nregion = x\n[profile switch_test]\na = b\n"
    after = with_block(before, NAME, LINES, replace=True)
    parser = configparser.RawConfigParser()
    parser.read_string(after.decode())
    assert parser.sections() == ["default", "profile switch_test"]
    assert dict(parser["profile switch_test"]) == {"role_arn": "arn:aws:iam::222222222222:role/R"}


@pytest.mark.parametrize(
    "damaged",
    [
        b"# >>> orch switch_test\n[profile switch_test]\n",
        b"# <<< orch switch_test\n",
        b"# <<< orch switch_test\n# >>> orch switch_test\n",
        b"# >>> orch switch_test\n# <<< orch switch_test\n" * 2,
    ],
)
def test_markers_that_are_no_pair_are_not_touched(damaged):
    with pytest.raises(DamagedBlock):
        find_block(damaged, NAME)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (b"[profile switch_test]", True),
        (b"  [ profile   switch_test ]  # c", True),
        (b'[profile "switch_test"]', True),
        (b"[switch_test]", False),
        (b"[Profile switch_test]", False),
        (b"[profile Switch_Test]", False),
        (b"# [profile switch_test]", False),
    ],
)
def test_a_section_is_told_as_the_readers_tell_it(line, names):
    assert bool(sections_of(line + b"\nrole_arn = x\n", NAME)) is names


def test_in_the_credentials_file_the_bare_name_counts():
    data = b"[switch_test]\naws_access_key_id = A\nAWS_SECRET_ACCESS_KEY=s\n  more\n[other]\nx=y\n"
    (section,) = sections_of(data, NAME, credentials=True)
    assert keys_in(data, section) == ["aws_access_key_id", "aws_secret_access_key"]


def test_what_a_file_is_is_told_by_its_first_bytes():
    text = "[default]\r\n# \u65e5\r\n"
    assert encoding_of(text.encode("utf-8-sig")) == "utf-8-bom"
    assert encoding_of(text.encode("utf-16")) == "utf-16"
    assert encoding_of(text.encode("utf-16-le")) == "binary"
    assert encoding_of(text.encode()) == ""
    assert as_utf8(text.encode("utf-16")) == as_utf8(text.encode("utf-8-sig")) == text.encode()
