"""An emulated instance: a folder on this machine, and programs that really run."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.host.commands import between, program_for
from orchestrator.sandbox.host.engines import Pwsh
from orchestrator.sandbox.host.environment import HostFolder, host_environment
from orchestrator.sandbox.host.modules import install
from orchestrator.sandbox.host.process import Command, Groups, ProcessRun
from orchestrator.sandbox.host.site import write_site
from orchestrator.sandbox.parts import Job, NotStartedError


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every host of a sandbox shares.

    ``user`` are the user's variables, of which a script sees only what programs need to start.
    """

    aws_url: str
    pwsh: Pwsh | None = None
    user: Mapping[str, str] = field(default_factory=dict)


def seen_past_itself(url: str) -> str:
    """AWS's endpoint by another name than the host's own address: exceptions are made by name."""
    return url.replace("127.0.0.1", "localhost")


_NO_BOTO3 = "raise ImportError('this host has no boto3')\n"
_NAMES = {"Windows": "EC2AMAZ-{}", "Linux": "ip-10-0-0-11.ap-northeast-1.compute.internal"}


class EmulatedHost:
    """A host as its agent sees it; see `parts.Host`.

    ``imds_url`` is where its metadata are, ``endpoints`` where a service is that has not the usual
    address here (``sts`` to its URL), ``proxy_url`` its proxy, if it has one.
    ``permitted`` says whether its role lets its agent be.
    """

    def __init__(
        self,
        instance_id: str,
        folder: Path,
        surroundings: Surroundings,
        *,
        imds_url: str,
        groups: Groups,
        platform: str = "Windows",
        behaviour: Behaviour | None = None,
        endpoints: Mapping[str, str] | None = None,
        proxy_url: str = "",
        permitted: Callable[[], bool] = lambda: True,
    ) -> None:
        self.instance_id = instance_id
        self.platform = platform
        self.name = _NAMES[platform].format(instance_id[-7:].upper())
        self.folder = folder
        self.behaviour = behaviour or Behaviour()
        self._surroundings = surroundings
        self._imds_url = imds_url
        self._endpoints = endpoints or {}
        self._proxy_url = proxy_url
        self._permitted = permitted
        self._groups = groups
        self._runs: list[ProcessRun] = []
        self.own = HostFolder(folder, self.platform)
        self.own.make()
        self._install_programs()
        write_site(folder, self.own.site, self.behaviour)
        if self.modules is not None:
            install(self.modules, self.behaviour.modules)
        if not self.behaviour.has_boto3:
            (self.own.site / "boto3.py").write_text(_NO_BOTO3, encoding="utf-8")

    def _install_programs(self) -> None:
        """A Python that has boto3, and the AWS CLI where this machine has one."""
        self.own.install("python", Path(sys.executable))
        places = (str(Path(sys.executable).parent), self._surroundings.user.get("PATH", ""))
        if aws := shutil.which("aws", path=os.pathsep.join(places)):
            self.own.install("aws", Path(aws))

    @property
    def modules(self) -> Path | None:
        """The folder of its PowerShell modules; None where it has none, or a real PowerShell."""
        is_ours = self.platform == "Windows" and self._surroundings.pwsh is None
        return self.own.modules if is_ours else None

    @property
    def online(self) -> bool:
        """Whether its agent can be reached."""
        return self.behaviour.online and self._permitted()

    @property
    def start_delay(self) -> float:
        """Seconds between the command's arrival and the script's start."""
        return self.behaviour.start_delay

    def launch(self, job: Job) -> ProcessRun:
        """Start the script with the program that the host has for it."""
        if self.platform != "Windows" and job.script.suffix == ".ps1" and not self._has_pwsh:
            raise NotStartedError('exec: "pwsh": executable file not found in $PATH')
        environment = {**self._environment(), **job.environment}
        program = program_for(job.script, environment, self._surroundings.pwsh)
        command = Command(
            argv=between(self.behaviour.between, program.argv),
            environment=environment,
            cwd=self._directory(job.working_directory),
            stdin=program.stdin,
            exits=program.exits,
            before=self.behaviour.says_before,
            after=self.behaviour.says_after,
        )
        run = ProcessRun(command, job.folder, self._groups)
        self._runs.append(run)
        return run

    def kill_all(self) -> None:
        """Kill every script that still runs."""
        for run in self._runs:
            run.kill()

    def wait_for_all(self, seconds: float) -> None:
        """Wait until no script runs any more, for so many seconds each at most."""
        for run in self._runs:
            run.wait(seconds)

    @property
    def _has_pwsh(self) -> bool:
        return self._surroundings.pwsh is not None

    def _directory(self, given: str) -> Path:
        """A directory of the host's drive C: lies in its folder."""
        if not given:
            return self.own.home
        inner = [part for part in PureWindowsPath(given).parts[1:] if part != ".."]
        return self.folder.joinpath(*inner)

    def _environment(self) -> Mapping[str, str]:
        around = self._surroundings
        found = host_environment(
            self.own,
            around.user,
            computer=self.name,
            aws_url=seen_past_itself(around.aws_url) if self._proxy_url else around.aws_url,
            imds_url=self._imds_url,
            platform=self.platform,
        )
        odd = {f"AWS_ENDPOINT_URL_{name.upper()}": url for name, url in self._endpoints.items()}
        modules = {"PSModulePath": around.pwsh.module_path} if around.pwsh else {}
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), self._proxy_url)
        more = proxies if self._proxy_url else {}
        return {**found, **odd, **modules, **more, **self.behaviour.variables}
