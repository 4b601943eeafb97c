"""What every test stands on: no environment of the developer's own."""

import os

import pytest
from hypothesis import settings

# The same examples everywhere, and no example fails because the machine was busy.
settings.register_profile("orch", deadline=None, derandomize=True)
settings.load_profile("orch")

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
