"""Causes in a schedule's run: it is looked at afterwards, and so too early or too late."""

from __future__ import annotations

from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Found, cause


@cause(
    "evidence-dropped",
    "what this host said, or what it was asked, is not kept any more",
    means="State Manager ran the schedule, and `orch collect` came too late for what the hosts "
    "said: AWS drops commands and executions after some weeks. Or nobody can tell what was asked: "
    "the version of the document that ran was deleted or edited by hand, or the association named "
    "none. What was collected before stays in the journal.",
    mend="collect more often than AWS forgets, e.g. every day: `orch collect --all`; and change a "
    "schedule by `orch schedule apply` alone",
)
def evidence_dropped(case: Case) -> Found | None:
    """The command, or the execution, is not shown any more."""
    return Found(case.dropped) if case.dropped else None


@cause(
    "still-pending",
    "the schedule's run has not ended on this host yet",
    means="State Manager has begun to run the schedule, and shows no end on this host: the script "
    "runs still, or the command waits for an agent that cannot be reached. Nothing is known of the "
    "host until then.",
    mend="run `orch collect` again later; it looks until there is an end",
    narrower=("agent-offline", "agent-too-old"),
)
def still_pending(case: Case) -> Found | None:
    """No end is shown yet."""
    return Found(case.pending) if case.pending else None
