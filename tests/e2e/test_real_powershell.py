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


def in_sandbox(engine, *words):
    """The words, as lines of a shell, in one sandbox, one after the other."""
    script = " && ".join(["set -e", *words])
    return call(
        *("orch", "sandbox", "exec", "--engine", engine, "--", "bash", "-c", script),
        timeout=PATIENCE,
    )


INSTALL = f"orch run --instance {INSTANCE} --mode install --output json"
EXISTING = f"orch run --instance {INSTANCE} --mode existing --output json"
UNINSTALL = f"orch uninstall --instance {INSTANCE} --output json"
FILE = f"$ORCH_SANDBOX_DIR/hosts/{INSTANCE}/home/.aws/config"
OTHERS = "printf '[default]\\r\\nregion = y\\r\\n[profile x]\\r\\nregion = z'"


@pytest.mark.usefixtures("pwsh")
@pytest.mark.parametrize("before", ["", f"mkdir -p $(dirname {FILE}) && {OTHERS} > {FILE}"])
def test_an_installed_profile_is_the_same_to_the_byte_under_both_engines(before):
    files = {}
    for engine in ("pwsh", "stand-in"):
        words = [*filter(None, [before]), f"{INSTALL} > /dev/null", f"{INSTALL} > /dev/null"]
        ended = in_sandbox(engine, *words, f"{EXISTING} > /dev/null", f"cat {FILE}")
        assert ended.code == 0, ended.err + ended.out
        files[engine] = ended.out
    assert files["pwsh"] == files["stand-in"]


@pytest.mark.usefixtures("pwsh")
def test_it_is_taken_out_to_the_byte():
    before = (
        f"mkdir -p $(dirname {FILE}) && {OTHERS} > {FILE} && cp {FILE} $ORCH_SANDBOX_DIR/before"
    )
    ended = in_sandbox(
        "pwsh",
        before,
        f"{INSTALL} > /dev/null",
        f"{UNINSTALL} > /dev/null",
        f"cmp {FILE} $ORCH_SANDBOX_DIR/before",
    )
    assert ended.code == 0, ended.err + ended.out


@pytest.mark.usefixtures("pwsh")
def test_a_scenario_of_files_is_put_back_by_powershell_too():
    ended = call(
        *("orch", "sandbox", "exec", "--engine", "pwsh", "--scenario", "unfinished-run", "--"),
        *("orch", "restore", "--instance", INSTANCE, "--output", "json"),
        timeout=PATIENCE,
    )
    (host,) = ended.report["hosts"]
    assert (ended.code, host["outcome"], host["left"]) == (0, "PASS", [])
