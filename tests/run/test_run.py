from dataclasses import replace

import pytest

from orchestrator.errors import (
    CredentialsError,
    DeniedError,
    InterruptedRunError,
    NotManagedError,
    UnreachableError,
)
from orchestrator.model.access import AccessRead, RoleRead, Unread
from orchestrator.model.enums import Outcome, Platform
from orchestrator.run import run, unsorted_targets
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener

OTHER = "i-00000000000000002"


def healthy(instance_id=samples.INSTANCE, **changes):
    return FakeHost(instance_id, output=samples.envelope(), **changes)


def run_on(*hosts, targets=None, fleet=None):
    clock = fleet.clock if fleet else FakeClock()
    fleet = fleet or FakeFleet(clock, hosts)
    plan = samples.plan(targets=targets or tuple(host.instance_id for host in hosts))
    return run(plan, fleet, clock, Listener())


def causes(report, host=0):
    return [cause.id for cause in report.hosts[host].causes]


def test_a_healthy_host_passes():
    report = run_on(healthy())
    assert (report.outcome, report.exit_code) == (Outcome.PASS, 0)
    assert causes(report) == []
    assert report.hosts[0].source == "ListCommandInvocations"
    assert set(report.timings) == {"check", "send", "wait", "read", "total"}


def test_a_host_of_ten_seconds_costs_eight_calls():
    report = run_on(healthy(seconds=10.0))
    assert report.exit_code == 0
    assert sum(report.api_calls.values()) == 8


def test_a_long_output_is_fetched_whole():
    noise = "noise " * 400
    report = run_on(FakeHost(samples.INSTANCE, output=noise + samples.envelope()))
    assert report.exit_code == 0
    assert report.hosts[0].source == "GetCommandInvocation"


def test_a_long_japanese_output_counts_in_bytes():
    noise = "\u96d1\u97f3" * 420
    report = run_on(FakeHost(samples.INSTANCE, output=noise + samples.envelope()))
    assert report.exit_code == 0


def test_a_cut_envelope_that_stays_cut_is_unknown():
    cut = samples.envelope()[:-20]
    report = run_on(FakeHost(samples.INSTANCE, output=cut))
    assert report.exit_code == 4
    assert causes(report) == ["evidence-truncated"]


@pytest.mark.parametrize("code", [10, 20, 1, 3010, -1, 137])
def test_an_envelope_that_does_not_fit_the_exit_code_proves_nothing(code):
    report = run_on(FakeHost(samples.INSTANCE, output=samples.envelope(), response_code=code))
    assert report.exit_code == 4
    assert causes(report)[0] == "exit-code-differs"


def test_a_killed_script_is_unknown_and_its_folder_is_named():
    host = FakeHost(
        samples.INSTANCE, status="TimedOut", status_details="ExecutionTimedOut", response_code=137
    )
    report = run_on(host)
    assert report.exit_code == 4
    assert causes(report) == ["script-ended-early"]
    assert samples.RUN_ID in report.hosts[0].left[0]
    assert "Remove-Item" in report.hosts[0].left[0]


@pytest.mark.parametrize(
    "path",
    [
        'C:\\orch-x"; Start-Process calc; "',
        "C:\\orch-$(Start-Process calc)",
        "C:\\orch-\u201d; Start-Process calc; \u201d",
        "C:\\*\\orch-x",
        "C:\\orch-x\nStart-Process calc",
    ],
)
def test_what_a_host_says_is_left_is_never_a_command_of_its_own(path):
    restored = {"state": "failed", "changed": [], "left": [path]}
    host = FakeHost(samples.INSTANCE, output=samples.envelope(restored=restored))
    (left,) = run_on(host).hosts[0].left
    assert left.startswith(path)
    assert "Remove-Item" not in left


def test_a_real_time_out_is_told_from_a_kill_by_its_duration():
    host = FakeHost(
        samples.INSTANCE,
        seconds=900.3,
        status="TimedOut",
        status_details="Execution Timed Out",
        response_code=137,
    )
    assert causes(run_on(host)) == ["execution-timed-out"]


def test_status_details_are_read_without_spaces():
    host = FakeHost(samples.INSTANCE, status="TimedOut", status_details="Delivery Timed Out")
    assert causes(run_on(host)) == ["delivery-timed-out"]


def test_an_offline_host_is_not_waited_for():
    report = run_on(healthy(ping_status="ConnectionLost"))
    assert report.exit_code == 4
    assert causes(report) == ["agent-offline"]
    assert report.api_calls == {"DescribeInstanceInformation": 1}
    assert report.hosts[0].left == ()


def test_a_linux_host_is_left_out():
    assert causes(run_on(healthy(platform="Linux"))) == ["wrong-platform"]


@pytest.mark.parametrize(("platform", "sent"), [("Linux", 1), ("Windows", 0), ("MacOS", 0)])
def test_a_run_for_linux_is_sent_to_linux_alone(platform, sent):
    asked = replace(samples.procedure(), platform=Platform.LINUX)
    fleet = FakeFleet(FakeClock(), [FakeHost(samples.INSTANCE, platform=platform)])
    report = run(samples.plan(asked), fleet, fleet.clock, Listener())
    assert report.api_calls.get("SendCommand", 0) == sent
    assert ("wrong-platform" in causes(report)) is not bool(sent)


def test_no_managed_target_at_all_is_an_error():
    with pytest.raises(NotManagedError, match="ap-northeast-1"):
        run_on(targets=(samples.INSTANCE,))


def test_an_unmanaged_target_beside_a_managed_one_is_unknown():
    report = run_on(healthy(), targets=(samples.INSTANCE, OTHER))
    assert [host.outcome for host in report.hosts] == [Outcome.PASS, Outcome.UNKNOWN]
    assert causes(report, 1) == ["not-managed"]


def test_one_failing_host_does_not_touch_the_others():
    refused = samples.failed("after.identity", samples.ASSUME_REFUSED)
    output = samples.envelope(step={"after.identity": refused})
    session = samples.identity("111111111111", "EC2RoleforSSM", OTHER)
    good = samples.envelope(step={"before.identity": samples.ok("before.identity", session)})
    report = run_on(FakeHost(samples.INSTANCE, output=output), FakeHost(OTHER, output=good))
    assert report.hosts[1].outcome is Outcome.PASS
    assert report.hosts[0].outcome is Outcome.UNKNOWN  # its own judgement says otherwise
    assert "judges-differ" in causes(report)


def test_a_target_without_a_row_is_unknown_and_not_forgotten():
    clock = FakeClock()
    report = run_on(
        fleet=FakeFleet(clock, [healthy()], visible_after=1e6), targets=(samples.INSTANCE,)
    )
    assert report.exit_code == 4
    assert causes(report) == ["not-ended"]
    assert clock.elapsed >= 60 + 900


def test_more_than_fifty_hosts_are_sent_in_fifties():
    hosts = [FakeHost(f"i-{n:017x}", output=samples.envelope()) for n in range(120)]
    clock = FakeClock()
    fleet = FakeFleet(clock, hosts)
    run_on(fleet=fleet, targets=tuple(host.instance_id for host in hosts))
    assert [len(request.instance_ids) for request, _ in fleet.sent.values()] == [50, 50, 20]


SENDS = {
    "ssm-access-denied": DeniedError("you may not", where="SendCommand", cause="ssm-access-denied"),
    "api-throttled": UnreachableError("too often", where="SendCommand", cause="api-throttled"),
    "not-sent": UnreachableError("the network is gone", where="SendCommand"),
}


@pytest.mark.parametrize(("name", "error"), SENDS.items(), ids=SENDS)
def test_hosts_that_a_later_send_left_out_say_why(name, error):
    class Failing(FakeFleet):
        def send(self, request):
            if self.sent:
                raise error
            return super().send(request)

    hosts = [healthy(f"i-{n:017x}") for n in range(60)]
    fleet = Failing(FakeClock(), hosts)
    report = run_on(fleet=fleet, targets=tuple(host.instance_id for host in hosts))
    assert [causes(report, n) for n in range(50, 60)] == [[name]] * 10
    assert all(name not in causes(report, n) for n in range(50))
    assert report.hosts[59].left == ()


@pytest.mark.parametrize("ping", ["Online", "ConnectionLost"])
def test_without_the_preflight_it_is_sent_to_whoever_was_named(ping):
    fleet = FakeFleet(FakeClock(), [healthy(ping_status=ping)])
    plan = samples.plan()
    report = run(plan, fleet, fleet.clock, Listener(), targets=unsorted_targets(plan))
    assert report.api_calls["SendCommand"] == 1
    assert "DescribeInstanceInformation" not in report.api_calls
    assert "--no-preflight" in report.notes[0]
    assert "not-managed" not in causes(report)


def test_a_lost_host_is_waited_for_without_the_preflight_and_not_with_it():
    waited = {}
    for name, given in (("with", None), ("without", unsorted_targets(samples.plan()))):
        fleet = FakeFleet(FakeClock(), [healthy(ping_status="ConnectionLost")])
        run(samples.plan(), fleet, fleet.clock, Listener(), targets=given)
        waited[name] = fleet.clock.elapsed
    assert waited["with"] == 0
    assert waited["without"] >= 60 + 900


class Interrupting(FakeFleet):
    """Ctrl-C at the second look."""

    def look(self, command_id):
        seen = super().look(command_id)
        if self.counts["ListCommandInvocations"] == 2:
            raise KeyboardInterrupt
        return seen


def test_ctrl_c_cancels_the_command_and_says_what_is_left():
    fleet = Interrupting(FakeClock(), [healthy(seconds=100)])
    report = run_on(fleet=fleet, targets=(samples.INSTANCE,))
    assert report.exit_code == 130
    assert list(fleet.cancelled) == list(fleet.sent)
    assert report.hosts[0].status == "Cancelled"
    assert samples.RUN_ID in report.hosts[0].left[0]


def test_ctrl_c_during_the_send_says_how_to_find_the_command():
    class Sending(FakeFleet):
        def send(self, request):
            raise KeyboardInterrupt

    with pytest.raises(InterruptedRunError) as caught:
        run_on(fleet=Sending(FakeClock(), [healthy()]), targets=(samples.INSTANCE,))
    assert samples.RUN_ID in caught.value.mend


def test_ctrl_c_between_two_sends_cancels_what_was_sent_and_tells_of_the_rest():
    class Sending(FakeFleet):
        def send(self, request):
            if self.sent:
                raise KeyboardInterrupt
            return super().send(request)

    hosts = [healthy(f"i-{n:017x}", seconds=100) for n in range(60)]
    fleet = Sending(FakeClock(), hosts)
    report = run_on(fleet=fleet, targets=tuple(host.instance_id for host in hosts))
    assert report.exit_code == 130
    assert list(fleet.cancelled) == list(fleet.sent)
    assert [host.status for host in report.hosts].count("Cancelled") == 50
    assert samples.RUN_ID in report.notes[0]
    assert causes(report, 59) == ["perhaps-sent"]


def test_ctrl_c_just_after_the_send_cancels_the_command_too():
    class Pressed(Listener):
        def sent(self, *_what):
            raise KeyboardInterrupt

    fleet = FakeFleet(FakeClock(), [healthy(seconds=100)])
    report = run(samples.plan(), fleet, fleet.clock, Pressed())
    assert (report.exit_code, report.notes) == (130, ())
    assert list(fleet.cancelled) == list(fleet.sent)


def test_an_operator_who_may_not_describe_can_still_run():
    fleet = FakeFleet(FakeClock(), [healthy()], denied=frozenset({"DescribeInstanceInformation"}))
    report = run_on(fleet=fleet, targets=(samples.INSTANCE,))
    assert report.exit_code == 0
    assert "could not be checked" in report.notes[0]


@pytest.mark.parametrize("error", [UnreachableError("gone"), CredentialsError("expired")])
def test_losing_aws_after_the_send_is_unknown_and_names_the_command(error):
    class Losing(FakeFleet):
        def look(self, command_id):
            raise error

    fleet = Losing(FakeClock(), [healthy()])
    report = run_on(fleet=fleet, targets=(samples.INSTANCE,))
    assert report.exit_code == 4
    assert next(iter(fleet.sent)) in report.notes[0]


def test_a_final_state_is_never_overwritten_by_a_late_page():
    class Late(FakeFleet):
        def look(self, command_id):
            seen = list(super().look(command_id))
            if self.counts["ListCommandInvocations"] > 4:
                seen[0] = replace(seen[0], status="InProgress", output="")
            return seen

    hosts = [healthy(seconds=1.0), healthy(OTHER, seconds=30.0)]
    report = run_on(fleet=Late(FakeClock(), hosts), targets=(samples.INSTANCE, OTHER))
    assert report.hosts[0].status == "Success"


class Reader:
    """Reads nothing, and keeps what it was asked for."""

    def __init__(self):
        self.asked = []

    def read(self, wanted):
        self.asked.append(wanted)
        target = RoleRead(wanted.target, unread=(Unread("the role", "nobody may"),))
        return AccessRead(target=target)


def refused_host():
    refused = {
        step: samples.failed(step, samples.ASSUME_REFUSED)
        for step in ("after.identity", "after.s3_bucket")
    }
    return FakeHost(samples.INSTANCE, output=samples.envelope(step=refused, verdict="FAIL"))


def test_policies_are_read_where_a_host_was_refused_and_nowhere_else():
    reader = Reader()
    for host in (healthy(), refused_host()):
        fleet = FakeFleet(FakeClock(), [host])
        report = run(samples.plan(), fleet, fleet.clock, Listener(), reader)
    assert [wanted.target for wanted in reader.asked] == [samples.ROLE_ARN]
    assert "could not read the role: nobody may" in report.hosts[0].causes[-1].evidence


def test_policies_are_not_read_after_ctrl_c():
    reader = Reader()
    fleet = Interrupting(FakeClock(), [refused_host()])
    run(samples.plan(), fleet, fleet.clock, Listener(), reader)
    assert reader.asked == []
