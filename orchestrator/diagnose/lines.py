"""The lines of an examination while they are made: what is known, and what could not be seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orchestrator.model.checkup import Finding
from orchestrator.model.enums import Outcome
from orchestrator.model.report import Cause


@dataclass(frozen=True, slots=True)
class Unseen:
    """A line about what could not be seen, with the reasons in words."""

    what: str
    reasons: tuple[str, ...]


Line = Finding | Unseen

ROLE_UNKNOWN = "the role that would ask is not known"


def said_once(lines: Iterable[Line]) -> Iterator[Finding]:
    """The lines; a reason that a line before has told is only pointed to."""
    told: dict[str, str] = {}
    for line in lines:
        if isinstance(line, Finding):
            yield line
            continue
        places = dict.fromkeys(told[reason] for reason in line.reasons if reason in told)
        fresh = [reason for reason in line.reasons if reason not in told]
        told |= dict.fromkeys(fresh, line.what)
        before = [f"not known either: see {' and '.join(places)}"] if places else []
        yield Finding(line.what, Outcome.UNKNOWN, "; ".join(fresh + before) or "not looked at")


def line_of(what: str, outcome: Outcome, said: str, mend: str) -> Finding:
    """A line with its mend, which what is right has not."""
    return Finding(what, outcome, said, "" if outcome is Outcome.PASS else mend)


def unseen(what: str, reasons: Iterable[str]) -> Unseen:
    """A line about what could not be seen."""
    return Unseen(what, tuple(dict.fromkeys(reasons)))


def of_cause(what: str, cause: Cause) -> Finding:
    """A line that a cause speaks in: wrong where it is certain, else not known."""
    outcome = Outcome.FAIL if cause.certain else Outcome.UNKNOWN
    return Finding(what, outcome, f"{cause.title}: {cause.evidence}", cause.mend, cause.id)
