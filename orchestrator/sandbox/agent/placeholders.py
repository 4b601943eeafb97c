"""References to Parameter Store in a script, which the agent resolves before it starts anything.

The sandbox has no Parameter Store, so every such name is unknown, and an unknown one fails the
document. Other text in double braces is no parameter and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_REFERENCE = re.compile(r"\{\{\s*ssm:([\w./:-]+)\s*\}\}")


def unknown_parameters(lines: Sequence[str]) -> tuple[str, ...]:
    """The names after ``ssm:`` in double braces, each once, in order."""
    return tuple(dict.fromkeys(name for line in lines for name in _REFERENCE.findall(line)))
