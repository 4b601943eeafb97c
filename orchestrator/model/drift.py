"""What differs between two runs, and what changed on a host from run to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.model.enums import Outcome
from orchestrator.model.history import Seen
from orchestrator.model.plan import Plan


@dataclass(frozen=True, slots=True)
class HostFacts:
    """One host in one run, as far as it can be compared. ``known`` is by aspect, in words.

    What could not be observed is not in it. ``observed``: whether the host gave evidence at all.
    """

    instance_id: str
    region: str
    account_role: str
    outcome: Outcome
    cause: str
    observed: bool
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Side:
    """One of two runs that are compared.

    There is a plan for each place, and ``scripts`` holds the hash of each plan's script without
    what names its run, in the same order. ``hosts`` are by instance id.
    """

    run_id: str
    started: datetime
    outcome: Outcome
    plans: tuple[Plan, ...]
    scripts: tuple[str, ...]
    hosts: Mapping[str, HostFacts]


@dataclass(frozen=True, slots=True)
class Change:
    """The same change on all these hosts. ``was`` or ``now`` is empty where there is none."""

    aspect: str
    was: str
    now: str
    instance_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unlike:
    """In this place the runs asked different things; ``parts`` name what of it differs."""

    region: str
    account_role: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """What differs between two runs.

    ``unlike`` is empty where both asked the same. ``same_script`` is whether the scripts are the
    same but for the run's id; None where they asked different things. ``compared`` hosts are in
    both, of which ``unobserved`` gave no evidence in at least one.
    """

    a: Side
    b: Side
    unlike: tuple[Unlike, ...]
    same_script: bool | None
    changes: tuple[Change, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    compared: int
    unobserved: int

    @property
    def exit_code(self) -> int:
        """0 no difference, 1 differences, 4 not comparable: unlike questions, or no answers."""
        if self.unlike:
            return 4
        if self.changes or self.only_a or self.only_b or not self.same_script:
            return 1
        return 0 if self.compared > self.unobserved else 4


@dataclass(frozen=True, slots=True)
class Stretch:
    """Runs one after the other in which nothing changed. ``changes`` are what the first brought."""

    first: Seen
    last: Seen
    runs: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """One host through the runs that asked it the same, oldest stretch first.

    ``since`` is when the outcome was first what it is now, without a break; ``longer``: perhaps it
    was before, too, in runs that were not looked at. ``flips`` counts the changes of the outcome
    among the newest ``looked_at`` runs.
    """

    instance_id: str
    stretches: tuple[Stretch, ...]
    since: datetime
    longer: bool
    flips: int
    looked_at: int
    flapping: bool

    @property
    def newest(self) -> Seen:
        """The host in the newest run."""
        return self.stretches[-1].last
