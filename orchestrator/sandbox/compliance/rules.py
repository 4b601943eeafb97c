"""What may be put: the rules of PutComplianceItems beyond the API model's."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from typing import Any

from orchestrator.sandbox.compliance.kept import CUSTOM, Group, Item
from orchestrator.sandbox.runcommand.errors import ApiError

RESOURCE = "ManagedInstance"
LARGEST_ITEM = 64 * 1024
LARGEST = 1024 * 1024
"""Bytes of an item, and of all in a request. The errors are documented, the figures are not."""


def group_of(request: Mapping[str, Any], managed: Container[str]) -> Group:
    """The items that a valid request puts, for one of the instances that are managed here.

    Raises ApiError: InvalidResourceType, InvalidResourceId, InvalidItemContentException,
    ItemSizeLimitExceededException, TotalSizeLimitExceededException; ValidationException for what
    is not in the sandbox.
    """
    check_resource_type(request["ResourceType"])
    kind, resource_id = request["ComplianceType"], request["ResourceId"]
    if not kind.startswith(CUSTOM) or request.get("UploadType", "COMPLETE") != "COMPLETE":
        message = f"Items of another type than {CUSTOM}NAME, and PARTIAL, are not in the sandbox"
        raise ApiError("ValidationException", message)
    if resource_id not in managed:
        raise ApiError("InvalidResourceId", f"{resource_id} is not managed here.")
    rows = request["Items"]
    sizes = [len(json.dumps(row).encode()) for row in rows]
    if any(size > LARGEST_ITEM for size in sizes):
        raise ApiError("ItemSizeLimitExceededException", "An item is too large.")
    if sum(sizes) > LARGEST:
        raise ApiError("TotalSizeLimitExceededException", "The items are too large together.")
    ids = [row.get("Id") for row in rows]
    if not all(ids) or len(set(ids)) < len(ids):
        message = "Each item needs an Id that no other one has."
        raise ApiError("InvalidItemContentException", message)
    items = [_item(row, request["ExecutionSummary"]) for row in rows]
    return Group(resource_id, kind, items, request.get("ItemContentHash", ""))


def check_resource_type(kind: str) -> None:
    """InvalidResourceType for any but the one that there is."""
    if kind != RESOURCE:
        raise ApiError("InvalidResourceType", f"The only resource type is {RESOURCE}.")


def _item(row: Mapping[str, Any], execution: Mapping[str, Any]) -> Item:
    return Item(
        item_id=row["Id"],
        title=row.get("Title", ""),
        severity=row["Severity"],
        status=row["Status"],
        details=row.get("Details", {}),
        execution=execution,
    )
