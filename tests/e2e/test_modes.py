"""A profile on the host in each mode: installed, used as it is, taken out, and put back."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from support.host_files import HostFiles
from support.processes import INSTANCE, call, environment

pytestmark = pytest.mark.e2e

SHELLS = ["powershell", "python"]
WAYS = {
    "powershell": {"profile", "session-default", "cli", "python"},
    "python": {"session-default", "cli", "python"},
}
OTHERS = b"[default]\r\nregion = y\r\n# kept by hand \xe6\x97\xa5\r\n[profile x]\r\nregion = y"


@pytest.fixture
def host(sandbox):
    found = HostFiles(sandbox)
    found.clear()
    yield found
    found.clear()


@pytest.fixture
def orch(sandbox):
    def run(*words):
        ended = call("orch", *words, "--output", "json", **sandbox.variables)
        return ended.report["hosts"][0] | {"code": ended.code, "run_id": ended.report["run_id"]}

    return lambda command, *words: run(*command.split(), "--instance", INSTANCE, *words)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("before", [None, OTHERS, b""], ids=["no file", "others", "empty"])
def test_a_profile_is_installed_used_and_taken_out_without_a_trace(host, orch, shell, before):
    if before is not None:
        host.put(before)
    untouched = host.tree()
    installed = orch("run --mode install", "--shell", shell)
    assert (installed["code"], installed["restored"]["state"]) == (0, "installed")
    assert installed["restored"]["changed"] == [str(host.config)]
    assert host.config.read_bytes().startswith(before or b"")
    after = host.tree(), host.config.stat().st_mtime_ns
    again = orch("run --mode install", "--shell", shell)
    assert (again["code"], again["restored"]["changed"]) == (0, [])
    assert after == (host.tree(), host.config.stat().st_mtime_ns)
    used = orch("run --mode existing", "--shell", shell)
    assert (used["code"], used["facts"]["profile_source"]) == (0, "config")
    assert used["facts"]["config_path"] == str(host.config)
    assert used["restored"]["changed"] == []
    gone = orch("uninstall")
    assert (gone["code"], gone["outcome"]) == (0, "PASS")
    assert host.tree() == untouched


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("user", ["", "administrator"], ids=["own", "another user"])
def test_what_every_way_has_proved_is_installed_and_taken_out(host, orch, shell, user):
    host.put(OTHERS)
    untouched = host.tree()
    whose = ("--host-user", user) if user else ()
    theirs = host.root / "Users/Administrator/.aws/config" if user else host.config
    installed = orch("run parity --mode install", "--shell", shell, *whose)
    assert (installed["code"], installed["outcome"]) == (0, "PASS")
    assert installed["restored"] == {"state": "installed", "changed": [str(theirs)], "left": []}
    assert b"# >>> orch switch_test" in theirs.read_bytes()
    ways = {name.partition(".")[0] for name in installed["after"]}
    assert ways == WAYS[shell]
    assert {step["state"] for step in installed["after"].values()} == {"ok"}
    assert orch("uninstall", *whose)["code"] == 0
    assert host.tree() == untouched


@pytest.mark.parametrize("shell", SHELLS)
def test_a_profile_that_is_not_proved_is_put_back(host, orch, shell):
    host.put(OTHERS)
    untouched = host.tree()
    wrong = ("--set", "expected_account=333333333333")
    failed = orch("run --mode install", "--shell", shell, *wrong)
    assert (failed["code"], failed["facts"]["install"]) == (1, "put back")
    assert failed["restored"]["left"] == []
    assert host.tree() == untouched


@pytest.mark.parametrize("shell", SHELLS)
def test_the_file_of_another_user_is_meant_where_one_is_named(host, orch, shell):
    user = ("--host-user", "administrator")
    theirs = host.root / "Users/Administrator/.aws/config"
    untouched = host.tree()
    installed = orch("run --mode install", "--shell", shell, *user)
    assert (installed["code"], installed["restored"]["changed"]) == (0, [str(theirs)])
    assert orch("run --mode existing", "--shell", shell, *user)["code"] == 0
    assert orch("run --mode existing", "--shell", shell)["code"] == 1
    assert orch("uninstall", *user)["code"] == 0
    assert host.tree() == untouched


@pytest.mark.parametrize("shell", SHELLS)
def test_force_installs_over_a_profile_by_hand_and_uninstall_brings_it_back(host, orch, shell):
    by_hand = b"[profile switch_test]\nregion = us-east-1\n\n[profile y]\nregion = z\n"
    host.put(by_hand)
    assert orch("run --mode install", "--shell", shell)["code"] == 4
    assert host.config.read_bytes() == by_hand
    assert orch("run --mode install --force", "--shell", shell)["code"] == 0
    assert b"#| [profile switch_test]" in host.config.read_bytes()
    assert orch("uninstall")["code"] == 0
    assert host.config.read_bytes() == by_hand


def test_what_is_not_there_needs_no_taking_out(host, orch):
    gone = orch("uninstall")
    assert (gone["code"], gone["outcome"]) == (0, "PASS")
    assert "holds no profile switch_test of orch's" in gone["said"][0]
    # The host is shared: other tests kill scripts on it, and may have left them so.
    orch("restore")
    assert orch("restore")["said"] == ["there is nothing of it on the host"]


def test_a_killed_run_is_told_of_and_put_back_by_hand(host, orch):
    host.put(OTHERS)
    untouched = host.tree()
    run = "20260101T000000Z-0dead0"
    leave_unfinished(host, run)
    told = orch("run")
    assert (told["code"], told["facts"]["unfinished"]) == (0, run)
    assert orch("run --mode install")["causes"][0]["id"] == "unfinished-run"
    other = orch("restore", "--run-id", "20260101T000000Z-other0")
    assert other["said"] == ["there is nothing of it on the host"]
    back = orch("restore", "--run-id", run)
    assert (back["code"], back["said"]) == (
        0,
        [f"run {run} restored: {host.config} is as it was before"],
    )
    assert host.tree() == untouched


def test_what_somebody_changed_in_the_block_is_left_and_named(host, orch):
    host.put(OTHERS)
    run = "20260101T000000Z-0dead0"
    leave_unfinished(host, run)
    host.config.write_bytes(host.config.read_bytes().replace(b"role/R", b"role/Mine"))
    left = orch("restore")
    assert (left["code"], left["outcome"]) == (1, "FAIL")
    assert "# >>> orch switch_test" in left["left"][0]
    host.put(OTHERS)
    assert orch("restore")["code"] == 0


def test_a_run_that_goes_on_is_not_put_back(host, orch):
    host.put(OTHERS)
    run = "20260101T000000Z-0alive"
    with leave_unfinished(host, run, alive=True) as living:
        held = host.tree()
        running = orch("restore")
        assert (running["code"], running["outcome"]) == (4, "UNKNOWN")
        assert running["said"] == [f"run {run} running: it is still going on"]
        assert orch("run --mode install")["causes"][0]["id"] == "profile-file-busy"
        assert host.tree() == held
        living.kill()
    assert orch("restore")["code"] == 0


LEAVE = """\
import sys, time
from orchestrator.onhost.profilefile import install_profile
from orchestrator.onhost.runfolder import begin_run
from orchestrator.onhost.userfiles import files_in

folder, home = sys.argv[1:3]
lock = begin_run(folder, {"v": 1, "run": folder[-23:], "kind": "install"})
lines = ["[profile switch_test]", "role_arn = role/R"]
install_profile(folder, files_in(home, "home"), "switch_test", lines)
print("changed", flush=True)
time.sleep(60)
"""


def leave_unfinished(host, run, *, alive=False):
    """A run's process that has changed the file; dead already unless it is to live."""
    folder = host.root / "ProgramData" / f"orch-{run}"
    process = subprocess.Popen(
        [sys.executable, "-c", LEAVE, folder, host.root / "home"], stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"changed\n"
    if not alive:
        process.kill()
        process.communicate()
    return process


@pytest.mark.parametrize("shell", SHELLS)
def test_ctrl_c_cancels_and_then_puts_back(sandbox_that_is_slow, shell):
    host = HostFiles(sandbox_that_is_slow)
    host.put(OTHERS)
    untouched = host.tree()
    words = ("--instance", INSTANCE, "--shell", shell, "--output", "json")
    process = subprocess.Popen(
        ["orch", "run", *words],
        env=environment(**sandbox_that_is_slow.variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not any((host.root / "ProgramData").glob("orch-*")):
        assert time.monotonic() < deadline, process.poll()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    (told,) = json.loads(out)["hosts"]
    assert (told["put_back"]["outcome"], told["left"]) == ("PASS", []), told
    assert host.tree() == untouched
    host.clear()


@pytest.fixture(scope="module")
def sandbox_that_is_slow(tmp_path_factory):
    """Its module takes so long to load that a run can be stopped in its midst."""
    from support.processes import standing

    folder = tmp_path_factory.mktemp("slow")
    with standing(folder, "--engine", "stand-in", "--scenario", "slow-start") as found:
        yield found


def test_the_plan_says_what_is_written_where():
    given = ("--role-arn", "arn:aws:iam::222222222222:role/R", "--bucket", "bucket", "--region")
    words = ("plan", "--instance", INSTANCE, *given, "ap-northeast-1", "--mode")
    nowhere = {"HOME": os.devnull, "XDG_CONFIG_HOME": os.devnull}
    install = call("orch", *words, "install", "--host-user", "alice", **nowhere).out
    assert "goes into .aws\\config of alice:" in install
    assert "    # >>> orch switch_test\n    [profile switch_test]\n" in install
    assert "    role_arn = arn:aws:iam::222222222222:role/R\n" in install
    existing = call("orch", *words, "existing", **nowhere).out
    assert "nothing is written; the files of the account that SSM runs as are used" in existing
