"""What the three identities of a run need: the operator, the instance's role, the target role.

Which resources an action knows is from the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.checks import all_checks
from orchestrator.kinds import partition_of
from orchestrator.model.enums import Platform, Task
from orchestrator.model.fleet import NOWHERE, OutputS3
from orchestrator.model.plan import Permission
from orchestrator.model.procedure import Procedure, Step
from orchestrator.plan.calls import READS

DOCUMENTS: Mapping[Platform, str] = {
    Platform.WINDOWS: "AWS-RunPowerShellScript",
    Platform.LINUX: "AWS-RunShellScript",
}
"""The SSM document that runs the script."""

PUTS = ("s3:PutObject", "s3:PutObjectAcl")
"""What the agent needs to put output into a bucket: it gives each object to the bucket's owner by a
canned access list (amazon-ssm-agent, agent/s3util)."""

NAMED = 5
"""Targets that are named one by one; for more of them the resource is every instance."""


def permissions(
    procedure: Procedure,
    targets: tuple[str, ...],
    *,
    account_role: str = "",
    by_group: bool = False,
    output_s3: OutputS3 = NOWHERE,
) -> tuple[Permission, ...]:
    """Everything that must be allowed for all hosts to pass.

    ``account_role`` is assumed first, if it is not empty; ``by_group``: the targets are those of a
    resource group. The hosts' whole output goes to ``output_s3``.
    """
    reach = "reach the account of the instances"
    return (
        *([Permission("operator", "sts:AssumeRole", account_role, reach)] if account_role else ()),
        *(of_groups(procedure.region) if by_group else ()),
        *_operator(procedure.region, DOCUMENTS[procedure.platform], targets),
        *of_output(procedure.region, output_s3),
        *(of_the_switch(procedure) if procedure.task is Task.PROVE else ()),
    )


def of_groups(region: str) -> Iterator[Permission]:
    """What ListGroupResources needs of whoever asks (Resource Groups User Guide)."""
    group = f"arn:{partition_of(region)}:resource-groups:{region}:*:group/*"
    why = "see what is in the group"
    yield Permission("operator", "resource-groups:ListGroupResources", group, why)
    for action in (
        "tag:GetResources",
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackResources",
    ):
        yield Permission("operator", action, "*", why)


def of_output(region: str, where: OutputS3) -> Iterator[Permission]:
    """What it takes that output goes to S3 and is read there."""
    if where.bucket_name:
        objects = f"arn:{partition_of(region)}:s3:::{where.bucket_name}/{where.keys}"
        yield Permission("operator", "s3:GetObject", objects, "read output that SSM cuts")
        for action in PUTS:
            yield Permission("instance", action, objects, "put the whole output there")


def of_the_switch(procedure: Procedure) -> Iterator[Permission]:
    """What the instance's role and the role that it switches to need."""
    yield from _instance(procedure.profile.role_arn)
    yield from _target(procedure)


def _operator(region: str, name: str, targets: tuple[str, ...]) -> Iterator[Permission]:
    arn = f"arn:{partition_of(region)}"
    document = f"{arn}:ssm:{region}::document/{name}"
    yield Permission("operator", "ssm:DescribeInstanceInformation", "*", "look at the targets")
    yield Permission("operator", "ssm:SendCommand", document, "run this document")
    for resource in _instances(arn, region, targets):
        yield Permission("operator", "ssm:SendCommand", resource, "run it there")
    yield Permission("operator", "ssm:ListCommandInvocations", "*", "see how it ends")
    yield Permission("operator", "ssm:GetCommandInvocation", "*", "fetch output that was cut")
    yield Permission("operator", "ssm:ListCommands", "*", "find a command whose id was lost")
    yield Permission("operator", "ssm:CancelCommand", "*", "stop it with Ctrl-C")
    for action in READS:
        kind = "policy" if action.startswith("iam:GetPolicy") else "role"
        resource = "*" if action == "iam:ListRoles" else f"{arn}:iam::*:{kind}/*"
        yield Permission("operator", action, resource, "optional: say why it failed")


def _instances(arn: str, region: str, targets: tuple[str, ...]) -> list[str]:
    """The instances' ARNs. Which account they lie in is not known here."""
    found = [
        f"{arn}:ssm:{region}:*:managed-instance/{target}"
        if target.startswith("mi-")
        else f"{arn}:ec2:{region}:*:instance/{target}"
        for target in targets
    ]
    if len(found) <= NAMED:
        return found
    return list(dict.fromkeys(f"{name.rpartition('/')[0]}/*" for name in found))


def _instance(role_arn: str) -> Iterator[Permission]:
    agent = "the SSM agent's own work; AmazonSSMManagedInstanceCore holds all of it"
    yield Permission("instance", "ssm:UpdateInstanceInformation", "*", agent)
    yield Permission("instance", "sts:AssumeRole", role_arn, "switch to the role")


def _target(procedure: Procedure) -> Iterator[Permission]:
    role_arn = procedure.profile.role_arn
    trust = "its trust policy must let the instance's role in"
    yield Permission("target", "sts:AssumeRole", role_arn, trust)
    asked = (_asked(step, partition_of(procedure.region)) for step in procedure.steps)
    yield from filter(None, dict.fromkeys(asked))


def _asked(step: Step, partition: str) -> Permission | None:
    check = all_checks()[step.check]
    if check.action is None:
        return None
    resource = check.resource.format(partition=partition, **step.params)
    return Permission("target", check.action, resource, f"learn {check.title}")
