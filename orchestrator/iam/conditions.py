"""The Condition element: clauses that must all hold.

IAM User Guide, "Condition operators", "Conditions with multiple context keys or values", and
"Single-valued vs. multivalued context keys".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.iam import values as read
from orchestrator.iam.facts import Facts
from orchestrator.iam.model import PolicyError
from orchestrator.iam.operators import OPERATORS, Test


class SetOperator(StrEnum):
    """How a key with several values is compared."""

    ANY = "ForAnyValue"
    ALL = "ForAllValues"


@dataclass(frozen=True, slots=True)
class Clause:
    """One key under one operator. ``key`` is in lower case; the tests are those of its values."""

    key: str
    tests: tuple[Test, ...]
    negated: bool
    if_exists: bool
    over: SetOperator | None

    def holds(self, facts: Facts) -> bool | None:
        """Whether the request fulfils it; None where a value of the request cannot be judged.

        A key that the request has not matches nothing, so a negated operator holds, and any does
        with IfExists. ForAllValues holds without a key, or with nothing but an empty text;
        ForAnyValue does not, negated or not, and IfExists does not help it.
        """
        given = facts.values(self.key)
        if self.over is not None and given is not None and not any(given):
            given = None
        if not given:
            return self._without_key()
        try:
            if self.over is SetOperator.ALL:
                return all(self._matches(value, facts) for value in given)
            if self.over is SetOperator.ANY:
                return any(self._matches(value, facts) for value in given)
            # AWS says that several values need a set operator; what happens without, it does not.
            return self._matches(given[0], facts) if len(given) == 1 else None
        except ValueError:
            return None

    def _matches(self, value: str, facts: Facts) -> bool:
        return any(test(value, facts) for test in self.tests) is not self.negated

    def _without_key(self) -> bool:
        if self.over is not None:
            return self.over is SetOperator.ALL
        return self.if_exists or self.negated


@dataclass(frozen=True, slots=True)
class NullClause:
    """Whether a key must be absent (``true``) or present (``false``)."""

    key: str
    absent: tuple[bool, ...]

    def holds(self, facts: Facts) -> bool | None:
        """Whether the request fulfils it."""
        return (not facts.values(self.key)) in self.absent


def clause(
    operator: str, key: str, wanted: Sequence[str], *, variables: bool
) -> Clause | NullClause:
    """One clause, compiled.

    Raises:
        PolicyError: there is no such operator, or a value is not of its type.
    """
    prefix, colon, name = operator.rpartition(":")
    if not colon and name == "Null":
        try:
            return NullClause(key.lower(), tuple(read.truth(value) for value in wanted))
        except ValueError as error:
            raise PolicyError(f"A value of {operator} is {error}.") from None
    base = name.removesuffix("IfExists")
    if base not in OPERATORS or (colon and prefix not in tuple(SetOperator)):
        raise PolicyError(f"Invalid Condition type : {operator}.")
    compare = OPERATORS[base]
    return Clause(
        key=key.lower(),
        tests=tuple(compare.compile(value, variables) for value in wanted),
        negated=compare.negated,
        if_exists=name != base,
        over=SetOperator(prefix) if colon else None,
    )


def holds(clauses: Sequence[Clause | NullClause], facts: Facts) -> bool | None:
    """Whether all hold; None where none fails but some cannot be judged."""
    judged = True
    for one in clauses:
        found = one.holds(facts)
        if found is False:
            return False
        judged = judged and found is True
    return True if judged else None
