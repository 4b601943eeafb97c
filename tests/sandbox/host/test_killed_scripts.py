"""A rendered script is killed before each change that it makes on its host, and all is put back.

Then the folder of the host is compared, byte for byte, with what it was, or, from the moment on
from which the profile is to stay, with what an undisturbed run leaves.
"""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from recorded_aws import recorded_aws

from orchestrator.envelope import find
from orchestrator.model.enums import Mode, Operator, Outcome, Phase, Shell
from orchestrator.model.procedure import Procedure, Step
from orchestrator.onhost.runfolder import read_undo
from orchestrator.plan import restoring
from orchestrator.render import render
from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.host.emulated import EmulatedHost, Surroundings
from orchestrator.sandbox.host.site import write_site
from orchestrator.sandbox.parts import Job
from support.samples import INSTANCE, RUN_ID, expectation, procedure

CONFIG = b"[default]\r\n# kept \xe6\x97\xa5\r\n[profile x]\r\nregion = y"
AT_ONCE = 4
MANY = 80


class NoGroups:
    def started(self, group: int) -> None: ...
    def ended(self, group: int) -> None: ...


@pytest.fixture(scope="module")
def aws():
    with recorded_aws() as found:
        yield found


def asked(shell: Shell, mode: Mode) -> Procedure:
    """One question before the switch and one after it, which the recorded AWS answers."""
    steps = (
        Step("before.identity", "identity", Phase.BEFORE),
        Step("after.identity", "identity", Phase.AFTER),
    )
    return replace(
        procedure(shell),
        mode=mode,
        endpoints=(),
        steps=steps,
        expectations=(expectation("after.identity", "arn", Operator.CHANGED),),
    )


class Victim:
    """A host whose first script is killed just before its n-th change."""

    def __init__(self, aws, folder: Path, killed_at: int) -> None:
        self.host = EmulatedHost(
            INSTANCE,
            folder,
            Surroundings(aws.environment["AWS_ENDPOINT_URL"], None, {"PATH": "/usr/bin:/bin"}),
            imds_url=aws.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"],
            groups=NoGroups(),
            behaviour=Behaviour(killed_at=killed_at),
        )
        config = folder / "home/.aws/config"
        config.parent.mkdir()
        config.write_bytes(CONFIG)
        self.folder = folder
        self.before = self.tree()
        self.jobs = 0

    def start(self, text: str):
        self.jobs += 1
        job = self.folder / f"job{self.jobs}"
        job.mkdir()
        script = job / "_script.ps1"
        script.write_text(text, encoding="utf-8-sig")
        return self.host.launch(Job(script, job, {"AWS_SSM_INSTANCE_ID": INSTANCE}))

    def output(self) -> str:
        return (self.folder / f"job{self.jobs}" / "stdout").read_text()

    def tree(self) -> dict[str, object]:
        return {
            str(path.relative_to(self.folder)): (
                stat.filemode(path.stat().st_mode),
                path.read_bytes() if path.is_file() else None,
            )
            for top in ("home", "Users", "ProgramData")
            for path in sorted((self.folder / top).rglob("*"))
        }


@pytest.mark.parametrize("mode", [Mode.INSTALL, Mode.EPHEMERAL])
@pytest.mark.parametrize("shell", list(Shell))
def test_killed_before_any_of_its_changes(aws, tmp_path, shell, mode):
    what = asked(shell, mode)
    script = render(what, RUN_ID).text
    restore = restoring(what, RUN_ID)
    undo = render(restore, f"{RUN_ID}-restore").text
    undisturbed = Victim(aws, tmp_path / "undisturbed", 0)
    assert undisturbed.start(script).wait(60) == 0, undisturbed.output()
    last = kept = 0
    for first in range(1, MANY, AT_ONCE):
        numbers = range(first, first + AT_ONCE)
        victims = [Victim(aws, tmp_path / str(number), number) for number in numbers]
        runs = [victim.start(script) for victim in victims]
        for number, victim, run in zip(numbers, victims, runs, strict=True):
            if run.wait(60) == 0:
                last = last or number
                continue
            assert victim.output() == ""
            folder = victim.folder / "ProgramData" / f"orch-{RUN_ID}"
            kept += bool(read_undo(str(folder)).get("committed"))
            assert victim.start(undo).wait(60) == 0, f"step {number}: {victim.output()}"
            said = find(victim.output(), restore.sha256())
            assert said["verdict"] == Outcome.PASS
            expected = undisturbed.tree() if kept else victim.before
            assert victim.tree() == expected, f"killed before step {number}"
        if last:
            break
    assert last > (30 if mode is Mode.INSTALL else 10)
    assert bool(kept) is (mode is Mode.INSTALL)


def test_a_host_is_killed_once(tmp_path):
    write_site(tmp_path, tmp_path, Behaviour(killed_at=3))
    assert "was-killed" in (tmp_path / "sitecustomize.py").read_text()
