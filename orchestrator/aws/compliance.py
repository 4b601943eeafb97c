"""The compliance items of Systems Manager: the port `Compliance`, for real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.aws.errors import as_ours, code_of
from orchestrator.aws.paging import pages
from orchestrator.aws.session import READS, Access
from orchestrator.errors import CannotRunError
from orchestrator.model.compliance import HostItems, Item

TYPE = "Custom:OrchSwitchRole"
"""The compliance type: one for all schedules, since an account may have ten."""

_OF_HOSTS = "ManagedInstance"
_GONE = {"InvalidResourceId"}


class AwsCompliance:
    """See `orchestrator.ports.schedules.Compliance` for what each method promises."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._client = access.client("ssm", READS)

    def items(self, instance_id: str) -> HostItems | None:
        """What the host has of our type."""
        request = {
            "ResourceIds": [instance_id],
            "ResourceTypes": [_OF_HOSTS],
            "Filters": [{"Key": "ComplianceType", "Values": [TYPE], "Type": "EQUAL"}],
            "MaxResults": 50,
        }
        try:
            rows = [
                row
                for page in pages(
                    self._access, self._client, "ListComplianceItems", request, whole=True
                )
                for row in page.get("ComplianceItems", [])
            ]
        except CannotRunError as error:
            if _is_gone(error.__cause__):
                return None
            raise
        return HostItems(tuple(_item(row) for row in rows))

    def put(
        self,
        instance_id: str,
        items: Sequence[Item],
        content_hash: str,
        seen: datetime,
        execution_id: str,
    ) -> bool:
        """Put them in place of what the host has; False where SSM does not manage it any more."""
        with as_ours("PutComplianceItems", self._access.region, self._access.profile):
            try:
                self._client.put_compliance_items(
                    ResourceId=instance_id,
                    ResourceType=_OF_HOSTS,
                    ComplianceType=TYPE,
                    ExecutionSummary={
                        "ExecutionTime": seen,
                        "ExecutionId": execution_id,
                        "ExecutionType": "orch",
                    },
                    Items=[_row(item) for item in items],
                    ItemContentHash=content_hash,
                )
            except ClientError as error:
                if _is_gone(error):
                    return False
                raise
        return True


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        row.get("Id", ""),
        row.get("Title", ""),
        row.get("Severity", "UNSPECIFIED"),
        row.get("Status", ""),
        dict(row.get("Details", {})),
    )


def _row(item: Item) -> Mapping[str, Any]:
    return {
        **({"Id": item.id} if item.id else {}),
        "Title": item.title,
        "Severity": item.severity,
        "Status": item.status,
        "Details": dict(item.details),
    }


def _is_gone(error: BaseException | None) -> bool:
    return isinstance(error, ClientError) and code_of(error) in _GONE
