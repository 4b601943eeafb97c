"""Level 2: a schedule as State Manager gets it, and what has to be done until it has it. Pure.

content     the SSM document around a script, and back
comparing   what is wanted against what there is: the acts that bring it about
targeting   who is meant, in State Manager's words
text        all of it as people read it
"""

from orchestrator.schedules.comparing import applying, is_foreign, ours, removing, serving
from orchestrator.schedules.content import (
    Content,
    document,
    label_of,
    mark,
    output_folder,
    read_content,
    script_run_id,
)
from orchestrator.schedules.targeting import targets_of

__all__ = [
    "Content",
    "applying",
    "document",
    "is_foreign",
    "label_of",
    "mark",
    "ours",
    "output_folder",
    "read_content",
    "removing",
    "script_run_id",
    "serving",
    "targets_of",
]
