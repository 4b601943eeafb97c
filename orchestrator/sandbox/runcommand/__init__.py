"""The sandbox's own SSM Run Command: the service's rules, over the service's protocol.

app         JSON 1.1 over WSGI          validation  the API model's limits
operations  one function an operation   sending     SendCommand's own rules
store       what there is, one lock     dispatch    how commands go on
everywhere  a service for each place     documents   AWS's, and the account's own
shapes      what clients are shown      messages    what agents are sent and reply
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from wsgiref.types import WSGIEnvironment

from orchestrator.ports import Clock
from orchestrator.sandbox.parts import ManagedNode, Place, StoredParameter
from orchestrator.sandbox.runcommand.app import Endpoint, signed_region
from orchestrator.sandbox.runcommand.call import Call
from orchestrator.sandbox.runcommand.documents import Document, Documents
from orchestrator.sandbox.runcommand.documents.operations import arn_if_there
from orchestrator.sandbox.runcommand.errors import (
    ApiError,
    Authorize,
    Groups,
    Locate,
    allow_all,
    no_groups,
)
from orchestrator.sandbox.runcommand.info import ManagedInfo, Settings
from orchestrator.sandbox.runcommand.messages import Answer, Message, Order, Reply
from orchestrator.sandbox.runcommand.operations import OPERATIONS
from orchestrator.sandbox.runcommand.records import Command, Invocation
from orchestrator.sandbox.runcommand.registry import LOST_SINCE, Instance
from orchestrator.sandbox.runcommand.sending import sending_to
from orchestrator.sandbox.runcommand.shapes import Json
from orchestrator.sandbox.runcommand.states import State
from orchestrator.sandbox.runcommand.store import Keep, Post, Store
from orchestrator.sandbox.runcommand.tags import Tags
from orchestrator.sandbox.runcommand.validation import api_model, validate

__all__ = ["ApiError", "Authorize", "Groups", "Locate", "ManagedInfo", "RunCommand", "Settings"]


class RunCommand:
    """Run Command of one account and region. ``app`` is its endpoint, for any region's requests.

    Its other side, which agents use, is `messages.Commands`.
    """

    def __init__(
        self,
        clock: Clock,
        region: str,
        account: str,
        settings: Settings | None = None,
        authorize: Authorize = allow_all,
        *,
        groups: Groups = no_groups,
        has_bucket: Callable[[str], bool] = lambda _: True,
        keep: Keep = lambda _: None,
    ) -> None:
        """``has_bucket``: whether there is a bucket of that name, in whatever account.

        ``keep`` is given each command that may have changed.
        """
        self.app = Endpoint(self.handle)
        self._clock = clock
        self._account = account
        self._settings = settings or Settings()
        self._authorize = authorize
        self._groups = groups
        self._has_bucket = has_bucket
        self._store = Store(clock, region, self._settings, keep)
        place = Place(account, region)
        self.documents = Documents(clock, place, self._settings.visibility_delay)
        self.tags = Tags()
        self.tags.kinds["Document"] = partial(arn_if_there, self.documents)
        self._throttled: Counter[str] = Counter()
        self._lock = threading.Lock()
        api_model("ssm")  # loaded now, so that the first request need not wait for it

    def register(
        self, host: ManagedNode, info: ManagedInfo | None = None, post: Post | None = None
    ) -> None:
        """Manage a host from now on. With a ``post`` its messages go there, unasked for."""
        now = self._clock.now()
        seen = now if host.online else now - LOST_SINCE
        instance = Instance(host, info or ManagedInfo(), self._settings, seen, seen)
        self._store.register(instance, post)

    def deregister(self, instance_id: str) -> None:
        """Forget an instance, as when it was terminated."""
        self._store.deregister(instance_id)

    @property
    def instances(self) -> Mapping[str, Instance]:
        """All that are managed here, by id."""
        return self._store.instances()

    def dispatch(
        self, document: Document, targets: Sequence[Instance], request: Mapping[str, Any]
    ) -> str:
        """Send as another part of SSM does, which was allowed to before: the command's id.

        ``request`` are members of SendCommand, valid with that document.
        """
        sending = sending_to(targets, request, document)
        return self._store.send(sending, lambda command: command.command_id)

    def progress(self, command_id: str, instance_ids: Sequence[str]) -> Mapping[str, Invocation]:
        """How far these instances are with it; empty where the command is not kept any more."""
        return self._store.invocations(command_id, instance_ids)

    def give_up(self, command_id: str, state: State) -> None:
        """End what of the command has not ended, in that state, and tell the agents to stop."""
        self._store.give_up(command_id, state)

    def forget_before(self, moment: datetime) -> None:
        """Keep no command any more that is over, and was sent before."""
        self._store.forget_before(moment)

    def receive(
        self, instance_id: str, reachable: Callable[[], bool], wait: float
    ) -> Message | None:
        """See `messages.Commands`."""
        return self._store.receive(instance_id, reachable, wait)

    def acknowledge(
        self, message: Message, instance_id: str, answer: Answer = Answer.SUCCESSFUL
    ) -> bool:
        """See `messages.Commands`."""
        return self._store.acknowledge(message, instance_id, answer)

    def fail(self, message: Message, instance_id: str, failure: str) -> None:
        """See `messages.Commands`. Nothing is sent here that an agent does not know."""
        raise AssertionError(f"{instance_id} has no use for {message}: {failure}")

    def reply(self, message: Message, instance_id: str, reply: Reply) -> None:
        """See `messages.Commands`."""
        self._store.reply(message, instance_id, reply)

    def get_parameters(self, names: Sequence[str]) -> Mapping[str, StoredParameter]:
        """See `parts.ParameterStore`."""
        stored = self._settings.parameters
        return {name: stored[name] for name in names if name in stored}

    def hang_up(self, instance_id: str) -> None:
        """See `messages.Commands`."""
        self._store.hang_up(instance_id)

    def is_wanted(self, order: Order, instance_id: str) -> bool:
        """Whether its agent should still get this command, that its post has taken."""
        return self._store.is_wanted(order, instance_id)

    def has(self, command_id: str, instance_id: str) -> bool:
        """Whether that command was sent to that instance."""
        return self._store.has(command_id, instance_id)

    def restore(self, command: Command) -> None:
        """Take a command of before up again. Its hosts are registered by now."""
        self._store.restore(command)

    def handle(self, environ: WSGIEnvironment, operation: str, request: Mapping[str, Any]) -> Json:
        """Answer one request. ApiError."""
        if operation not in OPERATIONS:
            message = f"{operation} is not in the sandbox"
            raise ApiError("UnknownOperationException", message)
        store = self._store_of(signed_region(environ))
        self.slow_down(operation)
        validate(operation, request)

        call = Call(
            store=store,
            documents=self.documents,
            tags=self.tags,
            clock=self._clock,
            request=request,
            operation=operation,
            permit=partial(self._authorize, environ),
            members=partial(self._groups, environ),
            account=self._account,
            has_bucket=self._has_bucket,
        )
        return OPERATIONS[operation](call)

    def _store_of(self, region: str) -> Store:
        """Another region knows neither our instances nor our commands."""
        if region == self._store.region:
            return self._store
        return Store(self._clock, region, self._settings)

    def slow_down(self, operation: str) -> None:
        """ThrottlingException for the first calls of an operation that is to be throttled."""
        with self._lock:
            if self._throttled[operation] >= self._settings.throttle.get(operation, 0):
                return
            self._throttled[operation] += 1
        raise ApiError("ThrottlingException", "Rate exceeded")
