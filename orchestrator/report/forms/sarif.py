"""SARIF 2.1.0: the causes are rules, and each host has a result for each of its causes.

FAIL is of the kind fail. UNKNOWN is of the kind open, which SARIF has for what could not be
decided, PASS of the kind pass; both have the level none, as SARIF wants of what is no failure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

from orchestrator import __version__
from orchestrator.diagnose import CATALOGUE
from orchestrator.model.enums import Outcome
from orchestrator.model.history import Past
from orchestrator.model.report import Cause, HostReport, Report
from orchestrator.report.facts import in_short, lasting_id, place_of, readable, titled, why
from orchestrator.wording import place_words

NO_CAUSE = "no-cause"
"""The rule of a host that has no cause: one that passed."""

_Data = Mapping[str, object]
_KINDS = {Outcome.PASS: "pass", Outcome.FAIL: "fail", Outcome.UNKNOWN: "open"}


def pieces(report: Report, _past: Past) -> Iterator[str]:
    """The log, a host at a time."""
    yield '{\n"$schema": "https://json.schemastore.org/sarif-2.1.0.json",\n'
    yield '"version": "2.1.0",\n"runs": [{\n"results": ['
    separator = "\n"
    indexes = {str(rule["id"]): number for number, rule in enumerate(_rules())}
    for host in report.hosts:
        for result in _results(host, report, indexes):
            yield separator + json.dumps(result)
            separator = ",\n"
    rest = json.dumps(_run(report), indent=1)
    yield f"],\n{rest[2:-2]}\n}}]\n}}\n"


def _run(report: Report) -> _Data:
    procedure = report.plan.procedure
    return {
        "tool": {"driver": {"name": "orch", "version": __version__, "rules": list(_rules())}},
        "automationDetails": {"id": f"orch/{procedure.runbook}/{report.run_id}"},
        "invocations": [
            {
                "executionSuccessful": not report.interrupted,
                "exitCode": report.exit_code,
                "startTimeUtc": f"{report.started:%Y-%m-%dT%H:%M:%SZ}",
                "endTimeUtc": f"{report.ended:%Y-%m-%dT%H:%M:%SZ}",
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": _told(note)}} for note in report.notes
                ],
            }
        ],
        "properties": {
            "outcome": report.outcome.value,
            "interrupted": report.interrupted,
            "tally": {outcome.value: report.tally.get(outcome, 0) for outcome in Outcome},
            "planSha256": [plan.procedure_sha256 for plan in report.plans],
        },
    }


def _rules() -> Iterator[_Data]:
    """The catalogue, as `orch explain` tells it, and a rule for a host without a cause."""
    passed = "The host did as the runbook expects of it, or no cause was found."
    yield _rule(NO_CAUSE, "no cause", passed, "")
    for rule in CATALOGUE:
        yield _rule(rule.name, rule.title, rule.means, rule.mend, certain=rule.certain)


def _rule(name: str, title: str, means: str, mend: str, *, certain: bool = True) -> _Data:
    mend = f" Mend: {mend}." if mend else ""
    sure = "" if certain else " (possible)"
    return {
        "id": name,
        "shortDescription": {"text": f"{title}{sure}"},
        "fullDescription": {"text": means},
        "help": {"text": f"{means}{mend} `orch explain {name}` says the same."},
        "defaultConfiguration": {"level": "error" if certain else "warning"},
    }


def _results(host: HostReport, report: Report, indexes: Mapping[str, int]) -> Iterator[_Data]:
    causes = host.causes if host.outcome is not Outcome.PASS else ()
    for cause in causes or [None]:
        yield _result(host, cause, report, indexes)


def _result(
    host: HostReport, cause: Cause | None, report: Report, indexes: Mapping[str, int]
) -> _Data:
    name = readable(cause.id) if cause else NO_CAUSE
    place = place_of(host, report)
    lasting = f"{lasting_id(host, place, report.plan.procedure)}/{name}"
    index = {"ruleIndex": indexes[name]} if name in indexes else {}
    return {
        "ruleId": name,
        **index,
        "kind": _KINDS[host.outcome],
        "level": _level(host, cause),
        "message": {"text": _told(_message(host, cause))},
        "locations": [{"logicalLocations": [_location(host, place)]}],
        "partialFingerprints": {"orchHostCause/v1": hashlib.sha256(lasting.encode()).hexdigest()},
        "properties": {
            "outcome": host.outcome.value,
            "commandId": host.command_id,
            "statusDetails": readable(host.status_details),
            "left": [readable(left) for left in host.left],
        },
    }


def _level(host: HostReport, cause: Cause | None) -> str:
    if host.outcome is not Outcome.FAIL:
        return "none"
    return "error" if cause is None or cause.certain else "warning"


def _message(host: HostReport, cause: Cause | None) -> str:
    head = f"{host.outcome}: {host.instance_id}"
    if cause is None:
        return "\n".join([f"{head}: {in_short(host)}", *why(host)])
    return f"{head}: {titled(cause)}\nevidence: {cause.evidence}\nmend: {cause.mend}"


def _told(text: str) -> str:
    """As a message, in which ``[text](address)`` would be a link ("Messages with embedded links").

    Viewers know no escape for that, so its two halves are held apart.
    """
    return readable(text).replace("](", "] (")


def _location(host: HostReport, place: tuple[str, str]) -> _Data:
    return {
        "name": readable(host.instance_id),
        "fullyQualifiedName": readable(f"{place_words(*place)}/{host.instance_id}"),
        "kind": "resource",
        "properties": {"hostName": readable(host.name), "region": place[0]},
    }
