"""A fleet while things go wrong: every host has a verdict, and none is sent the same run twice."""

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from support.processes import begun, call, soon, standing

pytestmark = pytest.mark.e2e

HOSTS = 120
FLEET = ("--engine", "stand-in", "--hosts", str(HOSTS), "--host-seconds", "2")
FAULTS = {
    "throttle storm": ("throttle=0.5",),
    "dropped network": ("dropped=0.3",),
    "failing service": ("error-500=0.3",),
    "half the fleet offline": ("offline=0.5",),
    "late and slow lists": ("empty-list=3", "slow-page=0.3:1s"),
    "all at once": ("throttle=0.2", "dropped=0.1", "error-500=0.1", "offline=0.1"),
}


def fleet_of(folder, seed, *faults):
    words = [word for fault in faults for word in ("--fault", fault)]
    return standing(folder, *FLEET, "--seed", str(seed), *words)


def ids_of(fleet):
    return Path(fleet.variables["ORCH_SANDBOX_DIR"], "fleet.txt").read_text().split()


def words_of(fleet):
    file = Path(fleet.variables["ORCH_SANDBOX_DIR"], "fleet.txt")
    return ("orch", "run", "--targets", str(file), "--yes", "--output", "json")


def received(fleet, run_id):
    """How often each host was sent the script of that run, as the AWS CLI sees it."""
    count = Counter()
    for command in listed(fleet, "list-commands", "Commands"):
        if command["Comment"].split()[1] == run_id:
            rows = listed(
                fleet,
                "list-command-invocations",
                "CommandInvocations",
                *("--command-id", command["CommandId"]),
            )
            count.update(row["InstanceId"] for row in rows)
    return count


def listed(fleet, operation, member, *words):
    """All pages; the AWS CLI meets the same faults, so it is asked until it is told."""
    told = []

    def answered():
        ended = call(
            *("aws", "ssm", operation, *words, "--output", "json"),
            **(fleet.variables | {"AWS_MAX_ATTEMPTS": "9", "AWS_RETRY_MODE": "standard"}),
        )
        told[:] = json.loads(ended.out or "{}").get(member, []) if ended.code == 0 else []
        return bool(told)

    assert soon(answered)
    return told


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_every_host_has_a_verdict_whatever_goes_wrong(tmp_path, faults):
    with fleet_of(tmp_path, 1, *faults) as fleet:
        ended = call(*words_of(fleet), **fleet.variables)
        assert ended.out, ended.err
        report = ended.report
        count = received(fleet, report["run_id"])
    hosts = report["hosts"]
    assert len(hosts) == HOSTS
    assert set(count.values()) == {1}
    told = Counter(host["outcome"] for host in hosts)
    assert told == {outcome: n for outcome, n in report["tally"].items() if n}
    assert told["FAIL"] == 0
    unknown = [host for host in hosts if host["outcome"] == "UNKNOWN"]
    assert all(host["causes"] for host in unknown)
    offline = HOSTS // 2 if "offline=0.5" in faults else HOSTS // 10 if len(faults) == 4 else 0
    assert len(unknown) == offline
    assert ended.code == (4 if offline else 0)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    with fleet_of(tmp_path_factory.mktemp("healthy"), 5) as found:
        yield found


@pytest.mark.parametrize("after", [0.3, 0.6, 0.9, 1.3, 2.0, 3.5])
def test_killed_at_any_moment_a_run_is_taken_up_to_the_same_end(healthy, tmp_path, after):
    state = {"ORCH_STATE_DIR": str(tmp_path)}
    with begun(*words_of(healthy), **(healthy.variables | state)) as process:
        time.sleep(after)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
    listed_runs = call("orch", "runs", "list", "--output", "json", **(healthy.variables | state))
    runs = json.loads(listed_runs.out)["runs"]
    if not runs:
        return  # it was killed before it had begun anything
    ended = call(
        *("orch", "runs", "resume", "latest", "--output", "json"), **(healthy.variables | state)
    )
    assert ended.code == 0, ended.err
    assert ended.report["tally"] == {"PASS": HOSTS, "FAIL": 0, "UNKNOWN": 0}
    count = received(healthy, ended.report["run_id"])
    assert (len(count), set(count.values())) == (HOSTS, {1})


def test_one_orch_watches_and_another_cancels_what_a_third_has_begun(healthy, tmp_path):
    surroundings = healthy.variables | {"ORCH_STATE_DIR": str(tmp_path)}
    words = (*words_of(healthy), "--max-concurrency", "50")
    with begun(*words, **surroundings) as first:
        assert "sent to 50 hosts" in first.stderr.readline()
        resumed = call("orch", "runs", "resume", "latest", **surroundings)
        assert (resumed.code, "another orch on this machine" in resumed.err) == (3, True)
        latest = ("latest", "--output", "json")
        with begun("orch", "runs", "attach", *latest, **surroundings) as second:
            cancelled = call("orch", "runs", "cancel", *latest, **surroundings)
            out, _ = first.communicate(timeout=120)
            seen, _ = second.communicate(timeout=120)
    assert json.loads(out) == json.loads(seen) == cancelled.report
    assert len(cancelled.report["hosts"]) == HOSTS
