"""A process on a terminal of its own, with somebody who reads the screen and types."""

import contextlib
import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager

from support.processes import Ended, environment, soon

CTRL_C, CTRL_D = "\x03", "\x04"
_CONTROLS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# The terminal must be the process's controlling one, or Ctrl-C is only a character.
_TAKE_THE_TERMINAL = """\
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """What stands on the screen, and what went to standard output where that is a pipe."""

    def __init__(self, process, master, output):
        self.process = process
        self._master = master
        self._seen = bytearray()
        self._out = bytearray()
        self._threads = [self._reading(master, self._seen)]
        if output is not None:
            self._threads.append(self._reading(output, self._out))

    @property
    def raw(self):
        """The screen with its control sequences."""
        return self._seen.decode(errors="replace")

    @property
    def screen(self):
        """The screen as one reads it: no control sequences, lines ended by one newline."""
        return _CONTROLS.sub("", self.raw).replace("\r\n", "\n")

    def until(self, text, seconds=20.0):
        """Wait until the text stands on the screen."""
        assert soon(lambda: text in self.screen, seconds), self.screen

    def type(self, text):
        """Type it."""
        os.write(self._master, text.encode())

    def ended(self, seconds=20.0):
        """Wait for its end; the screen takes the place of standard error."""
        code = self.process.wait(seconds)
        for thread in self._threads:
            thread.join(5)
        return Ended(code, self._out.decode(), self.screen)

    def _reading(self, source, into):
        def read():
            # Linux tells the end of a terminal by EIO.
            with contextlib.suppress(OSError):
                while data := os.read(source, 65536):
                    into.extend(data)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread


@contextmanager
def on_terminal(*words, cwd=None, output_to_pipe=True, **changes):
    """The words on a terminal; their standard output goes there too, or to a pipe."""
    master, slave = os.openpty()
    reading, writing = os.pipe() if output_to_pipe else (None, slave)
    process = subprocess.Popen(
        [sys.executable, "-c", _TAKE_THE_TERMINAL, *[str(word) for word in words]],
        stdin=slave,
        stdout=writing,
        stderr=slave,
        cwd=cwd,
        env=environment(TERM="xterm-256color", COLUMNS="100", **changes),
        start_new_session=True,
    )
    os.close(slave)
    if output_to_pipe:
        os.close(writing)
    terminal = Terminal(process, master, reading)
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()
        os.close(master)
        if reading is not None:
            os.close(reading)
