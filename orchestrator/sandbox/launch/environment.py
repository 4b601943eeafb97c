"""The environment of a command in the sandbox: the standard variables, and none of the user's."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from orchestrator.sandbox import world
from orchestrator.sandbox.launch.files import UserFolder

_LOOPBACK = "127.0.0.1,localhost"


def sandbox_variables(
    folder: UserFolder, *, region: str, urls: Mapping[str, str], clock_url: str, no_proxy: str
) -> Mapping[str, str]:
    """The variables that lead an unmodified command to the sandbox.

    ``urls`` are by service, as AWS's variables name it in small letters; ``aws`` is for the others.
    ``clock_url`` is where SSM's clock can be moved.
    """
    endpoints = {
        f"AWS_ENDPOINT_URL_{service.upper()}": url
        for service, url in urls.items()
        if service != "aws"
    }
    proxies = ",".join(filter(None, (no_proxy, _LOOPBACK)))
    return {
        "AWS_CONFIG_FILE": str(folder.config),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder.credentials),
        "AWS_PROFILE": world.OPERATOR,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": urls["aws"],
        **endpoints,
        "AWS_EC2_METADATA_DISABLED": "true",
        "ORCH_CONFIG": str(folder.settings),
        "ORCH_STATE_DIR": str(folder.state),
        "ORCH_SANDBOX_DIR": str(folder.root),
        "ORCH_SANDBOX_CLOCK": clock_url,
        "NO_PROXY": proxies,
        "no_proxy": proxies,
    }


def child_environment(user: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """The user's environment with the sandbox's variables in place of every ``AWS_`` one."""
    kept = {name: value for name, value in user.items() if not is_aws(name)}
    return {**kept, **variables}


def is_aws(name: str) -> bool:
    """Whether a variable is one of AWS's tools. Windows does not tell letter cases apart."""
    return name.upper().startswith(("AWS_", "_X_AMZN_"))


def export_lines(
    user: Mapping[str, str], variables: Mapping[str, str], *, powershell: bool
) -> list[str]:
    """Lines to paste into a shell; they also unset what would lead elsewhere."""
    stale = sorted(name for name in user if is_aws(name) and name not in variables)
    if powershell:
        gone = [f"Remove-Item Env:{name}" for name in stale]
        return gone + [f"$env:{name} = {_quoted(value)}" for name, value in variables.items()]
    gone = [f"unset {name}" for name in stale]
    return gone + [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
