"""How a stack is brought from what it is to what it shall be, and back again where that fails."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from orchestrator.sandbox.cloud.stacks.calls import Calls, FailedError
from orchestrator.sandbox.cloud.stacks.changes import is_replaced
from orchestrator.sandbox.cloud.stacks.kept import Stack, Told
from orchestrator.sandbox.cloud.stacks.paper import Drawing, Planned
from orchestrator.sandbox.cloud.stacks.resources import Call, changing, making, removing

_ANOTHER = "Requested update requires the creation of a new physical resource; hence creating one."
_SAME_NAME = (
    "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
    "Rename {} and update the stack again."
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_LONGEST_NAME = 64


def new_name(stack: str, logical_id: str) -> str:
    """A name for a resource that its template gives none."""
    end = "".join(secrets.choice(_LETTERS) for _ in range(12))
    return f"{f'{stack}-{logical_id}'[: _LONGEST_NAME - 13]}-{end}"


@dataclass(slots=True)
class Making:
    """One operation on a stack. ``story`` is what is told of it."""

    stack: Stack
    calls: Calls
    story: list[Told] = field(default_factory=list)

    def create(self, wanted: Drawing) -> None:
        """Make all of it; what was made goes again where something fails."""
        self._tell("CREATE_IN_PROGRESS", "User Initiated")
        made: list[Planned] = []
        failed = self._make(wanted.resources, made)
        if not failed:
            self.stack.made = wanted
            self._tell("CREATE_COMPLETE")
            return
        reason = f"The following resource(s) failed to create: [{failed}]. "
        self._tell("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
        left = self._remove(made)
        self.stack.made = Drawing(tuple(left), parameters=wanted.parameters)
        self._tell("ROLLBACK_FAILED" if left else "ROLLBACK_COMPLETE")

    def update(self, wanted: Drawing) -> bool:
        """Bring the stack to it; all goes back where something fails. Whether it succeeded."""
        self._tell("UPDATE_IN_PROGRESS", "User Initiated")
        before = {item.logical_id: item for item in self.stack.made.resources}
        done: list[tuple[Planned | None, Planned]] = []
        failed = self._change(wanted.resources, before, done)
        if failed:
            self._back(failed, done)
            return False
        stays = {item.logical_id for item in wanted.resources}
        old = [was for was, now in done if was is not None and is_replaced(was, now)]
        old += [item for name, item in before.items() if name not in stays]
        self._tell("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        order = [item.arn for item in self.stack.made.resources]
        self._remove(sorted(old, key=lambda item: order.index(item.arn)))
        # What could not be removed is no part of the stack any more.
        self.stack.made = wanted
        self._tell("UPDATE_COMPLETE")
        return True

    def delete(self) -> None:
        """Remove all of it."""
        self._tell("DELETE_IN_PROGRESS", "User Initiated")
        left = self._remove(self.stack.made.resources)
        self.stack.made = Drawing(tuple(left), parameters=self.stack.made.parameters)
        names = ", ".join(item.logical_id for item in left)
        reason = f"The following resource(s) failed to delete: [{names}]. " if left else ""
        self._tell("DELETE_FAILED" if left else "DELETE_COMPLETE", reason)

    def _make(self, wanted: Iterable[Planned], made: list[Planned]) -> str:
        """Make them one by one; the logical id of the first that failed, or nothing."""
        for item in wanted:
            done: list[Call] = []
            if not self._do("CREATE", item, making(item), done=done):
                if done:
                    made.append(item)
                return item.logical_id
            made.append(item)
        return ""

    def _change(
        self,
        wanted: Iterable[Planned],
        before: dict[str, Planned],
        done: list[tuple[Planned | None, Planned]],
    ) -> str:
        for item in wanted:
            was = before.get(item.logical_id)
            if was is None:
                made: list[Planned] = []
                failed = self._make([item], made)
                done += [(None, new) for new in made]
                if failed:
                    return failed
            elif was.properties != item.properties:
                begun: list[Call] = []
                is_done = self._bring(was, item, begun)
                if begun:
                    done.append((was, item))
                if not is_done:
                    return item.logical_id
        return ""

    def _bring(self, was: Planned, item: Planned, begun: list[Call]) -> bool:
        """Change it, or make another one in its place."""
        if not is_replaced(was, item):
            calls = changing(was, item, self.stack.place.account)
            return self._do("UPDATE", item, calls, done=begun)
        if was.is_named and was.name == item.name:
            self._of(item, "UPDATE_FAILED", _SAME_NAME.format(item.name))
            return False
        return self._do("UPDATE", item, making(item), _ANOTHER, done=begun)

    def _back(self, failed: str, done: list[tuple[Planned | None, Planned]]) -> None:
        reason = f"The following resource(s) failed to update: [{failed}]. "
        self._tell("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        account, new, is_back = self.stack.place.account, [], True
        for was, now in reversed(done):
            if was is None or is_replaced(was, now):
                new.append(now)
            else:
                is_back &= self._do("UPDATE", was, changing(now, was, account))
        if not is_back:
            self._tell("UPDATE_ROLLBACK_FAILED")
            return
        self._tell("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._remove(reversed(new))
        self._tell("UPDATE_ROLLBACK_COMPLETE")

    def _remove(self, items: Iterable[Planned]) -> list[Planned]:
        """Remove them, the last one first; those that stayed."""
        account = self.stack.place.account
        gone = [
            item
            for item in reversed(list(items))
            if not self._do("DELETE", item, removing(item, account), forgiving=True)
        ]
        return list(reversed(gone))

    def _do(
        self,
        verb: str,
        item: Planned,
        calls: Iterator[Call],
        reason: str = "",
        *,
        done: list[Call] | None = None,
        forgiving: bool = False,
    ) -> bool:
        """Make these calls, and tell how it went. ``forgiving``: what is gone need not go."""
        self._of(item, f"{verb}_IN_PROGRESS", reason)
        try:
            for call in calls:
                try:
                    self.calls.do(call)
                except FailedError as error:
                    if forgiving and "HandlerErrorCode: NotFound" in str(error):
                        continue
                    raise
                if done is not None:
                    done.append(call)
        except FailedError as error:
            self._of(item, f"{verb}_FAILED", str(error))
            return False
        self._of(item, f"{verb}_COMPLETE")
        return True

    def _of(self, item: Planned, status: str, reason: str = "") -> None:
        is_new = status == "CREATE_IN_PROGRESS"
        physical = "" if is_new else item.physical_id
        self.story.append(Told(item.logical_id, physical, item.type, status, reason))

    def _tell(self, status: str, reason: str = "") -> None:
        self.story.append(self.stack.told(status, reason))
