"""The AWS CLI of a host: asked, and its errors understood.

They are botocore's, printed in botocore's own words, which are never translated.
"""

import json
import os
import re
import shutil
import subprocess
from typing import Any, Dict, List, Mapping, Optional

CLI_WORDS = (
    (r"The config profile \(.*\) could not be found", "ProfileNotFound"),
    (r"Unable to parse config file", "ConfigParseError"),
    (r"contains both source_profile and credential_source", "InvalidConfigError"),
    (
        r"The (credential|source)[ _](source|profile) .* (referenced|is specified)",
        "InvalidConfigError",
    ),
    (r"must have credentials|Infinite loop in credential configuration", "InvalidConfigError"),
    (r"Partial credentials found in", "PartialCredentialsError"),
    (r"Unable to locate credentials", "NoCredentialsError"),
    (r"Error when retrieving credentials from", "CredentialRetrievalError"),
    (r"Error retrieving metadata", "MetadataRetrievalError"),
    (r"You must specify a region", "NoRegionError"),
    (r"(Could not connect to|[Tt]imeout on) (the )?endpoint URL", "ConnectionError"),
    (
        r"Connection was closed before|SSL validation failed|Failed to connect to proxy",
        "ConnectionError",
    ),
)
CLI_CODE = r"An error occurred \(([A-Za-z0-9.]+)\) when calling the ([A-Za-z0-9]+) operation"
CLI_SECONDS = 120


class CliError(Exception):
    """The CLI gave no answer. ``chain`` names what kept it, as a chain of exceptions would."""

    def __init__(self, chain: List[str], text: str, code: str = "", operation: str = "") -> None:
        super().__init__(text)
        self.chain = chain
        self.code = code or None
        self.operation = operation or None


def find_aws(environment: Mapping[str, str]) -> Optional[str]:
    """The program, or None."""
    found = shutil.which("aws", path=environment.get("PATH", os.defpath))
    return os.path.abspath(found) if found else None


def cli_environment(folder: str, environment: Mapping[str, str]) -> Dict[str, str]:
    """The environment with a home for the CLI in the run's own folder, which is made.

    There it keeps the keys of roles that it has assumed, and finds none from before. The files that
    it is to go by must be named in the environment.
    """
    home = os.path.join(folder, "home")
    os.makedirs(home, 0o700, exist_ok=True)
    return dict(environment, HOME=home, USERPROFILE=home)


def cli_version(program: str, environment: Mapping[str, str]) -> Optional[str]:
    """What it says of itself: ``aws-cli/2.17.0 Python/3.11.8 ...``, its first word."""
    try:
        said = _run([program, "--version"], environment, 60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = (said.stdout or said.stderr).split()
    return words[0][:60] if words else None


def ask_aws(program: str, arguments: List[str], environment: Mapping[str, str]) -> Any:
    """The answer to a command, parsed. CliError where there is none."""
    more = ["--output", "json", "--cli-connect-timeout", "5", "--cli-read-timeout", "20"]
    try:
        end = _run([program, *arguments, *more], environment, CLI_SECONDS)
    except subprocess.TimeoutExpired:
        text = "the AWS CLI gave no answer within %d s" % CLI_SECONDS
        raise CliError(["orch.Unreachable"], text) from None
    if end.returncode == 0:
        return json.loads(end.stdout) if end.stdout.strip() else None
    raise cli_error(end.returncode, end.stderr.strip())


def _run(
    command: List[str], environment: Mapping[str, str], seconds: int
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        env=dict(environment),
        # Where somebody runs, Windows removes no folder: nothing comes back there unseen.
        cwd=environment.get("HOME"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        errors="replace",
        timeout=seconds,
        check=False,
    )


def cli_error(code: int, said: str) -> CliError:
    """What the CLI's exit code and its words mean."""
    chain = ["awscli.exit-%d" % code]
    found = re.search(CLI_CODE, said)
    if found:
        return CliError([*chain, "botocore.exceptions.ClientError"], said, found[1], found[2])
    for words, name in CLI_WORDS:
        if re.search(words, said):
            return CliError([*chain, "botocore.exceptions." + name], said)
    return CliError(chain, said)
