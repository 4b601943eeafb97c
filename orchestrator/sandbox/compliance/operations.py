"""What each operation does: from a valid request to its answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.sandbox.compliance.kept import Compliance, Group, Item
from orchestrator.sandbox.compliance.rules import RESOURCE, check_resource_type, group_of
from orchestrator.sandbox.compliance.summaries import of_resource, of_types, severity_of, status_of
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.paging import one_page

Json = dict[str, Any]

_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Call:
    """One valid request to one place; ``managed`` are the ids of the instances there.

    ``allow`` raises unless the operation is allowed on that resource.
    """

    compliance: Compliance
    place: Place
    managed: Collection[str]
    request: Mapping[str, Any]
    allow: Callable[[str], None]


def put_compliance_items(call: Call) -> Json:
    """PutComplianceItems, of custom types."""
    place, resource_id = call.place, call.request["ResourceId"]
    call.allow(f"arn:aws:ec2:{place.region}:{place.account}:instance/{resource_id}")
    call.compliance.put(group_of(call.request, call.managed))
    return {}


def list_compliance_items(call: Call) -> Json:
    """ListComplianceItems, of one resource, or where none is named of all."""
    call.allow("*")
    for kind in call.request.get("ResourceTypes", []):
        check_resource_type(kind)
    wanted = call.request.get("ResourceIds", [])
    if len(wanted) > 1:
        raise ApiError("ValidationException", "Currently, you can only specify one resource ID.")
    for resource_id in wanted:
        if resource_id not in call.managed:
            raise ApiError("InvalidResourceId", f"{resource_id} is not managed here.")
    filters = _filters(call, {"ComplianceType", "Severity", "Status"})
    rows = (
        (group, item)
        for group in call.compliance.groups()
        if not wanted or group.resource_id in wanted
        for item in group.items
        if _fits(filters, _words_of_item(group, item))
    )
    page, more = one_page(rows, call.request, _A_PAGE)
    return {"ComplianceItems": [_row(group, item) for group, item in page], **more}


def list_compliance_summaries(call: Call) -> Json:
    """ListComplianceSummaries: for each type, how many resources are compliant."""
    call.allow("*")
    page, more = one_page(of_types(_chosen(call)), call.request, _A_PAGE)
    return {"ComplianceSummaryItems": list(page), **more}


def list_resource_compliance_summaries(call: Call) -> Json:
    """ListResourceComplianceSummaries: for each resource and type, how many items are."""
    call.allow("*")
    page, more = one_page(_chosen(call), call.request, _A_PAGE)
    return {"ResourceComplianceSummaryItems": [of_resource(group) for group in page], **more}


def _chosen(call: Call) -> Iterator[Group]:
    known = {"ComplianceType", "Status", "OverallSeverity", "ResourceId", "ResourceType"}
    filters = _filters(call, known)
    return (g for g in call.compliance.groups() if _fits(filters, _words_of_group(g)))


Filter = tuple[str, Sequence[str], str]


def _filters(call: Call, known: Collection[str]) -> Sequence[Filter]:
    """The request's filters. InvalidFilter where the sandbox does not know one."""
    found = []
    for given in call.request.get("Filters", []):
        key, kind = given.get("Key", ""), given.get("Type", "EQUAL")
        if key not in known or kind not in {"EQUAL", "NOT_EQUAL", "BEGIN_WITH"}:
            raise ApiError("InvalidFilter", f"The filter {key} {kind} is not in the sandbox.")
        found.append((key, given.get("Values", []), kind))
    return found


def _fits(filters: Sequence[Filter], words: Mapping[str, str]) -> bool:
    return all(_has(words[key], values, kind) for key, values, kind in filters)


def _has(word: str, values: Sequence[str], kind: str) -> bool:
    if kind == "BEGIN_WITH":
        return word.startswith(tuple(values))
    return (word in values) is (kind == "EQUAL")


def _words_of_item(group: Group, item: Item) -> Mapping[str, str]:
    return {"ComplianceType": group.kind, "Severity": item.severity, "Status": item.status}


def _words_of_group(group: Group) -> Mapping[str, str]:
    return {
        "ComplianceType": group.kind,
        "Status": status_of(group),
        "OverallSeverity": severity_of(group),
        "ResourceId": group.resource_id,
        "ResourceType": RESOURCE,
    }


def _row(group: Group, item: Item) -> Json:
    return {
        "ComplianceType": group.kind,
        "ResourceType": RESOURCE,
        "ResourceId": group.resource_id,
        "Id": item.item_id,
        "Title": item.title,
        "Status": item.status,
        "Severity": item.severity,
        "ExecutionSummary": dict(item.execution),
        "Details": dict(item.details),
    }


OPERATIONS: Mapping[str, Callable[[Call], Json]] = {
    "PutComplianceItems": put_compliance_items,
    "ListComplianceItems": list_compliance_items,
    "ListComplianceSummaries": list_compliance_summaries,
    "ListResourceComplianceSummaries": list_resource_compliance_summaries,
}
