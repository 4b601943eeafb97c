"""What a run left that was killed: put back by another process."""

from typing import List, Tuple

from orchestrator.onhost.profilefile import put_back
from orchestrator.onhost.runfolder import end_run, hold_run, run_lives


def restore_run(folder: str) -> Tuple[str, str, List[str]]:
    """Put back what a dead run left: ``restored``, ``running`` or ``failed``; words; the rest."""
    lock = None if run_lives(folder) else hold_run(folder)
    if lock is None:
        return "running", "it is still going on", []
    said, left = put_back(folder)
    if left:
        lock.close()
        return "failed", said, left
    left = end_run(folder, lock)
    return "failed" if left else "restored", said, left
