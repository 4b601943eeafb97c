"""What every test stands on: no environment of the developer's own."""

import os
import signal
from pathlib import Path, PurePosixPath
from zlib import crc32

import pytest
from hypothesis import settings

# The same examples everywhere, and no example fails because the machine was busy.
settings.register_profile("orch", deadline=None, derandomize=True)
settings.load_profile("orch")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts the tests in the background lets them ignore Ctrl-C, and with them all
    # that they start: none of it could be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent

PARTED = {
    "test_scenarios.py": 8,
    "test_operator_policy.py": 2,
    "test_fleet_faults.py": 4,
    "test_agent_rules_over_the_wire.py": 3,
}
"""Files whose tests share nothing, and so many parts that they are dealt out in to the workers."""

FIRST = ("e2e", "sandbox", "contract")
"""What takes longest begins first, so that no worker is left alone with it at the end."""


def pytest_collection_modifyitems(items):
    """What takes longest is dealt out first."""
    items.sort(key=lambda item: _rank(item.path.relative_to(ROOT).parts[0]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file's tests go to one worker, which makes what they share once."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            parts = PARTED.get(PurePosixPath(file).name, 1)
            return f"{file} {crc32(nodeid.encode()) % parts}"

    return ByFile(config, log)


def _rank(folder):
    return FIRST.index(folder) if folder in FIRST else len(FIRST)


KEPT = {"ORCH_SANDBOX_PWSH", "ORCH_UPDATE_GOLDEN"}


@pytest.fixture(autouse=True)
def no_environment_of_ours(monkeypatch, tmp_path_factory):
    """Shut out the developer's AWS and orch settings; loopback needs no proxy either."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "ORCH_")) and name not in KEPT:
            monkeypatch.delenv(name)
        if name.upper() in {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_COLOR"}:
            monkeypatch.delenv(name)
    nowhere = tmp_path_factory.getbasetemp() / "nowhere"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(nowhere))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(nowhere))
