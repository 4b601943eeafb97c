"""The installed `orch` as a process, as a person runs it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
INSTANCE = "i-0d176f4a5f9738429"


@dataclass(frozen=True)
class Ended:
    """A process that ended."""

    code: int
    out: str
    err: str

    @property
    def report(self):
        return json.loads(self.out)


def environment(**changes):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "ORCH_"))}
    if "ORCH_SANDBOX_PWSH" in os.environ:
        kept["ORCH_SANDBOX_PWSH"] = os.environ["ORCH_SANDBOX_PWSH"]
    return kept | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | changes


def call(*words, timeout=120, **changes):
    """Run the words, whole, with no terminal and no standard input."""
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        env=environment(**changes),
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def run_scenario():
    """`orch run` in a sandbox with that scenario: one process tree, from start to end."""

    def run(scenario, *options, engine="stand-in"):
        return call(
            "orch",
            *("sandbox", "exec", "--engine", engine, "--scenario", scenario, "--"),
            *("orch", "run", "--instance", INSTANCE, "--output", "json", *options),
        )

    return run


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
