"""The files that a command in the sandbox finds."""

from __future__ import annotations

import configparser
import tomllib
from types import SimpleNamespace

import pytest

from orchestrator.sandbox.launch.files import UserFolder, write_profiles, write_settings

KEYS = {
    "operator": SimpleNamespace(access_key_id="AKIA1", secret_access_key="s1"),
    "account-a-admin": SimpleNamespace(access_key_id="AKIA2", secret_access_key="s2"),
}


@pytest.fixture
def folder(tmp_path) -> UserFolder:
    return UserFolder(tmp_path)


def test_each_user_has_a_profile_with_a_region_and_keys(folder):
    write_profiles(folder, KEYS, "ap-northeast-1")
    config, credentials = configparser.ConfigParser(), configparser.ConfigParser()
    config.read(folder.config)
    credentials.read(folder.credentials)
    assert config["profile account-a-admin"]["region"] == "ap-northeast-1"
    assert credentials["operator"]["aws_secret_access_key"] == "s1"


def test_keys_are_readable_by_their_owner_alone(folder):
    write_profiles(folder, KEYS, "ap-northeast-1")
    assert folder.credentials.stat().st_mode & 0o777 == 0o600


def test_settings_are_toml_whatever_they_hold(folder):
    odd = 'a "quoted" \\ name'
    write_settings(folder, {"role_arn": odd}, {"expected_account": "222222222222"})
    found = tomllib.loads(folder.settings.read_text())
    assert found == {"role_arn": odd, "set": {"expected_account": "222222222222"}}


def test_without_inputs_there_is_no_table(folder):
    write_settings(folder, {"bucket": "b"}, {})
    assert tomllib.loads(folder.settings.read_text()) == {"bucket": "b"}
