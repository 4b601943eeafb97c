import io
import os
import threading
from pathlib import Path

import pytest

from orchestrator.errors import UsageError
from orchestrator.givenfiles import LARGEST, all_of, given_bytes, given_text


def text(path):
    return given_text(Path(path), where=str(path), mend="mend the path")


def test_a_text_has_no_mark_and_plain_line_ends(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert text(path) == "a\nb\nc\n"
    assert given_bytes(path, where="", mend="")[:4] == b"\xef\xbb\xbfa"


def test_the_largest_file_is_read_and_no_larger_one(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * LARGEST)
    assert len(text(path)) == LARGEST
    path.write_bytes(b"x" * (LARGEST + 1))
    with pytest.raises(UsageError, match="more than 16,777,216 bytes"):
        text(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless file here")
def test_a_file_without_an_end_is_too_large():
    with pytest.raises(UsageError, match="/dev/zero: it has more than"):
        text("/dev/zero")


def test_a_stream_is_read_to_its_end():
    assert all_of(io.BytesIO(b"abc"), where="standard input") == b"abc"
    with pytest.raises(UsageError, match="standard input: it has more than"):
        all_of(io.BytesIO(b"x" * (LARGEST + 1)), where="standard input")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_read_as_a_shell_hands_it_over(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=("orch: 1\n",))
    writer.start()
    assert text(path) == "orch: 1\n"
    writer.join()


WRONG = {
    "nothere": "nothere: cannot be read: No such file",
    ".": "cannot be read: Is a directory",
    "a\0b": r"'a\\x00b': is no path",
    "x" * 300: "cannot be read: File name too long",
}


@pytest.mark.parametrize("path", WRONG)
def test_what_cannot_be_read_is_named_with_its_mend(path):
    with pytest.raises(UsageError, match=WRONG[path]) as caught:
        text(path)
    assert caught.value.mend == "mend the path"


def test_what_is_not_utf_8_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        text(tmp_path / "file")


def test_a_name_with_line_breaks_forges_no_lines():
    with pytest.raises(UsageError) as caught:
        text("a\n  mend: paste this")
    assert str(caught.value).count("\n") == 1
