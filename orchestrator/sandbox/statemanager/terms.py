"""What an association says, and the rules for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from orchestrator.sandbox.runcommand.documents import Document
from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.statemanager.schedule import At, Cron, Rate, Schedule, read_schedule

GROUP = "resource-groups:Name"
IDS = "InstanceIds"

_KNOWN = frozenset(
    {
        *("Name", "DocumentVersion", "Parameters", "Targets", "ScheduleExpression"),
        *("OutputLocation", "AssociationName", "MaxErrors", "MaxConcurrency", "Tags"),
        *("ComplianceSeverity", "SyncCompliance", "ApplyOnlyAtCronInterval", "ScheduleOffset"),
        *("Duration", "AssociationId", "AssociationVersion"),
    }
)
_SHOWN = _KNOWN - {"Tags", "AssociationId", "AssociationVersion"}
_LONGEST_WAIT = 30 * 24 * 3600
_INSTANCE = re.compile(r"i-(\w{8}|\w{17})|mi-\w{17}")


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of an association. ``given`` are the members of the request that are kept."""

    given: Mapping[str, Any]
    created: datetime
    schedule: Schedule | None

    @property
    def name(self) -> str:
        """Its document's name or ARN."""
        return str(self.given["Name"])

    @property
    def document_version(self) -> str:
        """As it was given: a number, ``$DEFAULT`` or ``$LATEST``."""
        return str(self.given.get("DocumentVersion", "$DEFAULT"))

    @property
    def targets(self) -> Sequence[Mapping[str, Any]]:
        """Whom it is for."""
        return list(self.given["Targets"])

    @property
    def waits(self) -> bool:
        """Whether it runs by its schedule alone."""
        return bool(self.given.get("ApplyOnlyAtCronInterval"))

    @property
    def is_auto(self) -> bool:
        """Whether its compliance follows from how its runs end."""
        return bool(self.given.get("SyncCompliance", "AUTO") == "AUTO")

    @property
    def bucket(self) -> Mapping[str, str]:
        """Where output goes, empty where it goes nowhere."""
        location = self.given.get("OutputLocation", {}).get("S3Location", {})
        return location if location.get("OutputS3BucketName") else {}


def terms_of(request: Mapping[str, Any], now: datetime) -> Terms:
    """The terms of a valid request, as far as nothing has to be looked up.

    Raises ApiError: ValidationException, InvalidTarget, InvalidSchedule.
    """
    if odd := sorted(set(request) - _KNOWN):
        message = f"An association with {', '.join(odd)} is not in the sandbox"
        raise ApiError("ValidationException", message)
    _check_targets(request.get("Targets", []))
    text = request.get("ScheduleExpression")
    schedule = read_schedule(text) if text else None
    if isinstance(schedule, At) and schedule.moment <= now:
        raise ApiError("InvalidSchedule", f"The schedule expression {text} is in the past.")
    _check_timing(request, schedule)
    if isinstance(schedule, Cron) and "ScheduleOffset" in request:
        schedule = replace(schedule, offset=request["ScheduleOffset"])
    return Terms({k: v for k, v in request.items() if k in _SHOWN}, now, schedule)


def _check_targets(targets: Sequence[Mapping[str, Any]]) -> None:
    if not targets:
        raise _target("An association needs Targets.")
    keys = [str(target.get("Key", "")) for target in targets]
    if GROUP in keys and (len(targets) > 1 or len(targets[0].get("Values", [])) != 1):
        raise _target(f"{GROUP} takes the name of one resource group, and no other key beside it.")
    for key, target in zip(keys, targets, strict=True):
        values = target.get("Values", [])
        if not values:
            raise _target(f"The target key {key} has no values.")
        if key.lower() == IDS.lower():
            if values != ["*"] and not all(_INSTANCE.fullmatch(value) for value in values):
                raise _target(f"{key} takes ids of instances, or * alone.")
        elif key != GROUP and not key.startswith("tag:"):
            raise _target(f"The target key {key} is not in the sandbox.")


def _check_timing(request: Mapping[str, Any], schedule: Schedule | None) -> None:
    waits = request.get("ApplyOnlyAtCronInterval")
    if waits and isinstance(schedule, Rate):
        message = "ApplyOnlyAtCronInterval is not supported for rate expressions."
        raise ApiError("ValidationException", message)
    if waits and schedule is None:
        message = "ApplyOnlyAtCronInterval needs a ScheduleExpression."
        raise ApiError("ValidationException", message)
    for name in ("ScheduleOffset", "Duration"):
        if name in request and not (waits and isinstance(schedule, Cron)):
            message = f"{name} needs a cron expression and ApplyOnlyAtCronInterval."
            raise ApiError("ValidationException", message)


def check_bucket(terms: Terms, is_there: bool) -> None:
    """InvalidOutputLocation where output is to go to a bucket that there is none of."""
    if terms.given.get("OutputLocation") and not (terms.bucket and is_there):
        raise ApiError("InvalidOutputLocation", "The output location is no S3 bucket that exists.")


def command_request(terms: Terms, document: Document) -> Mapping[str, Any]:
    """What Run Command is asked for each run."""
    given, bucket = terms.given, terms.bucket
    request = {
        "DocumentName": document.name,
        "DocumentVersion": document.version,
        "Targets": terms.targets,
        "MaxConcurrency": given.get("MaxConcurrency", "100%"),
        "MaxErrors": given.get("MaxErrors", "0"),
        # A host that is offline gets it when it comes back, unless the next run is before that.
        "TimeoutSeconds": _LONGEST_WAIT,
    }
    if "Parameters" in given:
        request["Parameters"] = given["Parameters"]
    for name in ("OutputS3BucketName", "OutputS3KeyPrefix"):
        if bucket.get(name):
            request[name] = bucket[name]
    return request


def _target(message: str) -> ApiError:
    return ApiError("InvalidTarget", message)
