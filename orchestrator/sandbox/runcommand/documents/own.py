"""The documents of AWS that the sandbox knows."""

from __future__ import annotations

import json
from typing import Any

from orchestrator.sandbox.runcommand.documents.model import Document
from orchestrator.sandbox.runcommand.documents.reading import read_content

OWNER = "Amazon"


def _content(plugin: str) -> dict[str, Any]:
    """Of schema 1.2, with one plugin, which runs ``commands`` as one script."""
    step = {
        "id": f"0.{plugin}",
        "runCommand": "{{ commands }}",
        "workingDirectory": "{{ workingDirectory }}",
        "timeoutSeconds": "{{ executionTimeout }}",
    }
    return {
        "schemaVersion": "1.2",
        "description": "Run a script.",
        "parameters": {
            "commands": {"type": "StringList", "minItems": 1},
            "workingDirectory": {"type": "String", "default": "", "maxChars": 4096},
            "executionTimeout": {"type": "String", "default": "3600"},
        },
        "runtimeConfig": {plugin: {"properties": [step]}},
    }


TEXTS = {
    "AWS-RunPowerShellScript": json.dumps(_content("aws:runPowerShellScript"), indent=2),
    "AWS-RunShellScript": json.dumps(_content("aws:runShellScript"), indent=2),
}
"""Their content by name; each has one version."""


def own_document(name: str) -> Document:
    """One of them, by a name that is there."""
    return read_content(name, "1", TEXTS[name], "JSON")
