"""Points of the profile files that no recorded case holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.sandbox.host.standin.errors import CmdletError
from orchestrator.sandbox.host.standin.profiles import find_profile

KEYS = "role_arn = arn:x\ncredential_source = Ec2InstanceMetadata\n"


def find(folder: Path, name: str = "p", *, config: str = "", credentials: str = ""):
    (folder / "config").write_text(config)
    (folder / "credentials").write_text(credentials)
    return find_profile(name, folder / "config", folder / "credentials")


def test_the_default_section_needs_no_prefix(tmp_path):
    assert find(tmp_path, "default", config=f"[default]\n{KEYS}").role_arn == "arn:x"


def test_the_credentials_file_wins(tmp_path):
    both = find(
        tmp_path, config=f"[profile p]\n{KEYS}", credentials="[p]\nrole_arn = arn:credentials\n"
    )
    assert both.role_arn == "arn:credentials"


def test_a_comment_takes_a_whole_line(tmp_path):
    text = f"# [profile p]\n[profile p]\n; role_arn = arn:y\n{KEYS}region = r ; not a comment\n"
    assert find(tmp_path, config=text).role_arn == "arn:x"


def test_a_session_name_is_kept(tmp_path):
    found = find(tmp_path, config=f"[profile p]\n{KEYS}role_session_name = mine\n")
    assert found.session_name == "mine"


def test_an_unknown_source_is_invalid_and_says_which(tmp_path):
    wrong = "[profile p]\nrole_arn = arn:x\ncredential_source = Nowhere\n"
    with pytest.raises(CmdletError, match="Nowhere"):
        find(tmp_path, config=wrong)
