"""What an installation of a profile finds on a host and leaves alone."""

import os
from typing import Any, List, Tuple

from orchestrator.onhost.profiletext import (
    DamagedBlock,
    as_utf8,
    encoding_of,
    find_block,
    keys_in,
    sections_of,
)
from orchestrator.onhost.runfolder import read_undo, run_folders, run_lives
from orchestrator.onhost.userfiles import UserFiles, file_bytes


class ProfileConflict(Exception):  # noqa: N818 - nothing failed: it is left alone
    """Something on the host that an installation would not leave as it is. ``kinds`` name it."""

    def __init__(self, found: List[Tuple[str, str]]) -> None:
        super().__init__("; ".join(text for _, text in found))
        self.kinds = [kind for kind, _ in found]


def obstacles(files: UserFiles, name: str, *, force: bool) -> List[Tuple[str, str]]:
    """What keeps the profile from being put into the file: kinds, and words for people."""
    path = files.config
    found: List[Tuple[str, str]] = []
    found += [
        ("link", x + " is a link") for x in (os.path.dirname(path), path) if os.path.islink(x)
    ]
    data, keys = file_bytes(path) or b"", file_bytes(files.credentials) or b""
    kind = encoding_of(data)
    if kind == "binary" or (kind and not force):
        words = {"utf-8-bom": "begins with a byte order mark", "utf-16": "is UTF-16"}
        found.append((kind, "%s %s" % (path, words.get(kind, "is no text"))))
        return found
    text = _readable(data)
    if is_read_only(path) and not force:
        found.append(("read-only", path + " is read-only"))
    block = None
    try:
        block = find_block(text, name)
    except DamagedBlock as error:
        found.append(("damaged-block", "%s: %s" % (path, error)))
    others = sections_of(text, name)
    if len(others) > 1 or (others and (block or not force)):
        found.append(("section", "%s has a section [%s] of its own" % (path, others[0].title)))
    for item in sections_of(_readable(keys), name, credentials=True):
        if not force:
            named = " ".join(keys_in(_readable(keys), item)) or "nothing"
            found.append(("credentials", "%s has [%s] with %s" % (files.credentials, name, named)))
    return found


def _readable(data: bytes) -> bytes:
    try:
        return as_utf8(data)
    except UnicodeError:
        return data


def is_read_only(path: str) -> bool:
    """Whether nobody may write to it: Windows' attribute, or no bit for writing at all."""
    try:
        return not os.stat(path).st_mode & 0o222
    except OSError:
        return False


def others_at_work(folder: str, path: str) -> List[Tuple[str, str]]:
    """Other runs that change the same file, or did and did not end."""
    found = []
    for other in run_folders(os.path.dirname(folder)):
        undo = read_undo(other)
        if other == folder or not _same_file(undo.get("file"), path):
            continue
        run = os.path.basename(other)[len("orch-") :]
        if run_lives(other):
            found.append(("busy", "run %s is changing %s at this moment" % (run, path)))
        elif not undo.get("committed"):
            found.append(("unfinished", "run %s changed %s and never ended" % (run, path)))
    return found


def _same_file(one: Any, other: str) -> bool:
    return isinstance(one, str) and os.path.normcase(one) == os.path.normcase(other)
