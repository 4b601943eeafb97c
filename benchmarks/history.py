"""How long it takes to look back: at many runs at once, and at a large one.

    PYTHONPATH=tests .venv/bin/python benchmarks/history.py RUNS HOSTS

It writes so many runs on so many hosts into a file of its own, asks of them what `orch history`,
`orch compliance` and `orch runs verify` do, and prints the seconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from orchestrator.drift import compare, facts_of
from orchestrator.journal import SqliteJournal
from orchestrator.model.drift import Side
from support.kept_runs import CLOSING, ENDED, FAILED, NOW, PASSED, plan


def main(runs: int, hosts: int) -> None:
    ids = [f"i-{number:017x}" for number in range(hosts)]
    with tempfile.TemporaryDirectory() as folder:
        journal = SqliteJournal(Path(folder) / "runs.sqlite")
        ended = [write(journal, number, ids) for number in range(runs)]
        print(f"{journal.path.stat().st_size / 1e6:,.0f} MB of {runs} runs on {hosts} hosts")
        print(f"{max(ended):8.2f} s  a run ends: its hashes")
        timed("what was seen of all hosts", lambda: journal.past(most=runs))
        timed("what was seen of one", lambda: journal.past(ids[:1], most=runs))
        last = [f"run-{number}" for number in range(runs)][-2:]
        timed("the last two, verified", lambda: journal.verify(last))
        timed("the last two, compared", lambda: compare(*(side(journal, name) for name in last)))
        journal.close()


def write(journal: SqliteJournal, number: int, ids: list[str]) -> float:
    run_id = f"run-{number}"
    started = NOW + timedelta(hours=number)
    journal.begin(plan(run_id, targets=tuple(ids)), started, {}, asked=True)
    output = "y" * 2_400
    journal.took(run_id, [replace(ENDED, instance_id=i, output=output) for i in ids])
    kinds = [FAILED if (at + number) % 50 == 0 else PASSED for at in range(len(ids))]
    journal.judged(
        run_id, (replace(kind, instance_id=i) for kind, i in zip(kinds, ids, strict=True))
    )
    begun = time.perf_counter()
    journal.end(run_id, CLOSING)
    return time.perf_counter() - begun


def side(journal: SqliteJournal, run_id: str) -> Side:
    kept = journal.load(run_id)
    assert kept is not None
    hosts = {host.instance_id: facts_of(host) for host in journal.hosts(run_id)}
    return Side(run_id, NOW, CLOSING.outcome, (kept.plan,), ("",), hosts)


def timed(name: str, act: Callable[[], object]) -> None:
    begun = time.perf_counter()
    act()
    print(f"{time.perf_counter() - begun:8.2f} s  {name}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
