"""The SSM document around a script, and back: schema 2.2, one step, nothing left to be filled in.

Values stand in the script, since ``{{parameters}}`` are pasted in on the host without any quoting.
The same inputs give the same bytes, so that the same question is the same version.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from orchestrator.errors import UsageError
from orchestrator.model.codec import canonical_json
from orchestrator.model.enums import Platform
from orchestrator.model.plan import Script
from orchestrator.model.procedure import Procedure
from orchestrator.model.schedule import Document

LIMIT = 64 * 1024
"""Bytes that a document may have (SSM API Reference, CreateDocument)."""

STEP = "orch"
"""The name of its one step, which is a part of the keys in S3 too."""

ACTIONS = {
    Platform.WINDOWS: "aws:runPowerShellScript",
    Platform.LINUX: "aws:runShellScript",
}
_OUTSIDE = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Content:
    """What a document of ours holds. ``timeout`` are the seconds that its script may run."""

    script: str
    timeout: int
    platform: Platform


def script_run_id(name: str, plan_sha256: str) -> str:
    """The run id that a schedule's script names: the same for the same name and question."""
    told = hashlib.sha256(f"{name}\n{plan_sha256}".encode()).hexdigest()
    return f"{_OUTSIDE.sub('-', name).strip('-')[:40]}-{told[:12]}"


def mark(name: str) -> str:
    """How the description of a document begins that `orch` has made for that schedule."""
    return f"orch schedule {name}: "


def document(name: str, asked: Procedure, script: Script, timeout: int) -> Document:
    """The document that runs the script of what is asked. ``timeout`` are seconds.

    Raises:
        UsageError: it is longer than SSM takes, or SSM would see a parameter in it.
    """
    plan_sha256 = asked.sha256()
    content = json.dumps(
        {
            "schemaVersion": "2.2",
            "description": f"{mark(name)}{asked.runbook}, plan SHA-256 {plan_sha256}",
            "mainSteps": [
                {
                    "action": ACTIONS[asked.platform],
                    "name": STEP,
                    "precondition": {"StringEquals": ["platformType", asked.platform.value]},
                    "inputs": {
                        "timeoutSeconds": str(timeout),
                        "runCommand": script.text.split("\n"),
                    },
                }
            ],
        },
        separators=(",", ":"),
    )
    if "{{" in content:
        what = "two opening braces in a row are in it, which SSM takes for a parameter"
        raise UsageError(what, where="document", mend="leave them out of names and values")
    if len(content) > LIMIT:
        what = f"the document would be {len(content):,} bytes; SSM takes {LIMIT:,}"
        mend = "use fewer checks or shorter values, or --shell python, which is shorter"
        raise UsageError(what, where="document", mend=mend)
    return Document(name, content, label_of(plan_sha256, content))


def label_of(plan_sha256: str, content: str) -> str:
    """The name of the version that has this content, however AWS spaces it.

    Raises:
        ValueError: the content is no JSON.
    """
    told = hashlib.sha256(canonical_json(json.loads(content)).encode()).hexdigest()
    return f"{plan_sha256}.{told[:16]}"


def output_folder(platform: Platform) -> str:
    """The step's part of the keys under which its output lies in S3."""
    return f"{ACTIONS[platform].replace(':', '')}/{STEP}"


def read_content(text: str) -> Content:
    """What a document of ours holds; ValueError for any other."""
    try:
        (step,) = json.loads(text)["mainSteps"]
        platform = next(key for key, action in ACTIONS.items() if action == step["action"])
        lines, timeout = step["inputs"]["runCommand"], int(step["inputs"]["timeoutSeconds"])
        return Content("\n".join(lines), timeout, platform)
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise ValueError(f"the document is none of orch's: {type(error).__name__}") from error
