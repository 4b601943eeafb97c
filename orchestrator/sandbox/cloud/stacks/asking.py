"""One request to CloudFormation, and what there is to answer it with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.sandbox.cloud.authority import Signed, allow
from orchestrator.sandbox.cloud.forwarding import Forwarding
from orchestrator.sandbox.cloud.refusals import Protocol, RefusedError
from orchestrator.sandbox.cloud.stacks.calls import Calls
from orchestrator.sandbox.cloud.stacks.changes import is_replaced
from orchestrator.sandbox.cloud.stacks.kept import ChangeSet, Shelf, Stack, Wish
from orchestrator.sandbox.cloud.stacks.making import Making, new_name
from orchestrator.sandbox.cloud.stacks.paper import BUCKET, Drawing, Place, draw, read_template
from orchestrator.sandbox.cloud.stacks.requests import StackForm, invalid, refuse_incapable


@dataclass(slots=True)
class Asking:
    """One request, and what is there to answer it with."""

    form: StackForm
    signed: Signed
    shelf: Shelf
    moto: Forwarding
    lasts: timedelta

    @property
    def now(self) -> datetime:
        """When it came."""
        return self.signed.now

    def stack(self) -> Stack | None:
        """The stack that is asked about, if there is one."""
        form = self.form
        name = form.get("StackName")
        found = self.shelf.find(form.account, form.region, name, self.now) if name else None
        if found is None and form.operation != "CreateChangeSet":
            wanted = form.get("ChangeSetName")
            stacks = self.shelf.of(form.account, form.region) if ":" in wanted else []
            found = next((stack for stack in stacks if stack.change_set(wanted)), None)
        return found

    def permit(self) -> None:
        """Refuse whoever may not do this."""
        found = self.stack()
        question = self.form.question(found.place.stack_id if found else "")
        allow(self.signed, question.with_context(self.signed.context()), Protocol.QUERY)

    def known(self) -> Stack:
        """The stack that is asked about."""
        found = self.stack()
        if found is None:
            raise invalid(f"Stack with id {self.form.needed('StackName')} does not exist")
        return found

    def change_set(self) -> tuple[Stack, ChangeSet]:
        """The change set that is asked about, and its stack."""
        name, found = self.form.needed("ChangeSetName"), self.stack()
        changes = found.change_set(name) if found else None
        if found is None or changes is None:
            raise RefusedError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
        return found, changes

    def wish(self, stack: Stack | None) -> Wish:
        """What is wanted, of that stack or of a new one."""
        form, previous = self.form, stack.wish if stack else None
        text = form.members.get("TemplateBody")
        if form.get("UsePreviousTemplate") == "true":
            text = previous.template if previous and text is None else None
        if text is None:
            raise invalid("Either Template URL or Template Body must be specified.")
        parameters = form.parameters(previous.parameters if previous else {})
        tags = form.tags() or (previous.tags if previous else {})
        return Wish(text, parameters, tags, form.listed("Capabilities"))

    def drawn(self, wish: Wish, place: Place, made: Drawing) -> Drawing:
        """What is wanted, on paper; RefusedError where the caller does not know what it makes."""
        drawing = draw(read_template(wish.template), wish.parameters, place, _names(made))
        refuse_incapable(drawing.resources, wish.capabilities)
        return drawing

    def new_stack(self, wish: Wish) -> Stack:
        """A stack that is not kept yet."""
        form, name = self.form, self.form.needed("StackName")
        if name.startswith("arn:"):
            raise invalid(f"Stack [{name}] does not exist")
        stack_id = f"{arn(form)}:stack/{name}/{uuid.uuid4()}"
        return Stack(Place(stack_id, name, form.account, form.region), wish, self.now)

    def make(self, stack: Stack, wish: Wish, *, new: bool) -> bool:
        """Bring the stack to what is wished; whether it succeeded."""
        drawing = _named(self.drawn(wish, stack.place, stack.made), wish, stack)
        making, previous = Making(stack, Calls(self.signed, self.moto)), stack.wish
        stack.wish = Wish(wish.template, drawing.parameters, wish.tags, wish.capabilities)
        if new:
            making.create(drawing)
            is_done = making.story[-1].status == "CREATE_COMPLETE"
        else:
            is_done, stack.updated = making.update(drawing), self.now
            if not is_done:
                stack.wish = previous
        stack.tell(making.story, self.now, self.lasts)
        return is_done


def _names(made: Drawing) -> Mapping[str, str]:
    return {item.logical_id: item.name for item in made.resources if not item.is_named}


def _named(drawing: Drawing, wish: Wish, stack: Stack) -> Drawing:
    """The drawing with names for what is to be made and is given none."""
    before = {item.logical_id: item for item in stack.made.resources}
    names = dict(_names(stack.made))
    for item in drawing.resources:
        old = before.get(item.logical_id)
        if not item.is_named and (old is None or is_replaced(old, item)):
            name = new_name(stack.place.name, item.logical_id)
            names[item.logical_id] = name.lower() if item.type == BUCKET else name
    return draw(read_template(wish.template), wish.parameters, stack.place, names)


def arn(form: StackForm) -> str:
    """How the ARNs of stacks begin there."""
    return f"arn:aws:cloudformation:{form.region}:{form.account}"
