"""Runs cases, each in a sandbox of its own; `python -m rivals.race orch-50` runs one alone.

A batch's sandboxes all stand before its cases begin together, in real time: what clients do between
two looks is sleep, and a faster clock would make their own work dearer than it is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rivals.cases import BATCHES, BESIDE, FAULTS, HOST_SECONDS, SEED, Case

BIN = Path(sys.executable).parent
_AT_MOST = 900.0

Figures = dict[str, Any]


class Running:
    """A case in its sandbox. Left before its end, it is ended."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case = case
        self._folder = folder
        folder.mkdir()
        (folder / "case.json").write_text(json.dumps(asdict(case)))
        fault = ["--fault", FAULTS[case.fault]] if case.fault else []
        options = ["--hosts", str(case.hosts * case.runs), "--host-seconds", str(HOST_SECONDS)]
        options += ["--seed", str(SEED), "--engine", "stand-in", *fault]
        calls = ["--calls", str(folder / "calls.jsonl")]
        inside = [sys.executable, "-m", "rivals.inside", str(folder)]
        words = [str(BIN / "orch"), "sandbox", "exec", *options, *calls, "--", *inside]
        with (folder / "errors").open("wb") as errors:
            self._process = subprocess.Popen(words, env=_environment(), stderr=errors)

    def stands(self) -> None:
        """Wait until it is ready to begin."""
        self._wait((self._folder / "ready").exists)

    def go(self) -> None:
        """Begin."""
        (self._folder / "go").touch()

    def figures(self) -> Figures:
        """Its figures, when it has ended. RuntimeError with what it said where it failed."""
        self._wait(lambda: False)
        found = self._folder / "measured.json"
        if not found.exists():
            raise RuntimeError(f"{self.case.name}: {(self._folder / 'errors').read_text()}")
        figures: Figures = json.loads(found.read_text())
        return figures

    def close(self) -> None:
        """End it, and wait until its sandbox is gone."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    def _wait(self, done: Callable[[], bool]) -> None:
        until = time.monotonic() + _AT_MOST
        while self._process.poll() is None and not done():
            if time.monotonic() > until:
                raise RuntimeError(f"{self.case.name} did not end")
            time.sleep(0.1)


@contextmanager
def begun(cases: Sequence[Case]) -> Iterator[Sequence[Running]]:
    """These cases, under way together."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rivals-")))
        found = []
        for case in cases:
            found.append(Running(case, folder / case.name))
            stack.callback(found[-1].close)
        for each in found:
            each.stands()
        for each in found:
            each.go()
        yield found


def run_all(say: Callable[[Case], None]) -> list[Figures]:
    """Every case's figures; ``say`` is told of each case as it ends."""
    kept: list[Figures] = []

    def keep(cases: Sequence[Running]) -> None:
        for each in cases:
            kept.append(each.figures())
            say(each.case)

    with begun(BESIDE) as beside:
        for batch in BATCHES:
            with begun(batch) as running:
                keep(running)
        keep(beside)
    return kept


def _environment() -> dict[str, str]:
    own = str(Path(__file__).parents[1])
    path = os.pathsep.join((str(BIN), os.environ.get("PATH", os.defpath)))
    return {**os.environ, "PATH": path, "PYTHONPATH": own}


def main(names: Sequence[str]) -> None:
    """Measure the cases of these names (``orch-50``) together, and print their figures."""
    cases = [case for batch in (BESIDE, *BATCHES) for case in batch if case.name in names]
    with begun(cases) as running:
        for each in running:
            print(json.dumps(each.figures()))


if __name__ == "__main__":
    main(sys.argv[1:])
