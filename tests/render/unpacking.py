"""A script with what it holds packed put back in its place."""

import base64
import gzip
import hashlib
import re

from orchestrator.model.plan import Script

# The lines that stand for what is packed: seven of PowerShell without comments, or one of Python.
_PACKED = re.compile(
    r"^\$OrchPacked = \[(?:System\.)?Convert\]::FromBase64String\('([^']*)'\)\n(?:\$Orch.*\n){5,8}"
    r"\. \(\[scriptblock\]::Create\(\$OrchReader\.ReadToEnd\(\)\)\)\n"
    r"|^exec\(gzip\.decompress\(base64\.b64decode\('([^']*)'\)\)\)\n",
    re.MULTILINE,
)
_NOTE = re.compile(
    r"^# packed, to be read in (\S+): ([0-9,]+) bytes, sha256 ([0-9a-f]{64})$", re.MULTILINE
)


def unpacked(script: Script) -> str:
    """The whole script in the clear. What it says of what is packed is held to the file beside."""
    note, block = _NOTE.search(script.text), _PACKED.search(script.text)
    assert (note is None) == (block is None)
    if note is None or block is None:
        return script.text
    data = gzip.decompress(base64.b64decode(block[1] or block[2]))
    assert note[2] == f"{len(data):,}"
    assert note[3] == hashlib.sha256(data).hexdigest()
    assert dict(script.parts)[note[1]] == data.decode("ascii")
    return script.text[: block.start()] + data.decode("ascii") + script.text[block.end() :]
