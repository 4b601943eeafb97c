"""What is kept of a run beyond the life of the process that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orchestrator.model.enums import Outcome
from orchestrator.model.fleet import ManagedInstance
from orchestrator.model.plan import Plan


class RunState(StrEnum):
    """How far a run came: ``begun`` (perhaps it goes on still), or ``ended`` with its report."""

    BEGUN = "begun"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One line about a run. ``outcome`` and ``exit_code`` are None until it ended.

    ``whole`` is the id of the run that this is one place's part of, where it has several.
    ``schedule`` names the schedule that sent it. ``origin`` is the chain of the journal that it was
    imported from; empty for one's own.
    """

    run_id: str
    state: RunState
    started: datetime
    runbook: str
    plan_sha256: str
    region: str
    hosts: int
    ended: datetime | None = None
    outcome: Outcome | None = None
    exit_code: int | None = None
    whole: str = ""
    account_role: str = ""
    schedule: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class SentChunk:
    """One SendCommand of a run: up to 50 ids. Without an id its answer was never seen."""

    number: int
    instance_ids: tuple[str, ...]
    command_id: str | None


@dataclass(frozen=True, slots=True)
class Closing:
    """What a report says of the run as a whole, beside the plan and the hosts."""

    ended: datetime
    outcome: Outcome
    exit_code: int
    api_calls: Mapping[str, int]
    timings: Mapping[str, float]
    interrupted: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run as it can be taken up again, or told of.

    ``asked``: whether SSM could be asked for its targets. ``options`` are the operator's own, such
    as the AWS profile. ``closing`` is None until it ended.
    """

    record: RunRecord
    plan: Plan
    managed: Mapping[str, ManagedInstance]
    asked: bool
    chunks: tuple[SentChunk, ...]
    options: Mapping[str, str]
    closing: Closing | None


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """A run that a schedule sent, in short. ``options`` were kept when it was taken up first."""

    run_id: str
    schedule: str
    started: datetime
    is_ended: bool
    region: str
    account_role: str
    options: Mapping[str, str]
