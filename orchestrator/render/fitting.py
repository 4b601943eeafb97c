"""How long a script may be, and what is done to one that is longer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from orchestrator.errors import UsageError
from orchestrator.model.enums import Platform
from orchestrator.render.compact import joined, narrower, plainer, without_comments
from orchestrator.render.header import packed
from orchestrator.render.places import by_place
from orchestrator.render.plainpython import plainer_python

LIMIT = 64 * 1024
"""Bytes that an SSM document and its parameters may have together (AWS quota)."""

OVERHEAD = 4 * 1024
"""Bytes kept for the document AWS-RunPowerShellScript and the other parameters."""

ROOM = 6 * 1024
"""Bytes that are left free where shortening does it: AWS does not say how it counts."""

LEAST_ROOM = 3 * 1024
"""Bytes that are left free in any case, before a part of the script has to be packed."""

_STEPS: Mapping[Platform, tuple[Callable[[str], str], ...]] = {
    Platform.WINDOWS: (
        *(narrower, plainer, without_comments),
        *(by_place, plainer_python, joined, packed),
    ),
    Platform.LINUX: (narrower, without_comments, plainer_python, packed),
}
"""What makes a script shorter, what takes the least from its reader first."""


def size(text: str) -> int:
    """As SendCommand carries it: a list of lines in JSON, whose escapes count too."""
    return len(json.dumps(text.split("\n"))) + OVERHEAD


def fits(text: str, room: int) -> bool:
    """Whether SSM takes it with so many bytes to spare."""
    return size(text) <= LIMIT - room


def shortened(text: str, platform: Platform) -> str:
    """The script as it is, or as much shorter as it needs to fit, if that is possible at all."""
    for shorter in _STEPS[platform]:
        if fits(text, ROOM):
            break
        text = shorter(text)
    return text


def refuse_too_long(text: str) -> None:
    """UsageError for a script that SSM would not take."""
    if (found := size(text)) > LIMIT:
        raise UsageError(
            f"the script and its document would be {found:,} bytes; SSM takes {LIMIT:,}",
            where="script",
            mend="use fewer checks, ways or shorter values, or --shell python, which is shorter",
        )
