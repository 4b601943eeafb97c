"""The texts that attach an agent to the sandbox, and those that put everything back.

What the agent reads of its own is ``amazon-ssm-agent.json`` and its service's environment; scripts
get that environment from it, and so reach the sandbox too. The programs around it are templates.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.resources import templates_folder

CONFIGURATION = "amazon-ssm-agent.json"
DROP_IN = "orch-sandbox.conf"
ENVIRONMENT = "agent.env"
AS_WINDOWS = "/var/lib/orch-sandbox"
"""Where a Linux machine that does for a Windows one has that one's folders."""
_PROGRAMS = ("README.txt", "attach.sh", "detach.sh", "attach.ps1", "detach.ps1")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where an agent finds the sandbox: URLs, without a slash at the end.

    ``admission`` is what has to be asked for once from the agent's machine before its metadata
    answer; empty where nothing has to be.
    """

    ssm: str
    ec2messages: str
    imds: str
    aws: str
    admission: str = ""


def configuration(addresses: Addresses, region: str) -> str:
    """``amazon-ssm-agent.json``. An activation for hybrid machines on the host has no say."""
    settings = {
        "Agent": {"Region": region, "SelfUpdate": False},
        "Identity": {"ConsumptionOrder": ["EC2"]},
        "Mds": {"Endpoint": addresses.ec2messages},
        "S3": {"Endpoint": addresses.aws, "Region": region},
        "Ssm": {"Endpoint": addresses.ssm},
    }
    return json.dumps(settings, indent=4) + "\n"


def environment(addresses: Addresses, region: str, as_windows: str = "") -> Mapping[str, str]:
    """The variables of the agent's service, and so of its scripts. Nothing goes by a proxy.

    ``as_windows`` is a folder where a host that is none has what scripts look for on Windows.
    """
    host = addresses.imds.split("://", 1)[1].rpartition(":")[0].strip("[]")
    return {
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": addresses.imds,
        "AWS_ENDPOINT_URL": addresses.aws,
        "AWS_ENDPOINT_URL_IAM": addresses.aws,
        "AWS_ENDPOINT_URL_S3": addresses.aws,
        "AWS_ENDPOINT_URL_SSM": addresses.ssm,
        "AWS_ENDPOINT_URL_STS": addresses.aws,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "NO_PROXY": host,
        "no_proxy": host,
        **(_of_windows(as_windows) if as_windows else {}),
    }


def _of_windows(folder: str) -> Mapping[str, str]:
    return {
        "HOME": f"{folder}/home",
        # What Windows PowerShell writes as errors has no colours.
        "NO_COLOR": "1",
        "POWERSHELL_TELEMETRY_OPTOUT": "1",
        "ProgramData": f"{folder}/ProgramData",
        "SystemDrive": folder,
        "TEMP": f"{folder}/temp",
        "TMP": f"{folder}/temp",
        "USERNAME": "SYSTEM",
        "USERPROFILE": f"{folder}/home",
    }


def files(
    addresses: Addresses, region: str, instance_id: str, *, as_windows: bool
) -> Mapping[str, str]:
    """All of them, by name. ``as_windows``: also a host that is no Windows is to do for one."""
    folder = AS_WINDOWS if as_windows else ""
    variables = environment(addresses, region, folder)
    # Windows does not tell the letter cases of variables apart.
    own = environment(addresses, region)
    windows = [f"    '{name}={value}'" for name, value in own.items() if name.isupper()]
    folders = " ".join(f"{folder}/{name}" for name in ("home", "ProgramData", "temp"))
    places = {
        "@INSTANCE@": instance_id,
        "@VARIABLES@": ",\n".join(windows),
        "@MAKE@": f"mkdir -p {folders}" if folder else "",
        "@REMOVE@": f"rm -rf {folder}" if folder else "",
    }
    asks = {"sh": "curl -fsS", "ps1": "Invoke-RestMethod"}
    made = {
        CONFIGURATION: configuration(addresses, region),
        DROP_IN: _drop_in(variables),
        ENVIRONMENT: "".join(f"{name}={value}\n" for name, value in variables.items()),
    }
    for name in _PROGRAMS:
        ask = asks.get(name.rpartition(".")[2], "")
        admission = f"{ask} '{addresses.admission}'" if addresses.admission else ""
        text = (templates_folder() / "agent" / name).read_text()
        for place, value in {**places, "@ADMISSION@": admission}.items():
            text = text.replace(place, value)
        made[name] = text
    return made


def _drop_in(variables: Mapping[str, str]) -> str:
    """For systemd, in which a percent sign begins a specifier."""
    lines = "".join(f'Environment="{name}={value}"\n' for name, value in variables.items())
    return "[Service]\n" + lines.replace("%", "%%")
