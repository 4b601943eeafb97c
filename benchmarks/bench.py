"""What `orch` costs, beside what people use: `make bench`.

Prints one table, and then those of `rivals`: whole runs on many hosts. Times in the first are
medians in seconds; ratios are taken pair by pair, so that a machine whose speed drifts does not
spoil them.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import gate
import iam
import rivals.main

BIN = Path(sys.executable).parent
INSIDE = Path(__file__).with_name("inside_the_sandbox.py")
PAIRS = 11


def wall(*words: str | Path) -> float:
    """Seconds that the command takes, its output thrown away."""
    begun = time.perf_counter()
    subprocess.run([str(w) for w in words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def beside(ours: list[str | Path], theirs: list[str | Path]) -> tuple[float, float, float]:
    """Median of ours, of theirs, and of the ratio, run in turns after one warm-up of each."""
    wall(*ours)
    wall(*theirs)
    pairs = [(wall(*ours), wall(*theirs)) for _ in range(PAIRS)]
    ratios = [one / other for one, other in pairs]
    return (
        statistics.median(one for one, _ in pairs),
        statistics.median(other for _, other in pairs),
        statistics.median(ratios),
    )


def in_a_sandbox(*words: str) -> dict[str, float]:
    """What the program beside this one measures inside a sandbox."""
    command = [str(BIN / "orch"), "sandbox", "exec", *words, "--", sys.executable, str(INSIDE)]
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def main() -> None:
    """Measure, and print."""
    print(f"{'what':<46}{'orch':>10}{'beside':>10}{'ratio':>8}{'aim':>8}")
    for option in ("--version", "--help"):
        ours, theirs, ratio = beside([BIN / "orch", option], [BIN / "aws", "--version"])
        name = f"orch {option}, beside aws --version"
        print(f"{name:<46}{ours:>9.3f}s{theirs:>9.3f}s{ratio:>8.2f}{'0.35':>8}")
    quick = in_a_sandbox()
    print(
        f"{'orch run, one host: added to its own time':<46}{quick['added']:>9.3f}s"
        f"{quick['host']:>9.3f}s{'':>8}{'1.0 s':>8}"
    )
    slow = in_a_sandbox("--host-delay", "9.5")
    print(
        f"{'API calls for a host of 10 s':<46}{slow['calls']:>10.0f}{slow['wall']:>9.1f}s"
        f"{'':>8}{'8':>8}"
    )
    for name, cost, aim in (
        ("one IAM decision, mean", f"{iam.measure() * 1000:.3f}ms", "0.2 ms"),
        ("the sandbox's gate, added to its dearest call", f"{gate.measure():.2f}ms", "3 ms"),
    ):
        print(f"{name:<46}{cost:>10}{'':>18}{aim:>8}", flush=True)
    rivals.main.main()


if __name__ == "__main__":
    main()
