"""Who is meant, as State Manager finds them anew each time that it runs."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.errors import UsageError
from orchestrator.model.fleet import Selection
from orchestrator.model.schedule import Targets

MOST_KEYS, MOST_VALUES = 5, 50
"""Targets of an association, and values of each (SSM API Reference, CreateAssociation)."""


def targets_of(selection: Selection | None, instance_ids: Sequence[str] = ()) -> Targets:
    """The targets of an association.

    Raises:
        UsageError: they are more than an association takes.
    """
    if selection is None:
        found: Targets = (("InstanceIds", tuple(instance_ids)),)
    elif selection.resource_group:
        found = (("resource-groups:Name", (selection.resource_group,)),)
    elif selection.tags:
        found = tuple((f"tag:{key}", values) for key, values in selection.tags)
    else:
        found = (("InstanceIds", ("*",)),)
    for key, values in found:
        if len(values) > MOST_VALUES:
            what = f"{len(values)} values of {key}; an association takes {MOST_VALUES}"
            raise UsageError(what, where="targets", mend="choose them by a tag: --tag KEY=VALUE")
    if len(found) > MOST_KEYS:
        what = f"{len(found)} tags; an association takes {MOST_KEYS}"
        raise UsageError(what, where="--tag", mend="keep five of them")
    return found


def targets_words(targets: Targets) -> str:
    """The same for people."""
    if targets == (("InstanceIds", ("*",)),):
        return "everything that SSM manages there"
    return "; ".join(f"{key} {', '.join(values)}" for key, values in targets)
