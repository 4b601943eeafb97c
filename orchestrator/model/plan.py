"""A plan: the frozen data that `orch plan` prints and `orch run` interprets."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.model.fleet import NOWHERE, OutputS3, Tags
from orchestrator.model.procedure import Procedure

DELIVERY_TIMEOUT = 60
"""Seconds in which SSM must reach the agent (SendCommand's TimeoutSeconds, 30 to 2,592,000)."""

EXECUTION_TIMEOUT = 900
"""Seconds that the script may run (executionTimeout): a cold AWSPowerShell alone took 221.8 s."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call that the run makes: how often at least, and how often in its worst case."""

    operation: str
    least: int
    most: int
    why: str


@dataclass(frozen=True, slots=True)
class Permission:
    """What an identity needs so that the run can pass: `who` is operator, instance or target."""

    who: str
    action: str
    resource: str
    why: str


@dataclass(frozen=True, slots=True)
class Script:
    """A rendered script as it is sent: the text, and what a reviewer compares.

    ``parts`` are files that are only there to be read (`orch render`): name and text; the profile
    is one of them. ``packed`` names the one that travels packed, where the script would be too long
    otherwise; empty for none. ``sha256`` and ``size`` (bytes) are of the UTF-8 text. ``run_id`` is
    the id that stands in it, and so in what it prints; empty where that is the plan's own.
    """

    text: str
    sha256: str
    size: int
    parts: tuple[tuple[str, str], ...] = ()
    packed: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many hosts at once, and how many may fail before nothing more is sent.

    Numbers or percentages as SendCommand takes them (MaxConcurrency, MaxErrors), over all hosts of
    the plan. Empty: all at once, and no failure stops the others. ``canary`` hosts are sent to
    first, and the rest only when all of them have passed.
    """

    max_concurrency: str = ""
    max_errors: str = ""
    canary: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A target that nothing is sent to, or that may not answer, and why."""

    instance_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One run in one account and region, before it happens. Times are whole seconds.

    ``targets`` are all that get a verdict; those ``skipped`` are known beforehand to get none that
    is PASS. ``account_role`` is the role that the operator assumes to reach the account; empty for
    the operator's own. ``whole`` is the id of the run that this is one place's part of, where it
    has several, ``parts`` in all. Where there are ``tags``, one command is sent to whatever has
    them, and not to ids.
    ``restore`` is what is sent afterwards to the hosts that gave no evidence; None for
    nothing. ``doubtful`` are targets that are sent to although something about them may be in the
    way. ``output_s3`` is where the whole output goes that SSM itself would cut. ``schedule`` names
    the schedule that sent it; empty where `orch` did. ``output_folder`` is the step's part of the
    keys in S3; empty for AWS's documents, whose steps are known.
    """

    run_id: str
    procedure: Procedure
    procedure_sha256: str
    script: Script
    document: str
    targets: tuple[str, ...]
    delivery_timeout: int
    execution_timeout: int
    comment: str
    api_calls: tuple[ApiCall, ...]
    permissions: tuple[Permission, ...]
    worst_case: int
    host_folder: str
    restore: Plan | None = None
    pace: Pace = Pace()
    skipped: tuple[Skipped, ...] = ()
    account_role: str = ""
    whole: str = ""
    tags: Tags = ()
    doubtful: tuple[Skipped, ...] = ()
    parts: int = 1
    output_s3: OutputS3 = NOWHERE
    schedule: str = ""
    output_folder: str = ""

    @property
    def answered_as(self) -> str:
        """The run id that an answer of its script has to name.

        A schedule's script is the same in every run of it, so it cannot name the run.
        """
        return self.script.run_id or self.run_id
