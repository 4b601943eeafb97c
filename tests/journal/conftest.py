"""A journal in a folder of its own."""

import pytest

from orchestrator.journal import SqliteJournal


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "runs.sqlite"


@pytest.fixture
def journal(path):
    found = SqliteJournal(path)
    yield found
    found.close()
