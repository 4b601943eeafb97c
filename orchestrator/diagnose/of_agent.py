"""Causes in what the instance's role lets its SSM agent do."""

from __future__ import annotations

from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Found, cause
from orchestrator.diagnose.questions import AgentRulings, managing

AGENT_POLICY = "AmazonSSMManagedInstanceCore"


@cause(
    "agent-not-allowed",
    "the instance's role does not let its SSM agent be",
    means="The agent signs with the instance's own role. It must be allowed to report "
    "(ssm:UpdateInstanceInformation) and to fetch its commands, by ssmmessages or by ec2messages; "
    "else SSM loses the instance, or never knows it. Where Default Host Management is on, the "
    "agent has another role for that. `orch doctor` looks at this; a run does not read the role.",
    mend="attach the managed policy AmazonSSMManagedInstanceCore to the instance's role, then "
    "restart the AmazonSSMAgent service",
)
def agent_not_allowed(case: Case) -> Found | None:
    """The role's policies lack what the agent needs, and SSM cannot reach it."""
    rulings = managing(case)
    if rulings is None or not rulings.lacks or is_reached(case):
        return None
    role = rulings.reports.request.caller.role_arn
    actions = ", ".join(ruling.request.action for ruling in rulings.lacks)
    return Found(f"the policies of {role} do not allow {actions}", attach_mend(rulings))


def attach_mend(rulings: AgentRulings) -> str:
    """The command that gives the role what its agent needs."""
    role = rulings.reports.request.caller.role_arn or ""
    name, partition = role.rpartition("/")[2], role.split(":")[1]
    policy = f"arn:{partition}:iam::aws:policy/{AGENT_POLICY}"
    return f"aws iam attach-role-policy --role-name {name} --policy-arn {policy}"


def is_reached(case: Case) -> bool:
    """Whether SSM says that the agent is online."""
    return case.managed is not None and case.managed.ping_status == "Online"
