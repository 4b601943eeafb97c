"""From what was said about the instances to the instances: account by account, region by region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestrator.errors import NotManagedError
from orchestrator.model.fleet import Selection, Tags
from orchestrator.wording import place_words

if TYPE_CHECKING:
    from orchestrator.cli.edges import Edges
    from orchestrator.cli.inputs import Inputs
    from orchestrator.model.fleet import ManagedInstance


BY_TAG = 1000
"""From more hosts than these on, one command goes to all that have the tags. Of fewer, fifties are
dearer to send, and cheaper to watch, since the page of those can be read that have news."""


@dataclass(frozen=True, slots=True)
class Place:
    """One account and region, and the instances that are meant there.

    ``managed`` is what SSM said of them, and None where it was not asked yet; ``aws`` is what it
    was asked with. ``notes`` say who was left out. ``tags`` are those that all of them have, and
    none else of what SSM would send to.
    """

    region: str
    account_role: str
    instance_ids: tuple[str, ...]
    managed: Mapping[str, ManagedInstance] | None = None
    aws: Edges | None = None
    notes: tuple[str, ...] = ()
    tags: Tags = ()

    @property
    def name(self) -> str:
        """Where that is, in words."""
        return place_words(self.region, self.account_role)


def is_all_said(inputs: Inputs) -> bool:
    """Whether the command line says which instances are where, so that nobody need be asked."""
    return inputs.selection is None and len(inputs.regions) == 1 and len(inputs.account_roles) <= 1


def places(inputs: Inputs, *, resolve: bool = False) -> list[Place]:
    """Where the instances are. SSM is asked only where the command line does not say it all.

    ``resolve``: it is asked in any case.

    Raises:
        NotManagedError: nothing is selected anywhere, or nothing of what is named is managed.
        CannotRunError: SSM cannot be asked.
    """
    found = [(role, region) for role in inputs.account_roles or ("",) for region in inputs.regions]
    if is_all_said(inputs) and not resolve:
        ((role, region),) = found
        return [Place(region, role, inputs.targets)]
    asked = [_ask(inputs, role, region) for role, region in found]
    if inputs.selection is None:
        asked = _with_unknown(asked, inputs.targets)
    there = [place for place in asked if place.instance_ids]
    if not there:
        raise _nothing(inputs.selection, asked)
    return there


def _ask(inputs: Inputs, role: str, region: str) -> Place:
    from orchestrator.cli.edges import edges

    aws = edges(inputs.profile, inputs.target_profile, region, role)
    if inputs.selection is None:
        managed = aws.fleet.describe(inputs.targets)
        return Place(region, role, tuple(managed), managed, aws)
    managed = aws.fleet.find(inputs.selection)
    platform = inputs.how.platform
    meant = {name: row for name, row in managed.items() if row.platform in {"", platform}}
    others = len(managed) - len(meant)
    place = Place(region, role, tuple(meant), meant, aws)
    if not others:
        return replace(place, tags=inputs.selection.tags)
    hosts = (
        "1 host is left out, which does"
        if others == 1
        else f"{others} hosts are left out, which do"
    )
    note = f"{place.name}: {hosts} not run {platform}"
    return replace(place, notes=(note,))


def _with_unknown(asked: list[Place], wanted: tuple[str, ...]) -> list[Place]:
    """What SSM manages nowhere is of the first place, so that its verdict is not forgotten."""
    known = {instance_id for place in asked for instance_id in place.instance_ids}
    unknown = tuple(instance_id for instance_id in wanted if instance_id not in known)
    if not known or not unknown:
        return asked
    first = next(place for place in asked if place.instance_ids)
    more = replace(first, instance_ids=(*first.instance_ids, *unknown))
    return [more if place is first else place for place in asked]


def _nothing(selection: Selection | None, asked: list[Place]) -> NotManagedError:
    where = "; ".join(place.name for place in asked)
    mend = "`aws ssm describe-instance-information` lists what is managed; check --region"
    if selection is None:
        what = "SSM manages none of these instances"
    else:
        what = f"SSM manages no instance that is {_words(selection)}"
        mend += ", --platform-type and the spelling: tags are case-sensitive"
    return NotManagedError(what, where=where, mend=mend, cause="not-managed")


def _words(selection: Selection) -> str:
    if selection.resource_group:
        return f"in the resource group {selection.resource_group[:80]!a}"
    if selection.everything:
        return "of this platform"
    tags = ", ".join(f"{key}={'|'.join(values)}" for key, values in selection.tags)
    return f"tagged {tags[:200]!a}"
