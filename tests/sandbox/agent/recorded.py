"""The recorded cases of the real agent, and which of them are replayed here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "recordings" / "agent-cases.json"
CASES: dict[str, dict[str, Any]] = {case["case"]: case for case in json.loads(FILE.read_text())}

FINAL = {"Success", "Failed", "TimedOut", "Cancelled"}
_RUN = re.compile(r"<(.) x (\d+)>", re.DOTALL)
_SHOWN = ("status", "code", "standardOutput", "standardError", "output")


def text(shown: str | dict[str, Any]) -> str:
    """A recorded text with its long runs of one character written out."""
    written = shown["text"] if isinstance(shown, dict) else shown
    return _RUN.sub(lambda run: run[1] * int(run[2]), written)


def plugins(name: str) -> list[dict[str, Any]]:
    """What the final reply of a case says of its plugins; none where it says nothing of any."""
    replies = CASES[name]["observed"].get("replies", [])
    said = [r["plugins"] for r in replies if isinstance(r.get("plugins"), dict)]
    return [p for p in (said[-1] if said else {}).values() if all(key in p for key in _SHOWN)]


# Not replayed, by the beginning of the name or by pattern; the first that fits gives the reason.
NOT_REPLAYED = {
    r"ps-|mgs-ps-|parameter-powershell": "needs a real PowerShell: the host's, marked pwsh",
    r"steps-|mgs-steps|unknown-plugin|schema-|no-steps|two-properties|no-inputs|run-command-string"
    r"|timeout-seconds-number|sh-precondition|parameter-": "documents of one's own are not known",
    r".*payload|unknown-topic|sh-cancel-unknown": "messages that Run Command never makes",
    r".*health": "the agent's calls about itself have no counterpart here",
    r".*kill-|.*restart|.*reply-|.*same-message": "agents that die or replies that get lost",
    r".*-at-once": "about order and time, not output: see test_agent.py",
    r".*cancel": "about order and time, not output: see test_agent.py",
    r".*-timeout-(3|text|empty)$": "only last longer than is fit here: see test_messages.py",
    r"(sh|bash)-timeout$": "kills a child in a session of its own by hand: the host's",
    r".*-bg-|sh-partial": "who holds the standard output, and for how long, is the host's",
    r"sh-cwd": "the working directory is the host's",
    r"sh-s3": "nothing is uploaded to S3",
    r"sh-(file|processes|environment|user|streams)$": "about the machine that it was recorded on",
    r"(sh|bash)-(no-shebang|shebang-bash)$": "names programs and versions of that machine",
    r"sh-60k": "the script itself is not in the recording",
    r"(mgs-)?(sh-)?ssm-(known)|sh-ssm-known": "there is no Parameter Store",
    r"(mgs-|sh-)ssm-unknown": "has no plugin: see test_agent.py",
}


def reason_not_to(name: str) -> str | None:
    """Why a case is not replayed; None when it is."""
    return next((why for what, why in NOT_REPLAYED.items() if re.match(what, name)), None)


REPLAYED = [name for name in CASES if reason_not_to(name) is None]
