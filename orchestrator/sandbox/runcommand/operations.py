"""What each operation does: from a valid request to its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from orchestrator.sandbox.runcommand import states, tags
from orchestrator.sandbox.runcommand.call import Call
from orchestrator.sandbox.runcommand.documents import Document
from orchestrator.sandbox.runcommand.documents import operations as of_documents
from orchestrator.sandbox.runcommand.documents.model import Step
from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.filters import chosen, passes
from orchestrator.sandbox.runcommand.paging import one_page
from orchestrator.sandbox.runcommand.records import Command, Invocation, Sending
from orchestrator.sandbox.runcommand.sending import prepared
from orchestrator.sandbox.runcommand.shapes import (
    Json,
    command_row,
    instance_row,
    invocation_answer,
    invocation_row,
)

_COMMANDS_A_PAGE = 50
_INSTANCES_A_PAGE = 10


def send_command(call: Call) -> Json:
    """SendCommand. Asks for leave for the document and for each instance.

    Whoever names instances needs all of them; of those that Targets choose, the ones that may not
    be sent to are left out, and say so in their StatusDetails.
    """
    region = call.store.region
    call.allow(call.documents.arn(call.request["DocumentName"]))
    named = call.request.get("InstanceIds", [])
    for instance_id in named:
        call.allow(_arn(instance_id, region, call.account))
    bucket = call.option("OutputS3BucketName")
    if bucket is not None and not call.has_bucket(bucket):
        raise ApiError("InvalidOutputFolder", f"The S3 bucket {bucket} does not exist.")
    document = call.documents.named(
        call.request["DocumentName"], call.request.get("DocumentVersion", "")
    )
    _check_hash(call, document)
    instances = call.store.instances()
    sending = prepared(call.request, document, instances, call.clock, call.members)
    if not named:
        sending = _without_denied(call, sending)
    # "The request as it was received": always Pending, as in the AWS CLI's example of the call.
    return {"Command": call.store.send(sending, lambda command: command_row(command, region))}


def _check_hash(call: Call, document: Document) -> None:
    """InvalidDocument where a hash is given that is not the document's; which error, is a guess."""
    given = call.option("DocumentHash")
    if given is None:
        return
    sha256 = call.documents.get(document.name).version(document.version).sha256
    if call.request.get("DocumentHashType", "Sha256") != "Sha256" or given.lower() != sha256:
        raise ApiError("InvalidDocument", f"The hash is not that of {document.name}.")


def _without_denied(call: Call, sending: Sending) -> Sending:
    barred = dict(sending.barred)
    for instance_id in sending.targets:
        try:
            call.allow(_arn(instance_id, call.store.region, call.account))
        except ApiError as error:
            if error.code != "AccessDeniedException":
                raise
            barred[instance_id] = states.ACCESS_DENIED
    return replace(sending, barred=barred)


def _arn(instance_id: str, region: str, account: str) -> str:
    if instance_id.startswith("mi-"):
        return f"arn:aws:ssm:{region}:{account}:managed-instance/{instance_id}"
    return f"arn:aws:ec2:{region}:{account}:instance/{instance_id}"


def list_commands(call: Call) -> Json:
    """ListCommands: newest first."""
    call.allow("*")
    with call.store.visible() as commands:
        found = (c for c in _wanted(call, commands) if _passes(call, c, c))
        page, more = one_page(found, call.request, _COMMANDS_A_PAGE)
        return {"Commands": [command_row(command, call.store.region) for command in page], **more}


def list_command_invocations(call: Call) -> Json:
    """ListCommandInvocations: an unknown command is an empty list, not an error."""
    call.allow("*")
    with call.store.visible() as commands:
        page, more = one_page(_invocations(call, commands), call.request, _COMMANDS_A_PAGE)
        details = bool(call.option("Details"))
        rows = [invocation_row(c, i, call.store.region, details=details) for c, i in page]
        return {"CommandInvocations": rows, **more}


def get_command_invocation(call: Call) -> Json:
    """GetCommandInvocation: InvocationDoesNotExist as long as the command is not visible."""
    call.allow("*")
    command_id, instance_id = call.request["CommandId"], call.request["InstanceId"]
    with call.store.visible() as commands:
        command = next((c for c in commands if c.command_id == command_id), None)
        invocation = command.invocations.get(instance_id) if command else None
        if command is None or invocation is None or not call.store.shows(command):
            raise ApiError("InvocationDoesNotExist")
        step = _step(command.sending.document, call.option("PluginName"))
        return invocation_answer(command, invocation, step, call.store.region)


def _step(document: Document, name: str | None) -> Step:
    """The step that is asked about. It need not be named where there is only one."""
    for step in document.steps:
        if step.key == name or (name is None and len(document.steps) == 1):
            return step
    raise ApiError("InvalidPluginName")


def cancel_command(call: Call) -> Json:
    """CancelCommand: on the named instances, or on all of the command."""
    call.allow("*")
    instance_ids = call.option("InstanceIds") or []
    if len(set(instance_ids)) < len(instance_ids):
        raise ApiError("DuplicateInstanceId")
    call.store.cancel(call.request["CommandId"], instance_ids)
    return {}


def describe_instance_information(call: Call) -> Json:
    """DescribeInstanceInformation: an instance without a row is not managed here."""
    call.allow("*")
    rows = chosen(call.store.instances(), call.request, call.clock)
    page, more = one_page(rows, call.request, _INSTANCES_A_PAGE)
    return {"InstanceInformationList": [instance_row(i, call.clock) for i in page], **more}


def _wanted(call: Call, commands: Sequence[Command]) -> Iterator[Command]:
    """Those with the CommandId and the InstanceId that the request names, if it does."""
    command_id, instance_id = call.option("CommandId"), call.option("InstanceId")
    return (
        command
        for command in commands
        if command_id in {None, command.command_id}
        and (instance_id is None or instance_id in command.invocations)
        and call.store.shows(command)
    )


def _invocations(call: Call, commands: Sequence[Command]) -> Iterator[tuple[Command, Invocation]]:
    """Their invocations that the request asks for: always in the same order, page after page."""
    instance_id, filters = call.option("InstanceId"), call.request.get("Filters", [])
    for command in _wanted(call, commands):
        all_of_it = command.invocations
        some: Iterable[Invocation]
        some = all_of_it.values() if instance_id is None else [all_of_it[instance_id]]
        for invocation in some:
            if not filters or _passes(call, command, invocation):
                yield command, invocation


def _passes(call: Call, command: Command, whole_or_part: Command | Invocation) -> bool:
    return passes(command, whole_or_part.state, call.request.get("Filters", []))


OPERATIONS: Mapping[str, Callable[[Call], Json]] = {
    "SendCommand": send_command,
    "ListCommands": list_commands,
    "ListCommandInvocations": list_command_invocations,
    "GetCommandInvocation": get_command_invocation,
    "CancelCommand": cancel_command,
    "DescribeInstanceInformation": describe_instance_information,
    **of_documents.OPERATIONS,
    **tags.OPERATIONS,
}
