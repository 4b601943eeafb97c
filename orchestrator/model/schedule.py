"""A schedule: what State Manager is to have, what it has, and what it has done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orchestrator.model.enums import Outcome
from orchestrator.model.fleet import FINAL, NOWHERE, OutputS3
from orchestrator.model.plan import Permission
from orchestrator.model.procedure import Procedure

Targets = tuple[tuple[str, tuple[str, ...]], ...]
"""Targets as State Manager takes them: keys such as ``tag:env``, each with its values."""


class Severity(StrEnum):
    """How bad it is where a host fails, in State Manager's words."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"
    UNSPECIFIED = "UNSPECIFIED"


@dataclass(frozen=True, slots=True)
class Association:
    """An association as it is wanted, or as it is.

    ``name`` is its own and its document's. ``document_version`` is a number; empty where it is yet
    to be made. ``expression`` is whole: ``rate(1 day)``. An empty ``dispatch_role`` is none.
    """

    name: str
    document_version: str
    targets: Targets
    expression: str
    only_at_cron: bool = False
    severity: str = Severity.UNSPECIFIED
    max_concurrency: str = "100%"
    max_errors: str = "100%"
    output_s3: OutputS3 = NOWHERE
    dispatch_role: str = ""
    sync: str = "MANUAL"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is wanted. ``content`` is its JSON; ``label`` names this content alone."""

    name: str
    content: str
    label: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that a schedule is to be in one account and region.

    ``timeout`` are seconds. ``run_id`` is the one that its script names.
    """

    name: str
    procedure: Procedure
    plan_sha256: str
    run_id: str
    timeout: int
    document: Document
    association: Association
    account_role: str = ""
    permissions: tuple[Permission, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A version of a document. Its ``label`` is VersionName, empty where it has none."""

    number: str
    label: str
    status: str


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A document that there is. ``description`` is its own, ``versions`` all that it has."""

    name: str
    description: str
    versions: tuple[KnownVersion, ...]


@dataclass(frozen=True, slots=True)
class KnownAssociation:
    """An association that there is.

    ``document`` is the name of what it runs, ``version`` its own. ``last`` is when it last ran.
    ``status`` is that of its overview, ``counts`` the hosts by status.
    """

    association_id: str
    document: str
    version: str
    spec: Association
    last: datetime | None = None
    status: str = ""
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a schedule in one account and region.

    ``content`` is that of the version which the association runs; empty where there is none.
    """

    document: KnownDocument | None = None
    associations: tuple[KnownAssociation, ...] = ()
    content: str = ""


class Deed(StrEnum):
    """One call that changes something."""

    MAKE_DOCUMENT = "make-document"
    ADD_VERSION = "add-version"
    MAKE_ASSOCIATION = "make-association"
    UPDATE_ASSOCIATION = "update-association"
    DELETE_ASSOCIATION = "delete-association"
    DELETE_DOCUMENT = "delete-document"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to be done, and what it changes.

    ``target`` is the id of an association that is there already.
    """

    deed: Deed
    what: str
    changes: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """What is to be done in one account and region, before it is. No act: it is as it should be.

    ``version`` is the document's version that serves already; empty where one is to be made.
    """

    name: str
    region: str
    account_role: str
    acts: tuple[Act, ...]
    version: str = ""


@dataclass(frozen=True, slots=True)
class Execution:
    """One time that State Manager ran an association. ``version`` is the association's."""

    execution_id: str
    association_id: str
    version: str
    status: str
    details: str
    created: datetime

    @property
    def final(self) -> bool:
        """Whether this status can still change."""
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class ExecutionTarget:
    """One host's part of it. ``command_id`` is empty where no command was sent."""

    instance_id: str
    status: str
    details: str
    command_id: str = ""
    at: datetime | None = None

    @property
    def final(self) -> bool:
        """Whether this status can still change."""
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class Shown:
    """A schedule as State Manager has it, to be shown.

    ``plan_sha256`` is of what it asks now; empty where that cannot be read. ``executions`` are the
    newest, newest first. ``following`` is when it runs next, as far as that can be told.
    """

    document: KnownDocument | None = None
    associations: tuple[KnownAssociation, ...] = ()
    plan_sha256: str = ""
    executions: tuple[Execution, ...] = ()
    following: datetime | None = None

    @property
    def is_there(self) -> bool:
        """Whether there is anything of it."""
        return self.document is not None or bool(self.associations)


@dataclass(frozen=True, slots=True)
class Change:
    """A host whose outcome differs from what was known of it before: None where nothing was."""

    instance_id: str
    name: str
    before: Outcome | None
    now: Outcome
    cause: str


@dataclass(frozen=True, slots=True)
class Collected:
    """An execution that was collected, in short."""

    run_id: str
    schedule: str
    started: datetime
    outcome: Outcome
    tally: Mapping[Outcome, int]
    hosts: int
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()


ENDED = FINAL | {"Skipped"}
"""Statuses of executions and of their targets that never change again."""
