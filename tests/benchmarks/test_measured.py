"""From what was seen to figures, on races made by hand."""

from __future__ import annotations

import pytest

from rivals.cases import Case
from rivals.measured import Race, Run, figures

HOSTS = [f"i-{n:017x}" for n in range(4)]


def calls(*times, operation="GetCommandInvocation"):
    return [{"at": at, "operation": operation} for at in times]


def told(*rows, verdict="PASS"):
    return {(script, HOSTS[host]): (verdict, at) for script, host, at in rows}


def ended(*rows):
    return {(script, HOSTS[host]): at for script, host, at in rows}


def test_calls_wall_and_lag_are_of_the_endpoint_the_process_and_the_hosts_ends():
    race = Race(
        runs=[Run(HOSTS[:2], 100.0, 130.0, 1.5, 70.0)],
        calls=calls(101, 102, 103),
        ends=ended((0, 0, 110), (0, 1, 112), (1, 0, 121), (1, 1, 125)),
        told=told((0, 0, 111), (0, 1, 115), (1, 0, 123), (1, 1, 129)),
    )
    found = figures(Case("aws_cli", 2), race)
    assert (found["calls"], found["calls_per_host"], found["calls_per_second"]) == (3, 1.5, 0.1)
    assert (found["wall"], found["first_script"], found["after_last_host"]) == (30, 15, 5)
    assert (found["lag_median"], found["lag_p95"], found["lag_most"]) == (2.5, 4, 4)
    assert (found["cpu"], found["memory"], found["wrong"]) == (1.5, 70, 0)


@pytest.mark.parametrize("verdict", ["FAIL", "UNKNOWN"])
def test_a_host_is_wrong_whose_verdict_is_not_pass_for_any_script(verdict):
    right = told((0, 0, 111), (1, 0, 112), (0, 1, 111))
    race = Race(
        runs=[Run(HOSTS[:2], 100.0, 130.0, 1.0, 70.0)],
        calls=[],
        ends=ended((0, 0, 110), (0, 1, 110), (1, 0, 110), (1, 1, 110)),
        told=right | told((1, 1, 113), verdict=verdict),
    )
    found = figures(Case("aws_cli", 2), race)
    assert found["wrong"] == 1
    assert found["lag_most"] == 2, "a wrong verdict has no lag: it was never there"


def test_a_verdict_that_never_came_is_wrong_even_where_all_are():
    race = Race([Run(HOSTS, 100.0, 130.0, 1.0, 70.0)], [], {}, {})
    found = figures(Case("poll_each", 4, "slow"), race)
    assert found["wrong"] == 4
    assert [found[name] for name in ("lag_median", "first_script", "after_last_host")] == [None] * 3


def test_several_runs_give_medians_and_calls_for_one_of_them():
    runs = [Run([host], 100.0, 110.0 + n, 1.0 + n, 60.0 + n) for n, host in enumerate(HOSTS[:3])]
    race = Race(
        runs=runs,
        calls=calls(*range(100, 109)),
        ends=ended((0, 0, 108), (0, 1, 108), (0, 2, 108)),
        told=told((0, 0, 109), (0, 1, 110), (0, 2, 111)),
    )
    found = figures(Case("orch", 1, runs=3), race)
    assert (found["hosts"], found["runs"], found["calls_per_host"]) == (1, 3, 3)
    assert (found["wall"], found["cpu"], found["memory"]) == (11, 2, 62)
    assert (found["lag_median"], found["after_last_host"]) == (2, 3)


def test_a_sample_goes_on_as_its_second_half_went():
    """Eight hosts of twelve: from the fifth on one a second, with two calls each."""
    hosts = [f"i-{n:017x}" for n in range(12)]
    times = [111, 111, 111, 111, 112, 113, 114, 115]
    seen = {(0, host): ("PASS", float(at)) for host, at in zip(hosts, times, strict=False)}
    later = {(1, host): ("PASS", at + 20) for (_, host), (_, at) in seen.items()}
    race = Race(
        runs=[Run(hosts, 100.0, 136.0, 1.0, 60.0)],
        calls=calls(
            101, *(at - more for at in (113, 114, 115, 133, 134, 135) for more in (0, 0.5))
        ),
        ends={(n, host): 110.0 + 20 * n for n in (0, 1) for host in hosts},
        told={k: ("PASS", at) for k, (_, at) in (seen | later).items()},
    )
    found = figures(Case("aws_cli", 12, looked_at=8), race)
    assert found["estimated_from"] == 8
    assert found["wall"] == 36 + 2 * 4, "each script has four hosts more, a second each"
    assert found["calls"] == 13 + 2 * 4 * 2
    assert found["first_script"] == 15 + 4
    assert found["lag_most"] == 9, "what comes later for both is no lag of the second script"
    assert found["wrong"] == 0
