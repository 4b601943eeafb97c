"""A stack's way: what would change, then, if that is wanted, the change and its end."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from orchestrator.errors import CannotRunError, OrchError, UnreachableError, UsageError
from orchestrator.ports import Clock, Listener
from orchestrator.setup import (
    ChangeSet,
    Conflict,
    Deployment,
    Event,
    StackState,
    Value,
    failed_change_set,
    failed_stack,
    unfit,
)
from orchestrator.setup.state import REVIEW
from orchestrator.waiting import look_until

CHANGE_SET_WITHIN = 300.0
STACK_WITHIN = 1800.0
"""Seconds after which nobody waits any more; roles and policies take less than a minute."""

KEPT = "as it is now"
"""Where a value is from that the stack has and nobody has given."""


class Stacks(Protocol):
    """CloudFormation in one account and region, as `orchestrator.aws.stacks` has it.

    Every method may raise CredentialsError, DeniedError, UnreachableError or CannotRunError.
    """

    def find(self, name: str) -> StackState | None:
        """The stack of that name or id."""

    def propose(self, deployment: Deployment, name: str, kept: Sequence[str], *, new: bool) -> str:
        """Have a change set made; its ARN."""

    def look(self, change_set_id: str) -> ChangeSet:
        """The change set as it stands."""

    def conflicts(self, change_set_id: str) -> Sequence[Conflict]:
        """What AWS found wrong before anything was made."""

    def execute(self, change_set_id: str) -> None:
        """Do what the change set says."""

    def forget(self, change_set_id: str) -> None:
        """Delete the change set."""

    def has_change_sets(self, stack_id: str) -> bool:
        """Whether the stack has any."""

    def remove(self, stack_id: str) -> None:
        """Delete the stack."""

    def events(self, stack_id: str) -> Sequence[Event]:
        """What has happened since its last change began."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would change. ``before`` is the stack as it is, None where it is not there."""

    before: StackState | None
    found: ChangeSet
    values: tuple[Value, ...]

    @property
    def is_new(self) -> bool:
        """Whether the stack is to be created."""
        return self.before is None or self.before.status == REVIEW


@dataclass(slots=True)
class Deploying:
    """One stack on its way."""

    deployment: Deployment
    stacks: Stacks
    clock: Clock
    listener: Listener

    def propose(self) -> Proposal:
        """Find out what would change. Of a change set that is of no use, nothing is left.

        Raises:
            UsageError: a new stack lacks a value that it needs.
            CannotRunError: the stack is in a state in which it cannot be changed, or AWS says no.
        """
        deployment = self.deployment
        self.listener.stage("change set")
        before = self.stacks.find(deployment.stack_name)
        if before is not None and (error := unfit(before, deployment)):
            raise error
        is_new = before is None or before.status == REVIEW
        kept = [] if before is None or is_new else _kept(deployment, before)
        _refuse_missing(deployment, kept)
        name = f"orch-setup-{secrets.token_hex(6)}"
        arn = self.stacks.propose(deployment, name, kept, new=is_new)
        try:
            found = self._wait_for(arn)
        except BaseException:
            # It may still be on its way, and then AWS does not delete it.
            with suppress(OrchError):
                self._withdraw(before, arn)
            raise
        values = deployment.values
        if before is not None:
            values += tuple(Value(name, before.parameters[name], KEPT) for name in kept)
        order = deployment.parameters()
        values = tuple(sorted(values, key=lambda item: order.index(item.parameter)))
        proposal = Proposal(before, found, values)
        if found.status == "FAILED":
            conflicts = () if found.is_empty else self.stacks.conflicts(arn)
            self.withdraw(proposal)
            if not found.is_empty:
                raise failed_change_set(found, conflicts, deployment)
        return proposal

    def withdraw(self, proposal: Proposal) -> None:
        """Leave nothing of it: no change set, and no stack that is nothing but that change set."""
        self._withdraw(proposal.before, proposal.found.change_set_id, proposal.found.stack_id)

    def carry_out(self, proposal: Proposal) -> StackState:
        """Do it, and wait for its end.

        Raises:
            CannotRunError: it failed; the error names the resource that failed first.
        """
        stack_id = proposal.found.stack_id
        self.stacks.execute(proposal.found.change_set_id)
        self.listener.stage("stack")

        def look() -> StackState:
            found = self.stacks.find(stack_id)
            if found is None:
                where = f"stack {stack_id}"
                raise CannotRunError("it is gone", where=where, mend="deploy it again")
            return found

        ended = look_until(
            look,
            lambda found: found.is_over and found.status != REVIEW,
            clock=self.clock,
            deadline=STACK_WITHIN,
            excused=UnreachableError,
        )
        if not ended.is_over:
            what = f"it is still {ended.status} after {STACK_WITHIN / 60:.0f} minutes"
            mend = "it goes on without orch; look at its events"
            raise CannotRunError(what, where=f"stack {ended.name}", mend=mend)
        if not ended.is_well:
            raise failed_stack(ended, self.stacks.events(stack_id), self.deployment)
        return ended

    def _wait_for(self, arn: str) -> ChangeSet:
        found = look_until(
            lambda: self.stacks.look(arn),
            lambda seen: seen.is_over,
            clock=self.clock,
            deadline=CHANGE_SET_WITHIN,
            excused=UnreachableError,
        )
        if not found.is_over:
            what = f"its change set is still {found.status} after {CHANGE_SET_WITHIN / 60:.0f} min"
            where = f"stack {self.deployment.stack_name}"
            raise CannotRunError(what, where=where, mend="try again later")
        return found

    def _withdraw(self, before: StackState | None, arn: str, stack_id: str = "") -> None:
        self.stacks.forget(arn)
        if before is not None:
            return
        stack = self.stacks.find(stack_id or self.deployment.stack_name)
        is_nothing = stack is not None and stack.status == REVIEW
        if stack is not None and is_nothing and not self.stacks.has_change_sets(stack.stack_id):
            self.stacks.remove(stack.stack_id)


def _kept(deployment: Deployment, before: StackState) -> list[str]:
    """The parameters that the stack has and nobody gives: they stay as they are.

    One that this template does not have any more is left out.
    """
    given = {item.parameter for item in deployment.values}
    known = set(deployment.parameters())
    return [name for name in before.parameters if name in known and name not in given]


def _refuse_missing(deployment: Deployment, kept: Sequence[str]) -> None:
    missing = [
        slot
        for slot in deployment.setup.slots
        if slot.needed and slot.parameter in set(deployment.missing()) - set(kept)
    ]
    if missing:
        what = "\n".join(f"{slot.option}: missing: {slot.help}" for slot in missing)
        example = " ".join(f"{slot.option} {slot.rule.example}" for slot in missing)
        mend = f"for example: orch setup deploy {deployment.setup.name} {example}"
        raise UsageError(what, mend=mend)
