"""What a process writes, copied from pipes into files, as the agent does it."""

from __future__ import annotations

import os
import selectors
import threading
from collections.abc import Mapping
from pathlib import Path

_CHUNK = 64 * 1024
_LAST_CHUNKS = 64
"""So much is still taken at `stop`, though somebody who survived may write on and on."""


class Pipes:
    """The reading ends of a process's streams, and the files that they are copied to.

    `copy` blocks and closes them all at its end; `stop` and `drop` may come from another thread.
    """

    def __init__(self, targets: Mapping[int, Path]) -> None:
        self._files = {source: _opened(path) for source, path in targets.items()}
        self._lock = threading.Lock()
        self._over = False
        self._ear, self._mouth = os.pipe()
        self._selector = selectors.DefaultSelector()
        for source in (*self._files, self._ear):
            os.set_blocking(source, False)
            self._selector.register(source, selectors.EVENT_READ)

    def copy(self) -> None:
        """Copy until nobody holds the writing ends any more, or until `stop` or `drop`."""
        while self._files:
            ready = [key.fd for key, _ in self._selector.select()]
            if self._ear in ready:
                self._finish(last_chunks=_LAST_CHUNKS if os.read(self._ear, 1) == b"s" else 0)
                continue
            for source in ready:
                if not self._copied(source):
                    self._close(source)
        with self._lock:
            self._over = True
            self._selector.close()
            os.close(self._ear)
            os.close(self._mouth)

    def stop(self) -> None:
        """Take what was written by now, and no more of it."""
        self._say(b"s")

    def drop(self) -> None:
        """Read no more: whoever goes on writing is told that nobody listens (SIGPIPE)."""
        self._say(b"d")

    def _say(self, word: bytes) -> None:
        with self._lock:
            if not self._over:
                os.write(self._mouth, word)

    def _finish(self, last_chunks: int) -> None:
        for source in list(self._files):
            for _ in range(last_chunks):
                if not self._copied(source):
                    break
            self._close(source)

    def _copied(self, source: int) -> bool:
        """Copy what is there. False: nothing, which of a ready one means that it has ended."""
        try:
            chunk = os.read(source, _CHUNK)
        except BlockingIOError:
            return False
        written = 0
        while written < len(chunk):
            written += os.write(self._files[source], chunk[written:])
        return bool(chunk)

    def _close(self, source: int) -> None:
        self._selector.unregister(source)
        os.close(self._files.pop(source))
        os.close(source)


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
