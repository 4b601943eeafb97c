"""Which PowerShell is taken, if any."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import UsageError
from orchestrator.sandbox.host.engines import EngineChoice, find_pwsh


@pytest.fixture
def program(tmp_path) -> Path:
    """A program that, asked for the AWS modules, says that it has none."""
    path = tmp_path / "bin/pwsh"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\nexit 3\n")
    path.chmod(0o755)
    return path


def on_path(program: Path) -> dict[str, str]:
    return {"PATH": str(program.parent), "HOME": "/nonexistent"}


def test_without_pwsh_it_is_the_stand_in():
    assert find_pwsh(EngineChoice.AUTO, {"PATH": "/nonexistent"}) is None


def test_pwsh_that_must_be_and_is_not_is_an_error_with_a_mend():
    with pytest.raises(UsageError, match="no pwsh") as caught:
        find_pwsh(EngineChoice.PWSH, {"PATH": "/nonexistent"})
    assert "ORCH_SANDBOX_PWSH" in caught.value.mend


def test_a_named_program_that_is_not_there_is_an_error():
    with pytest.raises(UsageError, match="no program"):
        find_pwsh(EngineChoice.AUTO, {"ORCH_SANDBOX_PWSH": "/nonexistent/pwsh"})


def test_the_stand_in_can_be_forced(program):
    assert find_pwsh(EngineChoice.STAND_IN, on_path(program)) is None


def test_left_to_choose_pwsh_without_modules_is_not_taken(program):
    assert find_pwsh(EngineChoice.AUTO, on_path(program)) is None


def test_forced_it_is_taken_as_it_is(program):
    assert find_pwsh(EngineChoice.PWSH, on_path(program)).program == program


@pytest.mark.parametrize(
    ("modules", "taken"),
    [
        (["AWS.Tools.SecurityToken", "AWS.Tools.S3"], True),
        (["AWS.Tools.SecurityToken"], False),
        (["AWSPowerShell.NetCore"], True),
        (["Pester"], False),
    ],
)
def test_it_takes_a_pwsh_that_has_the_modules(program, tmp_path, modules, taken):
    for name in modules:
        (tmp_path / "modules" / name).mkdir(parents=True)
    found = find_pwsh(
        EngineChoice.AUTO, on_path(program) | {"PSModulePath": str(tmp_path / "modules")}
    )
    assert (found is not None) is taken
    if found:
        assert found.module_path.startswith(str(tmp_path / "modules"))


@pytest.mark.parametrize(
    ("variable", "folder"), [("HOME", "home/.local/share"), ("XDG_DATA_HOME", "data")]
)
def test_the_users_own_modules_are_found(program, tmp_path, variable, folder):
    modules = tmp_path / folder / "powershell/Modules"
    (modules / "AWSPowerShell.NetCore").mkdir(parents=True)
    where = tmp_path / folder.partition("/")[0]
    found = find_pwsh(EngineChoice.AUTO, on_path(program) | {variable: str(where)})
    assert str(modules) in found.module_path.split(":")


def test_a_wrapper_that_says_that_it_has_modules_is_believed(program):
    program.write_text("#!/bin/sh\nexit 0\n")
    assert find_pwsh(EngineChoice.AUTO, on_path(program)).program == program


def test_the_variable_wins_over_the_path(program, tmp_path):
    other = tmp_path / "other-pwsh"
    other.write_text("#!/bin/sh\nexit 0\n")
    other.chmod(0o755)
    found = find_pwsh(EngineChoice.PWSH, on_path(program) | {"ORCH_SANDBOX_PWSH": str(other)})
    assert found.program == other
