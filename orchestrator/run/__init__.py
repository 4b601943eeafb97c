"""Level 4: interprets a plan through the ports, and makes the report of it.

`runner.run` goes check, send, wait, read, and puts back what a killed script left. What fails on
one host becomes part of that host's report; only what stops the whole run is raised.
`doctor.Examination` looks at all that a run needs. `run_task` restores or uninstalls by hand.
"""

from orchestrator.run.doctor import Examination, Readers
from orchestrator.run.hosts import KeptHosts
from orchestrator.run.resuming import resume
from orchestrator.run.runner import run
from orchestrator.run.targets import (
    Targets,
    known_targets,
    unsorted_targets,
    why_doubtful,
    why_skipped,
)
from orchestrator.run.task import run_task
from orchestrator.run.together import merged, together

__all__ = [
    "Examination",
    "KeptHosts",
    "Readers",
    "Targets",
    "known_targets",
    "merged",
    "resume",
    "run",
    "run_task",
    "together",
    "unsorted_targets",
    "why_doubtful",
    "why_skipped",
]
