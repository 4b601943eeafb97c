"""The file that a check carries: read beside the runbook, and nowhere else."""

import os
from pathlib import Path

import pytest

from orchestrator.errors import UsageError
from orchestrator.runbook import find, load
from orchestrator.runbook.library import LARGEST_FILE

TEXT = """\
orch: 1
name: own
description: A script of one's own.
profile:
  name: p
  role_arn: arn:aws:iam::222222222222:role/R
checks:
  - check: script
    with:
      file: {file}
    after:
      ok:
        equals: true
"""


@pytest.fixture
def folder(tmp_path):
    """A runbook's folder, with others beside it."""
    tmp_path.joinpath("outside.py").write_text("secret")
    found = tmp_path / "runbooks"
    found.joinpath("sub").mkdir(parents=True)
    return found


def found(folder, file, text=TEXT):
    path = folder / "own.yaml"
    path.write_text(text.replace("{file}", file))
    return find(str(path))


@pytest.mark.parametrize("name", ["own.py", "sub/own.PS1", "./own.py", 'it\'s "own".py'])
def test_the_text_of_the_file_is_carried(folder, name):
    folder.joinpath(name).write_bytes(b"\xef\xbb\xbfprint('${input}')\r\n# \xe3\x81\x82")
    quoted = "'" + name.replace("'", "''") + "'"
    (check,) = found(folder, quoted).checks
    assert check.params == {"file": name}
    assert check.carried == {"content": "print('${input}')\n# \u3042"}


def refused(folder, file, text=TEXT):
    with pytest.raises(UsageError) as caught:
        found(folder, file, text)
    message = str(caught.value)
    assert "own.yaml:10: checks[0].with.file: " in message
    assert "\n  mend: " in message
    assert "secret" not in message
    return message


def test_a_file_that_is_not_there(folder):
    assert "'none.py' is not there" in refused(folder, "none.py")


def test_a_folder(folder):
    folder.joinpath("sub/x.py").mkdir()
    assert "is no file" in refused(folder, "sub/x.py")


def test_a_pipe_that_nobody_writes_to(folder):
    os.mkfifo(folder / "x.py")
    assert "is no file" in refused(folder, "x.py")


@pytest.mark.parametrize("size", [LARGEST_FILE + 1, 1_000_000])
def test_a_file_that_is_too_long(folder, size):
    folder.joinpath("x.py").write_bytes(b"#" * size)
    assert f"has {size:,} bytes, 16,384 are the most" in refused(folder, "x.py")


def test_a_file_that_is_just_not_too_long(folder):
    folder.joinpath("x.py").write_bytes(b"#" * LARGEST_FILE)
    assert found(folder, "x.py")


def test_a_file_that_may_not_be_read(folder):
    folder.joinpath("x.py").write_text("")
    folder.joinpath("x.py").chmod(0)
    if os.access(folder / "x.py", os.R_OK):
        pytest.skip("this user may read everything")
    assert "cannot be read" in refused(folder, "x.py")


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\x01", b"MZ\x90\x00", b"\xc3("])
def test_a_file_that_is_no_text(folder, data):
    folder.joinpath("x.py").write_bytes(data)
    assert "not UTF-8" in refused(folder, "x.py")


def test_a_file_with_a_nul(folder):
    folder.joinpath("x.py").write_bytes(b"print(1)\0")
    assert "is no text: it holds the character NUL" in refused(folder, "x.py")


@pytest.mark.parametrize(
    "file", ["../outside.py", "sub/../../outside.py", "/etc/passwd", "~/x.py", "C:/x.py", "a.txt"]
)
def test_a_file_that_is_not_the_runbooks_own(folder, file):
    refused(folder, file)


def test_a_link_that_leads_out(folder):
    folder.joinpath("x.py").symlink_to("../outside.py")
    assert "leads out of the runbook's folder" in refused(folder, "x.py")


def test_a_link_that_leads_nowhere(folder):
    folder.joinpath("x.py").symlink_to("x.py")
    refused(folder, "x.py")


def test_a_link_within_the_folder_is_followed(folder):
    folder.joinpath("sub/y.py").write_text("print(1)")
    folder.joinpath("x.py").symlink_to("sub/y.py")
    assert found(folder, "x.py").checks[0].carried == {"content": "print(1)"}


def test_a_reference_cannot_be_known_so_early(folder):
    assert "before any input is known" in refused(folder, "${input}.py")


def test_a_runbook_without_a_folder_has_no_files():
    with pytest.raises(UsageError, match="has no folder"):
        load(TEXT.replace("{file}", "x.py"), "text")


def test_all_mistakes_are_told_together(folder):
    text = TEXT.replace("ok:\n", "no field:\n").replace(
        "    after", "      timeout: soon\n    after"
    )
    with pytest.raises(UsageError, match="3 mistakes") as caught:
        found(folder, "none.py", text)
    assert "this is not a name for a field" in str(caught.value)
    assert "'soon' is not a duration" in str(caught.value)


@pytest.mark.parametrize("name", ["module_version", "profile_listed", "script"])
def test_what_makes_no_call_cannot_be_denied(folder, name):
    folder.joinpath("x.py").write_text("")
    given = {
        "module_version": "module: boto3\n      minimum: '1.0'",
        "profile_listed": "name: p",
        "script": "file: x.py",
    }
    text = TEXT.replace("check: script", f"check: {name}").replace("file: {file}", given[name])
    text = text[: text.index("    after:")] + "    after: denied\n"
    with pytest.raises(UsageError, match=f"the check {name} makes no call that could be refused"):
        found(folder, "x.py", text)


def test_the_built_in_runbooks_carry_nothing():
    assert not any(check.carried for check in find("switch-role").checks)


def test_a_relative_path_is_taken_from_the_runbook(folder, monkeypatch):
    folder.joinpath("x.py").write_text("print(1)")
    folder.joinpath("own.yaml").write_text(TEXT.replace("{file}", "x.py"))
    monkeypatch.chdir(folder.parent)
    assert find("runbooks/own.yaml").checks[0].carried == {"content": "print(1)"}
    monkeypatch.chdir(folder)
    assert find("own.yaml").checks[0].carried == {"content": "print(1)"}
    assert Path("own.yaml").is_file()
