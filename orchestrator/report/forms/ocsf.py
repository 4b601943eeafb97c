"""OCSF 1.7.0, a Compliance Finding (class 2003) for each host, one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from orchestrator import __version__
from orchestrator.model.enums import Outcome
from orchestrator.model.history import Past
from orchestrator.model.report import HostReport, Report, Verdict
from orchestrator.report.facts import (
    accounts,
    counted,
    in_short,
    lasting_id,
    missed,
    place_of,
    readable,
    titled,
    why,
)

VERSION = "1.7.0"
"""Of the schema that the events keep."""

LOOKS_BACK = 40
"""The earlier runs in which a finding is looked for."""

_Data = Mapping[str, object]
_CLASS, _CREATE, _UPDATE = 2003, 1, 2
_STATUS = {Outcome.PASS: (1, "Pass"), Outcome.FAIL: (3, "Fail"), Outcome.UNKNOWN: (0, "Unknown")}
_LIFE = {Outcome.PASS: (4, "Resolved"), Outcome.FAIL: (1, "New"), Outcome.UNKNOWN: (0, "Unknown")}
_SEVERITY = {
    Outcome.PASS: (1, "Informational"),
    Outcome.FAIL: (3, "Medium"),
    Outcome.UNKNOWN: (0, "Unknown"),
}


def pieces(report: Report, past: Past) -> Iterator[str]:
    """A line for each host."""
    known = accounts(report)
    runbook = report.plan.procedure.runbook
    before = {item.instance_id for item in past.seen if item.runbook == runbook}
    for host in report.hosts:
        yield f"{json.dumps(_event(host, report, known, seen=host.instance_id in before))}\n"


def _event(
    host: HostReport, report: Report, known: Mapping[tuple[str, str], str], *, seen: bool
) -> _Data:
    """``seen`` says that an earlier run told of the same: then this is an update of it."""
    place = place_of(host, report)
    activity, activity_name = (_UPDATE, "Update") if seen else (_CREATE, "Create")
    severity, life = _SEVERITY[host.outcome], _LIFE[host.outcome]
    account = {"account": {"uid": known[place]}} if place in known else {}
    event = {
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Compliance Finding",
        "type_uid": _CLASS * 100 + activity,
        "type_name": f"Compliance Finding: {activity_name}",
        "time": _time(report.ended),
        "start_time": _time(report.started),
        "end_time": _time(report.ended),
        "severity_id": severity[0],
        "severity": severity[1],
        "status_id": life[0],
        "status": life[1],
        "message": readable(f"{host.outcome}: {in_short(host)}"),
        "metadata": {
            "version": VERSION,
            "product": {"name": "orch", "vendor_name": "orch", "version": __version__},
            "profiles": ["cloud"],
            "correlation_uid": report.run_id,
        },
        "cloud": {"provider": "AWS", "region": place[0], **account},
        "compliance": _compliance(host, report),
        "finding_info": {
            "uid": lasting_id(host, place, report.plan.procedure),
            "title": readable(f"Role switch by {report.plan.procedure.runbook}"),
            "desc": readable("\n".join(why(host)) or in_short(host)),
            "modified_time": _time(report.ended),
        },
        "resources": [_resource(host, place[0])],
    }
    if host.causes:
        event["remediation"] = {"desc": readable(host.causes[0].mend)}
    return event


def _compliance(host: HostReport, report: Report) -> _Data:
    number, name = _STATUS[host.outcome]
    details = {"status_details": [readable(titled(c)) for c in host.causes]} if host.causes else {}
    return {
        "control": report.plan.procedure.runbook,
        "status_id": number,
        "status": name,
        "checks": [_check(verdict) for verdict in counted(host)],
        **details,
    }


def _check(verdict: Verdict) -> _Data:
    number, name = _STATUS[verdict.outcome]
    said = readable(missed(verdict))
    return {"uid": verdict.expectation, "status_id": number, "status": name, "desc": said}


def _resource(host: HostReport, region: str) -> _Data:
    name = {"name": readable(host.name)} if host.name else {}
    kind = (
        "AWS::SSM::ManagedInstance" if host.instance_id.startswith("mi-") else "AWS::EC2::Instance"
    )
    return {"uid": readable(host.instance_id), **name, "type": kind, "region": region}


def _time(moment: datetime) -> int:
    """Milliseconds since 1970, as OCSF has it."""
    return int(moment.timestamp() * 1000)
