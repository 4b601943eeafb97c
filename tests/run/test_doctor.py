from orchestrator.errors import DeniedError
from orchestrator.model.access import AccessRead, RoleRead, Unread
from orchestrator.model.checkup import InstanceRead
from orchestrator.model.enums import Outcome
from orchestrator.plan import before_alone
from orchestrator.run import Examination, Readers
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener

ASKED = before_alone(samples.procedure())
ROLE = "arn:aws:iam::111111111111:role/EC2RoleforSSM"


class Instances:
    def read(self, instance_id):
        return InstanceRead(instance_id, True, "running", "arn", (ROLE,), "enabled")


class Policies:
    def __init__(self):
        self.asked = []

    def read(self, wanted):
        self.asked.append(wanted)
        return AccessRead(target=RoleRead(wanted.target, unread=(Unread("it", "no"),)))


def probed_host(**changes):
    steps = [
        samples.ok("before.identity", samples.data()["steps"][0]["value"]),
        samples.failed("before.s3_bucket", samples.REFUSED),
    ]
    output = samples.envelope(ASKED, steps=steps)
    return FakeHost(samples.INSTANCE, output=output, **changes)


def examination(fleet, *, probe=True, policies=None):
    plan = samples.plan(ASKED) if probe else None
    readers = Readers(Instances(), policies or Policies())
    return Examination(samples.plan(), plan, fleet, readers, fleet.clock, Listener())


def examined(fleet, **changes):
    (host,) = examination(fleet, **changes).carry_out().hosts
    return {finding.what: finding for finding in host.findings}


def test_the_probe_asks_what_comes_before_the_switch_and_nothing_else():
    assert [step.id for step in ASKED.steps] == ["before.identity", "before.s3_bucket"]
    assert all(item.step.startswith("before.") for item in ASKED.expectations)
    assert ASKED.expectations


def test_a_host_is_probed_and_both_roles_are_read():
    policies = Policies()
    found = examined(FakeFleet(FakeClock(), [probed_host()]), policies=policies)
    assert found["host"].outcome is Outcome.PASS
    (wanted,) = policies.asked
    assert (wanted.caller, wanted.target, wanted.target_policies) == (ROLE, samples.ROLE_ARN, True)


def test_without_the_probe_nothing_is_sent_and_nothing_is_said_of_the_host():
    fleet = FakeFleet(FakeClock(), [probed_host()])
    checkup = examination(fleet, probe=False).carry_out()
    assert fleet.sent == {}
    assert "host" not in {finding.what for finding in checkup.hosts[0].findings}
    assert "--no-probe" in checkup.notes[0]


def test_a_host_that_is_offline_is_not_waited_for():
    fleet = FakeFleet(FakeClock(), [probed_host(ping_status="ConnectionLost")])
    found = examined(fleet)
    assert fleet.sent == {}
    assert found["agent"].cause == "agent-offline"
    assert found["host"].outcome is Outcome.UNKNOWN


def test_an_instance_that_ssm_does_not_manage_is_examined_all_the_same():
    found = examined(FakeFleet(FakeClock(), []))
    assert (found["agent"].cause, found["instance"].outcome) == ("not-managed", Outcome.PASS)


def test_who_may_not_send_commands_gets_the_other_lines():
    class Refusing(FakeFleet):
        def send(self, request):
            raise DeniedError("no", where="SendCommand")

    found = examined(Refusing(FakeClock(), [probed_host()]))
    assert (found["host"].outcome, found["host"].said) == (
        Outcome.UNKNOWN,
        "not probed: SendCommand: no",
    )
    assert found["instance"].outcome is Outcome.PASS
