"""The installed `orch` as a process, as a person runs it."""

import os
import subprocess

import pytest

from support.processes import INSTANCE, call, standing


@pytest.fixture(scope="session")
def run_scenario():
    """`orch run` in a sandbox with that scenario: one process tree, from start to end."""

    def run(scenario, *options, engine="stand-in"):
        return call(
            "orch",
            *("sandbox", "exec", "--engine", engine, "--scenario", scenario, "--"),
            *("orch", "run", "--instance", INSTANCE, "--output", "json", *options),
            timeout=600 if engine == "pwsh" else 120,
        )

    return run


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    """A healthy sandbox that all tests of this worker share; whoever breaks it mends it."""
    options = ("--engine", "stand-in", "--stack-delay", "0")
    with standing(tmp_path_factory.mktemp("shared"), *options) as found:
        yield found


@pytest.fixture(scope="session")
def pwsh():
    """A real PowerShell with the AWS modules; the test is skipped where there is none."""
    import shutil

    program = os.environ.get("ORCH_SANDBOX_PWSH") or shutil.which("pwsh")
    if not program:
        pytest.skip("no pwsh: neither ORCH_SANDBOX_PWSH nor PATH names one")
    asked = (
        "exit [int](-not (Get-Module -ListAvailable "
        "AWS.Tools.SecurityToken,AWSPowerShell.NetCore,AWSPowerShell))"
    )
    if subprocess.run([program, "-NoProfile", "-Command", asked], check=False).returncode:
        pytest.skip(f"{program} has no AWS modules on PSModulePath")
    return program
