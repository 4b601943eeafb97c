"""Compliance items of one account and region."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.statemanager.records import Execution, Target

ASSOCIATION = "Association"
CUSTOM = "Custom:"
MOST_TYPES = 10
"""Custom types that there may be in one account and region."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item. ``execution`` is the ExecutionSummary that it came with."""

    item_id: str
    title: str
    severity: str
    status: str
    details: Mapping[str, str]
    execution: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """All items of one type that a resource has. ``content_hash`` is empty where none came."""

    resource_id: str
    kind: str
    items: Sequence[Item]
    content_hash: str = ""


class Compliance:
    """All of one place."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: dict[tuple[str, str], Group] = {}

    def put(self, group: Group) -> None:
        """Let a resource have these items of that type, and no others any more.

        Nothing is done where the same content hash came before.
        ComplianceTypeCountLimitExceededException.
        """
        key = group.resource_id, group.kind
        with self._lock:
            known = self._groups.get(key)
            if known and group.content_hash and known.content_hash == group.content_hash:
                return
            kinds = {kind for _, kind in self._groups if kind.startswith(CUSTOM)} | {group.kind}
            if len(kinds) > MOST_TYPES:
                message = f"You can have at most {MOST_TYPES} custom compliance types."
                raise ApiError("ComplianceTypeCountLimitExceededException", message)
            if group.items:
                self._groups[key] = group
            else:
                self._groups.pop(key, None)

    def note(self, execution: Execution, target: Target) -> None:
        """Keep what a run of an association came to, unless its compliance is put by hand."""
        if not execution.terms.is_auto:
            return
        ended = target.date or execution.created
        item = Item(
            item_id=execution.association_id,
            title=execution.terms.name,
            severity=str(execution.terms.given.get("ComplianceSeverity", "UNSPECIFIED")),
            status="COMPLIANT" if target.status == "Success" else "NON_COMPLIANT",
            details={
                "DocumentName": execution.terms.name,
                "DocumentVersion": execution.document_version,
            },
            execution={
                "ExecutionTime": ended.timestamp(),
                "ExecutionId": execution.execution_id,
                "ExecutionType": "Command",
            },
        )
        with self._lock:
            self._replace(target.instance_id, execution.association_id, [item])

    def forget(self, association_id: str) -> None:
        """Keep nothing of an association that is no more."""
        with self._lock:
            for resource_id, kind in list(self._groups):
                if kind == ASSOCIATION:
                    self._replace(resource_id, association_id, [])

    def groups(self) -> Iterator[Group]:
        """All that there is, by resource and type."""
        with self._lock:
            found = sorted(self._groups.items())
        return (group for _, group in found)

    def _replace(self, resource_id: str, association_id: str, new: list[Item]) -> None:
        known = self._groups.get((resource_id, ASSOCIATION))
        others = [item for item in known.items if item.item_id != association_id] if known else []
        whole = others + new
        if whole:
            made = Group(resource_id, ASSOCIATION, whole)
            self._groups[resource_id, ASSOCIATION] = made
        else:
            self._groups.pop((resource_id, ASSOCIATION), None)
