"""What stands for PowerShell in the cases that were recorded with it.

The agent knows of PowerShell only what it starts, what that writes and how it ends. So a shell
script plays it: mostly it writes and ends as was recorded; where the case is about the script's
file, its environment, its children or its end, it does the same as the PowerShell did.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from support.agent_cases import CASES, replies, text

_AGENTS_LINE = re.compile(r"failed to run commands: .*\Z", re.DOTALL)
_A_RUN = re.compile(r"'a' \* (\d+)")
_LONG = """\
echo before
trap 'echo trapped > TMP/{name}.trap' EXIT TERM INT HUP
sleep 300 & echo $! > TMP/{name}.child
echo $$ > TMP/{name}.self
sleep 60
"""
_DONE = {
    "ps-file": """\
echo "$2"
od -An -v -tx1 -w24 -N24 "$2" | cut -c2-
stat -c '%s %a %U' "$2"
echo "last bytes: $(tail -c4 "$2" | od -An -tx1 | cut -c2-)"
""",
    "ps-60k": 'stat -c %s "$2"\necho end\n',
    "ps-environment": """\
export HOME=/ PATH="TMP/pwsh:$PATH"
modules=share/powershell/Modules
export PSModulePath=/.local/$modules:/usr/local/$modules:TMP/pwsh/Modules
env | grep -v ^PWD= | sort -f
""",
    "ps-processes": 'echo "$0 $*  cwd=$(readlink /proc/$$/cwd)"\n',
    "ps-partial": "echo first\nsleep 8\necho second\n",
    "ps-timeout": _LONG.format(name="t2"),
    "ps-cancel": _LONG.format(name="c2"),
    "ps-bg-holds-stdout": "(sleep 12; echo late) &\necho done\n",
    "ps-stop-process-self": "echo out\nkill -9 $$\n",
}


def play(name: str) -> str:
    """A shell script for this case; empty where it has no PowerShell in it."""
    if name in _DONE:
        return _DONE[name]
    said = [plugin for reply in replies(name) for plugin in reply["plugins"].values()]
    ended = [plugin for plugin in said if plugin.get("name") == "aws:runPowerShellScript"]
    return _as_recorded(name, ended[-1]) if ended else ""


def _as_recorded(name: str, plugin: dict[str, Any]) -> str:
    stdout = text(plugin["standardOutput"])
    if run := _A_RUN.search("\n".join(CASES[name]["given"].get("script", []))):
        stdout = "a" * int(run[1]) + "\n"  # the agent cut it
    stderr = _AGENTS_LINE.sub("", text(plugin["standardError"]))
    return (
        f"printf %s {shlex.quote(stdout)}\n"
        f"printf %s {shlex.quote(stderr)} >&2\n"
        f"exit {plugin['code']}\n"
    )
