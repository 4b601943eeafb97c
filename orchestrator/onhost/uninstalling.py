"""An installed profile is taken out of its file again."""

import contextlib
import os
import stat
from typing import List, Tuple

from orchestrator.onhost.conflicts import ProfileConflict, others_at_work
from orchestrator.onhost.profilefile import put_or_remove
from orchestrator.onhost.profiletext import (
    NEW_FOLDER,
    DamagedBlock,
    find_block,
    headers,
    name_in,
    without_block,
)
from orchestrator.onhost.runfolder import read_undo, write_undo
from orchestrator.onhost.userfiles import UserFiles, file_bytes


def uninstall_profile(folder: str, files: UserFiles, name: str) -> Tuple[str, List[str]]:
    """Take our block out of the file: what was done, and what was changed. ProfileConflict."""
    path = files.config
    before = file_bytes(path)
    try:
        block = find_block(before or b"", name)
    except DamagedBlock as error:
        raise ProfileConflict([("damaged-block", "%s: %s" % (path, error))]) from None
    if before is None or block is None:
        return "%s holds no profile %s of orch's" % (path, name), []
    inside = before[block.start : block.end]
    foreign = [item.title for item in headers(inside) if name_in(item.title) != name]
    if foreign:
        text = "%s: [%s] stands between the markers of orch's block" % (path, foreign[0])
        raise ProfileConflict([("damaged-block", text)])
    after, made = without_block(before, name)
    undo = {
        **read_undo(folder),
        "file": path,
        "profile": name,
        "temp": "%s.%s" % (path, os.path.basename(folder)),
        "mode": stat.S_IMODE(os.stat(path).st_mode),
        "committed": True,
    }
    write_undo(folder, undo)
    busy = others_at_work(folder, path)
    if busy:
        raise ProfileConflict(busy)
    put_or_remove(undo, after)
    if made == NEW_FOLDER:
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(path))
    return "taken out of " + path, [path]
