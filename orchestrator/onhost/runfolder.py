"""A run's own folder on a host: made before anything is changed, and held while its run lives.

It is held by a lock on its file ``lock``, which the system takes away with the process, however
that ends. It is the same lock that .NET's FileShare.None is, so that scripts in both languages see
each other. ``undo.json`` says what was there before; only what is on the disk counts.
"""

import contextlib
import json
import os
import re
import shutil
import sys
import time
from typing import IO, Any, Dict, List, Optional

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

RUN_TREES = ("given", "home")
RUN_FILES = (
    *(*RUN_TREES, "config", "credentials", "backup", "undo.json.new", "sdk-store", "undo.json"),
    "lock",
)
RUN_NAME = r"orch-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}(-restore)?"


class RunFolderTaken(Exception):  # noqa: N818 - it is named by what is wrong
    """A run of this id lies on the host already."""


def begin_run(folder: str, undo: Dict[str, Any]) -> "IO[bytes]":
    """Make the folder and hold it; the lock counts while the file that is given back is open."""
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        raise RunFolderTaken(folder + " is there already: a run id serves once") from None
    _protect(folder)
    if os.listdir(folder):
        raise RunFolderTaken(folder + " was not empty when it was made")
    lock = hold_run(folder)
    if lock is None:
        raise RunFolderTaken(folder + " is held by another process")
    write_undo(folder, undo)
    return lock


def _protect(folder: str) -> None:
    """On Windows a mode protects nothing: the system, its administrators and the owner may."""
    if sys.platform == "win32":
        import subprocess

        rights = ["*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F", "*S-1-3-4:(OI)(CI)F"]
        command = ["icacls", folder, "/inheritance:r", "/grant:r", *rights]
        if subprocess.run(command, stdout=-3, stderr=-3, check=False).returncode:
            raise RunFolderTaken(folder + " cannot be kept from other users")


def hold_run(folder: str) -> "Optional[IO[bytes]]":
    """The folder's lock, or None while another process has it."""
    for _ in range(40):
        file = None
        try:
            file = open(os.path.join(folder, "lock"), "a+b")  # noqa: SIM115 - kept open is held
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except OSError:
            if file is not None:
                file.close()
            time.sleep(0.05)
    return None


def run_lives(folder: str) -> bool:
    """Whether a process holds the folder."""
    try:
        with open(os.path.join(folder, "lock"), "rb") as file:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
            else:
                fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def run_folders(root: str) -> List[str]:
    """The folders of runs below that one, whether they live or not. Others' folders are none."""
    try:
        names = sorted(os.listdir(root))
    except OSError:
        return []
    paths = [os.path.join(root, name) for name in names if name.startswith("orch-")]
    return [path for path in paths if _is_run_folder(path)]


def _is_run_folder(path: str) -> bool:
    try:
        names = set(os.listdir(path))
        made_by_us = sys.platform == "win32" or _is_own(os.lstat(path))
    except OSError:
        return False
    if os.path.islink(path) or not made_by_us:
        return False
    usual = re.fullmatch(RUN_NAME, os.path.basename(path)) is not None
    return bool(names & {"lock", "undo.json"}) or (usual and names <= set(RUN_FILES))


def _is_own(found: os.stat_result) -> bool:
    """Whether nobody else can have written there: else a note could be forged, and obeyed."""
    return sys.platform != "win32" and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def unfinished_runs(root: str, own: Optional[str]) -> List[str]:
    """The ids of the runs that ended without putting things back."""
    paths = [path for path in run_folders(root) if path != own and not run_lives(path)]
    return [os.path.basename(path)[len("orch-") :] for path in paths]


def read_undo(folder: str) -> Dict[str, Any]:
    """What the run wrote down; empty where it had not come so far, or nobody can read it."""
    try:
        with open(os.path.join(folder, "undo.json"), "rb") as file:
            found = json.loads(file.read().decode("ascii"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_undo(folder: str, undo: Dict[str, Any]) -> None:
    """On the disk when this returns, and never half of it."""
    path = os.path.join(folder, "undo.json")
    write_durably(path + ".new", json.dumps(undo).encode("ascii"))
    os.replace(path + ".new", path)
    sync_folder(folder)


def write_durably(path: str, data: bytes) -> None:
    """Write a file, on the disk when this returns."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    target = os.open(path, flags, 0o600)
    try:
        while data:
            data = data[os.write(target, data) :]
        os.fsync(target)
    finally:
        os.close(target)


def sync_folder(path: str) -> None:
    """Let the names in the folder be on the disk too, where the system can do that."""
    if sys.platform != "win32":
        target = os.open(path, os.O_RDONLY)
        try:
            os.fsync(target)
        finally:
            os.close(target)


def end_run(folder: str, lock: "Optional[IO[bytes]]") -> List[str]:
    """Remove the folder. What is left of it, if anything; others' files are never removed."""
    # What a user's own script or the AWS CLI made. A link is removed, not followed.
    if not all(_remove_tree(os.path.join(folder, name)) for name in RUN_TREES):
        # What says whose it is stays too, so that a later try finds it.
        if lock is not None:
            lock.close()
        return [folder]
    for name in RUN_FILES[:-1]:
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(folder, name))
    if lock is not None:
        lock.close()
    with contextlib.suppress(OSError):
        os.unlink(os.path.join(folder, "lock"))
    with contextlib.suppress(OSError):
        os.rmdir(folder)
    return [folder] if os.path.lexists(folder) else []


def _remove_tree(path: str) -> bool:
    """Whether it is gone. On Windows a program that has just ended may hold it for a moment yet."""
    for _ in range(20):
        with contextlib.suppress(OSError):
            if os.path.islink(path):
                os.unlink(path)
        shutil.rmtree(path, ignore_errors=True)
        if not os.path.lexists(path):
            return True
        time.sleep(0.1)
    return False
