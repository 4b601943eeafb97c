"""The documents of AWS that the sandbox knows, and the rules for their parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.sandbox.runcommand.errors import ApiError

LARGEST = 64 * 1024
"""Bytes of a document together with the parameters of a command."""

_LATEST = "1"


@dataclass(frozen=True, slots=True)
class Document:
    """A document of schema 1.2 with one plugin, which runs ``commands`` as one script."""

    name: str
    plugin: str
    platforms: frozenset[str]

    @property
    def step(self) -> str:
        """The plugin's folder name, in paths and S3 keys."""
        return self.plugin.replace(":", "")

    def content(self) -> Mapping[str, Any]:
        """The document itself."""
        step = {
            "id": f"0.{self.plugin}",
            "runCommand": "{{ commands }}",
            "workingDirectory": "{{ workingDirectory }}",
            "timeoutSeconds": "{{ executionTimeout }}",
        }
        return {
            "schemaVersion": "1.2",
            "parameters": {
                "commands": {"type": "StringList", "minItems": 1},
                "workingDirectory": {"type": "String", "default": "", "maxChars": 4096},
                "executionTimeout": {"type": "String", "default": "3600"},
            },
            "runtimeConfig": {self.plugin: {"properties": [step]}},
        }

    def values(self, given: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
        """The parameters as agents get them: a String is no list any more."""
        return {name: items[0] if name in _SINGLE else items for name, items in given.items()}


_DOCUMENTS = {
    document.name: document
    for document in (
        Document(
            "AWS-RunPowerShellScript",
            "aws:runPowerShellScript",
            frozenset({"Windows", "Linux", "MacOS"}),
        ),
        Document("AWS-RunShellScript", "aws:runShellScript", frozenset({"Linux", "MacOS"})),
    )
}
_SINGLE = frozenset({"workingDirectory", "executionTimeout"})


def find_document(name: str, version: str) -> Document:
    """The document of this name or ARN. InvalidDocument, InvalidDocumentVersion."""
    document = _DOCUMENTS.get(name.rpartition("/")[2])
    if document is None:
        raise ApiError("InvalidDocument", f"Document with name {name} does not exist.")
    if version not in {"", "$DEFAULT", "$LATEST", _LATEST}:
        raise ApiError(
            "InvalidDocumentVersion", f"Document version {version} of {name} does not exist."
        )
    return document


def check_parameters(document: Document, parameters: Mapping[str, Sequence[str]]) -> None:
    """InvalidParameters where they do not suit, MaxDocumentSizeExceeded beyond 64 KB."""
    unknown = sorted(set(parameters) - _SINGLE - {"commands"})
    if unknown:
        raise ApiError("InvalidParameters", f"Parameters {unknown} are not in the document.")
    if not parameters.get("commands"):
        raise ApiError("InvalidParameters", "Parameter commands needs at least one value.")
    for name in _SINGLE & set(parameters):
        if len(parameters[name]) != 1:
            raise ApiError("InvalidParameters", f"Parameter {name} takes exactly one value.")
    given = json.dumps(parameters, ensure_ascii=False).encode("utf-8", "replace")
    if len(json.dumps(document.content())) + len(given) > LARGEST:
        raise ApiError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")
