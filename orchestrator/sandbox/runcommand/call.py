"""A valid request on its way to its answer, with what the operations need beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.ports import Clock
from orchestrator.sandbox.runcommand.documents import Documents
from orchestrator.sandbox.runcommand.filters import Members
from orchestrator.sandbox.runcommand.store import Store
from orchestrator.sandbox.runcommand.tags import Tags


@dataclass(frozen=True, slots=True)
class Call:
    """One valid request to one region's store.

    ``permit`` raises unless that action is allowed on that resource, ``allow`` the same of the
    operation's own action; ``members`` tells those of a resource group.
    """

    store: Store
    documents: Documents
    tags: Tags
    clock: Clock
    request: Mapping[str, Any]
    operation: str
    permit: Callable[[str, str], None]
    members: Members
    account: str
    has_bucket: Callable[[str], bool]

    def allow(self, resource: str) -> None:
        """Raise ApiError unless the operation is allowed on that resource."""
        self.permit(f"ssm:{self.operation}", resource)

    def option(self, name: str) -> Any:
        """A member of the request, or None."""
        return self.request.get(name)
