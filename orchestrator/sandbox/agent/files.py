"""The files of one command on its host: the script as the agent writes it, and its output."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator.sandbox.agent.cuts import STREAM
from orchestrator.sandbox.parts import Host, Job

_SCRIPTS = {
    "aws:runPowerShellScript": ("_script.ps1", codecs.BOM_UTF8),
    "aws:runShellScript": ("_script.sh", b""),
}
_DATA = {"Windows": "ProgramData/Amazon/SSM/InstanceData"}
_DATA_ELSEWHERE = "var/lib/amazon/ssm"


def write_job(
    host: Host,
    command_id: str,
    plugin: str,
    lines: Sequence[str],
    environment: Mapping[str, str],
) -> Job:
    """Write the script into the command's orchestration folder, as the agent lays it out.

    The lines are joined by LF with one at the end; a CR that stands in them stays.
    """
    name, mark = _SCRIPTS[plugin]
    folder = _private(host.folder, _orchestration(host, command_id, plugin))
    script = folder / name
    script.write_bytes(mark + ("\n".join(lines) + "\n").encode("utf-8", "replace"))
    script.chmod(0o700)
    return Job(script, folder, environment)


def read_output(folder: Path) -> tuple[bytes, bytes]:
    """As much of standard output and standard error as can matter."""
    return _begin_of(folder / "stdout"), _begin_of(folder / "stderr")


def _orchestration(host: Host, command_id: str, plugin: str) -> Path:
    data = _DATA.get(host.platform, _DATA_ELSEWHERE)
    step = plugin.replace(":", "")
    return Path(data, host.instance_id, "document", "orchestration", command_id, step, f"0.{step}")


def _private(root: Path, inner: Path) -> Path:
    """The folder below the root, each new one of its parents closed to other users."""
    folder = root
    for part in inner.parts:
        folder /= part
        folder.mkdir(mode=0o700, exist_ok=True, parents=True)
    return folder


def _begin_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(STREAM)
    except FileNotFoundError:
        return b""
