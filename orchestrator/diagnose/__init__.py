"""Level 2: why a host is not PASS. Causes come with evidence and a mend; none is guessed.

A cause is one rule with its entry (`catalogue.cause`) in a module that `CATALOGUE` reads:
`of_reach` for the way to the host, `of_schedule` for a schedule's run, `of_invocation` for what SSM
says of the command, `of_agent` for what its agent may do, `of_exit` for how the script ended,
`of_ways` for how the host was asked, `of_host`, `of_profile_file` and `of_switch` for what the
envelope holds, `of_policies` for what was read of IAM (`wanted` says what to read), `of_checks` for
what single checks bring to light. They stand there in their order, from the most telling to the
least.
"""

from __future__ import annotations

from orchestrator.diagnose import (
    of_agent,
    of_checks,
    of_exit,
    of_host,
    of_invocation,
    of_policies,
    of_profile_file,
    of_reach,
    of_schedule,
    of_switch,
    of_the_rest,
    of_ways,
)
from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Rule, rules_of
from orchestrator.diagnose.of_the_rest import unexplained
from orchestrator.diagnose.questions import wanted
from orchestrator.model.enums import Outcome
from orchestrator.model.report import Cause

_MODULES = (
    *(of_reach, of_schedule, of_invocation, of_agent, of_exit, of_ways, of_host),
    *(of_profile_file, of_policies, of_switch, of_checks, of_the_rest),
)

CATALOGUE: tuple[Rule, ...] = tuple(
    sorted((rule for module in _MODULES for rule in rules_of(module)), key=lambda rule: rule.last)
)
"""Every cause there is. What is `last` stands behind everything else."""


def diagnose(case: Case) -> tuple[Cause, ...]:
    """The causes that this case has evidence for, most telling first; none for a PASS.

    What is only possible comes behind what was found, and so does what is said for want of
    something closer.
    """
    if case.outcome is Outcome.PASS:
        return ()
    rules = (rule for rule in CATALOGUE if rule is not unexplained)
    found = [(rule, cause) for rule in rules if (cause := rule(case)) is not None]
    sure = {cause.id for _, cause in found if cause.certain}
    kept = [(rule, cause) for rule, cause in found if sure.isdisjoint(rule.narrower)]
    kept.sort(key=lambda pair: (pair[0].last, bool(pair[0].narrower) or not pair[1].certain))
    said = tuple(cause for _, cause in kept)
    return said or tuple(filter(None, [unexplained(case)]))


__all__ = ["CATALOGUE", "Case", "Rule", "diagnose", "wanted"]
