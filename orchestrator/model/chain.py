"""The chain of hashes over what is kept of runs, and what came of checking it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LinkKind(StrEnum):
    """What a link says.

    ``began``: the chain begins here. ``ended``: a run ended, with this record. ``reopened``: it was
    taken up again, and its record is being written to. ``imported``: the record came from
    elsewhere. ``pruned``: it was dropped on purpose.
    """

    BEGAN = "began"
    ENDED = "ended"
    REOPENED = "reopened"
    IMPORTED = "imported"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Link:
    """One link. ``parts`` are the hashes that ``record_sha256`` is of, as JSON.

    ``at`` is when it was made, ISO 8601 in UTC. ``origin`` is the chain that an imported record
    came from. ``sha256`` is of all the rest, ``previous`` (the hash of the link before) included.
    """

    number: int
    kind: LinkKind
    run_id: str
    at: str
    origin: str
    parts: str
    record_sha256: str
    previous: str
    sha256: str


class Wrong(StrEnum):
    """How a record, or a link, is not what it was."""

    ALTERED = "altered"
    MISSING = "missing"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was kept. Either a run's record or a link (then no run id).

    ``parts`` name what of it differs, for people.
    """

    wrong: Wrong
    run_id: str
    parts: tuple[str, ...] = ()
    link: int | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of holding the records to their links.

    ``runs`` were compared, ``before`` have no link because there was no chain yet, ``open`` have
    not ended, or not since they were taken up again; ``pruned`` are counted. ``newest`` is None
    where there is no link at all. ``expected`` is the number of the link whose hash was asked for,
    0 where there is none; None where none was.
    """

    runs: int
    links: int
    before: tuple[str, ...]
    open: tuple[str, ...]
    pruned: int
    findings: tuple[Finding, ...]
    newest: Link | None
    expected: int | None = None

    @property
    def exit_code(self) -> int:
        """0 where all that has a link is as it was, 1 where not, 4 where nothing has one."""
        if self.findings or self.expected == 0:
            return 1
        return 0 if self.runs else 4
