"""What each operation does: from a valid request to its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.ports import Clock
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import RunCommand
from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.paging import one_page
from orchestrator.sandbox.runcommand.tags import given
from orchestrator.sandbox.statemanager import filters, shapes
from orchestrator.sandbox.statemanager.manager import StateManager
from orchestrator.sandbox.statemanager.records import Execution
from orchestrator.sandbox.statemanager.terms import terms_of

Json = dict[str, Any]

KIND = "Association"
_A_PAGE = 50
_EFFECTIVE = 5


@dataclass(frozen=True, slots=True)
class Call:
    """One valid request to one place. ``permit`` raises unless that may be done to that ARN."""

    manager: StateManager
    run_command: RunCommand
    clock: Clock
    request: Mapping[str, Any]
    operation: str
    permit: Callable[[str, str], None]

    def allow(self, resource: str) -> None:
        """Raise ApiError unless the operation is allowed on that resource."""
        self.permit(f"ssm:{self.operation}", resource)

    def association(self) -> str:
        """The id that the request names, once the operation on it is allowed."""
        association_id = str(self.request["AssociationId"]).lower()
        self.allow(arn_of(self.manager.place, association_id))
        return association_id


def arn_of(place: Place, association_id: str) -> str:
    """The ARN of an association, or of all with ``*``."""
    return f"arn:aws:ssm:{place.region}:{place.account}:association/{association_id}"


def create_association(call: Call) -> Json:
    """CreateAssociation. Asks for leave for the document and for associations, not for targets.

    "Resources for State Manager operations are only enforced based on the passed-in request": an
    instance would be InstanceId's, which is not in the sandbox. Tags need leave of their own.
    """
    request, place = call.request, call.manager.place
    call.allow(call.run_command.documents.arn(request["Name"]))
    call.allow(arn_of(place, "*"))
    tags = given(request.get("Tags", []))
    if tags:
        call.permit("ssm:AddTagsToResource", arn_of(place, "*"))
    made = call.manager.create(terms_of(request, call.clock.now()))
    if tags:
        call.run_command.tags.put(KIND, made.association_id, tags)
    return {"AssociationDescription": shapes.description(made, is_new=True)}


def update_association(call: Call) -> Json:
    """UpdateAssociation: what the request leaves out is gone.

    The API Reference says so of all optional parameters, "this includes the Name parameter", while
    an example of the AWS CLI leaves out name and targets; here both have to be there.
    """
    request, association_id = call.request, call.association()
    call.permit("ssm:DescribeAssociation", arn_of(call.manager.place, association_id))
    if "Name" in request:
        call.allow(call.run_command.documents.arn(request["Name"]))
    call.manager.get(association_id)
    if "Name" not in request:
        raise ApiError("InvalidUpdate", "Name the document, too: what is left out is removed.")
    version = request.get("AssociationVersion", "$LATEST")
    found = call.manager.update(association_id, version, terms_of(request, call.clock.now()))
    return {"AssociationDescription": shapes.description(found, is_new=True)}


def describe_association(call: Call) -> Json:
    """DescribeAssociation, by id alone: none here was made with an InstanceId."""
    if "AssociationId" not in call.request:
        call.allow(arn_of(call.manager.place, "*"))
        raise ApiError("AssociationDoesNotExist", "The specified association does not exist.")
    found = call.manager.get(call.association())
    version = call.request.get("AssociationVersion", "$LATEST")
    number = len(found.versions) if version == "$LATEST" else int(version)
    if number > len(found.versions):
        raise ApiError("InvalidAssociationVersion", f"There is no version {version}.")
    return {"AssociationDescription": shapes.description(found, number)}


def list_associations(call: Call) -> Json:
    """ListAssociations, the oldest first."""
    call.allow("*")
    wanted = [(f["key"], f["value"]) for f in call.request.get("AssociationFilterList", [])]
    found = (one for one in call.manager.all() if filters.passes(one, wanted))
    page, more = one_page(found, call.request, _A_PAGE)
    return {"Associations": [shapes.association_row(one) for one in page], **more}


def list_association_versions(call: Call) -> Json:
    """ListAssociationVersions, the oldest first."""
    found = call.manager.get(call.association())
    numbers = range(1, len(found.versions) + 1)
    page, more = one_page(numbers, call.request, _A_PAGE)
    return {"AssociationVersions": [shapes.version_row(found, n) for n in page], **more}


def delete_association(call: Call) -> Json:
    """DeleteAssociation, by id alone."""
    if "AssociationId" not in call.request:
        call.allow(arn_of(call.manager.place, "*"))
        raise ApiError("AssociationDoesNotExist", "The specified association does not exist.")
    association_id = call.association()
    call.manager.delete(association_id)
    call.run_command.tags.drop(KIND, association_id)
    return {}


def start_associations_once(call: Call) -> Json:
    """StartAssociationsOnce."""
    wanted = list(dict.fromkeys(call.request["AssociationIds"]))
    for association_id in wanted:
        call.allow(arn_of(call.manager.place, association_id))
    call.manager.run_once(wanted)
    return {}


def describe_association_executions(call: Call) -> Json:
    """DescribeAssociationExecutions, the newest first."""
    found = call.manager.executions(call.association())
    wanted = filters.of_executions(call.request.get("Filters", []))
    rows = (one for one in found if wanted(one))
    page, more = one_page(rows, call.request, _A_PAGE)
    return {"AssociationExecutions": [shapes.execution_row(one) for one in page], **more}


def describe_association_execution_targets(call: Call) -> Json:
    """DescribeAssociationExecutionTargets."""
    execution = _execution(call)
    wanted = [(f["Key"], f["Value"]) for f in call.request.get("Filters", [])]
    rows = (one for one in execution.targets.values() if filters.fits(one, wanted))
    page, more = one_page(rows, call.request, _A_PAGE)
    told = [shapes.target_row(execution, target) for target in page]
    return {"AssociationExecutionTargets": told, **more}


def describe_effective_instance_associations(call: Call) -> Json:
    """DescribeEffectiveInstanceAssociations."""
    instance_id = _instance(call)
    page, more = one_page(call.manager.matching(instance_id), call.request, _EFFECTIVE)
    documents = call.run_command.documents
    rows = [
        {
            "AssociationId": one.association_id,
            "InstanceId": instance_id,
            "Content": documents.get(one.terms.name).version(one.terms.document_version).text,
            "AssociationVersion": str(len(one.versions)),
        }
        for one in page
    ]
    return {"Associations": rows, **more}


def describe_instance_associations_status(call: Call) -> Json:
    """DescribeInstanceAssociationsStatus: each association's last run there."""
    instance_id = _instance(call)
    rows = []
    for one in call.manager.all():
        mine = [e for e in one.executions.values() if instance_id in e.targets]
        if mine:
            rows.append(shapes.status_row(one, mine[-1], mine[-1].targets[instance_id]))
    page, more = one_page(rows, call.request, _A_PAGE)
    return {"InstanceAssociationStatusInfos": list(page), **more}


def _execution(call: Call) -> Execution:
    wanted = call.request["ExecutionId"].lower()
    for execution in call.manager.executions(call.association()):
        if execution.execution_id == wanted:
            return execution
    message = "The specified execution ID does not exist."
    raise ApiError("AssociationExecutionDoesNotExist", message)


def _instance(call: Call) -> str:
    instance_id, place = str(call.request["InstanceId"]), call.manager.place
    call.allow(f"arn:aws:ec2:{place.region}:{place.account}:instance/{instance_id}")
    if instance_id not in call.run_command.instances:
        raise ApiError("InvalidInstanceId", f"{instance_id} is not managed here.")
    return instance_id


OPERATIONS: Mapping[str, Callable[[Call], Json]] = {
    "CreateAssociation": create_association,
    "UpdateAssociation": update_association,
    "DescribeAssociation": describe_association,
    "ListAssociations": list_associations,
    "ListAssociationVersions": list_association_versions,
    "DeleteAssociation": delete_association,
    "StartAssociationsOnce": start_associations_once,
    "DescribeAssociationExecutions": describe_association_executions,
    "DescribeAssociationExecutionTargets": describe_association_execution_targets,
    "DescribeEffectiveInstanceAssociations": describe_effective_instance_associations,
    "DescribeInstanceAssociationsStatus": describe_instance_associations_status,
}
