"""What the stand-in finds under a profile's name: the .NET reader, on this host's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.sandbox.host.standin.errors import CmdletError
from orchestrator.sandbox.host.standin.profiles import INSTANCE, find_profile

ROLE = "arn:aws:iam::222222222222:role/Test-Switch-Role"
KEYS = f"role_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n"


def find(folder: Path, text: str, name: str = "p", **environment: str):
    path = folder / "config"
    path.write_text(text)
    return find_profile(name, {"AWS_CONFIG_FILE": str(path), **environment})


def test_a_profile_is_found_where_the_variable_leads(tmp_path):
    found = find(tmp_path, f"[profile p]\n{KEYS}role_session_name = mine\n")
    assert (found.role_arn, found.session_name, found.source) == (ROLE, "mine", INSTANCE)


def test_a_profile_is_found_in_the_home_folder(tmp_path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text(f"[profile p]\n{KEYS}")
    assert find_profile("p", {"HOME": str(tmp_path)}).role_arn == ROLE


def test_no_file_has_it(tmp_path):
    assert find(tmp_path, f"[profile other]\n{KEYS}") is None
    assert find_profile("p", {"HOME": str(tmp_path / "nowhere")}) is None


def test_the_files_are_read_anew_each_time(tmp_path):
    assert find(tmp_path, "") is None
    assert find(tmp_path, f"[profile p]\n{KEYS}") is not None


def test_an_unknown_source_throws_as_the_sdk_does(tmp_path):
    with pytest.raises(CmdletError, match=r"Nowhere.* \| .*Nowhere") as caught:
        find(tmp_path, KEYS.join(["[profile p]\n", ""]).replace("Ec2InstanceMetadata", "Nowhere"))
    assert caught.value.chain == ("System.IO.InvalidDataException",) * 2
    assert caught.value.category == "NotSpecified"


def test_metadata_that_is_disabled_throws_before_anybody_is_asked(tmp_path):
    with pytest.raises(CmdletError, match="Unable to retrieve") as caught:
        find(tmp_path, f"[profile p]\n{KEYS}", AWS_EC2_METADATA_DISABLED="true")
    assert caught.value.chain == ("Amazon.Runtime.AmazonServiceException",)
