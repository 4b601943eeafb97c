"""What each operation does: from a valid request to its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.sandbox.ec2 import Instance
from orchestrator.sandbox.groups.query import INSTANCE, TAG_FILTERS, read_query
from orchestrator.sandbox.groups.refusing import bad_request, not_found
from orchestrator.sandbox.groups.store import Group, Groups, group_arn
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand.paging import one_page

Json = dict[str, Any]
Allow = Callable[[str, str], None]
"""Raises ApiError unless the signer may take that action on that resource."""

_A_PAGE = 50
_MADE_WITH = frozenset({"Name", "Description", "ResourceQuery"})
_READ_WITH = (
    "tag:GetResources",
    "cloudformation:DescribeStacks",
    "cloudformation:ListStackResources",
)
"""What ListGroupResources needs beside its own action ("Minimum permissions", API Reference)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One valid request from one place. ``instances`` are those that there are anywhere."""

    groups: Groups
    place: Place
    instances: Sequence[Instance]
    request: Mapping[str, Any]
    allow: Allow

    def named(self, action: str) -> str:
        """The name of the group that the request is about, once the action on it is allowed.

        NotFoundException for the ARN of another place, BadRequestException without any name.
        """
        given = self.request.get("Group") or self.request.get("GroupName")
        if given is None:
            raise bad_request("Give the group's name or ARN as Group.")
        name = str(given).rpartition("/")[2]
        arn = group_arn(self.place, name)
        self.allow(f"resource-groups:{action}", arn)
        if given not in {name, arn}:
            raise not_found(given)
        return name


def create_group(call: Call) -> Json:
    """CreateGroup, by tags alone."""
    call.allow("resource-groups:CreateGroup", "*")
    request = call.request
    if extra := sorted(set(request) - _MADE_WITH):
        raise bad_request(f"CreateGroup with {', '.join(extra)} is not in the sandbox")
    name = request["Name"]
    if name.lower().startswith("aws"):
        raise bad_request("A group's name does not begin with aws, which is reserved.")
    if "ResourceQuery" not in request:
        raise bad_request("A group needs a ResourceQuery or a Configuration.")
    group = Group(name, request.get("Description", ""), read_query(request["ResourceQuery"]))
    call.groups.add(call.place, group)
    return {"Group": _row(call.place, group), "ResourceQuery": _query(group)}


def get_group(call: Call) -> Json:
    """GetGroup."""
    return {"Group": _row(call.place, call.groups.get(call.place, call.named("GetGroup")))}


def get_group_query(call: Call) -> Json:
    """GetGroupQuery."""
    group = call.groups.get(call.place, call.named("GetGroupQuery"))
    return {"GroupQuery": {"GroupName": group.name, "ResourceQuery": _query(group)}}


def update_group_query(call: Call) -> Json:
    """UpdateGroupQuery."""
    name = call.named("UpdateGroupQuery")
    query = read_query(call.request["ResourceQuery"])
    changed = replace(call.groups.get(call.place, name), query=query)
    call.groups.replace(call.place, changed)
    return {"GroupQuery": {"GroupName": name, "ResourceQuery": _query(changed)}}


def delete_group(call: Call) -> Json:
    """DeleteGroup. The resources stay."""
    name = call.named("DeleteGroup")
    return {"Group": _row(call.place, call.groups.remove(call.place, name))}


def list_groups(call: Call) -> Json:
    """ListGroups, by name."""
    call.allow("resource-groups:ListGroups", "*")
    if call.request.get("Filters"):
        raise bad_request("ListGroups with Filters is not in the sandbox")
    page, more = one_page(call.groups.of(call.place), call.request, _A_PAGE)
    rows = [_row(call.place, group) for group in page]
    short = [{"GroupName": row["Name"], "GroupArn": row["GroupArn"]} for row in rows]
    return {"GroupIdentifiers": short, "Groups": rows, **more}


def list_group_resources(call: Call) -> Json:
    """ListGroupResources. A filter for a type that the query does not name is refused."""
    group = _readable(call)
    wanted = [kind for one in call.request.get("Filters", []) for kind in one["Values"]]
    odd = [kind for kind in wanted if not group.query.asks_for(kind)]
    if odd:
        raise bad_request(f"The group's query does not ask for {', '.join(odd)}.")
    found = _members(call, group) if not wanted or INSTANCE in wanted else iter(())
    page, more = one_page(found, call.request, _A_PAGE)
    resources = [{"ResourceArn": _arn(one), "ResourceType": INSTANCE} for one in page]
    return {
        "Resources": [{"Identifier": resource} for resource in resources],
        "ResourceIdentifiers": resources,
        "QueryErrors": [],
        **more,
    }


def instance_ids(call: Call) -> list[str]:
    """The ids of all instances in the group, for whoever may list them."""
    return [one.instance_id for one in _members(call, _readable(call))]


def _readable(call: Call) -> Group:
    """The group, once the caller may list what is in it. NotFoundException."""
    name = call.named("ListGroupResources")
    for action in _READ_WITH:
        call.allow(action, "*")
    return call.groups.get(call.place, name)


def _members(call: Call, group: Group) -> Iterator[Instance]:
    """The instances in the group, by what tags they have now."""
    if group.query.asks_for(INSTANCE):
        for one in call.instances:
            if one.place == call.place and group.query.has(one.tags):
                yield one


def _arn(one: Instance) -> str:
    return f"arn:aws:ec2:{one.place.region}:{one.place.account}:instance/{one.instance_id}"


def _row(place: Place, group: Group) -> Json:
    row = {"GroupArn": group_arn(place, group.name), "Name": group.name}
    return row | ({"Description": group.description} if group.description else {})


def _query(group: Group) -> Json:
    return {"Type": TAG_FILTERS, "Query": group.query.text}


OPERATIONS: Mapping[str, Callable[[Call], Json]] = {
    "CreateGroup": create_group,
    "GetGroup": get_group,
    "GetGroupQuery": get_group_query,
    "UpdateGroupQuery": update_group_query,
    "DeleteGroup": delete_group,
    "ListGroups": list_groups,
    "ListGroupResources": list_group_resources,
}
