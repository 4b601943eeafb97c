"""SendCommand's own rules, beyond what the API model says of each member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.ports import Clock
from orchestrator.sandbox.runcommand.dispatch import share
from orchestrator.sandbox.runcommand.documents import Document
from orchestrator.sandbox.runcommand.documents.given import check_parameters
from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.filters import DeniedGroupError, Members, targeted
from orchestrator.sandbox.runcommand.records import Sending
from orchestrator.sandbox.runcommand.registry import Instance
from orchestrator.sandbox.runcommand.states import (
    ACCESS_DENIED,
    INVALID_PLATFORM,
    NO_INSTANCES_IN_TAG,
    State,
)

_DELIVERY_TIMEOUT = 3600


def prepared(
    request: Mapping[str, Any],
    document: Document,
    instances: Mapping[str, Instance],
    clock: Clock,
    members: Members,
) -> Sending:
    """The request as something that can be sent. ``instances`` are all that are managed, by id.

    A resource group that the caller may not list is a command without invocations, which says so.

    Raises ApiError: DuplicateInstanceId, InvalidInstanceId, InvalidParameters,
    MaxDocumentSizeExceeded, UnsupportedPlatformType.
    """
    nobody, targets = NO_INSTANCES_IN_TAG, _named(request, instances)
    if request.get("Targets"):
        try:
            targets = targeted(instances, request["Targets"], clock, members)
        except DeniedGroupError:
            nobody = ACCESS_DENIED
    unsuited = [i.instance_id for i in targets if i.platform not in document.platforms]
    if unsuited and not request.get("Targets"):
        message = f"{document.name} does not support the platform of {unsuited}."
        raise ApiError("UnsupportedPlatformType", message)
    check_parameters(document, request.get("Parameters", {}))
    return sending_to(targets, request, document, nobody)


def sending_to(
    targets: Sequence[Instance],
    request: Mapping[str, Any],
    document: Document,
    nobody: State = NO_INSTANCES_IN_TAG,
) -> Sending:
    """The same for targets that were found, with parameters that were checked."""
    parameters = request.get("Parameters", {})
    unsuited = [i.instance_id for i in targets if i.platform not in document.platforms]
    return Sending(
        document=document,
        targets={instance.instance_id: instance.name for instance in targets},
        parameters=parameters,
        delivery_timeout=request.get("TimeoutSeconds", _DELIVERY_TIMEOUT),
        execution_timeout=document.execution_timeout(parameters),
        most_at_once=share(request.get("MaxConcurrency", "50"), len(targets), least=1),
        errors_allowed=share(request.get("MaxErrors", "0"), len(targets), least=0),
        request=request,
        barred=dict.fromkeys(unsuited, INVALID_PLATFORM),
        nobody=nobody,
    )


def _named(request: Mapping[str, Any], instances: Mapping[str, Instance]) -> Sequence[Instance]:
    """The instances of InstanceIds, of which an unknown one refuses the whole command."""
    instance_ids, targets = request.get("InstanceIds", []), request.get("Targets", [])
    if bool(instance_ids) == bool(targets):
        message = "Give InstanceIds or Targets, and not both."
        raise ApiError("ValidationException", message)
    if len(set(instance_ids)) < len(instance_ids):
        raise ApiError("DuplicateInstanceId")
    unknown = [instance_id for instance_id in instance_ids if instance_id not in instances]
    if unknown:
        message = f"Instances [{', '.join(unknown)}] not in a valid state for account"
        raise ApiError("InvalidInstanceId", message)
    return [instances[instance_id] for instance_id in instance_ids]
