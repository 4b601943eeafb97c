"""Level 1: the frame around a script's evidence: ``ORCH1:<8 hex>:<base64 of gzip of JSON>:END``.

The 8 hex digits begin the SHA-256 of the plan that the script was made for. See
docs/script-contract.md for what the JSON holds.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
import zlib
from collections.abc import Mapping

from orchestrator.model.evidence import NoEvidence

LIMIT = 1_000_000
"""Bytes that an envelope may unfold to. What a host sends is not trusted."""

# Windows PowerShell breaks long lines at 80 columns where its output goes through its formatter.
_BREAK = r"[\r\n]*"
_WHOLE = re.compile(
    rf"ORCH1:([0-9a-f]{{8}}):([A-Za-z0-9+/\r\n]+[=\r\n]*){_BREAK.join(('', ':', 'E', 'N', 'D'))}"
)
_START = re.compile(r"ORCH1:[0-9a-f]{8}:")
_BEGINNING = re.compile(r"ORCH1:[0-9a-f]{8}:[A-Za-z0-9+/\r\n]*")
_CUT = re.compile(r"--output truncated--|^---Output truncated---\r?$", re.MULTILINE)
"""What the SSM agent writes where it cut standard output, and in a page where both streams are."""


def pack(plan_sha256: str, data: Mapping[str, object]) -> str:
    """The envelope of this data, one line of ASCII."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    body = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    return f"ORCH1:{plan_sha256[:8]}:{body}:END"


def find(output: str, plan_sha256: str) -> Mapping[str, object] | NoEvidence:
    """The data of the one envelope in the output that answers this plan, or why there is none."""
    frames = {(prefix, "".join(body.split())) for prefix, body in _WHOLE.findall(output)}
    if not frames:
        if _START.search(output):
            return NoEvidence("truncated", "the output begins an envelope and does not end it")
        if _CUT.search(output):
            return NoEvidence("truncated", "the output was cut before an envelope began")
        return NoEvidence("missing", "the output holds no envelope")
    answering = {body for prefix, body in frames if prefix == plan_sha256[:8]}
    if not answering:
        return NoEvidence("foreign", "the envelope carries another plan's hash")
    if len(answering) > 1:
        return NoEvidence("ambiguous", "the output holds different envelopes for this plan")
    return _unpack(answering.pop())


def beginnings(output: str) -> tuple[str, ...]:
    """What an output that may be cut shows of each of its envelopes, without line breaks."""
    return tuple("".join(found.split()) for found in _BEGINNING.findall(output))


def _with_characters(value: object) -> object:
    """Half a surrogate pair is no character, and nobody could write it down."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_with_characters(item) for item in value]
    if isinstance(value, dict):
        return {_with_characters(key): _with_characters(item) for key, item in value.items()}
    return value


def _unpack(body: str) -> Mapping[str, object] | NoEvidence:
    try:
        unfolder = zlib.decompressobj(wbits=31)
        text = unfolder.decompress(base64.b64decode(body, validate=True), LIMIT)
        if unfolder.unconsumed_tail or not unfolder.eof:
            return NoEvidence("malformed", f"it unfolds to more than {LIMIT} bytes, or is cut")
        data = json.loads(text)
        if b"\\ud" in text.lower():
            data = _with_characters(data)
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        return NoEvidence("malformed", f"{type(error).__name__} while unfolding it")
    if not isinstance(data, dict):
        return NoEvidence("malformed", "it is not a JSON object")
    return data
