"""What makes, changes and removes stacks, and the change sets that say so before."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from orchestrator.sandbox.cloud import buckets, state
from orchestrator.sandbox.cloud.refusals import RefusedError
from orchestrator.sandbox.cloud.stacks.asking import Asking, arn
from orchestrator.sandbox.cloud.stacks.calls import Calls
from orchestrator.sandbox.cloud.stacks.changes import Change, changes
from orchestrator.sandbox.cloud.stacks.kept import ChangeSet, Execution, Stack, Wish
from orchestrator.sandbox.cloud.stacks.making import Making
from orchestrator.sandbox.cloud.stacks.paper import (
    BUCKET,
    POLICY,
    PROFILE,
    ROLE,
    Drawing,
    Planned,
)
from orchestrator.sandbox.cloud.stacks.requests import invalid
from orchestrator.sandbox.cloud.stacks.shapes import PaperError

NO_CHANGES = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)
_CONFLICTS = (
    "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. "
    "To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure "
    "information."
)
_MAY_BE_UPDATED = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
_KINDS = {ROLE: "role", PROFILE: "instance-profile", POLICY: "policy"}


def create_stack(asking: Asking) -> Mapping[str, Any]:
    """Make a stack."""
    wish = asking.wish(None)
    stack = asking.new_stack(wish)
    if asking.stack() is not None:
        message = f"Stack [{stack.place.name}] already exists"
        raise RefusedError("AlreadyExistsException", message, 400)
    asking.drawn(wish, stack.place, Drawing())
    asking.make(stack, wish, new=True)
    asking.shelf.add(stack)
    return {"StackId": stack.place.stack_id}


def update_stack(asking: Asking) -> Mapping[str, Any]:
    """Bring a stack to another template, or to other parameters."""
    stack = asking.stack()
    if stack is None:
        raise invalid(f"Stack [{asking.form.needed('StackName')}] does not exist")
    _refuse_unless_updatable(stack, asking.now)
    wish = asking.wish(stack)
    drawing = asking.drawn(wish, stack.place, stack.made)
    if not _differs(stack, wish, drawing, changes(stack.made, drawing)):
        raise invalid("No updates are to be performed.")
    asking.make(stack, wish, new=False)
    return {"StackId": stack.place.stack_id}


def _refuse_unless_updatable(stack: Stack, now: datetime) -> None:
    status = stack.status(now)
    if status not in _MAY_BE_UPDATED:
        where = f"Stack:{stack.place.stack_id}"
        raise invalid(f"{where} is in {status} state and can not be updated.")


def _differs(stack: Stack, wish: Wish, drawing: Drawing, found: tuple[Change, ...]) -> bool:
    outputs = [[(o.key, o.written) for o in made.outputs] for made in (stack.made, drawing)]
    return bool(found) or outputs[0] != outputs[1] or dict(wish.tags) != dict(stack.wish.tags)


def delete_stack(asking: Asking) -> Mapping[str, Any]:
    """Remove a stack, with all that it has made."""
    stack = asking.stack()
    if stack is None or stack.status(asking.now) in {"DELETE_COMPLETE", "DELETE_IN_PROGRESS"}:
        # Deleting what is not there, or goes already, is no error.
        asking.form.needed("StackName")
        return {}
    status = stack.status(asking.now)
    if status.endswith("IN_PROGRESS") and not status.startswith(("CREATE", "REVIEW")):
        raise invalid(f"Stack [{stack.place.name}] cannot be deleted while in status {status}")
    making = Making(stack, Calls(asking.signed, asking.moto))
    making.delete()
    stack.change_sets.clear()
    stack.tell(making.story, asking.now, asking.lasts)
    return {}


def create_change_set(asking: Asking) -> Mapping[str, Any]:
    """Say what would change, and keep it to be executed."""
    form, name = asking.form, asking.form.needed("ChangeSetName")
    stack, kind = asking.stack(), form.get("ChangeSetType") or "UPDATE"
    if kind not in {"CREATE", "UPDATE"}:
        raise PaperError(f"the ChangeSetType {kind[:80]} is not in the sandbox")
    is_new = stack is None or stack.status(asking.now) == "REVIEW_IN_PROGRESS"
    if kind == "UPDATE" and stack is None:
        raise invalid(f"Stack [{form.needed('StackName')}] does not exist")
    if kind == "UPDATE" and stack is not None:
        _refuse_unless_updatable(stack, asking.now)
    if kind == "CREATE" and not is_new and stack is not None:
        message = f"Stack [{stack.place.name}] already exists and cannot be created again with the "
        raise invalid(f"{message}changeSet [{name}].")
    wish = asking.wish(None if is_new else stack)
    stack = stack or asking.new_stack(wish)
    if stack.change_set(name):
        message = f"ChangeSet [{name}] already exists"
        raise RefusedError("AlreadyExistsException", message, 400)
    made = _change_set(asking, stack, wish, name)
    if not stack.events:
        stack.tell([stack.told("REVIEW_IN_PROGRESS", "User Initiated")], asking.now, timedelta())
        asking.shelf.add(stack)
    stack.change_sets.append(made)
    return {"Id": made.change_set_id, "StackId": stack.place.stack_id}


def _change_set(asking: Asking, stack: Stack, wish: Wish, name: str) -> ChangeSet:
    drawing = asking.drawn(wish, stack.place, stack.made)
    found = changes(stack.made, drawing)
    conflicts = _conflicts(asking.form.account, drawing, found)
    fault = _CONFLICTS if conflicts else ""
    if stack.made.resources and not _differs(stack, wish, drawing, found):
        fault = NO_CHANGES
    return ChangeSet(
        change_set_id=f"{arn(asking.form)}:changeSet/{name}/{uuid.uuid4()}",
        name=name,
        wish=Wish(wish.template, drawing.parameters, wish.tags, wish.capabilities),
        drawing=drawing,
        changes=found,
        created=asking.now,
        ready=asking.now + asking.lasts,
        description=asking.form.get("Description"),
        fault=fault,
        conflicts=conflicts,
    )


def _conflicts(account: str, drawing: Drawing, found: tuple[Change, ...]) -> Mapping[str, str]:
    """Early validation: the names that a stack would give, and others have."""
    planned = {item.logical_id: item for item in drawing.resources}
    new = [planned[change.logical_id] for change in found if change.action == "Add"]
    return {item.logical_id: item.name for item in new if item.is_named and _taken(account, item)}


def _taken(account: str, item: Planned) -> bool:
    if item.type == BUCKET:
        return buckets.bucket_owner(item.name) is not None
    return state.arn_named(_KINDS[item.type], account, item.name) is not None


def execute_change_set(asking: Asking) -> Mapping[str, Any]:
    """Do what the change set says."""
    stack, change_set = asking.change_set()
    execution = change_set.execution_status(asking.now)
    if execution is not Execution.AVAILABLE:
        status = change_set.status(asking.now)
        status = execution if status == "CREATE_COMPLETE" else status
        message = f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current "
        raise RefusedError("InvalidChangeSetStatus", f"{message}status of [{status}]", 400)
    is_new = stack.status(asking.now) == "REVIEW_IN_PROGRESS"
    if not is_new:
        _refuse_unless_updatable(stack, asking.now)
    is_done = asking.make(stack, change_set.wish, new=is_new)
    change_set.execution = Execution.COMPLETE if is_done else Execution.FAILED
    # "CloudFormation deletes all change sets that are associated with the stack", but for this one.
    stack.change_sets = [change_set]
    stack.executed = change_set.change_set_id
    return {}


def delete_change_set(asking: Asking) -> Mapping[str, Any]:
    """Forget a change set. What is not there is no error, as long as its stack is."""
    name, stack = asking.form.needed("ChangeSetName"), asking.stack()
    found = stack.change_set(name) if stack else None
    if stack is None:
        raise RefusedError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
    if found is None:
        return {}
    status = found.status(asking.now)
    if status.endswith(("PENDING", "IN_PROGRESS")):
        message = f"ChangeSet [{found.change_set_id}] cannot be deleted in status {status}"
        raise RefusedError("InvalidChangeSetStatus", message, 400)
    stack.change_sets.remove(found)
    return {}
