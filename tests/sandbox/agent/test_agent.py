from __future__ import annotations

import codecs
import threading
import time

import pytest
from bench import Bench

from orchestrator.sandbox.agent.settings import AgentSettings, Channel
from orchestrator.sandbox.runcommand.messages import Answer, Cancel
from support.post import order, order_of
from support.shell_host import INSTANCE, ShellHost, until

STEP = "document/orchestration/c1/awsrunShellScript/0.awsrunShellScript"


def test_a_command_is_acknowledged_before_it_ends(bench):
    sent = order("echo out")
    bench.ended(sent)
    assert bench.post.until(lambda: len(bench.post.replies(sent)) == 3)
    said = [getattr(what, "status", what) for _, _, what in bench.post.events]
    assert said == [Answer.SUCCESSFUL, "InProgress", "Success", "InProgress"]


def test_the_script_gets_what_the_agent_adds_to_the_environment(bench):
    names = (
        *("SSM_COMMAND_ID", "AWS_SSM_INSTANCE_ID", "AWS_SSM_REGION_NAME"),
        *("AWS_SSM_PLATFORM_NAME", "AWS_SSM_PLATFORM_VERSION"),
    )
    result = bench.run(*(f'echo "${name}"' for name in names)).result
    assert result.stdout.splitlines() == ["c1", INSTANCE, "ap-northeast-1", "Amazon Linux", "2023"]


def test_a_shell_script_lies_where_the_agent_puts_it(bench):
    result = bench.run("# \u65e5", 'echo "$0"; stat -c %a "$0" "$(dirname "$0")"').result
    path, *modes = result.stdout.splitlines()
    assert path == f"{bench.host.folder}/var/lib/amazon/ssm/{INSTANCE}/{STEP}/_script.sh"
    assert modes == ["700", "700"]


def test_on_windows_a_script_begins_with_a_mark_and_lies_in_program_data(tmp_path):
    bench = Bench(ShellHost(tmp_path, platform="Windows", play='echo "$2"'))
    try:
        sent = order("'\u65e5'\r", "exit 3", document="AWS-RunPowerShellScript")
        path = bench.ended(sent).result.stdout.strip()
    finally:
        bench.agent.close()
    data = f"{tmp_path}/ProgramData/Amazon/SSM/InstanceData/{INSTANCE}"
    step = "awsrunPowerShellScript/0.awsrunPowerShellScript/_script.ps1"
    assert path == f"{data}/document/orchestration/c1/{step}"
    with open(path, "rb") as script:  # noqa: PTH123 - the path is the script's own word
        assert script.read() == codecs.BOM_UTF8 + "'\u65e5'\r\nexit 3\n".encode()


def test_a_failing_script_has_the_agents_line_in_its_file_too(bench):
    bench.run("printf x >&2; exit 3")
    (stderr,) = bench.host.folder.glob(f"var/lib/amazon/ssm/*/{STEP}/stderr")
    assert stderr.read_text() == "xfailed to run commands: exit status 3"


def test_a_script_that_runs_too_long_is_killed(tmp_path):
    bench = Bench(ShellHost(tmp_path, pace=50.0))
    try:
        result = bench.run("sleep 60", timeout="5").result
    finally:
        bench.agent.close()
    assert (result.status, result.code) == ("TimedOut", 137)
    assert bench.host.started[0].wait(1) == -9


def test_cancelled_before_its_script_starts_it_never_runs(bench):
    bench.host.start_delay = 60.0
    sent = order("echo out")
    bench.post.put(sent)
    assert bench.post.until(bench.acknowledged)
    until(lambda: running(bench), "no thread took it")
    bench.post.put(Cancel("c1"))
    result = bench.post.ended(sent).result
    assert (result.status, result.code) == ("Cancelled", 1)
    assert bench.host.started == []


def running(bench: Bench) -> bool:
    """Whether a thread of the agent works on a command, which can then no more be dropped."""
    return any(future.running() for _, future in bench.agent._taken.values())


def test_a_slow_host_starts_its_script_later(bench):
    bench.host.start_delay = 0.2
    begun = time.monotonic()
    bench.run("true")
    assert time.monotonic() - begun >= 0.2


def test_five_run_five_wait_and_the_next_is_turned_away(bench):
    orders = bench.gated(*(f"c{number}" for number in range(12)))
    bench.post.put(*orders)
    bench.host.until_started(5)
    assert bench.post.until(lambda: bench.post.of("acknowledge", orders[11]))
    assert bench.acknowledged() == [sent.command_id for sent in orders[:10]]
    assert [bench.post.of("acknowledge", sent) for sent in orders[10:]] == [
        [Answer.BUFFER_FULL]
    ] * 2
    assert len(bench.host.started) == 5
    bench.open_gate()
    assert {bench.post.ended(sent).status for sent in orders[:10]} == {"Success"}
    assert bench.ended(orders[11]).status == "Success"


def test_a_cancel_of_something_unknown_changes_nothing(bench):
    bench.post.put(Cancel("other"))
    assert bench.run("true").status == "Success"


def test_an_offline_host_takes_a_command_when_it_is_back(bench):
    bench.host.online = False
    sent = order("true")
    bench.post.put(sent)
    assert not bench.post.until(lambda: bench.post.events, seconds=0.2)
    bench.host.online = True
    assert bench.post.ended(sent).status == "Success"


def test_a_command_that_is_not_wanted_any_more_is_not_run(bench):
    bench.post.is_wanted = False
    bench.post.put(order("true"))
    assert bench.post.until(bench.acknowledged)
    assert not bench.post.until(lambda: bench.post.of("reply"), seconds=0.2)
    assert bench.host.started == []


@pytest.mark.parametrize("channel", Channel)
def test_an_unknown_parameter_of_the_store_fails_the_document_unstarted(tmp_path, channel):
    bench = Bench(ShellHost(tmp_path), settings=AgentSettings(channel=channel))
    try:
        reply = bench.run("echo 'A {{ssm:nosuch}} {{ ssm:other }} {{ssm-secure:x}} {{ x }}'")
    finally:
        bench.agent.close()
    why = "Input contains invalid parameters [nosuch other]"
    assert (reply.status, reply.result) == ("Failed", None)
    assert reply.trace == (why if channel is Channel.EC2MESSAGES else "")
    assert bench.host.started == []


def test_a_host_that_breaks_ends_the_command_and_not_the_agent(bench, monkeypatch):
    monkeypatch.setattr(bench.host, "platform", "BeOS")
    reply = bench.run("true")
    assert (reply.status, reply.trace) == ("Failed", "KeyError: 'BeOS'")
    monkeypatch.undo()
    assert bench.run("true", command_id="c2").status == "Success"


def test_a_document_that_is_no_document_ends_the_command_and_not_the_agent(bench):
    content = {"schemaVersion": "2.2", "mainSteps": ["one"]}
    assert bench.ended(order_of(content, {})).status == "Failed"
    assert bench.run("true", command_id="c2").status == "Success"


def test_an_upload_that_is_refused_is_no_failure(bench):
    where = {"OutputS3BucketName": "some-bucket", "OutputS3KeyPrefix": "a"}
    result = bench.run("echo out", **where).result
    assert (result.status, result.bucket) == ("Success", "some-bucket")
    assert result.key_prefix == f"a/c1/{INSTANCE}/awsrunShellScript"


def test_closed_it_leaves_no_thread_no_process_and_says_nothing(bench):
    orders = bench.gated(*(f"c{number}" for number in range(12)))
    bench.post.put(*orders)
    bench.host.until_started(5)
    bench.agent.close()
    assert {thread for thread in threading.enumerate() if ours(thread)} == set()
    assert [run.wait(5) for run in bench.host.started] == [-9] * 5
    assert not any(bench.post.final(sent) for sent in orders)


def ours(thread: threading.Thread) -> bool:
    return INSTANCE in thread.name or thread.name == "outbox"


def test_closing_twice_is_harmless(bench):
    bench.agent.close()
    bench.agent.close()


def test_an_idle_agent_closes_at_once(bench):
    begun = time.monotonic()
    bench.agent.close()
    assert time.monotonic() - begun < 0.4


def test_an_agent_that_is_down_closes_too(bench):
    bench.agent.go_down()
    bench.agent.close()
