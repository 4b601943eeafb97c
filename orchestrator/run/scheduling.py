"""A schedule brought about: what State Manager has is read, what is to be done is told, then done.

Each act leaves a state from which the next apply, or the next removal, goes on: whoever is killed
in between runs the same command again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

from orchestrator.errors import CannotRunError, UnreachableError
from orchestrator.kinds.timing import timing
from orchestrator.model.procedure import Procedure
from orchestrator.model.schedule import (
    Act,
    Deed,
    Found,
    KnownAssociation,
    SchedulePlan,
    Shown,
    Wanted,
)
from orchestrator.ports import Clock
from orchestrator.ports.schedules import StateManager
from orchestrator.render import read_header
from orchestrator.schedules import applying, ours, read_content, removing, serving
from orchestrator.waiting import look_until

NEWEST = 5
"""Executions that are shown of a schedule."""

READY = 60.0
"""Seconds in which a document that was made has become usable."""


def procedure_of(content: str) -> Procedure:
    """What a version of a document of ours asks; its script's header is checked against its hash.

    Raises:
        ValueError: it is none of ours.
    """
    return read_header(read_content(content).script).procedure


def plan_apply(wanted: Wanted, manager: StateManager) -> SchedulePlan:
    """What `apply` would do.

    Raises:
        CannotRunError: AWS cannot be asked, or a document of this name is somebody else's.
    """
    return _planned(wanted, manager.find(wanted.name))


def _planned(wanted: Wanted, found: Found) -> SchedulePlan:
    acts = applying(wanted, found, _before(found))
    region = wanted.procedure.region
    version = serving(wanted.document, found)
    return SchedulePlan(wanted.name, region, wanted.account_role, acts, version)


def _before(found: Found) -> Procedure | None:
    """What it asks now. What cannot be read is only told of less closely."""
    try:
        return procedure_of(found.content) if found.content else None
    except ValueError:
        return None


def apply(wanted: Wanted, manager: StateManager, clock: Clock) -> SchedulePlan:
    """Bring it about, and give back what was done; its version is the one that now runs.

    Raises:
        CannotRunError: AWS cannot be asked, or does not take it.
    """
    plan = plan_apply(wanted, manager)
    doing = _Doing(wanted, manager, clock, plan.version)
    for act in plan.acts:
        doing.do(act)
    return replace(plan, version=doing.version)


@dataclass(slots=True)
class _Doing:
    """Carries out acts. ``version`` is the document's that the association is to run."""

    wanted: Wanted
    manager: StateManager
    clock: Clock
    version: str

    def do(self, act: Act) -> None:
        association = replace(self.wanted.association, document_version=self.version)
        match act.deed:
            case Deed.MAKE_DOCUMENT:
                self.version = self.manager.make_document(self.wanted.document)
                self._wait()
            case Deed.ADD_VERSION:
                self.version = self.manager.add_version(self.wanted.document)
                self._wait()
            case Deed.MAKE_ASSOCIATION:
                self.manager.make_association(association)
            case Deed.UPDATE_ASSOCIATION:
                self.manager.update_association(act.target, association)
            case Deed.DELETE_ASSOCIATION:
                self.manager.delete_association(act.target)
            case Deed.DELETE_DOCUMENT:
                self.manager.delete_document(self.wanted.name)

    def _wait(self) -> None:
        """A version is usable a moment after it was made."""

        def status() -> str:
            document = self.manager.document(self.wanted.name)
            versions = document.versions if document else ()
            return next((item.status for item in versions if item.number == self.version), "")

        seen = look_until(
            status,
            lambda now: now in {"Active", "Failed"},
            clock=self.clock,
            deadline=READY,
            excused=UnreachableError,
        )
        if seen != "Active":
            what = f"version {self.version} of the document is {seen or 'not shown'}"
            mend = "run this again; `aws ssm describe-document` says why where it has failed"
            raise CannotRunError(what, where=self.wanted.name, mend=mend)


def plan_removal(name: str, region: str, account_role: str, manager: StateManager) -> SchedulePlan:
    """What `remove` would do.

    Raises:
        CannotRunError: AWS cannot be asked, or something of it is somebody else's.
    """
    return SchedulePlan(name, region, account_role, removing(name, manager.find(name)))


def remove(name: str, region: str, account_role: str, manager: StateManager) -> SchedulePlan:
    """Leave nothing of it in State Manager, and give back what there was.

    Raises:
        CannotRunError: AWS cannot be asked, or something of it is somebody else's.
    """
    plan = plan_removal(name, region, account_role, manager)
    for act in plan.acts:
        if act.deed is Deed.DELETE_ASSOCIATION:
            manager.delete_association(act.target)
        else:
            manager.delete_document(name)
    return plan


def seen(name: str, manager: StateManager, clock: Clock) -> Shown:
    """The schedule as it is, with its newest executions; nothing where there is none.

    Raises:
        CannotRunError: AWS cannot be asked, or something of it is somebody else's.
    """
    found = manager.find(name)
    removing(name, replace(found, associations=()))
    mine = ours(name, found)
    if not mine:
        return Shown(found.document)
    executions = tuple(islice(manager.executions(mine[0].association_id, None), NEWEST))
    before = _before(found)
    following = None
    with suppress(ValueError):  # somebody may have given it a schedule that we do not know
        following = timing(mine[0].spec.expression).after(clock.now(), mine[0].last)
    return Shown(found.document, mine, before.sha256() if before else "", executions, following)


def start(name: str, manager: StateManager) -> None:
    """Have it run once now.

    Raises:
        CannotRunError: there is none, or AWS cannot be asked.
    """
    manager.start(association_of(name, manager.find(name)).association_id)


def association_of(name: str, found: Found) -> KnownAssociation:
    """The schedule's association.

    Raises:
        CannotRunError: there is none, or its document is somebody else's.
    """
    removing(name, replace(found, associations=()))
    mine = ours(name, found)
    if not mine:
        what = "there is no schedule of this name"
        mend = "`orch schedule apply` makes it; check --name, --region and --profile"
        raise CannotRunError(what, where=name, mend=mend)
    return mine[0]
