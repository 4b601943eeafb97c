"""The ways that are programs of the host: the AWS CLI, and boto3 in a Python of its own.

Both are really run, with the script's environment; only PowerShell, which would start them, is
stood in for.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore import xform_name

from orchestrator.checks import Check
from orchestrator.model.procedure import Scalar, Step
from orchestrator.onhost.awscli import CliError, ask_aws, cli_environment, cli_version, find_aws
from orchestrator.sandbox.host.standin.errors import CmdletError

_INNER_SECONDS = 300
_INNER = re.compile(r"ORCHIN:([^\r\n]*):END")
_HAS = "import importlib.util as u, sys; sys.exit(0 if u.find_spec({!r}) else 3)"


class Cli:
    """The host's AWS CLI; ``program`` is None where there is none.

    ``folder`` is the run's own, where the CLI has its home.
    """

    def __init__(self, region: str, environment: Mapping[str, str], folder: Path) -> None:
        self._region = region
        self.program = find_aws(environment)
        self.version = None
        if self.program:
            self._environment = cli_environment(str(folder), environment)
            self.version = cli_version(self.program, self._environment)

    def ask(self, check: Check, step: Step, profile: str | None) -> Mapping[str, Scalar]:
        """Run the check's command; CmdletError, with the CLI's chain, if it gives no answer."""
        assert self.program is not None  # the step is skipped where there is none
        named = ["--profile", profile] if profile else []
        command = [*_command(check, step), *named, "--region", self._region]
        try:
            answer = ask_aws(self.program, command, self._environment)
        except CliError as error:
            raise CmdletError(
                tuple(error.chain), str(error), code=error.code, operation=error.operation
            ) from error
        return check.read(answer or {}, step.params)


def _command(check: Check, step: Step) -> list[str]:
    """As the CLI names services, operations and arguments: ``s3api list-objects --max-keys 1``."""
    service = {"s3": "s3api"}.get(check.service, check.service)
    words = [service, xform_name(check.operation, "-")]
    for name, value in check.request(step.params).items():
        words += [f"--{xform_name(name, '-')}", str(value)]
        if name == "MaxKeys":
            words.append("--no-paginate")
    return words


def ask_inner(source: str, environment: Mapping[str, str]) -> Mapping[str, Any]:
    """What the script's inner Python prints, its texts unmarked.

    Raises:
        CmdletError: there is no Python with boto3 on the host, or it ends without an answer.
    """
    program = find_python(environment, "boto3")
    if program is None:
        text = "there is no Python 3.8 or later with boto3 here"
        raise CmdletError(("orch.PythonMissing",), text)
    end = _run([program, "-X", "utf8", "-"], source, environment)
    found = _INNER.search(end)
    if found is None:
        raise CmdletError(("orch.PythonFailed",), "Python gave no answer")
    said: dict[str, Any] = json.loads(found[1])
    for step in said["steps"]:
        if "value" in step:
            step["value"] = {name: _unmarked(value) for name, value in step["value"].items()}
    return said


def _unmarked(value: Scalar) -> Scalar:
    return value[1:] if isinstance(value, str) else value


def find_python(environment: Mapping[str, str], module: str) -> str | None:
    """The host's first Python that has the module."""
    question = _HAS.format(module)
    for name in ("python", "python3", "py"):
        program = shutil.which(name, path=environment.get("PATH"))
        if program and _run([program, "-X", "utf8", "-c", question], "", environment) != "failed":
            return program
    return None


def _run(command: list[str], text: str, environment: Mapping[str, str]) -> str:
    """What it prints; ``failed`` where it ends with another code than 0, or not in its time."""
    try:
        end = subprocess.run(  # noqa: S603 - the host's own program
            command,
            input=text,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=_INNER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "failed"
    return end.stdout if end.returncode == 0 else "failed"
