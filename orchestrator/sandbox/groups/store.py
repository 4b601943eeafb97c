"""The groups that there are, each in its own account and region."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.sandbox.groups.query import Query
from orchestrator.sandbox.groups.refusing import bad_request, not_found
from orchestrator.sandbox.parts import Place


@dataclass(frozen=True, slots=True)
class Group:
    """A group as it was made, or changed since."""

    name: str
    description: str
    query: Query


def group_arn(place: Place, name: str) -> str:
    """The ARN of a group of that name, whether there is one or not."""
    return f"arn:aws:resource-groups:{place.region}:{place.account}:group/{name}"


class Groups:
    """All groups of all places."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: dict[tuple[Place, str], Group] = {}

    def add(self, place: Place, group: Group) -> None:
        """Keep a new one. BadRequestException where its name is taken."""
        with self._lock:
            if (place, group.name) in self._groups:
                raise bad_request(f"A group with the name {group.name} already exists")
            self._groups[place, group.name] = group

    def replace(self, place: Place, group: Group) -> None:
        """Keep another one of its name. NotFoundException."""
        with self._lock:
            if (place, group.name) not in self._groups:
                raise not_found(group.name)
            self._groups[place, group.name] = group

    def get(self, place: Place, name: str) -> Group:
        """The group of that name. NotFoundException."""
        with self._lock:
            found = self._groups.get((place, name))
        if found is None:
            raise not_found(name)
        return found

    def remove(self, place: Place, name: str) -> Group:
        """Forget it, and say what it was. NotFoundException."""
        with self._lock:
            found = self._groups.pop((place, name), None)
        if found is None:
            raise not_found(name)
        return found

    def of(self, place: Place) -> Sequence[Group]:
        """Those of one place, by name."""
        with self._lock:
            found = [group for (where, _), group in self._groups.items() if where == place]
        return sorted(found, key=lambda group: group.name)
