"""The AWS Security Finding Format, for Security Hub's BatchImportFindings.

Each line is one request's findings, a JSON array: at most 100, and 6 MB, of one account and region,
since only the account itself may import them, where it is. Where the hosts are few and in one
place, the whole file is one array. Limits are those of the API reference, AwsSecurityFinding, and
of the partner guide, "Guidelines for using the BatchImportFindings API".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from orchestrator.kinds.arn import partition_of
from orchestrator.model.enums import Outcome
from orchestrator.model.history import Past
from orchestrator.model.report import HostReport, Report
from orchestrator.report.facts import (
    accounts,
    clipped,
    in_short,
    lasting_id,
    place_of,
    readable,
    titled,
    why,
)

MOST = 100
"""Findings in a request."""

MOST_BYTES = 5_500_000
"""Of a request, which may have 6 MB."""

NO_ACCOUNT = "0" * 12
"""Stands where nobody knows the account. AWS refuses it, so that no finding goes astray."""

_STATUS = {Outcome.PASS: "PASSED", Outcome.FAIL: "FAILED", Outcome.UNKNOWN: "NOT_AVAILABLE"}
_SEVERITY = {Outcome.PASS: "INFORMATIONAL", Outcome.FAIL: "MEDIUM", Outcome.UNKNOWN: "LOW"}
_PARTITIONS = {"aws", "aws-cn", "aws-us-gov", "aws-us-iso", "aws-us-iso-b"}
_KIND = "Software and Configuration Checks/AWS Identity and Access Management/Role Switch"


def pieces(report: Report, _past: Past) -> Iterator[str]:
    """A line for each request."""
    known = accounts(report)
    pages: dict[tuple[str, str], list[str]] = {}
    for host in report.hosts:
        place = place_of(host, report)
        account = known.get(place, NO_ACCOUNT)
        page = pages.setdefault((account, place[0]), [])
        text = json.dumps(_finding(host, account, place, report))
        if len(page) == MOST or sum(map(len, page)) + len(text) > MOST_BYTES:
            yield _line(page)
            page.clear()
        page.append(text)
    yield from (_line(page) for page in pages.values() if page)


def _line(page: list[str]) -> str:
    return f"[{', '.join(page)}]\n"


def _finding(
    host: HostReport, account: str, place: tuple[str, str], report: Report
) -> Mapping[str, object]:
    region = place[0]
    runbook, partition = report.plan.procedure.runbook, partition_of(region)
    said = "\n".join([f"{host.outcome}: {in_short(host)}", *why(host)])
    finding = {
        "SchemaVersion": "2018-10-08",
        "Id": lasting_id(host, place, report.plan.procedure),
        "ProductArn": f"arn:{partition}:securityhub:{region}:{account}:product/{account}/default",
        "GeneratorId": f"orch/{runbook}",
        "AwsAccountId": account,
        "Region": region,
        "CreatedAt": _time(report.started),
        "UpdatedAt": _time(report.ended),
        "LastObservedAt": _time(report.ended),
        "Title": _clean(f"Role switch by {runbook}: {host.instance_id} {host.name}", 256),
        "Description": _clean(said, 1024),
        "FindingProviderFields": {
            "Severity": {"Label": _SEVERITY[host.outcome], "Original": host.outcome.value},
            "Types": [_KIND],
        },
        "ProductFields": _fields(host, report),
        "Resources": [_resource(host, account, region)],
        "Compliance": _compliance(host),
        "RecordState": "ACTIVE",
    }
    if host.causes:
        text = _clean(host.causes[0].mend, 512)
        finding["Remediation"] = {"Recommendation": {"Text": text}}
    return finding


def _compliance(host: HostReport) -> Mapping[str, object]:
    reasons = [
        {"ReasonCode": _clean(cause.id, 256), "Description": _clean(cause.evidence, 1024)}
        for cause in host.causes[:10]
    ]
    more = {"StatusReasons": reasons} if reasons else {}
    return {"Status": _STATUS[host.outcome], **more}


def _fields(host: HostReport, report: Report) -> Mapping[str, str]:
    """Names of up to 128 characters and values of up to 2,048, which may not be empty."""
    fields = {
        "orch/Outcome": host.outcome.value,
        "orch/RunId": report.run_id,
        "orch/Runbook": report.plan.procedure.runbook,
        "orch/PlanSha256": report.plan.procedure_sha256,
        "orch/CommandId": host.command_id or "",
        "orch/StatusDetails": host.status_details,
        "orch/Cause": titled(host.causes[0]) if host.causes else "",
        "orch/Left": "; ".join(host.left),
    }
    return {name: _clean(value, 2048) for name, value in fields.items() if value.strip()}


def _resource(host: HostReport, account: str, region: str) -> Mapping[str, object]:
    partition = partition_of(region)
    managed = host.instance_id.startswith("mi-")
    service, kind = ("ssm", "managed-instance") if managed else ("ec2", "instance")
    arn = f"arn:{partition}:{service}:{region}:{account}:{kind}/{host.instance_id}"
    known = {"Partition": partition} if partition in _PARTITIONS else {}
    kind = "Other" if managed else "AwsEc2Instance"
    return {"Type": kind, "Id": _clean(arn, 512), "Region": region, **known}


def _clean(text: str, most: int) -> str:
    """Never empty: Security Hub takes no text of blanks alone."""
    return clipped(readable(text).strip() or "-", most)


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
