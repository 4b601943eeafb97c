"""What a schedule needs: the operator to bring it about, to collect, and to publish."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.kinds import partition_of
from orchestrator.model.fleet import NOWHERE, OutputS3
from orchestrator.model.plan import Permission
from orchestrator.model.procedure import Procedure
from orchestrator.plan.permissions import of_groups, of_output, of_the_switch

OF_DOCUMENTS = (
    ("ssm:DescribeDocument", "see what there is"),
    ("ssm:ListDocumentVersions", "see what there is"),
    ("ssm:GetDocument", "see what is asked"),
    ("ssm:CreateDocument", "make the document"),
    ("ssm:UpdateDocument", "add a version"),
    ("ssm:DeleteDocument", "remove it"),
    ("ssm:CreateAssociation", "make the association"),
    ("ssm:UpdateAssociation", "change it"),
)
"""What is asked of a document by its ARN."""

OF_ASSOCIATIONS = (
    ("ssm:CreateAssociation", "make it"),
    ("ssm:UpdateAssociation", "change it"),
    ("ssm:DescribeAssociation", "see what there is"),
    ("ssm:DeleteAssociation", "remove it"),
    ("ssm:StartAssociationsOnce", "run it now"),
    ("ssm:ListAssociationVersions", "collect: what it ran"),
    ("ssm:DescribeAssociationExecutions", "collect: when it ran"),
    ("ssm:DescribeAssociationExecutionTargets", "collect: where it ran"),
)
"""What is asked of an association by its ARN, whose id nobody knows before it is made."""

OF_ALL = (
    ("ssm:ListAssociations", "find the association"),
    ("ssm:ListCommandInvocations", "collect: what the hosts said"),
    ("ssm:GetCommandInvocation", "collect: output that was cut"),
    ("ssm:DescribeInstanceInformation", "collect: why a host said nothing"),
    ("ssm:ListComplianceItems", "publish: what a host has"),
)
"""What knows no narrower resource (Service Authorization Reference)."""


def schedule_permissions(
    asked: Procedure,
    name: str,
    *,
    account_role: str = "",
    by_group: bool = False,
    output_s3: OutputS3 = NOWHERE,
    dispatch_role: str = "",
) -> tuple[Permission, ...]:
    """Everything that must be allowed so that the schedule comes about and its hosts pass.

    ``account_role`` is assumed first, if it is not empty; ``by_group``: its targets are a resource
    group. ``dispatch_role`` is the role that State Manager sends with, if one is named.
    """
    return (
        *_operator(asked.region, name, account_role, dispatch_role),
        *(of_groups(asked.region) if by_group else ()),
        *of_output(asked.region, output_s3),
        *of_the_switch(asked),
    )


def _operator(
    region: str, name: str, account_role: str, dispatch_role: str
) -> Iterator[Permission]:
    if account_role:
        why = "reach the account of the instances"
        yield Permission("operator", "sts:AssumeRole", account_role, why)
    arn = f"arn:{partition_of(region)}:ssm:{region}:*"
    for action, why in OF_DOCUMENTS:
        yield Permission("operator", action, f"{arn}:document/{name}", why)
    for action, why in OF_ASSOCIATIONS:
        yield Permission("operator", action, f"{arn}:association/*", why)
    for action, why in OF_ALL:
        yield Permission("operator", action, "*", why)
    instances = f"arn:{partition_of(region)}:ec2:{region}:*:instance/*"
    for hosts in (instances, f"{arn}:managed-instance/*"):
        yield Permission("operator", "ssm:PutComplianceItems", hosts, "publish: how it stands")
    if dispatch_role:
        yield Permission("operator", "iam:PassRole", dispatch_role, "let State Manager send as it")
