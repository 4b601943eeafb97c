"""One statement, compiled, and the policy that it stands in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.iam import conditions, patterns
from orchestrator.iam.conditions import Clause, NullClause
from orchestrator.iam.facts import Facts
from orchestrator.iam.model import PolicyKind, Request, StatementRef
from orchestrator.iam.principals import Grant, Principals
from orchestrator.iam.variables import Template


@dataclass(frozen=True, slots=True)
class Actions:
    """Action or NotAction. Names in lower case; letter case of actions does not count."""

    exact: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    negated: bool = False

    def cover(self, action: str) -> bool:
        """Whether the action, in lower case, is one of them (or, negated, none)."""
        found = action in self.exact or any(p.fullmatch(action) for p in self.patterns)
        return found is not self.negated


@dataclass(frozen=True, slots=True)
class Resources:
    """Resource or NotResource. Letter case of ARNs counts."""

    everything: bool
    patterns: tuple[re.Pattern[str], ...]
    templates: tuple[Template, ...]
    negated: bool = False

    def cover(self, resource: str, facts: Facts) -> bool | None:
        """Whether the ARN is one of them (or, negated, none).

        A variable without a value "will not match any resource", in NotResource too. Whether that
        leaves the resource in or out there the guide does not say: None.
        """
        if self.everything or any(pattern.fullmatch(resource) for pattern in self.patterns):
            return not self.negated
        unknown = False
        for template in self.templates:
            tokens = template.filled(facts)
            pattern = patterns.arn(tokens) if tokens is not None else None
            if pattern is not None and pattern.fullmatch(resource):
                return not self.negated
            unknown = unknown or tokens is None
        return None if unknown and self.negated else self.negated


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    ``resources`` is None in a trust policy, which speaks of its own role alone, and ``principals``
    where the policy's owner is meant.
    """

    ref: StatementRef
    denies: bool
    actions: Actions
    resources: Resources | None
    principals: Principals | None
    not_principal: bool
    clauses: tuple[Clause | NullClause, ...]

    def applies(self, request: Request, action: str, facts: Facts, *, bounded: bool) -> Grant:
        """How near the statement is to the request; NONE where it does not apply.

        ``action`` is the request's in lower case; ``bounded`` whether the caller has a permissions
        boundary. What cannot be judged never helps the caller: then a Deny applies and an Allow
        does not.
        """
        if not self.actions.cover(action):
            return Grant.NONE
        if self.resources is not None:
            covered = self.resources.cover(request.resource, facts)
            if not (self.denies if covered is None else covered):
                return Grant.NONE
        grant = self._grant(request, bounded=bounded)
        if grant is Grant.NONE or not self.clauses:
            return grant
        held = conditions.holds(self.clauses, facts)
        return grant if (self.denies if held is None else held) else Grant.NONE

    def _grant(self, request: Request, *, bounded: bool) -> Grant:
        if self.principals is None:
            return Grant.DIRECT
        if not self.not_principal:
            return self.principals.grant(request.caller)
        # With a boundary nobody is left out (IAM User Guide, "Permissions boundaries", Important).
        left_out = self.principals.excepts(request.caller) and not bounded
        return Grant.NONE if left_out else Grant.DIRECT


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy document, compiled by `parse_policy`."""

    kind: PolicyKind
    name: str
    statements: tuple[Statement, ...]
