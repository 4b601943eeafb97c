"""A program of the host, run within bounds: so long, so much output, and nothing of it left.

It is a process group of its own, which is killed as one: when its time is over, when it has printed
too much, and when it has ended. A program that leaves its group can outlive that; it is not waited
for.
"""

import os
import signal
import subprocess
import threading
import time
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

MOST_OUTPUT = 64 * 1024
DRAIN_SECONDS = 2.0


class ProgramEnd(NamedTuple):
    """How it ended. ``code`` is None where it was killed, since its ``flooded`` or its time over.

    ``held``: somebody who outlives it can still write to what it printed to.
    """

    code: Optional[int]
    output: bytes
    flooded: bool
    held: bool


class Captured:
    """One stream, read in chunks until its end or until it is too much."""

    def __init__(self, source: int, most: int, woken: threading.Event) -> None:
        self.data = bytearray()
        self.flooded = False
        self._source = source
        self._most = most
        self._woken = woken
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def is_over(self, seconds: float) -> bool:
        """Whether it has been read to its end, or to its bound, within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _read(self) -> None:
        try:
            while not self.flooded:
                chunk = os.read(self._source, 8192)
                if not chunk:
                    break
                self.data += chunk
                self.flooded = len(self.data) > self._most
        except OSError:
            pass
        self._woken.set()
        os.close(self._source)


def run_program(
    command: List[str],
    environment: Mapping[str, str],
    folder: str,
    seconds: float,
    most: int = MOST_OUTPUT,
) -> ProgramEnd:
    """Run it in that folder, with nothing to read. OSError where it cannot be started.

    ``most`` is for each of standard output and standard error, in bytes.
    """
    woken = threading.Event()
    pipes = [os.pipe(), os.pipe()]
    try:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=pipes[0][1],
            stderr=pipes[1][1],
            **_apart(),
        )
    except OSError:
        for source, _ in pipes:
            os.close(source)
        raise
    finally:
        for _, end in pipes:
            os.close(end)
    streams = [Captured(source, most, woken) for source, _ in pipes]
    deadline = time.monotonic() + seconds
    while process.poll() is None and not any(stream.flooded for stream in streams):
        if time.monotonic() >= deadline:
            break
        woken.wait(0.05)
        woken.clear()
    ended = process.poll() is not None
    end_tree(process)
    until = time.monotonic() + DRAIN_SECONDS
    over = [stream.is_over(max(0.0, until - time.monotonic())) for stream in streams]
    flooded = any(stream.flooded for stream in streams)
    code = process.returncode if ended and not flooded else None
    return ProgramEnd(code, bytes(streams[0].data[:most]), flooded, not all(over))


def _apart() -> Dict[str, Any]:
    """What makes it a group of its own."""
    if os.name == "nt":
        return {"creationflags": 0x00000200 | 0x08000000}  # NEW_PROCESS_GROUP, NO_WINDOW
    return {"start_new_session": True}


def end_tree(process: "subprocess.Popen[bytes]") -> None:
    """Kill it and what it has started. Harmless where all of it has ended."""
    try:
        if os.name != "nt":
            os.killpg(process.pid, signal.SIGKILL)
        elif process.poll() is None:
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(process.pid)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=15,
                check=False,
            )
    except (OSError, subprocess.SubprocessError):
        pass
    if process.poll() is None:
        process.kill()
        process.wait()
