"""The whole of it: measured, printed, kept."""

from __future__ import annotations

import sys

from rivals import kept, shown
from rivals.cases import FAULTS, HOST_SECONDS, Case
from rivals.race import run_all

HEAD = f"""\
Hosts whose script takes {HOST_SECONDS} s, in real time; calls are counted at the endpoint. All
but orch send two commands, before and after, as each starts a new PowerShell; "one command" is how
long the first of the two took. Lag is from a host's own end to its verdict. "≈": from a part of
the hosts.\
"""


def main() -> None:
    """Measure everything, print it, and write it into results, pages and picture."""
    machine = kept.machine()
    if machine["load_before"] > kept.BUSY:
        print(
            f"the machine is busy (load {machine['load_before']}): these figures will mean little"
        )
    cases = run_all(_tell)
    print(f"\n{HEAD}\n\n{shown.text(shown.work(cases))}")
    faults = " and ".join(FAULTS.values())
    print(f"\nWrong verdicts or none, with {faults}; of all but orch the first command alone:\n")
    print(shown.text(shown.wrong(cases)))
    print(f"\n{shown.text(shown.aims(cases))}")
    kept.keep(machine, cases)
    print(f"\nkept in {kept.RESULTS.relative_to(kept.ROOT)}, README.md and docs/benchmarks.*")


def _tell(case: Case) -> None:
    print(f"measured: {case.name}", file=sys.stderr)
