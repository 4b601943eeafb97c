"""The part of a script that edits files, packed: the last that is done to one that is too long.

It is the same program in every run, but for the profile. The checks, and all that a run asks or
sets, stay in the clear. What is packed is written beside the script by ``orch render``, and its
SHA-256 stands in the script's header.
"""

from __future__ import annotations

import base64
import gzip
import hashlib

from orchestrator.render.literals import Literal


def folded(name: str, text: str) -> dict[str, object]:
    """For the templates: what is packed, and the header's line about it.

    ``name`` is that of the file, as `orch render` writes it.
    """
    data = text.encode("ascii")
    note = (
        f"# packed, to be read in {name}: {len(data):,} bytes,"
        f" sha256 {hashlib.sha256(data).hexdigest()}"
    )
    packed = base64.b64encode(gzip.compress(data, mtime=0)).decode()
    return {"packed": packed, "packed_note": Literal(note)}
