"""What is said where no other rule finds anything."""

from __future__ import annotations

from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Found, cause
from orchestrator.model.enums import Outcome


@cause(
    "unexplained",
    "nothing in the evidence says why",
    means="An expectation does not hold or could not be observed, and no rule of the catalogue "
    "finds its reason in what came back. It is listed alone.",
    mend="read the host's steps in `--output json`, and the script with `orch render`",
    certain=False,
    last=True,
)
def unexplained(case: Case) -> Found | None:
    """What is missing, in the words of the verdicts."""
    failed = [v for v in case.verdicts if v.outcome is not Outcome.PASS]
    seen = "; ".join(f"{v.expectation}: expected {v.expected}, saw {v.observed}" for v in failed)
    return Found(seen or f"SSM says {case.status_details}")
