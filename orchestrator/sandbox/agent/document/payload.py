"""A command's message: JSON text into a document with its parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.sandbox.agent.document import words
from orchestrator.sandbox.agent.document.model import RefusedError


@dataclass(frozen=True, slots=True)
class Payload:
    """What a command carries: a document's content, its parameters' values, where output goes."""

    content: Mapping[str, Any]
    values: Mapping[str, Any]
    bucket: str = ""
    key_prefix: str = ""


def read_payload(text: str) -> Payload:
    """Take a message apart; what is missing is empty. RefusedError."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise _refused(words.complaint(error)) from error
    members = _mapping(whole, "", "SendCommandPayload")
    return Payload(
        content=_mapping(members.get("DocumentContent"), ".DocumentContent", "DocumentContent"),
        values=_mapping(members.get("Parameters"), ".Parameters", "map[string]interface {}"),
        bucket=_string(members, "OutputS3BucketName"),
        key_prefix=_string(members, "OutputS3KeyPrefix"),
    )


def _mapping(value: Any, where: str, wanted: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise _mismatch(value, where, wanted)


def _string(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise _mismatch(value, f".{name}", "string")


def _mismatch(value: Any, where: str, wanted: str) -> RefusedError:
    place = f"struct field SendCommandPayload{where} of type" if where else "value of type"
    return _refused(f"json: cannot unmarshal {words.kind(value)} into Go {place} {wanted}")


def _refused(why: str) -> RefusedError:
    return RefusedError(f"encountered error while parsing input - internal error {why}")
