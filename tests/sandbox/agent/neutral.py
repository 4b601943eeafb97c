"""What scripts say of the machine that they run on is taken out before it is compared."""

from __future__ import annotations

import os
import pwd
import re
import resource
import subprocess
from functools import cache
from pathlib import Path

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BASH = re.compile(r"bash=\[[^]]+\]")
_OWN_PIPE = re.compile(r"0 1 10 2 (3 )?(4 )?\Z")
_GROUP = re.compile(r"pgid=\d+")


def neutral(shown: str, name: str, programs: Path, root: Path) -> str:
    """A text of a case, without this machine's paths and names nor the recording machine's."""
    for ours, theirs in (*_paths(programs, root), *_facts(name)):
        shown = shown.replace(ours, theirs)
    shown = _GROUP.sub("pgid=N", _BASH.sub("bash=[VERSION]", _UUID.sub("COMMAND", shown)))
    if name.endswith("-processes"):
        # Above the script were the agent's own processes, and here are the test's.
        return "".join(line for line in shown.splitlines(keepends=True) if "_script." in line)
    if name == "sh-streams":
        # The shell itself may not yet have closed its ends of the pipe to the next program.
        shown = _OWN_PIPE.sub("0 1 10 2 ", shown)
    return shown.rpartition("\n")[0] if name == "bash-no-shebang" else shown


def _paths(programs: Path, root: Path) -> list[tuple[str, str]]:
    return [
        (f"{programs}:", ""),
        (str(programs), "/usr/bin"),
        (f"{root}/var", "/var"),
        (str(root), "TMP"),
    ]


def _facts(name: str) -> list[tuple[str, str]]:
    user = pwd.getpwuid(os.getuid()).pw_name
    always = [
        ("PLATFORM_NAME=Amazon Linux", "PLATFORM_NAME=Debian GNU/Linux"),
        ("PLATFORM_VERSION=2023", "PLATFORM_VERSION=12"),
        (f" 700 {user}\n", " 700 root\n"),
    ]
    if name != "sh-user":
        return always
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    umask, nice = Path("/proc/self/status").read_text(), os.nice(0)
    masked = re.findall(r"Umask:\s+(\d+)", umask)[0]
    return [
        (f"{_id()}\n", "uid=0(root) gid=0(root) groups=0(root)\n"),
        (f"\n{masked}\nANSI_X3.4-1968\n{nice}\n{files}\n", "\n0022\nANSI_X3.4-1968\n0\n20000\n"),
    ]


@cache
def _id() -> str:
    return subprocess.run(["id"], capture_output=True, text=True, check=True).stdout.strip()
