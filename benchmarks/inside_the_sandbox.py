"""Runs `orch run` in the sandbox that it was started in, and prints what that cost as JSON."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time

ORCH = ["orch", "run", "--instance", "i-0d176f4a5f9738429", "--output", "json"]


def once() -> dict[str, float]:
    """One run: its wall time, the host's own time as SSM states it, the API calls."""
    begun = time.perf_counter()
    done = subprocess.run(ORCH, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - begun
    report = json.loads(done.stdout)
    host = report["hosts"][0]["seconds"]
    return {
        "wall": wall,
        "host": host,
        "added": wall - host,
        "calls": sum(report["api_calls"].values()),
    }


def main() -> None:
    """Ten runs, or one where the host is slow."""
    first = once()
    runs = [first] if first["wall"] > 5 else [once() for _ in range(10)]
    print(json.dumps({key: statistics.median(run[key] for run in runs) for key in first}))


if __name__ == "__main__":
    assert os.environ.get("ORCH_SANDBOX_DIR"), "run this by `make bench`"
    main()
