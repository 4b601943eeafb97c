"""Whether two runs asked the same, and if not, what of it differs."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.model.drift import Side, Unlike
from orchestrator.model.plan import Plan
from orchestrator.model.procedure import Procedure

_PARTS = {
    "runbook": "runbook",
    "shell": "shell",
    "mode": "mode",
    "ways": "ways to switch",
    "region": "region",
    "profile": "profile",
    "endpoints": "endpoints",
    "steps": "steps",
    "expectations": "expectations",
    "platform": "platform",
    "task": "task",
    "host_user": "host user",
    "force": "--force",
    "of_run": "the run that it is about",
    "schema": "form of the procedure",
}

Place = tuple[str, str]


def place_of(plan: Plan) -> Place:
    """Where the plan's hosts are: region, and the role that reaches the account."""
    return plan.procedure.region, plan.account_role


def unlike(a: Side, b: Side) -> Iterator[Unlike]:
    """The places in which the runs asked different things.

    Where they have no place in common, their first places are held to each other.
    """
    theirs = {place_of(plan): plan for plan in b.plans}
    pairs = [(plan, theirs[place_of(plan)]) for plan in a.plans if place_of(plan) in theirs]
    for ours, other in pairs or [(a.plans[0], b.plans[0])]:
        if ours.procedure_sha256 != other.procedure_sha256:
            yield Unlike(*place_of(ours), tuple(_differing(ours.procedure, other.procedure)))


def _differing(a: Procedure, b: Procedure) -> Iterator[str]:
    found = [name for part, name in _PARTS.items() if getattr(a, part) != getattr(b, part)]
    # Equal fields with unlike hashes: one of them was written by an orch that hashed more, or less.
    yield from found or ["what is hashed of it"]


def same_tools(a: Procedure, b: Procedure) -> bool:
    """Whether both were asked by the same tools of the host."""
    return a.shell is b.shell and a.ways == b.ways
