"""Why a stack could not be deployed: where, what, and the mend."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from orchestrator.errors import CannotRunError, DeniedError
from orchestrator.setup.deployment import CAPABILITY, Deployment
from orchestrator.setup.state import ChangeSet, Conflict, Event, StackState

_DENIED = re.compile(r"not authorized to perform: ([\w:-]+)(?: on resource: ([^\s,]+))?")
_TAKEN = re.compile(r"already exists", re.IGNORECASE)
_HANDLER = re.compile(
    r'Resource handler returned message: "(.*?)(?: \(Service: [^"]*\))?"(?: \(RequestToken.*)?$',
    re.DOTALL,
)
_DELETE_FIRST = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}
_FINE = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
}


def unfit(stack: StackState, deployment: Deployment) -> CannotRunError | None:
    """The error for a stack in whose state nothing can be deployed; None where something can."""
    if stack.status in _FINE:
        return None
    where = f"stack {stack.name}"
    what = f"it is in the state {stack.status}, in which it cannot be updated"
    if stack.status in _DELETE_FIRST:
        mend = "remove it, then deploy again: aws cloudformation delete-stack"
    elif stack.status == "UPDATE_ROLLBACK_FAILED":
        mend = "mend what its events name, then: aws cloudformation continue-update-rollback"
    elif not stack.is_over:
        return CannotRunError(
            f"something else is changing it ({stack.status})",
            where=where,
            mend=f"wait until that is over: aws cloudformation describe-stacks{_named(deployment)}",
        )
    else:
        mend = "see what happened to it: aws cloudformation describe-stack-events"
    return CannotRunError(what, where=where, mend=f"{mend}{_named(deployment)}")


def failed_change_set(
    found: ChangeSet, conflicts: Sequence[Conflict], deployment: Deployment
) -> CannotRunError:
    """The error for a change set that could not be made."""
    where = f"stack {deployment.stack_name}"
    if not conflicts:
        mend = _mend(found.reason, deployment, where="")
        return CannotRunError(f"its change set failed: {found.reason}", where=where, mend=mend)
    first = conflicts[0]
    where = f"{where}, {first.logical_id} ({first.type})"
    return CannotRunError(first.reason, where=where, mend=_mend(first.reason, deployment, where=""))


def failed_stack(
    stack: StackState, events: Sequence[Event], deployment: Deployment
) -> CannotRunError:
    """The error for a stack whose change failed. ``events`` are those of this change."""
    failures = [event for event in sorted(events, key=lambda e: e.at) if event.is_failure]
    where, after = f"stack {deployment.stack_name}", _after(stack, deployment)
    if not failures:
        what = f"it ended as {stack.status}: {stack.reason or 'no reason is given'}"
        return CannotRunError(what, where=where, mend=after)
    first = failures[0]
    said = _HANDLER.sub(r"\1", first.reason)
    where = f"{where}, {first.logical_id} ({first.type})"
    kind = DeniedError if _DENIED.search(said) else CannotRunError
    return kind(
        f"{first.status}: {said}", where=where, mend=_mend(first.reason, deployment, where=after)
    )


def _mend(reason: str, deployment: Deployment, *, where: str) -> str:
    """What to do about that reason. ``where`` is what has become of the stack."""
    then = f"; {where}" if where else ""
    if found := _DENIED.search(reason):
        resource = f" on {found[2]}" if found[2] else ""
        return f"deploy as somebody who may {found[1]}{resource}, e.g. an administrator{then}"
    if _TAKEN.search(reason):
        options = " or ".join(
            slot.option
            for slot in deployment.setup.slots
            if slot.kind in {"role-name", "policy-name"}
        )
        return f"the name is taken: give another one with {options}, or remove what has it{then}"
    if CAPABILITY in reason or "capabilities" in reason:
        return f"--capabilities {CAPABILITY} is needed, which orch gives: please report this"
    if "Invalid principal" in reason:
        return f"whom it names has to be there first: deploy their stack before this one{then}"
    return f"mend what the reason names, then deploy again{then}"


def _after(stack: StackState, deployment: Deployment) -> str:
    """What has become of a stack that failed."""
    if stack.status in _DELETE_FIRST:
        return f"before that, remove the stack: aws cloudformation delete-stack{_named(deployment)}"
    if stack.status == "UPDATE_ROLLBACK_COMPLETE":
        return "the stack is as it was before"
    return f"the stack is in the state {stack.status}"


def _named(deployment: Deployment) -> str:
    """The rest of a command line of the AWS CLI about this stack."""
    words = ["--stack-name", deployment.stack_name]
    if deployment.profile:
        words += ["--profile", deployment.profile]
    return " " + shlex.join([*words, "--region", deployment.region])
