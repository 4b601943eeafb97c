"""A command whose answer is lost is looked for before it is sent again: nobody gets it twice."""

from dataclasses import dataclass, field

import pytest

from orchestrator.errors import DeniedError, LostAnswerError, UnreachableError
from orchestrator.run import run
from orchestrator.run.sending import ATTEMPTS, PAUSES
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener

LOST = LostAnswerError("no answer", where="SendCommand", mend="look", cause="perhaps-sent")
HOSTS = [FakeHost(f"i-{n:017x}", seconds=3.0, output=samples.envelope()) for n in range(60)]
PLAN = samples.plan(targets=tuple(host.instance_id for host in HOSTS))


@dataclass
class Lossy(FakeFleet):
    """The answers to these sends (from 0) are lost; ``taken`` is whether SSM took them."""

    lost: frozenset[int] = frozenset({0})
    taken: bool = True
    asked: list = field(default_factory=list)

    def send(self, request):
        self.asked.append(request)
        if len(self.asked) - 1 not in self.lost:
            return super().send(request)
        if self.taken:
            super().send(request)
        raise LOST


def run_on(**how):
    fleet = Lossy(FakeClock(), HOSTS, **how)
    return run(PLAN, fleet, fleet.clock, Listener()), fleet


def received(fleet):
    return [i for request, _ in fleet.sent.values() for i in request.instance_ids]


@pytest.mark.parametrize("behind", [0.2, 5.0, sum(PAUSES) - 1])
@pytest.mark.parametrize("number", [0, 1])
def test_what_ssm_took_is_watched_though_it_shows_it_late(number, behind):
    report, fleet = run_on(lost=frozenset({number}), visible_after=behind)
    assert {host.status for host in report.hosts} == {"Success"}
    assert sorted(received(fleet)) == sorted(PLAN.targets)
    assert len(fleet.asked) == 2


def test_what_ssm_did_not_take_is_sent_again_after_it_was_looked_for():
    report, fleet = run_on(taken=False)
    assert {host.status for host in report.hosts} == {"Success"}
    assert sorted(received(fleet)) == sorted(PLAN.targets)
    assert fleet.counts["ListCommands"] >= 2
    assert fleet.asked[0] == fleet.asked[1]


def test_nobody_who_may_not_look_sends_again():
    fleet = Lossy(FakeClock(), HOSTS, denied=frozenset({"ListCommands"}), taken=False)
    with pytest.raises(LostAnswerError):
        run(PLAN, fleet, fleet.clock, Listener())
    assert len(fleet.asked) == 1


def test_it_is_given_up_where_every_answer_is_lost():
    fleet = Lossy(FakeClock(), HOSTS, lost=frozenset(range(9)), taken=False)
    with pytest.raises(UnreachableError) as caught:
        run(PLAN, fleet, fleet.clock, Listener())
    assert len(fleet.asked) == ATTEMPTS
    assert f"orch runs resume {samples.RUN_ID}" in caught.value.mend


def test_a_later_chunk_that_may_be_out_is_told_and_may_have_left_something():
    report, _ = run_on(lost=frozenset(range(1, 9)), taken=False)
    late = report.hosts[59]
    assert [cause.id for cause in late.causes] == ["perhaps-sent"]
    assert f"orch runs resume {samples.RUN_ID}" in late.causes[0].mend
    assert samples.RUN_ID in late.left[0]
    assert report.hosts[0].status == "Success"


def test_what_is_denied_is_not_lost():
    fleet = FakeFleet(FakeClock(), HOSTS, denied=frozenset({"SendCommand"}))
    with pytest.raises(DeniedError):
        run(PLAN, fleet, fleet.clock, Listener())
    assert fleet.counts["ListCommands"] == 0
