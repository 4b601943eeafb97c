"""What `orchestrator.ports.Fleet` promises, asked of the fake and of the sandbox alike.

A fake that is kinder than the sandbox would prove nothing about a run.
"""

import uuid
from dataclasses import replace
from itertools import groupby

import pytest

from orchestrator.errors import CannotRunError, DeniedError, NotManagedError, UnreachableError
from orchestrator.model.fleet import Invocation, ManagedInstance, SendRequest
from orchestrator.waiting import FIRST_LOOK, look_until
from support.fakes import FakeHost
from support.samples import INSTANCE

OTHER = "i-00000000000000002"
NOBODY = "i-0000000000000000f"
REQUEST = SendRequest(
    document="AWS-RunPowerShellScript",
    instance_ids=(INSTANCE,),
    commands=("exit 0",),
    delivery_timeout=60,
    execution_timeout=900,
    comment="orch run-1 switch-role",
)
TEXT = "0123456789" * 5_000
JAPANESE = "\u96d1\u97f3" * 5_000


def to(*instance_ids):
    return replace(REQUEST, instance_ids=instance_ids)


def watch(world, command_id, seconds=2000.0):
    """Every look until all have ended, as `orch` looks."""
    looks = []

    def look():
        looks.append(world.fleet.look(command_id))
        return bool(looks[-1]) and all(invocation.final for invocation in looks[-1])

    look_until(look, bool, clock=world.clock, deadline=seconds, excused=UnreachableError)
    return looks


def ended(world, request=REQUEST):
    """The row of the first host at the end, and the same invocation as it is fetched."""
    command_id = world.fleet.send(request)
    row = watch(world, command_id)[-1][0]
    return row, world.fleet.fetch(command_id, row.instance_id)


def states(looks):
    seen = [(i.status, i.status_details, i.response_code) for look in looks for i in look]
    return [state for state, _ in groupby(seen)]


def test_what_is_managed_has_a_row_and_what_is_not_has_none(world):
    found = world(FakeHost(INSTANCE), FakeHost(OTHER, ping_status="ConnectionLost"))
    described = found.fleet.describe([INSTANCE, NOBODY, OTHER])
    assert set(described) == {INSTANCE, OTHER}
    assert all(isinstance(row, ManagedInstance) for row in described.values())
    assert described[INSTANCE].last_ping.utcoffset() is not None
    told = [(row.ping_status, row.platform, row.name) for row in described.values()]
    assert told == [("Online", "Windows", "HOST"), ("ConnectionLost", "Windows", "HOST")]
    assert described[INSTANCE].agent_version == "3.3.987.0"


def test_nobody_is_described_without_a_call(world):
    found = world(FakeHost(INSTANCE))
    assert found.fleet.describe([]) == {}
    assert found.fleet.calls() == {}


def test_many_are_described_in_pages_of_fifty(world):
    ids = [f"i-{n:017x}" for n in range(120)]
    found = world(*map(FakeHost, ids))
    assert list(found.fleet.describe(ids)) == ids
    assert found.fleet.calls() == {"DescribeInstanceInformation": 3}


def test_nothing_is_seen_right_after_the_send_and_every_host_a_moment_later(world):
    found = world(FakeHost(OTHER), FakeHost(INSTANCE))
    command_id = found.fleet.send(to(INSTANCE, OTHER))
    assert found.fleet.look(command_id) == []
    assert found.fleet.fetch(command_id, INSTANCE) is None
    found.clock.sleep(FIRST_LOOK)
    assert [row.instance_id for row in found.fleet.look(command_id)] == [INSTANCE, OTHER]


ENDS = {
    "success": (FakeHost(INSTANCE, seconds=10), ("Success", "Success", 0), 10),
    "failed check": (FakeHost(INSTANCE, seconds=10, exit_code=10), ("Failed", "Failed", 10), 10),
    "killed": (
        FakeHost(INSTANCE, seconds=10, exit_code=137),
        ("TimedOut", "ExecutionTimedOut", 137),
        10,
    ),
    "too slow": (
        FakeHost(INSTANCE, seconds=901),
        ("TimedOut", "ExecutionTimedOut", 137),
        900,
    ),
}


@pytest.mark.parametrize(("host", "state", "seconds"), ENDS.values(), ids=ENDS)
def test_a_host_is_in_progress_and_then_ended_for_good(world, host, state, seconds):
    found = world(host)
    command_id = found.fleet.send(REQUEST)
    looks = watch(found, command_id)
    assert states(looks) == [("InProgress", "InProgress", -1), state]
    assert {(row.output, row.seconds) for look in looks for row in look if not row.final} == {
        ("", None)
    }
    (row,) = looks[-1]
    assert (row.seconds, row.name, row.whole) == (pytest.approx(seconds), "HOST", False)
    found.clock.sleep(1000)
    assert found.fleet.look(command_id) == [row]


def test_a_host_that_cannot_be_reached_is_in_progress_until_both_time_outs_have_passed(world):
    found = world(FakeHost(INSTANCE, ping_status="ConnectionLost", output=TEXT))
    begun = found.clock.monotonic()
    looks = watch(found, found.fleet.send(REQUEST))
    expected = [("InProgress", "InProgress", -1), ("TimedOut", "DeliveryTimedOut", -1)]
    assert states(looks) == expected
    assert 960 <= found.clock.monotonic() - begun < 970
    (row,) = looks[-1]
    assert (row.output, row.seconds) == ("", None)


def test_one_host_that_fails_stops_no_other(world):
    hosts = (FakeHost(INSTANCE, exit_code=1), FakeHost(OTHER, seconds=30))
    found = world(*hosts)
    looks = watch(found, found.fleet.send(to(INSTANCE, OTHER)))
    assert [row.status for row in looks[-1]] == ["Failed", "Success"]


def test_a_fetched_invocation_says_the_same_and_has_the_streams_apart(world):
    host = FakeHost(INSTANCE, exit_code=10, output="out\n", error="err\n")
    row, whole = ended(world(host))
    line = "failed to run commands: exit status 10"
    assert row.output == f"out\n\n----------ERROR-------\nerr\n{line}"
    assert whole == Invocation(
        INSTANCE, "Failed", "Failed", 10, output="out\n", error=f"err\n{line}", whole=True
    )


def test_a_fetched_invocation_that_runs_has_no_output_yet(world):
    found = world(FakeHost(INSTANCE, seconds=60, output="out\n"))
    command_id = found.fleet.send(REQUEST)
    found.clock.sleep(FIRST_LOOK)
    running = Invocation(INSTANCE, "InProgress", "InProgress", -1, whole=True)
    assert found.fleet.fetch(command_id, INSTANCE) == running


@pytest.mark.parametrize("text", [TEXT, JAPANESE], ids=["ascii", "japanese"])
@pytest.mark.parametrize("size", [2_475, 2_499, 2_500, 5_000])
def test_a_page_cuts_what_is_longer_than_its_2500_bytes(world, text, size):
    printed = text.encode()[:size].decode(errors="ignore")
    printed += "x" * (size - len(printed.encode()))
    row, whole = ended(world(FakeHost(INSTANCE, output=printed)))
    assert whole.output == printed
    if size < 2_500:
        assert row.output == printed
    else:
        kept, _, rest = row.output.rpartition("\n---Output truncated---")
        assert (printed.startswith(kept.rstrip("\ufffd")), rest) == (True, "")
        assert 2_490 < len(row.output.replace("\ufffd", "").encode()) <= 2_500


@pytest.mark.parametrize("size", [23_999, 24_000, 40_000])
def test_what_is_fetched_is_cut_at_24000_bytes(world, size):
    _, whole = ended(world(FakeHost(INSTANCE, output=TEXT[:size])))
    if size < 24_000:
        assert whole.output == TEXT[:size]
    else:
        assert whole.output == TEXT[:23_980] + "--output truncated--"


def test_what_is_fetched_of_standard_error_is_cut_at_8000_characters(world):
    _, whole = ended(world(FakeHost(INSTANCE, error=TEXT[:9_000])))
    assert whole.error == TEXT[:8_000]


def test_a_command_that_nobody_sent_has_no_invocations(world):
    found = world(FakeHost(INSTANCE))
    unknown = str(uuid.uuid4())
    assert found.fleet.look(unknown) == []
    assert found.fleet.fetch(unknown, INSTANCE) is None


def test_an_instance_that_a_command_was_not_sent_to_has_no_invocation(world):
    found = world(FakeHost(INSTANCE), FakeHost(OTHER))
    command_id = found.fleet.send(REQUEST)
    found.clock.sleep(FIRST_LOOK)
    assert found.fleet.fetch(command_id, OTHER) is None


REFUSED = {
    "unknown instance": (to(INSTANCE, NOBODY), NotManagedError, "InvalidInstanceId"),
    "nobody": (to(), CannotRunError, "ValidationException"),
    "one too many": (to(*[INSTANCE] * 51), CannotRunError, "ValidationException"),
    "named twice": (to(INSTANCE, INSTANCE), CannotRunError, "DuplicateInstanceId"),
    "too long": (
        replace(REQUEST, commands=("x" * 65_536,)),
        CannotRunError,
        "MaxDocumentSizeExceeded",
    ),
}


@pytest.mark.parametrize(("request_", "kind", "code"), REFUSED.values(), ids=REFUSED)
def test_a_send_that_is_refused_sends_nothing(world, request_, kind, code):
    found = world(FakeHost(INSTANCE), FakeHost(OTHER))
    with pytest.raises(CannotRunError, match=code) as caught:
        found.fleet.send(request_)
    assert type(caught.value) is kind
    assert "SendCommand" in caught.value.where
    assert caught.value.mend
    assert found.fleet.calls() == {"SendCommand": 1}


def test_a_command_that_runs_is_cancelled(world):
    found = world(FakeHost(INSTANCE, seconds=100, output=TEXT))
    command_id = found.fleet.send(REQUEST)
    found.clock.sleep(5)
    before = found.fleet.look(command_id)
    found.fleet.cancel(command_id)
    looks = [before, found.fleet.look(command_id), *watch(found, command_id, 8)]
    assert states(looks) == [
        ("InProgress", "InProgress", -1),
        ("Cancelling", "Cancelling", -1),
        ("Cancelled", "Cancelled", 137),
    ]
    (row,) = looks[-1]
    assert (row.output, row.seconds) == ("", pytest.approx(5))


def test_a_cancel_in_the_same_moment_as_the_send_waits_until_the_command_is_known(world):
    found = world(FakeHost(INSTANCE, seconds=100))
    command_id = found.fleet.send(REQUEST)
    found.fleet.cancel(command_id)
    assert found.clock.monotonic() > 0
    assert watch(found, command_id, 8)[-1][0].status == "Cancelled"


def test_a_command_that_no_agent_took_is_cancelled_at_once(world):
    found = world(FakeHost(INSTANCE, ping_status="ConnectionLost"))
    command_id = found.fleet.send(REQUEST)
    found.clock.sleep(5)
    found.fleet.cancel(command_id)
    (row,) = found.fleet.look(command_id)
    assert (row.status, row.response_code, row.seconds) == ("Cancelled", -1, None)


def test_a_cancel_changes_nothing_about_what_had_ended(world):
    found = world(FakeHost(INSTANCE, output="out\n"), FakeHost(OTHER, seconds=100))
    command_id = found.fleet.send(to(INSTANCE, OTHER))
    found.clock.sleep(5)
    ended = found.fleet.look(command_id)[0]
    found.fleet.cancel(command_id)
    found.fleet.cancel(command_id)
    rows = watch(found, command_id, 8)[-1]
    assert rows[0] == ended
    assert [row.status for row in rows] == ["Success", "Cancelled"]


def test_a_cancel_of_a_command_that_nobody_sent_is_an_error_after_some_tries(world):
    found = world(FakeHost(INSTANCE))
    with pytest.raises(CannotRunError, match="InvalidCommandId") as caught:
        found.fleet.cancel(str(uuid.uuid4()))
    assert "CancelCommand" in caught.value.where
    assert found.clock.monotonic() > 0


def test_a_throttled_send_is_sent_again_and_every_try_is_counted(world):
    found = world(FakeHost(INSTANCE), throttle={"SendCommand": 2})
    command_id = found.fleet.send(REQUEST)
    assert found.clock.monotonic() > 0
    assert found.fleet.calls() == {"SendCommand": 3}
    assert len(watch(found, command_id)[-1]) == 1


def test_a_send_that_is_throttled_without_end_is_given_up_and_sends_nothing(world):
    found = world(FakeHost(INSTANCE), throttle={"SendCommand": 100})
    with pytest.raises(UnreachableError, match="ThrottlingException"):
        found.fleet.send(REQUEST)
    assert found.fleet.calls() == {"SendCommand": 8}


def test_a_throttled_look_is_looked_again_and_every_try_is_counted(world):
    found = world(FakeHost(INSTANCE), throttle={"ListCommandInvocations": 1})
    command_id = found.fleet.send(REQUEST)
    found.clock.sleep(5)
    assert found.fleet.look(command_id)[0].status == "Success"
    assert found.fleet.calls() == {"SendCommand": 1, "ListCommandInvocations": 2}


CALLS = {
    "DescribeInstanceInformation": lambda fleet: fleet.describe([INSTANCE]),
    "SendCommand": lambda fleet: fleet.send(REQUEST),
    "ListCommandInvocations": lambda fleet: fleet.look(str(uuid.uuid4())),
    "GetCommandInvocation": lambda fleet: fleet.fetch(str(uuid.uuid4()), INSTANCE),
    "CancelCommand": lambda fleet: fleet.cancel(str(uuid.uuid4())),
}


@pytest.mark.parametrize("operation", CALLS)
def test_what_the_operator_may_not_do_is_said_with_its_name(world, operation):
    found = world(FakeHost(INSTANCE), denied=frozenset({operation}))
    with pytest.raises(DeniedError, match="AccessDeniedException") as caught:
        CALLS[operation](found.fleet)
    assert operation in caught.value.where
    assert caught.value.mend
    assert found.fleet.calls() == {operation: 1}


def test_the_counts_that_were_given_do_not_change_any_more(world):
    found = world(FakeHost(INSTANCE))
    before = found.fleet.calls()
    found.fleet.describe([INSTANCE])
    assert before == {}
