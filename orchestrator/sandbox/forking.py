"""One lock for whoever starts processes, or writes files that are to be executed.

A process that is forked while another thread writes a script has that file open for writing until
it executes its own program, and to execute the script meanwhile fails with ETXTBSY.
"""

from __future__ import annotations

import threading

FORKING = threading.Lock()
