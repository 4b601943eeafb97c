"""Tags of what SSM keeps: of documents, and of associations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.shapes import Json

if TYPE_CHECKING:
    from orchestrator.sandbox.runcommand.call import Call

MOST = 50
"""Tags of one resource."""

Find = Callable[[str], str | None]
"""The ARN of what has that id, None where nothing has."""


class Tags:
    """All tags of one place. ``kinds`` are what may have some, by ResourceType."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tags: dict[tuple[str, str], dict[str, str]] = {}
        self.kinds: dict[str, Find] = {}

    def arn(self, kind: str, resource_id: str) -> str:
        """The ARN of a resource. InvalidResourceType, InvalidResourceId."""
        if kind not in self.kinds:
            raise ApiError("InvalidResourceType", f"Tags of {kind} are not in the sandbox.")
        found = self.kinds[kind](resource_id)
        if found is None:
            raise ApiError("InvalidResourceId", f"There is no {kind} {resource_id}.")
        return found

    def of(self, kind: str, resource_id: str) -> Mapping[str, str]:
        """Those of one resource."""
        with self._lock:
            return dict(self._tags.get((kind, resource_id), {}))

    def put(self, kind: str, resource_id: str, tags: Mapping[str, str]) -> None:
        """Add or overwrite some. TooManyTagsError."""
        with self._lock:
            whole = {**self._tags.get((kind, resource_id), {}), **tags}
            if len(whole) > MOST:
                raise ApiError("TooManyTagsError", f"A resource has at most {MOST} tags.")
            self._tags[kind, resource_id] = whole

    def drop(self, kind: str, resource_id: str, keys: Sequence[str] | None = None) -> None:
        """Remove those of the keys, or all."""
        with self._lock:
            if keys is None:
                self._tags.pop((kind, resource_id), None)
            else:
                mine = self._tags.get((kind, resource_id), {})
                for key in keys:
                    mine.pop(key, None)


def given(rows: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """The tags of a request. InvalidTag where a key is AWS's, or stands twice."""
    found = {row["Key"]: row["Value"] for row in rows}
    if len(found) < len(rows) or any(key.lower().startswith("aws:") for key in found):
        raise ApiError("InvalidTag", "A tag's key stands once, and does not begin with aws:.")
    return found


def rows_of(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """The tags as answers show them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def add_tags_to_resource(call: Call) -> Json:
    """AddTagsToResource."""
    kind, resource_id = _allowed(call)
    call.tags.put(kind, resource_id, given(call.request["Tags"]))
    return {}


def remove_tags_from_resource(call: Call) -> Json:
    """RemoveTagsFromResource."""
    kind, resource_id = _allowed(call)
    call.tags.drop(kind, resource_id, call.request["TagKeys"])
    return {}


def list_tags_for_resource(call: Call) -> Json:
    """ListTagsForResource."""
    return {"TagList": rows_of(call.tags.of(*_allowed(call)))}


def _allowed(call: Call) -> tuple[str, str]:
    kind, resource_id = call.request["ResourceType"], call.request["ResourceId"]
    call.allow(call.tags.arn(kind, resource_id))
    return kind, resource_id


OPERATIONS: Mapping[str, Callable[[Any], Json]] = {
    "AddTagsToResource": add_tags_to_resource,
    "RemoveTagsFromResource": remove_tags_from_resource,
    "ListTagsForResource": list_tags_for_resource,
}
