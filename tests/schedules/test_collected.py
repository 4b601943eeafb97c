"""What was collected, in short."""

from types import SimpleNamespace

from orchestrator.model.enums import Outcome
from orchestrator.model.history import Seen
from orchestrator.model.report import Cause
from orchestrator.schedules.collected import Telling, lines
from support.fake_schedules import day

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


def report(outcomes, number=1, notes=()):
    hosts = [
        SimpleNamespace(
            instance_id=name,
            name="WEB.example",
            outcome=outcome,
            causes=(Cause(cause, "", "", ""),) if cause else (),
        )
        for name, (outcome, cause) in outcomes.items()
    ]
    tally = {outcome: sum(h.outcome is outcome for h in hosts) for outcome in Outcome}
    return SimpleNamespace(
        run_id=f"76a5a04f-caf6-490c-b448-{number:012d}",
        plan=SimpleNamespace(schedule="orch-x"),
        started=day(number),
        outcome=FAIL if tally[FAIL] else PASS,
        tally=tally,
        hosts=hosts,
        notes=notes,
    )


def shown(*collected):
    return [head + rest for head, rest, _ in lines(collected)]


def test_a_line_an_execution_and_then_who_is_otherwise():
    telling = Telling()
    telling.begin([Seen("r", day(0), "i-1", "", "", "", PASS, "", "", "")])
    first = telling.tell(report({"i-1": (PASS, ""), "i-2": (PASS, "")}))
    second = telling.tell(report({"i-1": (FAIL, "trust-missing"), "i-2": (PASS, "")}, 2, ("x",)))
    assert shown(first, second) == [
        "PASS     2026-01-02 03:00  76a5a04f-caf6-490c-b448  2 PASS",
        "         i-2 WEB: new -> PASS",
        "FAIL     2026-01-03 03:00  76a5a04f-caf6-490c-b448  1 PASS, 1 FAIL",
        "         i-1 WEB: PASS -> FAIL [trust-missing]",
        "         x",
    ]


def test_what_has_not_ended_is_no_change():
    telling = Telling()
    waiting = telling.tell(report({"i-1": (UNKNOWN, "still-pending")}))
    after = telling.tell(report({"i-1": (PASS, "")}))
    assert (waiting.changes, after.changes[0].before) == ((), None)


def test_many_changes_are_counted_by_kind():
    outcomes = {f"i-{n}": (PASS, "") for n in range(20)} | {"i-x": (FAIL, "trust-missing")}
    assert shown(Telling().tell(report(outcomes)))[1:] == [
        "         20 hosts: new -> PASS",
        "         1 host: new -> FAIL [trust-missing]",
    ]


def test_an_execution_without_hosts_says_so():
    assert shown(Telling().tell(report({})))[0].endswith("  no host")
