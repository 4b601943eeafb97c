"""Level 2: from a runbook and its values to the plan of a run. Pure: the same in, the same out.

`procedure` says what a host is asked; a script is rendered from it; `plan` puts both together with
the targets and says what the run costs and needs. `lines` is the plan for people.
"""

from __future__ import annotations

from orchestrator.plan.making import MARGIN, new_run_id, plan
from orchestrator.plan.of_schedule import schedule_permissions
from orchestrator.plan.procedure import OnTheHost, before_alone, procedure
from orchestrator.plan.scheduled import scheduled_plan
from orchestrator.plan.tasks import (
    RESTORE_DELIVERY,
    RESTORE_EXECUTION,
    RESTORE_STORE,
    restore_id,
    restoring,
    restoring_all,
    uninstalling,
)
from orchestrator.plan.text import lines
from orchestrator.plan.values import resolve

__all__ = [
    "MARGIN",
    "RESTORE_DELIVERY",
    "RESTORE_EXECUTION",
    "RESTORE_STORE",
    "OnTheHost",
    "before_alone",
    "lines",
    "new_run_id",
    "plan",
    "procedure",
    "resolve",
    "restore_id",
    "restoring",
    "restoring_all",
    "schedule_permissions",
    "scheduled_plan",
    "uninstalling",
]
