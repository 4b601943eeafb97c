import sys

import pytest
import typer  # noqa: F401 - loaded before a test says that this is Windows

from orchestrator.cli.sandbox_fleet import Wanted, fleet_order
from orchestrator.sandbox.parts import Place


def test_on_windows_the_sandbox_says_where_it_runs(orch, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    ended = orch("sandbox", "exec", "--", "true")
    assert (ended.code, ended.out) == (2, "")
    assert "Windows Subsystem for Linux" in ended.err


def test_a_host_that_only_python_sees_wrong_is_not_for_a_real_powershell(orch):
    words = ("sandbox", "exec", "--engine", "pwsh", "--scenario", "clock-behind", "--", "true")
    ended = orch(*words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("orch: --engine: clock-behind is not for a real PowerShell\n")
    assert "--engine stand-in" in ended.err


def test_a_fault_that_there_is_none_of_is_told_before_anything_starts(orch):
    ended = orch("sandbox", "exec", "--hosts", "5", "--fault", "throtle=0.2", "--", "true")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("orch: --fault throtle=0.2: there is no such fault\n")
    assert "throttle" in ended.err


def test_a_fault_with_an_odd_value_is_told_with_an_example(orch):
    ended = orch("sandbox", "start", "--hosts", "5", "--fault", "slow-page=0.05")
    assert ended.code == 2
    assert "--fault slow-page=0.05: '0.05' says no time after a colon" in ended.err
    assert "e.g. --fault slow-page=0.05:2s" in ended.err


def test_faults_of_hosts_need_hosts(orch):
    ended = orch("sandbox", "exec", "--fault", "offline=0.1", "--", "true")
    assert ended.code == 2
    assert "there are no simulated hosts to befall" in ended.err


def test_a_fleet_has_an_end(orch):
    for words in (("--hosts", "10001"), ("--hosts", "-1"), ("--hosts", "5", "--host-seconds", "0")):
        ended = orch("sandbox", "exec", *words, "--", "true")
        assert ended.code == 2, words


def test_outside_of_a_sandbox_there_is_no_clock_to_read_or_to_move(orch):
    for words in ((), ("forward", "1d")):
        ended = orch("sandbox", "clock", *words)
        assert (ended.code, ended.out) == (2, "")
        assert "this shell is in no sandbox" in ended.err
        assert "orch sandbox start" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("clock", "forward", "soon"), "'soon' is no length of time"),
        (("clock", "forward", "0d"), "the clock goes forward alone"),
        (("exec", "--clock", "-7x", "--", "true"), "'-7x' is no length of time"),
        (("start", "--clock", "yesterday"), "'yesterday' is no length of time"),
    ],
)
def test_a_time_that_is_none_is_told_before_anything_starts(orch, words, said):
    ended = orch("sandbox", *words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


NO_EFFECT = {
    "run time": (("--host-seconds", "3"), "--host-seconds", "--host-delay"),
    "the usual run time": (("--host-seconds", "10"), "--host-seconds", "--host-delay"),
    "region": (("--region", "us-east-1"), "--region", "leave it out"),
    "account": (("--account", "d"), "--account", "leave it out"),
    "seed": (("--seed", "1"), "--seed", "--fault throttle=0.2"),
    "seed without chance": (("--seed", "7", "--fault", "empty-list=3"), "--seed", "--hosts"),
    "seed without faults": (("--seed", "7", "--fault", "throttle=0"), "--seed", "--hosts"),
    "some offline": (("--fault", "offline=0.1"), "--fault", "faults of calls"),
    "all offline, and a call": (
        ("--fault", "throttle=0.1", "--fault", "offline=1"),
        "--fault",
        "faults of calls",
    ),
}


@pytest.mark.parametrize("command", ["exec", "start"])
@pytest.mark.parametrize(("words", "where", "mend"), NO_EFFECT.values(), ids=NO_EFFECT)
def test_what_would_have_no_effect_is_refused(orch, command, words, where, mend):
    ended = orch("sandbox", command, *words, *(("--", "true") if command == "exec" else ()))
    assert (ended.code, ended.out) == (2, "")
    what, _, then = ended.err.partition("\n")
    assert what.startswith(f"orch: {where}: ")
    assert then.startswith("  mend: ")
    assert mend in then


def wanted(hosts=0, seconds=None, regions=(), accounts=(), seed=None, faults=()):
    return fleet_order(Wanted(hosts, seconds, regions, accounts, seed, faults))


def test_faults_of_calls_and_their_seed_need_no_hosts():
    order = wanted(seed=7, faults=["throttle=0.2", "empty-list=3"])
    assert (order.hosts, order.seed, order.faults.throttle) == (0, 7, 0.2)
    assert wanted(faults=["empty-list=3"]).faults.empty_list == 3


def test_hosts_are_at_home_if_nothing_else_is_said():
    order = wanted(hosts=5)
    assert (order.seconds, order.seed) == (10.0, 1)
    assert order.places == (Place("111111111111", "ap-northeast-1"),)


def test_every_region_of_every_account_is_a_place_once():
    order = wanted(5, regions=["us-east-1", "eu-west-1", "us-east-1"], accounts=["a", "d"])
    assert [(place.account[0], place.region) for place in order.places] == [
        ("1", "us-east-1"),
        ("1", "eu-west-1"),
        ("4", "us-east-1"),
        ("4", "eu-west-1"),
    ]


NO_PLACE = {
    "no region": (("--region", "moon"), "--region moon: 'moon' is not a region"),
    "a region of China": (("--region", "cn-north-1"), "partition aws"),
    "an account without instances": (("--account", "b"), "no instances can be in such an account"),
    "an account's number": (("--account", "111111111111"), "no instances can be in such"),
}


@pytest.mark.parametrize(("words", "what"), NO_PLACE.values(), ids=NO_PLACE)
def test_where_no_host_can_be_is_a_usage_error(orch, words, what):
    ended = orch("sandbox", "exec", "--hosts", "5", *words, "--", "true")
    assert (ended.code, ended.out) == (2, "")
    assert what in ended.err
    assert "  mend: " in ended.err
