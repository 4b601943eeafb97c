"""The transaction on a user's AWS config file: put our block in, keep it or put all back.

What was there, and how to put it back, lies in the run's folder before anything is changed.
"""

import contextlib
import hashlib
import os
import stat
from typing import Any, Dict, List, Optional, Tuple

from orchestrator.onhost.conflicts import ProfileConflict, obstacles, others_at_work
from orchestrator.onhost.profiletext import (
    NEW_FILE,
    NEW_FOLDER,
    DamagedBlock,
    as_utf8,
    find_block,
    with_block,
    without_block,
)
from orchestrator.onhost.runfolder import (
    read_undo,
    sync_folder,
    write_durably,
    write_undo,
)
from orchestrator.onhost.userfiles import UserFiles, file_bytes


def digest(data: Optional[bytes]) -> str:
    """SHA-256 as hex; empty for no file."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def install_profile(
    folder: str, files: UserFiles, name: str, lines: List[str], *, force: bool = False
) -> bool:
    """Put the profile into the file. False where it is there already, to the byte.

    ProfileConflict where something is in the way; then nothing was changed.
    """
    path = files.config
    found = obstacles(files, name, force=force)
    if found:
        raise ProfileConflict(found)
    before = file_bytes(path)
    made = _to_make(os.path.dirname(path))
    text = None if before is None else as_utf8(before)
    note = "" if before is not None else NEW_FOLDER if made else NEW_FILE
    after = with_block(text, name, lines, note, replace=force)
    undo = {
        **read_undo(folder),
        "file": path,
        "profile": name,
        "temp": "%s.%s" % (path, os.path.basename(folder)),
        "before": digest(before),
        "after": digest(after),
        "mode": None if before is None else stat.S_IMODE(os.stat(path).st_mode),
        "made": made,
        "block": _block_of(after, name),
    }
    if after != before:
        if before is not None:
            write_durably(os.path.join(folder, "backup"), before)
        write_undo(folder, undo)
    busy = others_at_work(folder, path)
    if busy:
        write_undo(folder, {key: undo[key] for key in ("v", "run", "kind") if key in undo})
        raise ProfileConflict(busy)
    if after == before:
        return False
    for item in made:
        os.mkdir(item, 0o755)
        _give_to(item, files.home)
    if digest(file_bytes(path)) != undo["before"]:
        raise ProfileConflict([("busy", path + " is being changed by somebody else")])
    put_file(undo, after, files.home)
    return True


def _to_make(folder: str) -> List[str]:
    """The folders that are missing, outermost first."""
    missing: List[str] = []
    while folder and not os.path.isdir(folder):
        missing.insert(0, folder)
        folder = os.path.dirname(folder)
    return missing


def _block_of(data: bytes, name: str) -> str:
    block = find_block(data, name)
    return data[block.start : block.end].decode("latin-1") if block else ""


def put_file(undo: Dict[str, Any], data: bytes, owner_of: str) -> None:
    """Replace the file in one step by this content; its mode and its owner stay."""
    path, temp, mode = undo["file"], undo["temp"], undo.get("mode")
    write_durably(temp, data)
    _give_to(temp, path if os.path.exists(path) else owner_of)
    if mode is not None:
        if not mode & 0o222 and os.path.exists(path):
            # Windows replaces no file that is read-only.
            os.chmod(path, mode | stat.S_IWUSR)
        os.chmod(temp, mode | stat.S_IWUSR)
    os.replace(temp, path)
    if mode is not None:
        os.chmod(path, mode)
    sync_folder(os.path.dirname(path))


def _give_to(path: str, like: str) -> None:
    """Give it the owner of another path, where the system has owners and lets us."""
    with contextlib.suppress(OSError, AttributeError):
        owner = os.stat(like)
        os.chown(path, owner.st_uid, owner.st_gid)


def keep_profile(folder: str) -> None:
    """From here on the profile stays, whatever happens to the run."""
    write_undo(folder, {**read_undo(folder), "committed": True})


def put_back(folder: str) -> Tuple[str, List[str]]:
    """Undo what the run of that folder did to the file: what was done, and what is left."""
    undo = read_undo(folder)
    path = undo.get("file")
    if not path:
        return "nothing was changed", []
    with contextlib.suppress(OSError):
        os.unlink(undo["temp"])
    if undo.get("committed"):
        return "it had kept its change of " + path, []
    try:
        return _put_back(folder, undo, path)
    except (OSError, DamagedBlock) as error:
        return "%s: %s" % (path, error), [_by_hand(undo)]


def _put_back(folder: str, undo: Dict[str, Any], path: str) -> Tuple[str, List[str]]:
    current = file_bytes(path)
    said = path + " is as it was before"
    if digest(current) == undo["after"]:
        backup = file_bytes(os.path.join(folder, "backup"))
        if digest(backup) != undo["before"]:
            return path + ": the copy of what was there is not whole", [_by_hand(undo)]
        put_or_remove(undo, backup)
    elif digest(current) != undo["before"]:
        text = current or b""
        if undo["block"].encode("latin-1") not in text:
            left = [_by_hand(undo)] if find_block(text, undo["profile"]) else []
            return path + " was changed by somebody else since", left
        put_or_remove(undo, without_block(text, undo["profile"])[0])
        said = path + " was changed by somebody else since; only our block was taken out"
    elif current is not None and undo.get("mode") is not None:
        os.chmod(path, undo["mode"])
    for item in reversed(undo["made"]):
        with contextlib.suppress(OSError):
            os.rmdir(item)
    return said, []


def put_or_remove(undo: Dict[str, Any], data: Optional[bytes]) -> None:
    """The same, or no file at all for None."""
    if data is None:
        os.unlink(undo["file"])
    else:
        put_file(undo, data, os.path.dirname(undo["file"]))


def _by_hand(undo: Dict[str, Any]) -> str:
    return "%s: the lines from '# >>> orch %s' to '# <<< orch %s'" % (
        *(undo["file"], undo["profile"]),
        undo["profile"],
    )
