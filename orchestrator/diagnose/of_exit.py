"""A cause that the envelope and SSM show together: they do not tell of the same end."""

from __future__ import annotations

from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Found, cause


@cause(
    "exit-code-differs",
    "the script ended with another exit code than its own verdict leads to",
    means="The check script ends with 0, 10 or 20 as it judged PASS, FAIL or UNKNOWN, and SSM "
    "reports that code by itself. Where the two do not fit, the evidence was printed by somebody "
    "else, or the script was killed after it had printed.",
    mend="do not trust this host's output before you know who wrote it; look for a script of the "
    "runbook that does more than it should, then run again",
)
def exit_code_differs(case: Case) -> Found | None:
    """SSM's code is not the one that goes with the envelope's verdict."""
    found, invocation = case.found, case.invocation
    if found is None or invocation is None or found.fits(invocation.response_code):
        return None
    return Found(f"it judged {found.own_verdict}, and ended with {invocation.response_code}")
