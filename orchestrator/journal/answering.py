"""Holds what came from elsewhere to what was asked: reports tell it in the plan's own terms."""

from __future__ import annotations

from orchestrator.checks import all_checks
from orchestrator.kinds import shown
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostReport


def hold_steps(plan: Plan) -> None:
    """ValueError where a step asks what nobody here knows."""
    for step in plan.procedure.steps:
        check = all_checks().get(step.check)
        if check is None:
            raise ValueError(f"{shown(step.check)} is no check that this orch knows")
        if missing := set(check.params) - set(check.defaults) - set(step.params):
            raise ValueError(f"the check {step.check} lacks its {min(missing)}")


def hold_host(report: HostReport, plan: Plan) -> None:
    """ValueError where it tells of another place than the plan's, or of what was not asked."""
    place = report.region, report.account_role
    if place not in {("", ""), (plan.procedure.region, plan.account_role)}:
        raise ValueError(f"what it says of {report.instance_id} is about another place")
    asked = {(step.id, step.check, step.phase) for step in plan.procedure.steps}
    for item in report.evidence.observations if report.evidence else ():
        if (item.step, item.check, item.phase) not in asked:
            what = f"what it says of {report.instance_id} answers {shown(item.step)}"
            raise ValueError(f"{what}, which was not asked")
