"""The files of one command on its host: scripts as the agent writes them, and their output."""

from __future__ import annotations

import codecs
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from orchestrator.sandbox.agent.cuts import STREAM
from orchestrator.sandbox.agent.document.model import Step
from orchestrator.sandbox.forking import FORKING
from orchestrator.sandbox.parts import Host

STREAMS = ("stdout", "stderr")
_SCRIPTS = {
    "aws:runPowerShellScript": ("_script.ps1", codecs.BOM_UTF8),
    "aws:runShellScript": ("_script.sh", b""),
}
_DATA = {"Windows": "ProgramData/Amazon/SSM/InstanceData"}
_DATA_ELSEWHERE = "var/lib/amazon/ssm"


class Orchestration:
    """The folder of one command below its host's, and what lies in it."""

    def __init__(self, host: Host, command_id: str) -> None:
        self._root = host.folder
        self._is_windows = host.platform == "Windows"
        data = _DATA.get(host.platform, _DATA_ELSEWHERE)
        self._inner = Path(data, host.instance_id, "document", "orchestration", command_id)

    def write_script(self, step: Step, lines: Sequence[str], folder: str = "") -> Path:
        """Write a step's script; ``folder`` is its own below the step's. OSError.

        The lines are joined by LF with one at the end; a CR that stands in them stays.
        """
        name, mark = _SCRIPTS[step.plugin]
        script = self._private(step.folder, folder) / name
        with FORKING:
            script.write_bytes(mark + ("\n".join(lines) + "\n").encode("utf-8", "replace"))
        script.chmod(0o700)
        return script

    def output_folder(self, step: Step, folder: str = "") -> Path:
        """Where a step's output goes: below its plugin's name, whatever its schema. OSError."""
        return self._private(*output_parts(step, folder))

    def remove(self) -> None:
        """Remove all of it, as an agent does when the time is over for which it keeps it."""
        shutil.rmtree(self._root / self._inner, ignore_errors=True)

    def working_directory(self, step: Step, given: str) -> str:
        """What the script is to be started in; empty for the host's own.

        A relative one counts below ``downloads``, and only if it is there.
        """
        kind = PureWindowsPath if self._is_windows else PurePosixPath
        if kind(given).is_absolute():
            return given
        above = self._root / self._inner / (step.folder if step.key == step.plugin else "")
        downloads = above / "downloads" / given
        return str(downloads) if downloads.exists() else ""

    def _private(self, *inner: str) -> Path:
        """The folder below the command's, each new one of its parents closed to other users."""
        folder = self._root
        parts = Path(self._inner, *(part.replace(":", "") for part in inner)).parts
        if ".." in parts or Path(*parts).is_absolute():
            raise OSError(f"failed to create orchestrationDir directory, {Path(*parts)}")
        for part in parts:
            folder /= part
            folder.mkdir(mode=0o700, exist_ok=True, parents=True)
        return folder


def output_parts(step: Step, folder: str) -> tuple[str, str]:
    """The folders that a step's output lies in, on the host and in S3 alike."""
    own = folder if step.key == step.plugin else step.key
    return step.plugin.replace(":", ""), own.replace(":", "")


def end_output(folder: Path, line: str) -> tuple[bytes, bytes]:
    """Add the agent's own line, and read as much of both streams as can matter.

    The line stands without a line end before it. The agent keeps each stream in a second file
    too, from which it makes its reply.
    """
    if line:
        with (folder / "stderr").open("ab") as stderr:
            stderr.write(line.encode("utf-8", "replace"))
    for name in STREAMS:
        path = folder / name
        path.touch(mode=0o600)
        shutil.copy(path, folder / f"{name}Console")
    return _begin_of(folder / "stdout"), _begin_of(folder / "stderr")


def _begin_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(STREAM)
