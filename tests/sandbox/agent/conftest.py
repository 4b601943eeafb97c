from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import Bench

from support.shell_host import ShellHost


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder with a short path: how long it is can be seen in what scripts write of it."""
    with tempfile.TemporaryDirectory(prefix="o", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def bench(tmp_path) -> Iterator[Bench]:
    bench = Bench(ShellHost(tmp_path))
    yield bench
    bench.agent.close()
