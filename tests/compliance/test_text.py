"""How the fleet stands, as people read it."""

from dataclasses import replace
from datetime import timedelta

from orchestrator.compliance.text import lines
from orchestrator.model.compliance import Fleet
from orchestrator.model.enums import Outcome
from support.standings import STANDING


def told(*standings, notes=(), idle=()):
    fleet = Fleet(STANDING.seen, standings, notes, idle)
    return ["".join(text for text, _ in line) for line in lines(fleet)]


def named(number, **changes):
    return replace(STANDING, instance_id=f"i-0d176f4a5f973{number:04d}", **changes)


def test_few_hosts_are_told_one_by_one_what_is_wrong_first():
    wrong = named(2, outcome=Outcome.FAIL, cause="trust-missing", name="a.b.example.internal")
    unknown = named(3, outcome=Outcome.UNKNOWN, reason="no news since 3", flapping=True, changes=4)
    assert told(named(1), unknown, wrong, notes=("one left out",)) == [
        "FAIL  1 PASS, 1 FAIL, 1 UNKNOWN",
        "",
        "orch-x in eu-west-1",
        "FAIL     i-0d176f4a5f9730002  a                      since 2026-11-01 00:00",
        "         [trust-missing]",
        "UNKNOWN  i-0d176f4a5f9730003  WEB                    since 2026-11-01 00:00",
        "         no news since 3",
        "         flapping: 4 changes in its newest results",
        "PASS     i-0d176f4a5f9730001  WEB                    since 2026-11-01 00:00",
        "",
        "note  one left out",
    ]


def test_many_hosts_are_told_by_how_they_stand():
    right = [named(n) for n in range(100)]
    wrong = [named(n, outcome=Outcome.FAIL, cause="trust-missing") for n in range(100, 120)]
    later = named(
        200,
        outcome=Outcome.FAIL,
        cause="trust-missing",
        since=STANDING.since + timedelta(days=1),
    )
    found = told(*right, *wrong, later)
    assert found[3:] == [
        "FAIL     20 hosts     since 2026-11-01 00:00",
        "         [trust-missing]",
        "         i-0d176f4a5f9730100, i-0d176f4a5f9730101, i-0d176f4a5f9730102,",
        "         i-0d176f4a5f9730103, i-0d176f4a5f9730104, i-0d176f4a5f9730105, and 14",
        "         more",
        "FAIL     1 host       since 2026-11-02 00:00",
        "         [trust-missing]",
        "         i-0d176f4a5f9730200",
        "PASS     100 hosts",
    ]
    assert max(map(len, found)) <= 80


def test_a_schedule_without_a_host_is_told():
    assert told(named(1), idle=(("orch-y", "eu-west-1", ""),)) == [
        "UNKNOWN  1 PASS, 1 schedule without a host",
        "",
        "orch-x in eu-west-1",
        "PASS     i-0d176f4a5f9730001  WEB                    since 2026-11-01 00:00",
        "",
        "orch-y in eu-west-1",
        "UNKNOWN  it has run, and found no host",
    ]
    assert told()[0] == "UNKNOWN  no schedule was collected yet"
