"""One case, in the sandbox that it was started in; what was measured goes to a file as JSON.

    python -m rivals.inside FOLDER

The folder holds ``case.json``. The file ``ready`` in it says that the sandbox stands; the case
begins when there is a file ``go``, so that no sandbox starts while another case is measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rivals import ruler
from rivals.cases import ORCH, Case
from rivals.job import PASS
from rivals.measured import Race, Run, Told, figures

BIN = Path(sys.executable).parent
RUNBOOKS = Path(__file__).with_name("runbooks")
OTHERS = "account-a-admin"
_IDS_A_WORD = 1_000
_APART = 2.5
"""Seconds between the starts of a case's runs, so that they do not crowd each other."""
_ENDS = {True: {0, 1, 4}, False: {0}}
"""Exit codes of `orch run` that come with a report, and of the other strategies."""


def main() -> None:
    """Measure the case, and write ``measured.json``."""
    folder = Path(sys.argv[1])
    case = Case(**json.loads((folder / "case.json").read_text()))
    hosts = (Path(os.environ["ORCH_SANDBOX_DIR"]) / "fleet.txt").read_text().split()
    scripts = [_rendered(name, hosts[0], folder) for name in case.scripts]
    groups = [hosts[begin : begin + case.hosts] for begin in range(0, len(hosts), case.hosts)]
    own = [_prepared(case, group, scripts, folder / str(n)) for n, group in enumerate(groups)]
    (folder / "ready").touch()
    while not (folder / "go").exists():
        time.sleep(0.05)
    with ThreadPoolExecutor(len(own)) as pool:
        done = list(pool.map(_run, own, range(len(own))))
    over = max(run.ended for run, _ in done)
    race = Race(
        runs=[run for run, _ in done],
        calls=ruler.calls_of(folder / "calls.jsonl", os.environ["AWS_PROFILE"], over),
        ends=ruler.ends(OTHERS),
        told={which: what for _, told in done for which, what in told.items()},
    )
    (folder / "measured.json").write_text(json.dumps(figures(case, race)))


@dataclass(frozen=True)
class Prepared:
    """A process to be run: ``words`` in ``folder``, on these hosts."""

    strategy: str
    hosts: Sequence[str]
    words: Sequence[str]
    folder: Path


def _prepared(case: Case, hosts: Sequence[str], scripts: Sequence[Path], folder: Path) -> Prepared:
    folder.mkdir()
    words = _orch(hosts) if case.strategy == ORCH else _rival(case, hosts, scripts, folder)
    return Prepared(case.strategy, hosts, words, folder)


def _orch(hosts: Sequence[str]) -> list[str]:
    named = (hosts[begin : begin + _IDS_A_WORD] for begin in range(0, len(hosts), _IDS_A_WORD))
    options = [word for ids in named for word in ("--instance", ",".join(ids))]
    return [str(BIN / "orch"), "run", *options, "--yes", "--output", "json"]


def _rival(case: Case, hosts: Sequence[str], scripts: Sequence[Path], folder: Path) -> list[str]:
    job = {
        "hosts": hosts,
        "scripts": [str(script) for script in scripts],
        "told": str(folder / "told.jsonl"),
        "looked_at": case.looked_at or len(hosts),
    }
    (folder / "job.json").write_text(json.dumps(job))
    return [sys.executable, "-m", f"rivals.{case.strategy}", str(folder / "job.json")]


def _rendered(name: str, host: str, folder: Path) -> Path:
    """A half of the check as a script: its exit code is its verdict, whoever sends it."""
    words = [str(BIN / "orch"), "render", str(RUNBOOKS / f"{name}.yaml"), "--instance", host]
    path = folder / f"{name}.ps1"
    with path.open("wb") as file:
        subprocess.run(words, check=True, stdout=file)
    return path


def _run(own: Prepared, place: int) -> tuple[Run, Told]:
    """Run it, each a little after the one before, and say what it used and told."""
    time.sleep(place * _APART)
    environment = {**os.environ, "ORCH_STATE_DIR": str(own.folder)}
    with ExitStack() as stack:
        output = stack.enter_context((own.folder / "output").open("wb"))
        watch = None
        if own.strategy == ORCH:
            watch = ruler.JournalWatch(own.folder / "runs.sqlite")
            stack.callback(watch.close)
        began = time.time()
        process = subprocess.Popen(own.words, stdout=output, env=environment)
        # What its own children used, and waited for, is counted with it.
        _, status, usage = os.wait4(process.pid, 0)
        ended = time.time()
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in _ENDS[own.strategy == ORCH]:
        # A program that broke has proved nothing about its way to wait.
        raise RuntimeError(f"{own.strategy} ended with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    told = _of_report(own.folder, watch.seen) if watch else ruler.told(own.folder / "told.jsonl")
    return Run(own.hosts, began, ended, cpu, usage.ru_maxrss / 1024), told


def _of_report(folder: Path, seen: Mapping[str, float]) -> Told:
    """What the report says of each host, and when its evidence was there."""
    report: dict[str, Any] = json.loads((folder / "output").read_text())
    outcomes = {host["instance_id"]: host["outcome"] for host in report["hosts"]}
    unseen = [host for host, outcome in outcomes.items() if outcome == PASS and host not in seen]
    if unseen:
        raise RuntimeError(f"the journal does not know {unseen[:3]}: the watch is broken")
    return {(0, host): (outcome, seen.get(host, 0.0)) for host, outcome in outcomes.items()}


if __name__ == "__main__":
    main()
