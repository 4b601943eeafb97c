"""The far side of Run Command: what the agent's tests stand on, beside the sandbox's own."""

import json
import threading
from pathlib import Path

import pytest

from orchestrator.sandbox.host.emulated import EmulatedHost, Surroundings
from orchestrator.sandbox.parts import Job
from orchestrator.sandbox.runcommand.info import PLATFORMS
from orchestrator.sandbox.runcommand.messages import Cancel, Reply
from support.paper_service import Service
from support.post import Post, order
from support.processes import soon
from support.shell_host import INSTANCE, ShellHost


class ByPost:
    """Orders that a test writes itself."""

    def __init__(self):
        self.commands, self.instance_id, self._count = Post(), INSTANCE, 0

    def send(self):
        self._count += 1
        self.commands.put(order("exit 0", command_id=f"c{self._count}"))
        return f"c{self._count}"

    def cancel(self, command_id):
        self.commands.put(Cancel(command_id))


class ByRunCommand:
    """Orders that come of a SendCommand."""

    def __init__(self):
        self._service = Service()
        self._host = self._service.add()
        self.commands, self.instance_id = self._service.run_command, self._host.instance_id

    def send(self):
        return self._service.send(self._host)

    def cancel(self, command_id):
        self._service.call("CancelCommand", CommandId=command_id)


@pytest.fixture(params=[ByPost, ByRunCommand])
def mail(request):
    return request.param()


def receive(mail, wait=0.0, reachable=True):
    return mail.commands.receive(mail.instance_id, lambda: reachable, wait)


def test_without_mail_there_is_nothing(mail):
    assert receive(mail) is None


def test_orders_come_once_and_in_their_order(mail):
    sent = [mail.send(), mail.send()]
    got = [receive(mail), receive(mail)]
    assert [found.command_id for found in got] == sent
    assert {found.region for found in got} == {"ap-northeast-1"}
    asked = [json.loads(found.payload) for found in got]
    assert all(told["Parameters"]["commands"] and told["DocumentContent"] for told in asked)
    assert receive(mail) is None


def test_whoever_cannot_be_reached_gets_it_later(mail):
    sent = mail.send()
    assert receive(mail, reachable=False) is None
    assert receive(mail).command_id == sent


def test_an_order_that_was_taken_can_be_cancelled(mail):
    sent = mail.send()
    taken = receive(mail)
    assert taken.command_id == sent
    assert mail.commands.acknowledge(taken, mail.instance_id) is True
    mail.cancel(sent)
    assert receive(mail) == Cancel(sent)
    assert mail.commands.reply(taken, mail.instance_id, Reply("Cancelled")) is None


def waiting(mail):
    got = []
    thread = threading.Thread(target=lambda: got.append(receive(mail, 60.0)))
    thread.start()
    return thread, got


def test_whoever_waits_gets_it_as_it_comes(mail):
    thread, got = waiting(mail)
    sent = mail.send()
    thread.join(30)
    assert [found.command_id for found in got] == [sent]


def test_hanging_up_ends_every_wait(mail):
    thread, got = waiting(mail)
    mail.commands.hang_up(mail.instance_id)
    thread.join(30)
    assert got == [None]
    mail.send()
    assert receive(mail, 60.0) is None


class Nobody:
    """A list of process groups that is not kept."""

    def started(self, group):
        pass

    def ended(self, group):
        pass


@pytest.fixture(params=["shell", "emulated"])
def host(request, tmp_path):
    if request.param == "shell":
        return ShellHost(tmp_path)
    surroundings = Surroundings("http://127.0.0.1:9")
    imds_url = "http://127.0.0.1:9"
    return EmulatedHost(INSTANCE, tmp_path, surroundings, imds_url=imds_url, groups=Nobody())


def launch(host, script):
    folder = host.folder / "job"
    folder.mkdir()
    path = folder / "_script.sh"
    path.write_text(script)
    path.chmod(0o700)
    return folder, host.launch(Job(path, folder, {"SSM_COMMAND_ID": "c1"}))


def test_a_host_is_one_that_an_agent_can_work_with(host, tmp_path):
    assert (host.instance_id, host.folder, host.online) == (INSTANCE, tmp_path, True)
    assert host.name
    assert host.platform in PLATFORMS
    assert host.start_delay == 0


def test_a_script_runs_to_its_end_with_its_streams_in_files(host):
    folder, running = launch(host, 'echo "$SSM_COMMAND_ID"; echo err >&2; exit 7\n')
    assert running.wait(60) == 7
    assert (folder / "stdout").read_bytes() == b"c1\n"
    assert (folder / "stderr").read_bytes() == b"err\n"
    running.kill()
    assert running.wait(0) == 7


def test_a_script_that_reads_finds_an_empty_input(host):
    folder, running = launch(host, "wc -c\n")
    assert running.wait(60) == 0
    assert (folder / "stdout").read_text().strip() == "0"


def test_a_script_that_is_killed_takes_its_children_along_and_no_trap_runs(host):
    text = 'trap "echo trapped" TERM INT EXIT; sleep 600 & echo $!; wait\n'
    folder, running = launch(host, text)
    assert soon(lambda: (folder / "stdout").read_text().endswith("\n"))
    assert running.wait(0.01) is None
    child = int((folder / "stdout").read_text())
    running.kill()
    assert running.wait(60) == -9
    assert soon(lambda: not alive(child))
    assert (folder / "stdout").read_text() == f"{child}\n"


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
