"""Reports of every kind, made without a run: few hosts and many, none, cut off, no evidence."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from orchestrator.model.enums import Outcome
from orchestrator.model.evidence import Evidence
from orchestrator.model.report import Cause, HostReport, HostTask, Report, Verdict
from orchestrator.observe import read
from support import samples

PASS, FAIL, UNKNOWN = Outcome
BEGUN = datetime(2026, 1, 1, 9, 30, 0, 123456, tzinfo=UTC)
ROLE = "arn:aws:iam::333333333333:role/Operator"
EXPECTED = samples.procedure().expectations
CAUSE = Cause("trust-names-others", "the trust names others", "seen", 'write:\n{"Effect": "Allow"}')
POSSIBLE = Cause("clock-skew", "the clock is wrong", "perhaps", "set it", certain=False)


def evidence(**changes) -> Evidence:
    """What a healthy host said, with these changes."""
    found = read(samples.envelope(**changes), samples.procedure(), samples.RUN_ID)
    assert isinstance(found, Evidence), found
    return found


HEALTHY = evidence()


def host(number: int, outcome: Outcome, *outcomes: Outcome, **changes) -> HostReport:
    """A host of that outcome whose expectations, from the first on, have these; the rest pass."""
    told = [*outcomes, *[PASS] * len(EXPECTED)]
    verdicts = tuple(
        Verdict(item.id, verdict, f"{item.field} is so", "something")
        for item, verdict in zip(EXPECTED, told, strict=False)
    )
    found = HostReport(
        instance_id=f"i-{number:017x}",
        name=f"HOST-{number}",
        outcome=outcome,
        command_id="6d8215d3-00f5-4cc2-a772-f724102bf49d",
        status="Success",
        status_details="Success",
        response_code=0,
        evidence=HEALTHY if outcome is PASS else None,
        verdicts=verdicts,
        causes=() if outcome is PASS else (CAUSE,),
        seconds=1.25,
        region="ap-northeast-1",
    )
    return replace(found, **changes)


def not_sent(number: int, **changes) -> HostReport:
    """A host that was known to be gone, so that nothing was sent."""
    all_unknown = [UNKNOWN] * len(EXPECTED)
    nothing = {"command_id": None, "status": "", "status_details": "", "response_code": None}
    return host(number, UNKNOWN, *all_unknown, **nothing, seconds=None, **changes)


def report(*hosts: HostReport, **changes) -> Report:
    """A run on these hosts."""
    found = Report(
        run_id=samples.RUN_ID,
        plans=(samples.plan(targets=tuple(item.instance_id for item in hosts)),),
        hosts=hosts,
        tally=Counter(item.outcome for item in hosts),
        started=BEGUN,
        ended=BEGUN + timedelta(seconds=61.5),
        api_calls={"SendCommand": 1},
        timings={"wait": 61.0},
    )
    return replace(found, **changes)


def _elsewhere() -> Report:
    here, there = samples.plan(), samples.plan()
    there = replace(there, account_role=ROLE)
    away = [host(n, PASS, account_role=ROLE, evidence=None) for n in (3, 4)]
    return report(host(1, PASS), host(2, FAIL, FAIL, account_role=ROLE), *away, plans=(here, there))


def _all_kinds(count: int) -> list[HostReport]:
    makers = (
        lambda n: host(n, PASS),
        lambda n: host(n, FAIL, PASS, FAIL),
        lambda n: host(n, UNKNOWN, UNKNOWN),
        not_sent,
    )
    return [makers[n % 4](n) for n in range(count)]


_PUT_BACK = HostTask("i-1", "", FAIL, "c-1", "Failed", ("it is held open",), ("C:\\orch",))
REPORTS = {
    "passes": report(host(1, PASS)),
    "fails": report(host(1, FAIL, FAIL, UNKNOWN, causes=(CAUSE, POSSIBLE), evidence=HEALTHY)),
    "unknown": report(not_sent(1)),
    "one of each": report(*_all_kinds(4)),
    "as many as are told whole": report(*_all_kinds(10)),
    "many": report(*_all_kinds(230)),
    "many that pass": report(*(host(n, PASS) for n in range(120))),
    "none": report(),
    "interrupted": report(host(1, PASS), not_sent(2), interrupted=True, notes=("stopped",)),
    "interrupted, all passed": report(host(1, PASS), interrupted=True),
    "no cause": report(host(1, FAIL, FAIL, causes=())),
    "judges differ": report(host(1, UNKNOWN, evidence=HEALTHY)),
    "something left": report(host(1, PASS, left=("C:\\orch: del it",), put_back=_PUT_BACK)),
    "perhaps sent": report(not_sent(1, causes=(replace(CAUSE, id="perhaps-sent"),))),
    "several places": _elsewhere(),
}
"""By what is special about them."""


def hostile(text: str) -> Report:
    """A report in which everything that a host, a person or AWS may have written is this text."""
    cause = Cause("trust-names-others", text, text, text)
    unknown_cause = Cause(text, text, text, text, certain=False)
    seen = text[:20_000]  # an envelope has bounds of its own
    raw = {"chain": [seen], "code": seen, "message": "", "status": 403, "fqei": seen}
    told = evidence(
        facts={"shell": seen, "region": seen, "config_path": seen, "config_source": seen},
        step={"after.identity": samples.failed("after.identity", raw)},
    )
    whole = host(1, FAIL, FAIL, UNKNOWN)
    verdicts = tuple(replace(item, expected=text, observed=text) for item in whole.verdicts)
    more = {"name": text, "status": text, "status_details": text, "left": (text,)}
    bad = replace(whole, **more, verdicts=verdicts, causes=(cause, unknown_cause), evidence=told)
    gone = replace(not_sent(2), name=text, verdicts=verdicts, causes=(unknown_cause,))
    return report(bad, gone, host(3, PASS, name=text), notes=(text,))


@st.composite
def reports(draw) -> Report:
    """Any mixture of hosts, in one place or two, whole or cut off."""
    outcomes = st.sampled_from(Outcome)
    hosts = []
    for number in range(draw(st.integers(0, 14))):
        if draw(st.booleans()):
            verdicts = draw(st.lists(outcomes, max_size=len(EXPECTED)))
            found = host(number, draw(outcomes), *verdicts)
            uncounted = draw(st.integers(0, 2))
            kept = (replace(v, counts=n >= uncounted) for n, v in enumerate(found.verdicts))
            found = replace(found, verdicts=tuple(kept))
        else:
            found = not_sent(number)
        hosts.append(replace(found, account_role=draw(st.sampled_from(("", ROLE)))))
    plans = (samples.plan(), replace(samples.plan(), account_role=ROLE))
    return report(*hosts, plans=plans, interrupted=draw(st.booleans()))
