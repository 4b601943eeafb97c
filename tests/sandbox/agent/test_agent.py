from __future__ import annotations

import codecs
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from orchestrator.sandbox.agent import Agent
from orchestrator.sandbox.agent.files import write_job
from orchestrator.sandbox.runcommand.messages import Cancel
from orchestrator.waiting.clock import SystemClock
from support.post import Post, order
from support.shell_host import INSTANCE, ShellHost


@dataclass
class Bench:
    """An agent with a host and a post of its own."""

    host: ShellHost
    post: Post = field(default_factory=Post)

    def __post_init__(self) -> None:
        self.agent = Agent(self.host, self.post, SystemClock())

    def run(self, *lines: str, **more):
        self.post.put(order(*lines, **more))
        return self.post.ended(more.get("command_id", "c1"))

    def until_started(self, count: int = 1) -> None:
        deadline = time.monotonic() + 10
        while len(self.host.started) < count:
            assert time.monotonic() < deadline, "nothing was started"
            time.sleep(0.01)

    def acknowledged(self) -> int:
        return sum(kind == "acknowledged" for kind, _ in self.post.events)


@pytest.fixture
def bench(tmp_path) -> Iterator[Bench]:
    bench = Bench(ShellHost(tmp_path))
    yield bench
    bench.agent.close()


def test_a_command_is_acknowledged_before_it_ends(bench):
    bench.run("echo out")
    assert bench.post.events == [("acknowledged", "c1"), ("Success", "c1")]


def test_the_script_gets_what_the_agent_adds_to_the_environment(bench):
    names = (
        *("SSM_COMMAND_ID", "AWS_SSM_INSTANCE_ID", "AWS_SSM_REGION_NAME"),
        *("AWS_SSM_PLATFORM_NAME", "AWS_SSM_PLATFORM_VERSION"),
    )
    reply = bench.run(*(f'echo "${name}"' for name in names))
    assert reply.stdout.splitlines() == ["c1", INSTANCE, "ap-northeast-1", "Amazon Linux", "2023"]


def test_a_shell_script_lies_where_the_agent_puts_it(bench):
    reply = bench.run("# \u65e5", 'echo "$0"; stat -c %a "$0" "$(dirname "$0")"')
    path, *modes = reply.stdout.splitlines()
    step = "document/orchestration/c1/awsrunShellScript/0.awsrunShellScript/_script.sh"
    assert path == f"{bench.host.folder}/var/lib/amazon/ssm/{INSTANCE}/{step}"
    assert modes == ["700", "700"]


def test_a_powershell_script_begins_with_a_byte_order_mark(tmp_path):
    host = ShellHost(tmp_path, platform="Windows")
    job = write_job(host, "c1", "aws:runPowerShellScript", ["'\u65e5'\r", "exit 3"], {})
    assert job.script.read_bytes() == codecs.BOM_UTF8 + "'\u65e5'\r\nexit 3\n".encode()
    step = "awsrunPowerShellScript/0.awsrunPowerShellScript/_script.ps1"
    data = f"ProgramData/Amazon/SSM/InstanceData/{INSTANCE}"
    assert str(job.script.relative_to(tmp_path)) == f"{data}/document/orchestration/c1/{step}"


def test_a_script_that_runs_too_long_is_killed(tmp_path):
    bench = Bench(ShellHost(tmp_path, pace=50.0))
    try:
        reply = bench.run("sleep 60", timeout="5")
    finally:
        bench.agent.close()
    assert (reply.status, reply.code) == ("TimedOut", 137)
    assert bench.host.started[0].process.returncode == -9


def test_a_cancel_kills_what_runs_and_keeps_its_output(bench):
    bench.post.put(order("echo before", "sleep 60"))
    bench.until_started()
    out = bench.host.folder.glob("**/stdout")
    path = next(out)
    while not path.read_bytes():
        time.sleep(0.01)
    bench.post.put(Cancel("c1"))
    reply = bench.post.ended("c1")
    assert (reply.status, reply.code, reply.stdout) == ("Cancelled", 137, "before\n")


def test_cancelled_before_its_script_starts_it_never_runs(bench):
    bench.host.start_delay = 60.0
    bench.post.put(order("echo out"))
    assert bench.post.until(lambda: bench.post.events)
    bench.post.put(Cancel("c1"))
    assert bench.post.ended("c1").status == "Cancelled"
    assert bench.host.started == []


def test_a_slow_host_starts_its_script_later(bench):
    bench.host.start_delay = 0.2
    begun = time.monotonic()
    bench.run("true")
    assert time.monotonic() - begun >= 0.2


def test_five_run_five_wait_and_the_next_is_not_acknowledged(bench):
    gate = bench.host.folder / "gate"
    script = f"while [ ! -e {gate} ]; do sleep 0.02; done"
    names = [f"c{number}" for number in range(12)]
    bench.post.put(*(order(script, command_id=name) for name in names))
    bench.until_started(5)
    assert bench.post.until(lambda: bench.acknowledged() == 10)
    assert len(bench.host.started) == 5
    gate.touch()
    assert {bench.post.ended(name).status for name in names} == {"Success"}
    assert [name for kind, name in bench.post.events if kind == "acknowledged"] == names


def test_cancelled_while_it_waits_behind_others_no_reply_ever_comes(bench):
    gate = bench.host.folder / "gate"
    script = f"while [ ! -e {gate} ]; do sleep 0.02; done"
    bench.post.put(*(order(script, command_id=f"c{number}") for number in range(5)))
    bench.post.put(order("echo ran", command_id="queued"), Cancel("queued"))
    bench.post.put(order("echo last", command_id="last"))
    assert bench.post.until(lambda: bench.acknowledged() == 7)
    gate.touch()
    assert bench.post.ended("last").stdout == "last\n"
    assert "queued" not in bench.post.replies
    assert len(bench.host.started) == 6


def test_a_cancel_of_something_unknown_changes_nothing(bench):
    bench.post.put(Cancel("other"))
    assert bench.run("true").status == "Success"


def test_an_offline_host_takes_a_command_when_it_is_back(bench):
    bench.host.online = False
    bench.post.put(order("true"))
    assert not bench.post.until(lambda: bench.post.events, seconds=0.2)
    bench.host.online = True
    assert bench.post.ended("c1").status == "Success"


def test_a_command_that_is_not_wanted_any_more_is_not_run(bench, monkeypatch):
    monkeypatch.setattr(bench.post, "acknowledge", lambda *_: False)
    bench.post.put(order("true"))
    assert not bench.post.until(lambda: bench.post.replies, seconds=0.2)
    assert bench.host.started == []


def test_an_unknown_parameter_of_the_store_fails_the_document_unstarted(bench):
    reply = bench.run("echo 'A {{ssm:nosuch}} {{ ssm:other }} {{ssm-secure:x}} {{ x }}'")
    assert (reply.status, reply.code, reply.began) == ("Failed", -1, None)
    assert reply.trace == "Input contains invalid parameters [nosuch other]"
    assert bench.post.events == [("Failed", "c1")]


def test_a_program_that_cannot_be_started_is_a_failure(tmp_path):
    bench = Bench(ShellHost(tmp_path, shell="/no/such/program"))
    try:
        reply = bench.run("true")
    finally:
        bench.agent.close()
    assert (reply.status, reply.code) == ("Failed", 1)
    assert reply.stderr.startswith("failed to run commands: ")
    assert "/no/such/program" in reply.stderr


def test_a_host_that_breaks_ends_the_command_and_not_the_agent(bench, monkeypatch):
    monkeypatch.setattr(bench.host, "platform", "BeOS")
    reply = bench.run("true")
    assert (reply.status, reply.trace) == ("Failed", "KeyError: 'BeOS'")
    monkeypatch.undo()
    assert bench.run("true", command_id="c2").status == "Success"


def test_closed_it_leaves_no_thread_no_process_and_says_nothing(bench):
    before = {thread for thread in threading.enumerate() if INSTANCE not in thread.name}
    bench.post.put(*(order("sleep 60", command_id=f"c{number}") for number in range(12)))
    bench.until_started(5)
    bench.agent.close()
    assert set(threading.enumerate()) <= before
    assert [run.process.poll() for run in bench.host.started] == [-9] * 5
    assert bench.post.replies == {}


def test_closing_twice_is_harmless(bench):
    bench.agent.close()
    bench.agent.close()


def test_an_idle_agent_closes_at_once(bench):
    begun = time.monotonic()
    bench.agent.close()
    assert time.monotonic() - begun < 0.4
