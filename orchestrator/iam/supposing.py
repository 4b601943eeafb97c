"""Decisions of a request whose condition keys are not all known, and statements that come near.

`supposing` takes out what cannot be judged, once in the caller's favour and once against it. Where
`decide` says the same of both, the unknown keys make no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from orchestrator.iam.conditions import Clause, NullClause
from orchestrator.iam.decision import Policies
from orchestrator.iam.facts import Facts
from orchestrator.iam.model import Request, StatementRef
from orchestrator.iam.principals import Grant
from orchestrator.iam.statement import Policy, Statement

Known = Callable[[Clause | NullClause], bool]
"""Whether the request, as far as it is known, settles a condition."""


def supposing(policies: Policies, known: Known, *, generous: bool) -> Policies:
    """The policies without conditions that cannot be judged.

    ``generous``: they are taken for whatever helps the caller; else for what stands in its way.
    """

    def of(policy: Policy | None) -> Policy | None:
        if policy is None:
            return None
        kept = (_supposed(one, known, generous=generous) for one in policy.statements)
        return replace(policy, statements=tuple(one for one in kept if one is not None))

    def of_all(many: tuple[Policy, ...]) -> tuple[Policy, ...]:
        return tuple(one for one in map(of, many) if one is not None)

    return Policies(
        identity=of_all(policies.identity),
        resource=of(policies.resource),
        boundary=of(policies.boundary),
        session=of(policies.session),
        service_control=tuple(of_all(level) for level in policies.service_control),
    )


def _supposed(statement: Statement, known: Known, *, generous: bool) -> Statement | None:
    settled = tuple(clause for clause in statement.clauses if known(clause))
    if len(settled) == len(statement.clauses):
        return statement
    applies = generous is not statement.denies
    return replace(statement, clauses=settled) if applies else None


class Miss(StrEnum):
    """What of a statement does not fit the request."""

    RESOURCE = "resource"
    PRINCIPAL = "principal"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Near:
    """An Allow for this action that does not apply. ``keys`` are of conditions that do not hold."""

    ref: StatementRef
    miss: Miss
    keys: tuple[str, ...] = ()


def near(request: Request, policy: Policy) -> tuple[Near, ...]:
    """The Allows of the policy that are about this action, and do not apply to the request."""
    return tuple(_near(request, policy, Facts(request)))


def _near(request: Request, policy: Policy, facts: Facts) -> Iterator[Near]:
    for one in policy.statements:
        if one.denies or not one.actions.cover(request.action.lower()):
            continue
        if one.resources is not None and not one.resources.cover(request.resource, facts):
            yield Near(one.ref, Miss.RESOURCE)
        elif one.principals is not None and one.principals.grant(request.caller) is Grant.NONE:
            yield Near(one.ref, Miss.PRINCIPAL)
        else:
            keys = [clause.key for clause in one.clauses if clause.holds(facts) is not True]
            if keys:
                yield Near(one.ref, Miss.CONDITION, tuple(dict.fromkeys(keys)))
