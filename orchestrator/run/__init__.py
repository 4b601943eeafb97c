"""Level 4: interprets a plan through the ports, and makes the report of it.

`runner.run` goes check, send, wait, read. What fails on one host becomes part of that host's
report; only what stops the whole run is raised. `doctor.Examination` looks at all that a run needs.
"""

from orchestrator.run.doctor import Examination, Readers
from orchestrator.run.runner import run
from orchestrator.run.targets import unsorted_targets

__all__ = ["Examination", "Readers", "run", "unsorted_targets"]
