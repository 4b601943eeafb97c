"""Counts of what is compliant: of items for each resource, of resources for each type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from orchestrator.sandbox.compliance.kept import Group
from orchestrator.sandbox.compliance.rules import RESOURCE

Json = dict[str, Any]

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNSPECIFIED")
"""The worst first."""


def status_of(group: Group) -> str:
    """A resource's status for a type: one item is enough to spoil it."""
    is_good = all(item.status == "COMPLIANT" for item in group.items)
    return "COMPLIANT" if is_good else "NON_COMPLIANT"


def severity_of(group: Group) -> str:
    """The worst severity of the items that its status comes from."""
    status = status_of(group)
    found = [item.severity for item in group.items if item.status == status]
    return min(found, key=SEVERITIES.index)


def of_resource(group: Group) -> Json:
    """A ResourceComplianceSummaryItem: the counts are of items."""
    pairs = [(item.status, item.severity) for item in group.items]
    return {
        "ComplianceType": group.kind,
        "ResourceType": RESOURCE,
        "ResourceId": group.resource_id,
        "Status": status_of(group),
        "OverallSeverity": severity_of(group),
        "ExecutionSummary": max(
            (item.execution for item in group.items), key=lambda e: float(e["ExecutionTime"])
        ),
        **_counts(pairs),
    }


def of_types(groups: Iterable[Group]) -> list[Json]:
    """ComplianceSummaryItems, by type: the counts are of resources."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for group in groups:
        found[group.kind].append((status_of(group), severity_of(group)))
    return [{"ComplianceType": kind, **_counts(found[kind])} for kind in sorted(found)]


def _counts(pairs: Sequence[tuple[str, str]]) -> Json:
    good = [severity for status, severity in pairs if status == "COMPLIANT"]
    bad = [severity for status, severity in pairs if status != "COMPLIANT"]
    return {
        "CompliantSummary": {"CompliantCount": len(good), "SeveritySummary": _by_severity(good)},
        "NonCompliantSummary": {
            "NonCompliantCount": len(bad),
            "SeveritySummary": _by_severity(bad),
        },
    }


def _by_severity(severities: Sequence[str]) -> Json:
    return {f"{word.title()}Count": severities.count(word) for word in SEVERITIES}
