"""What a change set says: which resources come, change and go, and why.

"ResourceChange" and "ResourceChangeDetail" in the CloudFormation API Reference; which property's
change needs another resource is in the Template Reference ("Update requires").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.sandbox.cloud.stacks.paper import (
    BUCKET,
    POLICY,
    PROFILE,
    ROLE,
    Drawing,
    Planned,
)
from orchestrator.sandbox.cloud.stacks.references import references

_REPLACING = {
    ROLE: {"RoleName", "Path"},
    PROFILE: {"InstanceProfileName", "Path"},
    POLICY: {"ManagedPolicyName", "Path", "Description"},
    BUCKET: {"BucketName"},
}


@dataclass(frozen=True, slots=True)
class Detail:
    """Why a property changes: its ``source``, and the ``entity`` behind it, which may be none."""

    name: str
    recreation: str
    evaluation: str
    source: str
    entity: str = ""

    @property
    def attribute(self) -> str:
        """What of a resource it is a change of."""
        return "Tags" if self.name == "Tags" else "Properties"


@dataclass(frozen=True, slots=True)
class Change:
    """One resource's change. ``replacement`` is ``True``, ``False``, ``Conditional`` or empty."""

    action: str
    logical_id: str
    physical_id: str
    type: str
    replacement: str = ""
    details: tuple[Detail, ...] = ()


def changes(old: Drawing, new: Drawing) -> tuple[Change, ...]:
    """What has to change, by logical id as a change set lists it."""
    before = {item.logical_id: item for item in old.resources}
    after = {item.logical_id: item for item in new.resources}
    found = [Change("Add", n, "", item.type) for n, item in after.items() if n not in before]
    found += [
        Change("Remove", n, item.physical_id, item.type)
        for n, item in before.items()
        if n not in after
    ]
    parameters = {n for n, v in new.parameters.items() if old.parameters.get(n, v) != v}
    # In the order in which they are made, so that what is referred to is known before.
    replaced: dict[str, str] = {}
    for name, item in after.items():
        if name in before and (change := _modified(before[name], item, parameters, replaced)):
            replaced[name] = change.replacement
            found.append(change)
    return tuple(sorted(found, key=lambda change: change.logical_id))


def is_replaced(old: Planned, new: Planned) -> bool:
    """Whether it takes another resource to bring the old one to the new."""
    return any(old.properties.get(p) != new.properties.get(p) for p in _REPLACING[old.type])


def _modified(
    old: Planned, new: Planned, parameters: set[str], replaced: Mapping[str, str]
) -> Change | None:
    names = dict.fromkeys([*new.written, *old.written])
    details = [d for p in names for d in _details(p, old, new, parameters, replaced)]
    if not details:
        return None
    always = [detail for detail in details if detail.recreation == "Always"]
    certain = any(old.properties.get(d.name) != new.properties.get(d.name) for d in always)
    replacement = "True" if certain else "Conditional" if always else "False"
    return Change("Modify", old.logical_id, old.physical_id, old.type, replacement, tuple(details))


def _details(
    name: str, old: Planned, new: Planned, parameters: set[str], replaced: Mapping[str, str]
) -> Iterator[Detail]:
    recreation = "Always" if name in _REPLACING[old.type] else "Never"
    written = new.written.get(name)
    used = list(dict.fromkeys(references(written)))
    for used_name, attribute in used:
        if replaced.get(used_name) in {"True", "Conditional"}:
            source = "ResourceAttribute" if attribute else "ResourceReference"
            entity = f"{used_name}.{attribute}" if attribute else used_name
            yield Detail(name, recreation, "Dynamic", source, entity)
    if _value(old, name) == _value(new, name):
        return
    causes = [used_name for used_name, _ in used if used_name in parameters]
    for cause in causes:
        yield Detail(name, recreation, "Static", "ParameterReference", cause)
    # A value that comes from a parameter is listed once more like this.
    evaluation = "Dynamic" if causes and old.written.get(name) == written else "Static"
    yield Detail(name, recreation, evaluation, "DirectModification")


def _value(item: Planned, name: str) -> Any:
    return item.properties.get(name)
