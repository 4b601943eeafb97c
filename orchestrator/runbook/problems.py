"""What is wrong with a runbook, all of it in one error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from orchestrator.errors import UsageError

Path = tuple[str | int, ...]
"""Where a value stands in the document: keys and list positions from the top."""


MOST = 50
"""Mistakes that are listed; a file with more of them is something else than a runbook."""

LONGEST = 400
"""Characters of one message."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it stands, what it is, and how to mend it."""

    path: Path
    line: int
    what: str
    mend: str


def failure(problems: Sequence[Problem], source: str) -> UsageError:
    """One error for all of them, in the order of their lines; of very many, the first."""
    ordered = sorted(problems, key=lambda problem: problem.line)
    if len(ordered) == 1:
        return _error(ordered[0], source)
    texts = "\n".join(str(_error(problem, source)) for problem in ordered[:MOST])
    head = f"{len(ordered)} mistakes" + (f", the first {MOST}:" if len(ordered) > MOST else "")
    return UsageError(f"{head}\n{texts}", where=source)


def _error(problem: Problem, source: str) -> UsageError:
    key = f"{dotted(problem.path)}: " if problem.path else ""
    where = f"{source}:{problem.line}"
    return UsageError(_tame(key + problem.what), where=where, mend=_tame(problem.mend))


def _tame(text: str) -> str:
    """Short and printable: what a file holds must not reach a terminal as control characters."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)


def dotted(path: Path) -> str:
    """The path for people: ``checks[0].after.account``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def one_of(wrong: str, right: Sequence[str]) -> str:
    """A mend: the name that was probably meant, or all the names that there are."""
    close = get_close_matches(wrong, right, n=1)
    if close:
        return f"did you mean {close[0]}? There is: {', '.join(right)}"
    return f"use one of: {', '.join(right)}" if right else "take it out"
