"""The report as one JSON document. Its schema is orchestrator/schemas/report.schema.json."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping

from orchestrator.model.codec import as_data
from orchestrator.model.enums import Outcome, Phase
from orchestrator.model.evidence import Evidence, Failure, Observation
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostReport, Report

SCHEMA_VERSION = "1.4"
"""Grows in its second part when a field is added, in its first when one changes or goes."""


def document(report: Report) -> Mapping[str, object]:
    """The whole report as plain data."""
    return {**_head(report), "hosts": [_host(host) for host in report.hosts], **_tail(report)}


def pieces(report: Report) -> Iterator[str]:
    """The document as indented JSON, a host at a time: there may be more than memory holds."""
    yield f"{json.dumps(_head(report), indent=2)[:-2]},\n"
    yield '  "hosts": ['
    separator = "\n"
    for host in report.hosts:
        yield separator + textwrap.indent(json.dumps(_host(host), indent=2), "    ")
        separator = ",\n"
    yield "\n  ],\n" if separator != "\n" else "],\n"
    yield f"{json.dumps(_tail(report), indent=2)[2:]}\n"


def _head(report: Report) -> Mapping[str, object]:
    plan = report.plan
    return {
        "schema_version": SCHEMA_VERSION,
        "outcome": report.outcome.value,
        "exit_code": report.exit_code,
        "interrupted": report.interrupted,
        "run_id": report.run_id,
        "runbook": plan.procedure.runbook,
        "region": plan.procedure.region,
        "mode": plan.procedure.mode.value,
        "shell": plan.procedure.shell.value,
        "platform": plan.procedure.platform.value,
        "ways": [way.value for way in plan.procedure.ways],
        "plan_sha256": plan.procedure_sha256,
        "script_sha256": plan.script.sha256,
        "places": [_place(plan) for plan in report.plans],
        "started": report.started.isoformat(),
        "ended": report.ended.isoformat(),
        "api_calls": dict(report.api_calls),
        "timings": {stage: round(seconds, 3) for stage, seconds in report.timings.items()},
        "tally": {outcome.value: report.tally.get(outcome, 0) for outcome in Outcome},
    }


def _tail(report: Report) -> Mapping[str, object]:
    return {"notes": list(report.notes)}


def _place(plan: Plan) -> Mapping[str, object]:
    return {
        "region": plan.procedure.region,
        "account_role": plan.account_role or None,
        "run_id": plan.run_id,
        "plan_sha256": plan.procedure_sha256,
        "script_sha256": plan.script.sha256,
        "hosts": len(plan.targets),
    }


def _host(host: HostReport) -> Mapping[str, object]:
    evidence = host.evidence
    return {
        "instance_id": host.instance_id,
        "name": host.name,
        "region": host.region,
        "account_role": host.account_role or None,
        "outcome": host.outcome.value,
        "engine": evidence.engine if evidence else None,
        "agent_version": host.agent_version or None,
        "command_id": host.command_id,
        "status": host.status,
        "status_details": host.status_details,
        "response_code": host.response_code,
        "evidence_from": host.source,
        "facts": as_data(evidence.facts) if evidence else {},
        "settings": as_data(evidence.settings) if evidence else {},
        "probes": as_data(evidence.probes) if evidence else {},
        "before": _phase(evidence, Phase.BEFORE),
        "after": _phase(evidence, Phase.AFTER),
        "verdicts": [as_data(verdict) for verdict in host.verdicts],
        "causes": [as_data(cause) for cause in host.causes],
        "restored": as_data(evidence.restored) if evidence else None,
        "left": list(host.left),
        "put_back": as_data(host.put_back),
        "seconds": host.seconds,
        "timings": as_data(evidence.timings) if evidence else {},
    }


def _phase(evidence: Evidence | None, phase: Phase) -> Mapping[str, object]:
    """What was observed in one phase, by the step's name in it."""
    observations = evidence.observations if evidence else ()
    return {
        item.step.removeprefix(f"{phase}."): _observation(item)
        for item in observations
        if item.phase is phase
    }


def _observation(item: Observation) -> Mapping[str, object]:
    return {
        "step": item.step,
        "state": item.state.value,
        "ms": item.ms,
        "value": as_data(item.value),
        "failure": _failure(item.failure) if item.failure else None,
    }


def _failure(failure: Failure) -> Mapping[str, object]:
    raw = failure.raw
    return {
        "kind": failure.kind.value,
        "stage": failure.stage.value,
        "chain": list(raw.chain),
        "code": raw.code,
        "status": raw.status,
        "operation": raw.operation,
        "fqei": raw.fqei,
        "message": raw.message,
    }
