"""A clock that can be moved: the clock itself, and all that comes due on the way."""

import json
import threading
from datetime import timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from orchestrator.errors import CannotRunError
from orchestrator.sandbox.clock.asking import move_forward, read_clock
from orchestrator.sandbox.clock.durations import read_duration
from orchestrator.sandbox.clock.endpoint import ClockEndpoint
from orchestrator.sandbox.clock.movable import MovableClock
from orchestrator.sandbox.server import Server
from orchestrator.sandbox.statemanager.timekeeper import Timekeeper
from support.fakes import FakeClock
from support.paper_ssm import PaperSsm
from support.processes import soon


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", timedelta(days=7)),
        ("-7d", timedelta(days=-7)),
        ("+2w", timedelta(weeks=2)),
        ("1d12h", timedelta(hours=36)),
        ("90m30s", timedelta(seconds=5430)),
        ("0s", timedelta(0)),
    ],
)
def test_lengths_of_time(text, expected):
    assert read_duration(text) == expected


@pytest.mark.parametrize("text", ["", "7", "d", "7 d", "1.5h", "--7d", "7y", "٣d", "9999w", "-"])
def test_what_is_no_length_of_time(text):
    with pytest.raises(ValueError, match=r"length of time|ten years"):
        read_duration(text)


def test_only_the_time_of_day_is_moved_and_never_back():
    real = FakeClock()
    clock = MovableClock(real, timedelta(days=-7))
    assert clock.now() == real.now() - timedelta(days=7)
    clock.sleep(5)
    assert (clock.monotonic(), real.elapsed) == (5.0, 5.0)
    later = clock.now() + timedelta(days=3)
    clock.move_to(later)
    assert clock.now() == later
    clock.move_to(later - timedelta(days=1))
    assert clock.now() == later


class Kept:
    """SSM on paper, a timekeeper over it, and a host that does what it is sent."""

    def __init__(self):
        self.ssm = PaperSsm()
        self.ssm.document()
        self.host = self.ssm.add(1)
        self.seen = []
        self.ends = True
        self.timekeeper = Timekeeper(self.ssm.moved, lambda: [self.ssm.manager])
        self.closed = threading.Event()
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self):
        while not self.closed.is_set():
            order = self.ssm.run_command.receive(self.host.instance_id, lambda: True, 0.02)
            if order is None or not self.host.online or not self.ends:
                continue
            self.ssm.run_command.acknowledge(order, self.host.instance_id)
            from orchestrator.sandbox.runcommand.messages import Reply, Result

            self.seen.append(self.ssm.moved.now())
            result = Result("look", "aws:runPowerShellScript", "Success", 0)
            self.ssm.run_command.reply(order, self.host.instance_id, Reply("Success", result))

    def close(self):
        self.closed.set()
        self.thread.join()
        self.timekeeper.close()


@pytest.fixture
def kept():
    made = Kept()
    yield made
    made.close()


def test_all_that_is_due_on_the_way_is_run_at_its_own_time_one_after_the_other(kept):
    ssm = kept.ssm
    begun = ssm.moved.now()
    daily = ssm.associate(ScheduleExpression="rate(1 day)", AssociationName="daily")
    ssm.associate(
        ScheduleExpression="cron(0 0/12 * * ? *)", ApplyOnlyAtCronInterval=True, MaxErrors="1"
    )
    *runs, whole = kept.timekeeper.forward(timedelta(days=3))
    moments = [run["at"] for run in runs]
    assert moments == sorted(moments)
    assert whole["runs"] == len(runs) == 3 + 6
    assert {run["status"] for run in runs} == {"Success"}
    # Each was carried out at its own time: the host saw that time when it ran it.
    assert [moment.isoformat() for moment in kept.seen[1:]] == moments
    assert ssm.moved.now() - begun >= timedelta(days=3)
    created = [row["CreatedTime"] for row in ssm.executions(daily)]
    assert len(created) == 4
    assert [run["run"] for run in runs] == list(range(1, 10))


def test_nothing_is_due_and_the_clock_moves_all_the_same(kept):
    begun = kept.ssm.moved.now()
    (whole,) = kept.timekeeper.forward(timedelta(hours=1))
    assert whole["runs"] == 0
    assert kept.ssm.moved.now() == begun + timedelta(hours=1)


def test_a_host_that_is_offline_is_not_waited_for(kept):
    kept.host.online = False
    one = kept.ssm.associate(ScheduleExpression="rate(1 day)")
    *runs, _ = kept.timekeeper.forward(timedelta(days=2))
    assert [run["targets"] for run in runs] == [{"Pending": 1}, {"Pending": 1}]
    found = [row["Status"] for row in kept.ssm.executions(one)]
    assert found == ["Pending", "Failed", "Failed"]


def test_what_comes_due_while_time_just_passes_is_run_too(kept):
    one = kept.ssm.associate(ScheduleExpression="rate(1 day)")
    kept.ssm.clock.sleep(86_400)
    assert soon(lambda: len(kept.ssm.executions(one)) == 2)
    assert soon(lambda: kept.ssm.executions(one)[0]["Status"] == "Success")


def test_an_instance_that_comes_is_run_soon(kept):
    one = kept.ssm.associate()
    assert soon(lambda: kept.ssm.executions(one)[0]["Status"] == "Success")
    kept.ssm.add(2)
    assert soon(lambda: len(kept.ssm.executions(one)) == 2)


@pytest.fixture
def url(kept):
    endpoint = ClockEndpoint(kept.timekeeper)
    server = Server(endpoint)
    yield server.url + endpoint.path
    server.close()


def test_the_clock_is_read_and_moved_over_loopback(kept, url):
    assert read_clock(url) == kept.ssm.moved.now()
    kept.ssm.associate(ScheduleExpression="rate(1 day)")
    *runs, whole = move_forward(url, timedelta(days=2))
    assert (len(runs), whole["runs"]) == (2, 2)
    assert read_clock(url).isoformat() == whole["now"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", b"", 404),
        ("GET", "/guess", b"", 404),
        ("POST", "/guess", b'{"forward": 60}', 404),
        ("POST", None, b"", 400),
        ("POST", None, b"{}", 400),
        ("POST", None, b'{"forward": -60}', 400),
        ("POST", None, b'{"forward": "x"}', 400),
        ("POST", None, b'{"forward": 1e12}', 400),
        ("POST", None, b'{"forward": NaN}', 400),
        ("DELETE", None, b"", 400),
    ],
)
def test_nobody_moves_it_without_the_token_or_to_nowhere(kept, url, method, path, body, status):
    begun, parts = kept.ssm.moved.now(), urlsplit(url)
    wire = HTTPConnection(parts.hostname, parts.port, timeout=10)
    wire.request(method, path or parts.path, body)
    answer = wire.getresponse()
    assert answer.status == status
    assert "error" in json.loads(answer.read())
    wire.close()
    assert kept.ssm.moved.now() == begun


def test_a_sandbox_that_is_gone_is_told_of():
    with pytest.raises(CannotRunError, match="does not answer"):
        read_clock("http://127.0.0.1:9/token")
