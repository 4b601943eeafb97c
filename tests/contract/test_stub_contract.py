"""The SSM on paper of tests/e2e, beside a sandbox whose host takes for ever."""

from contextlib import ExitStack

import pytest
import worlds

from orchestrator.aws.fleet import RunCommandFleet
from orchestrator.aws.session import Access
from orchestrator.model.fleet import SendRequest
from support.fakes import FakeClock, FakeHost
from support.samples import INSTANCE
from support.stub_ssm import Endless, serving

REQUEST = SendRequest("AWS-RunPowerShellScript", (INSTANCE,), ("exit 0",), 60, 172_800, "orch x")


@pytest.fixture(params=["stub", "sandbox"])
def endless(request, tmp_path, monkeypatch):
    with ExitStack() as stack:
        if request.param == "sandbox":
            wanted = worlds.Wanted([FakeHost(INSTANCE, seconds=172_800)])
            yield stack.enter_context(worlds.sandbox(wanted, tmp_path, monkeypatch))
        else:
            url = stack.enter_context(serving(Endless()))
            monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", url)
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
            clock = FakeClock()
            yield worlds.World(RunCommandFleet(Access(None, worlds.REGION), clock), clock)


def test_the_host_is_there(endless):
    row = endless.fleet.describe([INSTANCE])[INSTANCE]
    assert (row.ping_status, row.platform) == ("Online", "Windows")


def test_the_command_runs_on_and_a_cancel_only_begins(endless):
    command_id = endless.fleet.send(REQUEST)
    endless.clock.sleep(3600)
    (row,) = endless.fleet.look(command_id)
    assert (row.instance_id, row.status, row.status_details) == (INSTANCE, *["InProgress"] * 2)
    endless.fleet.cancel(command_id)
    (row,) = endless.fleet.look(command_id)
    assert (row.status, row.final) == ("Cancelling", False)
