"""Every runbook in both shells under a real PowerShell: it reports what the stand-in reports."""

from pathlib import Path

import pytest

from support.processes import INSTANCE, call

pytestmark = [pytest.mark.e2e, pytest.mark.pwsh]

RUNBOOKS = sorted(path.stem for path in (Path(__file__).parents[2] / "runbooks").glob("*.yaml"))
SHELLS = ("powershell", "python")
# A module of all services takes minutes to load for the first time.
PATIENCE = 600


@pytest.mark.usefixtures("pwsh")
@pytest.mark.parametrize("scenario", ["healthy", "trust-missing", "bucket-denied"])
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_a_runbook_ends_alike_under_both_engines(runbook, shell, scenario):
    ended = {engine: run(engine, runbook, shell, scenario) for engine in ("pwsh", "stand-in")}
    real, stand_in = ended["pwsh"], ended["stand-in"]
    assert real.code == stand_in.code, real.err + real.out
    (host,), (other,) = real.report["hosts"], stand_in.report["hosts"]
    assert host["engine"] == shell
    assert told(host) == told(other)


def run(engine, runbook, shell, scenario):
    return call(
        *("orch", "sandbox", "exec", "--engine", engine, "--scenario", scenario, "--"),
        *("orch", "run", runbook, "--instance", INSTANCE, "--shell", shell, "--output", "json"),
        timeout=PATIENCE,
    )


def told(host):
    """What may not differ: states, verdicts, the first cause, and what is left behind."""
    states = {
        (phase, name): seen["state"]
        for phase in ("before", "after")
        for name, seen in host[phase].items()
    }
    verdicts = [(verdict["expectation"], verdict["outcome"]) for verdict in host["verdicts"]]
    return states, verdicts, [cause["id"] for cause in host["causes"][:1]], host["left"]
