"""`orch` inside this process: its real command line, and a fake Run Command behind it."""

import sys
from dataclasses import dataclass, field

import pytest

from orchestrator.cli import main
from orchestrator.envelope import pack
from orchestrator.model.fleet import SendRequest
from orchestrator.render.header import read_header
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost
from support.processes import Ended


@dataclass
class AnsweringFleet(FakeFleet):
    """Hosts that answer the script which they are sent; ``changes`` are to their envelope."""

    changes: dict = field(default_factory=dict)
    requests: list[SendRequest] = field(default_factory=list)

    def send(self, request):
        self.requests.append(request)
        header = read_header("\n".join(request.commands))
        for host in self.hosts:
            asked = header.procedure
            told = samples.data(asked, run=header.run_id, **self.changes)
            identity = samples.identity("111111111111", "EC2RoleforSSM", host.instance_id)
            if host.instance_id != samples.INSTANCE:
                told["steps"][0] = samples.ok("before.identity", identity)
            host.output = pack(asked.sha256(), told)
        return super().send(request)


@pytest.fixture
def fleet(monkeypatch):
    """The fleet that the command line meets, on a clock that takes no time."""
    clock = FakeClock()
    found = AnsweringFleet(clock, [FakeHost(samples.INSTANCE)])
    monkeypatch.setattr("orchestrator.waiting.clock.SystemClock", lambda: clock)
    monkeypatch.setattr("orchestrator.waiting.clock.StoppableClock", lambda _stops: clock)
    monkeypatch.setattr("orchestrator.aws.session.Access", lambda *_given, **_more: None)
    monkeypatch.setattr("orchestrator.aws.fleet.RunCommandFleet", lambda access, clock: found)
    return found


@pytest.fixture
def orch(monkeypatch, capsys, tmp_path):
    """Runs the command line in an empty folder; no terminal, unless a test makes one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ORCH_DEBUG", "0")  # `--debug` sets it, which must not outlast the test

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["orch", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        told = capsys.readouterr()
        return Ended(code, told.out, told.err)

    return run


@pytest.fixture
def person(monkeypatch):
    """Somebody at a terminal who answers so; what was asked stands on standard error."""
    answers = []

    def answer():
        if not answers:
            raise EOFError
        return answers.pop(0)

    def gives(*texts):
        answers.extend(texts)
        monkeypatch.setattr("orchestrator.cli.preparing.has_person", lambda: True)
        monkeypatch.setattr("builtins.input", answer)

    return gives
