"""The two threads of a fleet: one for all that its hosts do, one for the scripts really run."""

from __future__ import annotations

import threading
from collections.abc import Callable

from orchestrator.sandbox.fleet.answers import Answers
from orchestrator.sandbox.fleet.simulation import Simulation


class Driver:
    """Runs a simulation from its construction until `close`.

    ``stop_asking`` ends the script that is being run, if any.
    """

    def __init__(
        self, simulation: Simulation, answers: Answers, stop_asking: Callable[[], None]
    ) -> None:
        self._simulation = simulation
        self._answers = answers
        self._stop_asking = stop_asking
        self._wake = threading.Event()
        self._closed = threading.Event()
        simulation.on_post = answers.on_answer = self._wake.set
        self._threads = [
            threading.Thread(target=self._run, name="fleet", daemon=True),
            threading.Thread(target=self._answer, name="fleet-asks", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop, and wait until both threads are gone."""
        self._closed.set()
        self._wake.set()
        self._answers.close()
        self._stop_asking()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._wake.clear()
            pause = self._simulation.run_due()
            self._wake.wait(pause)

    def _answer(self) -> None:
        while self._answers.answer_one(wait=None):
            pass
