"""A script that is really run, by the emulated host that stands for a whole fleet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from orchestrator.sandbox.agent import endings
from orchestrator.sandbox.agent.endings import Output
from orchestrator.sandbox.agent.files import Orchestration
from orchestrator.sandbox.agent.scripts import LostError, Scripts, Watch
from orchestrator.sandbox.agent.settings import NoObjects
from orchestrator.sandbox.agent.uploads import Uploads
from orchestrator.sandbox.fleet.answers import Question
from orchestrator.sandbox.fleet.commands import variables
from orchestrator.sandbox.parts import Host
from orchestrator.sandbox.server import App


class Metadata:
    """One metadata endpoint for all hosts of a fleet: that of the host whose script runs now."""

    def __init__(self, of: Callable[[str], App]) -> None:
        self._of = of
        self._now: App | None = None

    def turn_to(self, instance_id: str) -> None:
        """Answer as this host's from now on."""
        self._now = self._of(instance_id)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        assert self._now is not None  # nobody knows the address before
        return self._now(environ, start)


class Asking:
    """Runs scripts on ``host``, one after the other, each as if on the host that it is about."""

    def __init__(self, host: Host, metadata: Metadata) -> None:
        self._host = host
        self._metadata = metadata
        self._lock = threading.Lock()
        self._watch = Watch()
        self._closed = False

    def __call__(self, question: Question) -> Output:
        """What the script says. It ends when its own time-out is over."""
        with self._lock:
            if self._closed:
                return endings.CANCELLED_BEFORE
            self._watch = Watch()
        self._metadata.turn_to(question.node.instance_id)
        orchestration = Orchestration(self._host, question.order.command_id)
        scripts = Scripts(
            host=self._host,
            orchestration=orchestration,
            environment=variables(question.order, question.node),
            uploads=Uploads(NoObjects(), "", ""),
            watch=self._watch,
        )
        step = question.script.step
        assert step is not None  # nobody asks what nothing says
        try:
            return scripts.run(step)
        except LostError:
            return endings.CANCELLED_BEFORE
        finally:
            # The next script of this command must not find this one's output.
            orchestration.remove()

    def close(self) -> None:
        """Kill the script that runs, and start none any more."""
        with self._lock:
            self._closed = True
            self._watch.cancel()
