"""Two runs, host by host; the same change on many hosts is one."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.drift.facts import BEFORE, ENGINE, OF_HOST, OF_QUESTION, OF_TOOLS
from orchestrator.drift.questions import place_of, same_tools, unlike
from orchestrator.model.drift import Change, Drift, HostFacts, Side
from orchestrator.model.plan import Plan

OUTCOME, CAUSE = "outcome", "first cause"


def compare(a: Side, b: Side) -> Drift:
    """What differs in ``b`` from ``a``.

    Where the runs asked different things, only what does not depend on the question is compared.
    """
    apart = tuple(unlike(a, b))
    plans_a, plans_b = ({place_of(plan): plan for plan in side.plans} for side in (a, b))
    both = sorted(a.hosts.keys() & b.hosts.keys())
    found: dict[tuple[str, str, str], list[str]] = {}
    for instance_id in both:
        was, now = a.hosts[instance_id], b.hosts[instance_id]
        asked = plans_a.get(_place(was)), plans_b.get(_place(now))
        for key in changes_of(was, now, _comparable(*asked)):
            found.setdefault(key, []).append(instance_id)
    changes = [Change(*key, tuple(ids)) for key, ids in found.items()]
    changes.sort(key=lambda change: (_rank(change.aspect), -len(change.instance_ids)))
    return Drift(
        a=a,
        b=b,
        unlike=apart,
        same_script=None if apart else _same_script(a, b),
        changes=tuple(changes),
        only_a=tuple(sorted(a.hosts.keys() - b.hosts.keys())),
        only_b=tuple(sorted(b.hosts.keys() - a.hosts.keys())),
        compared=len(both),
        unobserved=sum(not (a.hosts[i].observed and b.hosts[i].observed) for i in both),
    )


def _place(host: HostFacts) -> tuple[str, str]:
    return host.region, host.account_role


def _comparable(a: Plan | None, b: Plan | None) -> frozenset[str] | None:
    """The aspects that can be compared; None for all of them."""
    if a is not None and b is not None and a.procedure_sha256 == b.procedure_sha256:
        return None
    aspects = {*OF_HOST, BEFORE, f"{BEFORE} role's id"}
    if a is not None and b is not None and same_tools(a.procedure, b.procedure):
        aspects |= {ENGINE, *OF_TOOLS}
    return frozenset(aspects)


def changes_of(
    was: HostFacts, now: HostFacts, aspects: frozenset[str] | None = None
) -> Iterator[tuple[str, str, str]]:
    """Aspect, what it was, what it is: of these aspects alone, if some are given.

    An aspect that is not known of both is not compared.
    """
    if aspects is None:
        if was.outcome is not now.outcome:
            yield OUTCOME, was.outcome.value, now.outcome.value
        if was.cause != now.cause:
            yield CAUSE, was.cause, now.cause
    for aspect, value in was.known.items():
        other = now.known.get(aspect, value)
        if other != value and (aspects is None or aspect in aspects):
            yield aspect, value, other


def _same_script(a: Side, b: Side) -> bool:
    """In the places that both have; without one in common there is nothing to compare."""
    scripts = {place_of(plan): script for plan, script in zip(b.plans, b.scripts, strict=True)}
    return all(
        scripts.get(place_of(plan), script) == script
        for plan, script in zip(a.plans, a.scripts, strict=True)
    )


def _rank(aspect: str) -> int:
    """Outcomes first, then what was observed, then the host itself."""
    order = [OUTCOME, CAUSE]
    if aspect in order:
        return order.index(aspect)
    host = [ENGINE, *OF_TOOLS, *OF_HOST, *OF_QUESTION]
    return 3 + host.index(aspect) if aspect in host else 2
