"""The recorded cases of the real agent: what was said, and whether the same is said here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from orchestrator.sandbox.runcommand.messages import Reply, Result

FILE = Path(__file__).parents[1] / "recordings" / "agent-cases.json"
CASES: dict[str, dict[str, Any]] = {case["case"]: case for case in json.loads(FILE.read_text())}

NOT_APPLICABLE = {
    "health": "the sandbox's hosts report nothing: Run Command knows itself which are online",
    "mgs-health": "the same, and an agent here has one channel from its start to its end",
}
CANCELS = [name for name in CASES if re.search("-cancel($|-late$)", name)]
AT_ONCE = [name for name in CASES if name.endswith("-at-once")]
TWICE = [name for name in CASES if name.endswith("-same-message-three-times")]
NOT_REACHED = [name for name in CASES if re.search("-reply-(500|not)", name)]
LOST_WORKERS = [name for name in CASES if "-kill-document-worker" in name]
RESTARTS = [name for name in CASES if re.search("-kill-agent-worker|-restart-", name)]
ODD = ["sh-cancel-queued", "sh-cancel-unknown", "unknown-topic"]
"""They have tests of their own."""

_OTHERS = {*CANCELS, *AT_ONCE, *TWICE, *NOT_REACHED, *LOST_WORKERS, *RESTARTS, *ODD}
PLAIN = [name for name in CASES if name not in {*_OTHERS, *NOT_APPLICABLE}]
"""Sent once, and left alone until it has ended."""

ELIDED = re.compile(r"<\d+ characters more>")
_RUN = re.compile(r"<(.) x (\d+)>", re.DOTALL)
_SAME = "the same as in the next reply"
_SHOWN = ("status", "code", "standardOutput", "standardError", "output")


def length(shown: str | dict[str, Any]) -> int:
    """How many characters a recorded text has, those included that are left out."""
    return shown["characters"] if isinstance(shown, dict) else len(shown)


def text(shown: str | dict[str, Any]) -> str:
    """A recorded text with its long runs of one character written out."""
    written = shown["text"] if isinstance(shown, dict) else shown
    return _RUN.sub(lambda run: run[1] * int(run[2]), written)


def replies(name: str) -> list[dict[str, Any]]:
    """The replies of a case, each with all that it said of plugins."""
    said = [dict(reply) for reply in CASES[name]["observed"].get("replies", [])]
    for reply, following in zip(reversed(said[:-1]), reversed(said[1:]), strict=True):
        if reply["plugins"] == _SAME:
            reply["plugins"] = following["plugins"]
    return said


def facts(name: str) -> dict[str, Any]:
    observed = CASES[name]["observed"]
    return {**observed, **observed.get("facts", {})}


def is_final_first(name: str) -> bool:
    """Whether a plugin's reply came after the final one."""
    statuses = [reply["documentStatus"] for reply in replies(name) if "counts" in reply]
    finals = [number for number, status in enumerate(statuses) if status != "InProgress"]
    return "InProgress" in statuses[finals[0] :] if finals else False


def plugins(name: str) -> list[dict[str, Any]]:
    """What the final reply of a case says of its plugins; none where it says nothing of any."""
    said = replies(name)
    return [
        p for p in (said[-1]["plugins"] if said else {}).values() if all(k in p for k in _SHOWN)
    ]


def shown(reply: Reply) -> dict[str, Any]:
    """A reply of ours in the form of the recording, without its times."""
    result = reply.result
    made: dict[str, Any] = {"documentStatus": reply.status}
    if reply.trace:
        made["documentTraceOutput"] = reply.trace
    if reply.counts:
        made["counts"] = dict(reply.counts)
    made["plugins"] = {result.key: _plugin(result)} if result else {}
    return made


def _plugin(result: Result) -> dict[str, Any]:
    made: dict[str, Any] = {
        "status": result.status,
        "code": result.code,
        "output": result.output,
        "standardOutput": result.stdout,
        "standardError": result.stderr,
    }
    if result.plugin:
        made["name"] = result.plugin
    if result.bucket:
        made["outputS3BucketName"] = result.bucket
        made["outputS3KeyPrefix"] = result.key_prefix
        made["stepName"] = result.step
    return made


class Told:
    """Compares texts of here and there, after ``neutral`` has taken out what is of a machine."""

    def __init__(self, neutral) -> None:
        self.neutral = neutral

    def check(self, name: str, ours: list[Reply]) -> None:
        theirs = replies(name)
        assert theirs
        assert [r.status for r in ours] == [r["documentStatus"] for r in theirs]
        for our, their in zip(map(shown, ours), theirs, strict=True):
            self.check_reply(our, their)

    def check_reply(self, our: dict[str, Any], their: dict[str, Any]) -> None:
        assert our.get("counts") == their.get("counts")
        assert our.get("documentTraceOutput") == their.get("documentTraceOutput")
        assert our["plugins"].keys() == their["plugins"].keys()
        for key, plugin in their["plugins"].items():
            found = our["plugins"][key]
            assert found.keys() == plugin.keys()
            for field, value in plugin.items():
                self.same(found[field], value)

    def same(self, ours: Any, theirs: Any) -> None:
        if isinstance(theirs, int):
            assert ours == theirs
            return
        begin, *end = ELIDED.split(self.neutral(text(theirs)))
        found = self.neutral(ours)
        assert found.startswith(begin)
        assert found.endswith(end[0]) if end else found == begin, (found, begin)
        if isinstance(theirs, dict) and found == ours:
            assert len(ours) == theirs["characters"]
            assert len(ours.encode()) == theirs["utf8_bytes"]
