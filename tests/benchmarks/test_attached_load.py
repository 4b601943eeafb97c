"""Many agents at once, by the benchmark's own program with fewer of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "attached.py"


@pytest.mark.slow
def test_many_agents_poll_at_once_and_memory_stands_still():
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--agents", "200", "--seconds", "15", "--json"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["errors"], found["first_errors"]) == (0, [])
    assert found["polls"] >= 200
    assert found["replied"] == found["sent"] > 0
    assert found["memory_end"] - found["memory_warm"] < 8
