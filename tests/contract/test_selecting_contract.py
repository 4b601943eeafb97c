"""Whom a command is for, and how far it is: asked of the fake and of the sandbox alike."""

from dataclasses import replace

import pytest

from orchestrator.errors import CannotRunError, DeniedError
from orchestrator.model.fleet import Selection, SendRequest
from support.fakes import FakeHost

REQUEST = SendRequest(
    document="AWS-RunPowerShellScript",
    instance_ids=(),
    commands=("exit 0",),
    delivery_timeout=60,
    execution_timeout=900,
    comment="orch run-1 switch-role",
)
PROD = (("env", ("prod",)),)


def host(number, **more):
    return FakeHost(f"i-{number:017x}", **more)


def fleet_of(world):
    return world(
        host(1, tags={"env": "prod", "team": "a"}),
        host(2, tags={"env": "prod", "team": "b"}, ping_status="ConnectionLost"),
        host(3, tags={"env": "test", "team": "a"}),
        host(4),
    )


def numbers(rows):
    return [int(name[2:], 16) for name in rows]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(PROD), [1, 2]),
        (Selection((("env", ("prod", "test")),)), [1, 2, 3]),
        (Selection((("env", ("prod",)), ("team", ("a",)))), [1]),
        (Selection((("env", ("PROD",)),)), []),
        (Selection(everything=True), [1, 2, 3, 4]),
    ],
)
def test_what_has_the_tags_is_found_whether_it_can_be_reached_or_not(world, selection, expected):
    found = fleet_of(world).fleet.find(selection)
    assert numbers(found) == expected
    if 2 in expected:
        assert found[f"i-{2:017x}"].ping_status == "ConnectionLost"


def test_many_are_found_in_pages_of_fifty(world):
    found = world(*(host(n, tags={"env": "prod"}) for n in range(120)))
    assert numbers(found.fleet.find(Selection(PROD))) == list(range(120))
    assert found.fleet.calls() == {"DescribeInstanceInformation": 3}


GROUPS = {"prod": {"env": "prod"}, "nobodys": {"env": "moon"}}


def test_the_members_of_a_group_are_found_whether_they_can_be_reached_or_not(world):
    found = world(
        host(1, tags={"env": "prod", "team": "a"}),
        host(2, tags={"env": "prod"}, ping_status="ConnectionLost"),
        host(3, tags={"env": "test"}),
        resource_groups=GROUPS,
    )
    rows = found.fleet.find(Selection(resource_group="prod"))
    assert numbers(rows) == [1, 2]
    assert rows[f"i-{2:017x}"].ping_status == "ConnectionLost"


def test_the_members_of_a_large_group_come_in_pages(world):
    hosts = (host(n, tags={"env": "prod"}) for n in range(120))
    found = world(*hosts, host(999), resource_groups=GROUPS)
    assert numbers(found.fleet.find(Selection(resource_group="prod"))) == list(range(120))
    assert found.fleet.calls() == {"ListGroupResources": 3, "DescribeInstanceInformation": 3}


def test_a_group_without_members_is_nobody(world):
    found = world(host(1, tags={"env": "prod"}), resource_groups=GROUPS)
    assert found.fleet.find(Selection(resource_group="nobodys")) == {}
    assert found.fleet.calls() == {"ListGroupResources": 1}


def test_a_group_that_there_is_none_of_is_said_to_be_so(world):
    found = world(host(1, tags={"env": "prod"}), resource_groups=GROUPS)
    with pytest.raises(CannotRunError, match="NotFoundException") as caught:
        found.fleet.find(Selection(resource_group="production"))
    assert "ListGroupResources" in caught.value.where


def test_who_may_not_list_a_group_is_told_so(world):
    denied = frozenset({"ListGroupResources"})
    found = world(host(1, tags={"env": "prod"}), resource_groups=GROUPS, denied=denied)
    with pytest.raises(DeniedError):
        found.fleet.find(Selection(resource_group="prod"))


def test_one_command_reaches_all_that_has_the_tag(world):
    found = world(*(host(n, tags={"env": "prod"}) for n in range(60)), host(99))
    command_id = found.fleet.send(replace(REQUEST, tags=PROD))
    found.clock.sleep(30)
    assert numbers(row.instance_id for row in found.fleet.look(command_id)) == list(range(60))
    assert found.fleet.calls()["SendCommand"] == 1


def test_what_is_counted_is_how_many_have_ended(world):
    found = world(host(1, seconds=2.0), host(2, seconds=20.0, exit_code=10))
    since = found.clock.now()
    first = found.fleet.send(replace(REQUEST, instance_ids=(f"i-{1:017x}", f"i-{2:017x}")))
    second = found.fleet.send(replace(REQUEST, instance_ids=(f"i-{1:017x}",)))
    found.clock.sleep(10)
    counts = found.fleet.count([first, second], since)
    assert (counts[first].targets, counts[first].completed, counts[first].final) == (2, 1, False)
    assert (counts[second].targets, counts[second].completed) == (1, 1)
    assert counts[second].final
    found.clock.sleep(20)
    counts = found.fleet.count([first], since)
    assert (counts[first].status, counts[first].completed) == ("Failed", 2)
    assert found.fleet.calls()["ListCommands"] == 2


def test_a_command_that_ssm_does_not_show_yet_is_left_out(world):
    found = world(host(1))
    since = found.clock.now()
    assert (
        found.fleet.count(
            [found.fleet.send(replace(REQUEST, instance_ids=(f"i-{1:017x}",)))], since
        )
        == {}
    )


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("DescribeInstanceInformation", lambda fleet, _now: fleet.find(Selection(PROD))),
        ("ListCommands", lambda fleet, now: fleet.count(["c" * 36], now)),
    ],
)
def test_who_may_not_ask_is_told_so(world, operation, call):
    found = world(host(1, tags={"env": "prod"}), denied=frozenset({operation}))
    with pytest.raises(DeniedError):
        call(found.fleet, found.clock.now())
