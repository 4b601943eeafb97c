"""Level 2: why a host is not PASS. Causes come with evidence and a mend; none is guessed.

A cause is one function of a `Case` that gives a `Cause` or None, in the ``CAUSES`` of one module:
`of_invocation` for what SSM says of the command, `of_host` and `of_switch` for what the envelope
holds. Their order is from the most telling to the least.
"""

from __future__ import annotations

from orchestrator.diagnose import of_host, of_invocation, of_switch
from orchestrator.diagnose.case import Case
from orchestrator.model.enums import Outcome
from orchestrator.model.report import Cause

CATALOGUE = (
    *of_invocation.CAUSES,
    *of_host.CAUSES,
    *of_switch.CAUSES,
    *of_host.LATE_CAUSES,
)


def diagnose(case: Case) -> tuple[Cause, ...]:
    """The causes that this case has evidence for, most telling first; none for a PASS."""
    if case.outcome is Outcome.PASS:
        return ()
    found = [cause for rule in CATALOGUE if (cause := rule(case)) is not None]
    return tuple(found) or (_unexplained(case),)


def _unexplained(case: Case) -> Cause:
    failed = [v for v in case.verdicts if v.outcome is not Outcome.PASS]
    seen = "; ".join(f"{v.expectation}: expected {v.expected}, saw {v.observed}" for v in failed)
    return Cause(
        id="unexplained",
        title="nothing in the evidence says why",
        evidence=seen or f"SSM says {case.status_details}",
        mend="read the host's steps in `--output json`, and the script with `orch render`",
        certain=False,
    )


__all__ = ["CATALOGUE", "Case", "diagnose"]
