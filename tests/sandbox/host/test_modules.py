"""A host's modules are folders: what is found there, and what a script would load."""

from __future__ import annotations

import pytest

from orchestrator.sandbox.host.modules import USUAL, install, loaded, newest, versions

PAIR = ("AWS.Tools.S3", "AWS.Tools.SecurityToken")


@pytest.fixture
def host(tmp_path):
    """The environment of a host with a folder for modules, and the folder."""
    return {"PSModulePath": f"{tmp_path / 'none'}:{tmp_path}"}, tmp_path


def test_the_usual_modules_are_loaded(host):
    environment, folder = host
    install(folder, USUAL)
    assert loaded(PAIR, environment) == ("AWS.Tools", "4.1.81")


def test_a_host_without_modules_has_none(host):
    environment, _ = host
    assert loaded(PAIR, environment) is None
    assert newest("AWS.Tools.S3", environment) is None
    assert loaded(PAIR, {}) is None


def test_the_pair_is_loaded_in_the_newest_version_that_both_have(host):
    environment, folder = host
    for version in ("4.1.9", "4.1.10"):
        install(folder, dict.fromkeys(PAIR, version))
    install(folder, {PAIR[0]: "5.0.0"})
    assert loaded(PAIR, environment) == ("AWS.Tools", "4.1.10")
    assert newest(PAIR[0], environment) == "5.0.0"


@pytest.mark.parametrize("family", ["AWSPowerShell.NetCore", "AWSPowerShell"])
def test_half_a_pair_is_none_and_a_module_of_all_services_stands_in(host, family):
    environment, folder = host
    install(folder, {PAIR[0]: "4.1.81"})
    assert loaded(PAIR, environment) is None
    install(folder, {"AWSPowerShell": "3.3.1"})
    install(folder, {family: "4.1.2"})
    assert loaded(PAIR, environment) == (family, "4.1.2")


def test_what_powershell_does_not_list_is_not_found(host):
    environment, folder = host
    install(folder, {"Other.Name": "1.0"})
    folder.joinpath("Other.Name/1.0").rename(folder / "Other.Name/2.0")
    assert versions("Other.Name", environment) == {}
    folder.joinpath("Bare").mkdir()
    assert versions("Bare", environment) == {}
    folder.joinpath("Bare/Bare.psd1").write_text("@{ RootModule = 'x' }")
    assert versions("Bare", environment) == {}
    folder.joinpath("Bare/Bare.psd1").write_text("@{\n  ModuleVersion = '1.2'\n}")
    assert versions("bare", environment) == {(1, 2, 0, 0): "1.2"}
