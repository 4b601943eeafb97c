"""What shows stacks, change sets and templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.cloud.stacks import views
from orchestrator.sandbox.cloud.stacks.asking import Asking
from orchestrator.sandbox.cloud.stacks.paper import BUCKET, POLICY, PROFILE, ROLE, read_template
from orchestrator.sandbox.cloud.stacks.requests import invalid


def describe_change_set(asking: Asking) -> Mapping[str, Any]:
    """One change set."""
    return views.change_set_view(*asking.change_set(), asking.now)


def list_change_sets(asking: Asking) -> Mapping[str, Any]:
    """A stack's change sets."""
    stack = asking.known()
    listed = [views.change_set_summary(stack, c, asking.now) for c in stack.change_sets]
    return {"Summaries": listed}


def describe_stacks(asking: Asking) -> Mapping[str, Any]:
    """One stack, or all that there are."""
    now, form = asking.now, asking.form
    if form.get("StackName"):
        return {"Stacks": [views.stack_view(asking.known(), now)]}
    all_stacks = asking.shelf.of(form.account, form.region)
    there = [stack for stack in all_stacks if stack.status(now) != "DELETE_COMPLETE"]
    return {"Stacks": [views.stack_view(stack, now) for stack in there]}


def list_stacks(asking: Asking) -> Mapping[str, Any]:
    """All stacks, deleted ones too."""
    form, now = asking.form, asking.now
    wanted, stacks = form.listed("StackStatusFilter"), asking.shelf.of(form.account, form.region)
    shown = [stack for stack in stacks if not wanted or stack.status(now) in wanted]
    return {"StackSummaries": [views.summary_view(stack, now) for stack in shown]}


def describe_stack_events(asking: Asking) -> Mapping[str, Any]:
    """What has happened, the newest first."""
    stack = asking.known()
    return {"StackEvents": [views.event_view(stack, event) for event in stack.seen(asking.now)]}


def describe_events(asking: Asking) -> Mapping[str, Any]:
    """Of a change set, what early validation found; of a stack, what has failed."""
    if asking.form.get("ChangeSetName"):
        stack, found = asking.change_set()
        shown = asking.now >= found.ready
        return {"OperationEvents": list(views.conflict_views(stack, found)) if shown else []}
    stack = asking.known()
    events = [event for event in stack.seen(asking.now) if event.told.status.endswith("FAILED")]
    shown_events = [views.event_view(stack, event) for event in events]
    return {"OperationEvents": [{**view, "EventType": "STACK_EVENT"} for view in shown_events]}


def describe_stack_resources(asking: Asking) -> Mapping[str, Any]:
    """A stack's resources."""
    found = views.resource_views(asking.known(), asking.now, "Timestamp")
    wanted = asking.form.get("LogicalResourceId")
    listed = [item for item in found if not wanted or item["LogicalResourceId"] == wanted]
    return {"StackResources": listed}


def list_stack_resources(asking: Asking) -> Mapping[str, Any]:
    """A stack's resources, in short."""
    found = views.resource_views(asking.known(), asking.now, "LastUpdatedTimestamp")
    return {"StackResourceSummaries": list(found)}


def describe_stack_resource(asking: Asking) -> Mapping[str, Any]:
    """One resource."""
    stack, wanted = asking.known(), asking.form.needed("LogicalResourceId")
    for item in views.resource_views(stack, asking.now, "LastUpdatedTimestamp"):
        if item["LogicalResourceId"] == wanted:
            return {"StackResourceDetail": item}
    raise invalid(f"Resource {wanted[:200]} does not exist for stack {stack.place.name}")


def get_template(asking: Asking) -> Mapping[str, Any]:
    """A stack's or a change set's template."""
    if asking.form.get("ChangeSetName"):
        text = asking.change_set()[1].wish.template
    else:
        text = asking.known().wish.template
    return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}


def get_template_summary(asking: Asking) -> Mapping[str, Any]:
    """What a template asks for."""
    text = asking.form.members.get("TemplateBody")
    if text is None:
        text = asking.known().wish.template
    return {**_summary(text, whole=True), "Version": "2010-09-09"}


def validate_template(asking: Asking) -> Mapping[str, Any]:
    """Whether a text is a template."""
    text = asking.form.members.get("TemplateBody")
    if text is None:
        raise invalid("Either Template URL or Template Body must be specified.")
    return _summary(text, whole=False)


def _summary(text: str, *, whole: bool) -> Mapping[str, Any]:
    template = read_template(text)
    resources = template["Resources"]
    if any(item["Type"] != BUCKET for item in resources.values()):
        kinds = [item["Type"] for item in resources.values() if item["Type"] != BUCKET]
        why = f"The following resource(s) require capabilities: [{', '.join(dict.fromkeys(kinds))}]"
        capability = _capability(resources)
    else:
        capability = why = ""
    found = {
        "Parameters": views.declared(template, whole=whole),
        "Description": str(template.get("Description", "")),
        "Capabilities": [capability] if capability else [],
        "CapabilitiesReason": why,
    }
    if whole:
        found["ResourceTypes"] = [item["Type"] for item in resources.values()]
    return found


def _capability(resources: Mapping[str, Any]) -> str:
    members = {ROLE: "RoleName", PROFILE: "InstanceProfileName", POLICY: "ManagedPolicyName"}
    named = (
        members[item["Type"]] in (item.get("Properties") or {})
        for item in resources.values()
        if item["Type"] in members
    )
    return "CAPABILITY_NAMED_IAM" if any(named) else "CAPABILITY_IAM"
