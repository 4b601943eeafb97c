"""Level 2: why a host is not PASS. Causes come with evidence and a mend; none is guessed.

A cause is one rule with its entry (`catalogue.cause`) in a module that `CATALOGUE` reads:
`of_invocation` for what SSM says of the command, `of_host` and `of_switch` for what the envelope
holds. They stand there in their order, from the most telling to the least.
"""

from __future__ import annotations

from orchestrator.diagnose import of_host, of_invocation, of_switch, of_the_rest
from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Rule, rules_of
from orchestrator.diagnose.of_the_rest import unexplained
from orchestrator.model.enums import Outcome
from orchestrator.model.report import Cause

_MODULES = (of_invocation, of_host, of_switch, of_the_rest)

CATALOGUE: tuple[Rule, ...] = tuple(
    sorted((rule for module in _MODULES for rule in rules_of(module)), key=lambda rule: rule.last)
)
"""Every cause there is. What is `last` stands behind everything else."""


def diagnose(case: Case) -> tuple[Cause, ...]:
    """The causes that this case has evidence for, most telling first; none for a PASS."""
    if case.outcome is Outcome.PASS:
        return ()
    rules = (rule for rule in CATALOGUE if rule is not unexplained)
    found = [cause for rule in rules if (cause := rule(case)) is not None]
    return tuple(found) or tuple(filter(None, [unexplained(case)]))


__all__ = ["CATALOGUE", "Case", "Rule", "diagnose"]
