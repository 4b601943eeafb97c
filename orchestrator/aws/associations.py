"""Associations as botocore has them, and as we do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from orchestrator.aws.shapes import in_utc
from orchestrator.model.fleet import OutputS3
from orchestrator.model.schedule import (
    Association,
    Execution,
    ExecutionTarget,
    KnownAssociation,
    KnownVersion,
)


def request_of(wanted: Association) -> dict[str, Any]:
    """All of it: UpdateAssociation forgets what it is not given again."""
    where = wanted.output_s3
    s3 = {"OutputS3BucketName": where.bucket_name, "OutputS3KeyPrefix": where.key_prefix}
    given = {name: value for name, value in s3.items() if value}
    return {
        "Name": wanted.name,
        "DocumentVersion": wanted.document_version,
        "AssociationName": wanted.name,
        "Targets": [{"Key": key, "Values": [*values]} for key, values in wanted.targets],
        "ScheduleExpression": wanted.expression,
        "MaxConcurrency": wanted.max_concurrency,
        "MaxErrors": wanted.max_errors,
        "ComplianceSeverity": wanted.severity,
        "SyncCompliance": wanted.sync,
        "ApplyOnlyAtCronInterval": wanted.only_at_cron,
        **({"OutputLocation": {"S3Location": given}} if given else {}),
        **({"AssociationDispatchAssumeRole": wanted.dispatch_role} if wanted.dispatch_role else {}),
    }


def association_of(row: Mapping[str, Any]) -> Association:
    """A row of DescribeAssociation, ListAssociationVersions or what making one answers."""
    s3 = row.get("OutputLocation", {}).get("S3Location", {})
    return Association(
        name=row.get("AssociationName", ""),
        document_version=row.get("DocumentVersion", ""),
        targets=tuple((item["Key"], tuple(item["Values"])) for item in row.get("Targets", [])),
        expression=row.get("ScheduleExpression", ""),
        only_at_cron=bool(row.get("ApplyOnlyAtCronInterval", False)),
        severity=row.get("ComplianceSeverity", "UNSPECIFIED"),
        max_concurrency=row.get("MaxConcurrency", ""),
        max_errors=row.get("MaxErrors", ""),
        output_s3=OutputS3(s3.get("OutputS3BucketName", ""), s3.get("OutputS3KeyPrefix", "")),
        dispatch_role=row.get("AssociationDispatchAssumeRole", ""),
        sync=row.get("SyncCompliance", "AUTO"),
    )


def known_association(row: Mapping[str, Any]) -> KnownAssociation:
    """The answer of DescribeAssociation."""
    overview = row.get("Overview", {})
    counts = overview.get("AssociationStatusAggregatedCount", {})
    return KnownAssociation(
        association_id=row["AssociationId"],
        document=row["Name"],
        version=row.get("AssociationVersion", ""),
        spec=association_of(row),
        last=in_utc(row.get("LastExecutionDate")),
        status=overview.get("DetailedStatus") or overview.get("Status", ""),
        counts=tuple(sorted((name, int(count)) for name, count in counts.items())),
    )


def known_version(row: Mapping[str, Any]) -> KnownVersion:
    """A row of ListDocumentVersions."""
    return KnownVersion(
        row["DocumentVersion"], row.get("VersionName", ""), row.get("Status", "Active")
    )


def execution_of(row: Mapping[str, Any]) -> Execution:
    """A row of DescribeAssociationExecutions."""
    return Execution(
        execution_id=row["ExecutionId"],
        association_id=row["AssociationId"],
        version=row.get("AssociationVersion", ""),
        status=row.get("Status", ""),
        details=row.get("DetailedStatus", ""),
        created=row["CreatedTime"].astimezone(UTC),
    )


def target_of(row: Mapping[str, Any]) -> ExecutionTarget:
    """A row of DescribeAssociationExecutionTargets."""
    source = row.get("OutputSource", {})
    is_command = source.get("OutputSourceType") == "RunCommand"
    return ExecutionTarget(
        instance_id=row["ResourceId"],
        status=row.get("Status", ""),
        details=row.get("DetailedStatus", ""),
        command_id=source.get("OutputSourceId", "") if is_command else "",
        at=in_utc(row.get("LastExecutionDate")),
    )
