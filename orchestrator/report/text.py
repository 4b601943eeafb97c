"""The report for a terminal: the verdict first, then each host, then what it cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orchestrator.checks import all_checks
from orchestrator.model.enums import Outcome, Phase, StepState
from orchestrator.model.evidence import Evidence, Observation
from orchestrator.model.procedure import Procedure
from orchestrator.model.report import Cause, HostReport, Report, Verdict
from orchestrator.report.cells import width
from orchestrator.report.facts import counted, left_on, titled
from orchestrator.report.styled import (
    STYLES,
    WIDTH,
    Line,
    Segment,
    host_title,
    labelled,
    plain,
    whole_items,
)
from orchestrator.wording import duration_words, failure_words, host_words, hosts_words, place_words

MANY = 10
"""From more hosts than this on, those that pass are counted; one of each other kind is shown."""


NAMED = 30
"""So many ids, and things that are left, are told of many hosts; the other forms have all."""


def lines(report: Report) -> list[Line]:
    """The whole report."""
    return [
        *_begin(report),
        *_hosts(report),
        (),
        *_notes(report),
        *(labelled("time", _seconds(report.timings), indent=0) if report.timings else ()),
        *labelled("calls", _counts(report.api_calls), indent=0),
        *_plans(report),
    ]


def headline(report: Report) -> str:
    """What came out of it, in one line."""
    return plain([_headline(report)])


def _begin(report: Report) -> list[Line]:
    """The headline; the run has a line of its own where one is too short."""
    line = _headline(report)
    if width(plain([line])) <= WIDTH:
        return [line]
    verdict, asked, run, stopped = line
    return [(verdict, asked, stopped), (Segment(f"run     {run.text.split()[-1]}", "dim"),)]


def _headline(report: Report) -> Line:
    counts = {outcome: report.tally.get(outcome, 0) for outcome in Outcome}
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    count = len(report.hosts)
    hosts = f"{hosts_words(count)} ({said})" if count > 1 else hosts_words(count)
    stopped = "  interrupted" if report.interrupted else ""
    return (
        Segment(report.outcome, STYLES[report.outcome]),
        Segment(f"  {report.plan.procedure.runbook} on {hosts}"),
        Segment(f"  run {report.run_id}", "dim"),
        Segment(stopped, "bad"),
    )


_Kind = tuple[bool, Outcome, str]
"""Whether it is no FAIL, which come first; the outcome; the first cause."""


def _hosts(report: Report) -> Iterator[Line]:
    """Few hosts whole. Of many, one of each kind that did not pass, and who is of the same kind.

    What is left is told of all: it may lie on hosts that are not shown, also on those that pass.
    """
    if len(report.hosts) <= MANY:
        for host in report.hosts:
            yield from host_lines(host, report)
        return
    kinds: dict[_Kind, HostReport] = {}
    alike: dict[_Kind, list[str]] = {}
    for host in report.hosts if report.tally.get(Outcome.PASS, 0) < len(report.hosts) else ():
        if host.outcome is not Outcome.PASS:
            cause = host.causes[0].id if host.causes else ""
            kind: _Kind = (host.outcome is not Outcome.FAIL, host.outcome, cause)
            kinds.setdefault(kind, host)
            alike.setdefault(kind, []).append(host.instance_id)
    for kind in sorted(kinds):
        yield from host_lines(kinds[kind], report)
        others = alike[kind][1:]
        if others:
            said = f"{hosts_words(len(others))} more: {_named(others)}"
            yield from labelled("alike", said, STYLES[kind[1]])
    left = left_on(report)
    for item, ids in [*left.items()][:NAMED]:
        yield ()
        yield from labelled("left", item, "bad", indent=0)
        yield from labelled("", f"on {hosts_words(len(ids))}: {_named(ids)}", indent=0)
    if len(left) > NAMED:
        yield from labelled("left", f"{len(left) - NAMED} more, in the other forms", indent=0)


def _named(ids: Sequence[str]) -> str:
    unnamed = len(ids) - NAMED
    return f"{', '.join(ids[:NAMED])}{f' and {unnamed} more' if unnamed > 0 else ''}"


def _where(host: HostReport, report: Report) -> str:
    """Said only where the hosts are not all in one place."""
    if len(report.plans) == 1:
        return ""
    return place_words(host.region, host.account_role)


def host_lines(host: HostReport, report: Report) -> Iterator[Line]:
    """All about one host, after an empty line."""
    yield ()
    yield from host_title(host.instance_id, host.name, _where(host, report), host.outcome)
    if host.evidence is not None:
        yield from _observed(host.evidence, report.plan.procedure)
    for cause in host.causes:
        yield from _cause(cause)
    yield from _judged(host)
    yield from _traces(host)


def _observed(evidence: Evidence, procedure: Procedure) -> Iterator[Line]:
    for phase in Phase:
        label: str = phase
        for observation in evidence.observations:
            if observation.phase is phase:
                step = procedure.step(observation.step)
                said = _said(observation, step.params)
                if phase is Phase.AFTER and len(procedure.ways) > 1:
                    said = f"{step.way}: {said}"
                yield from labelled(label, said, _style(observation))
                label = ""


def _said(observation: Observation, params: Mapping[str, str]) -> str:
    check = all_checks()[observation.check]
    if observation.failure is None:
        return check.say(observation.value)
    asked = "not asked: " if observation.state is StepState.SKIPPED else ""
    return f"{check.about(params)}: {asked}{failure_words(observation.failure)}"


def _style(observation: Observation) -> str:
    return "" if observation.state is StepState.OK else "strong"


def _judged(host: HostReport) -> Iterator[Line]:
    verdicts = counted(host)
    missed = [verdict for verdict in verdicts if verdict.outcome is not Outcome.PASS]
    others = len(host.verdicts) - len(verdicts)
    aside = f"; {others} about what the host does not have do not count" if others else ""
    yield from labelled("expect", f"{len(verdicts) - len(missed)} of {len(verdicts)} hold{aside}")
    if host.evidence is None:
        return
    for (step, outcome, observed), expected in _together(missed).items():
        text = f"{step}: expected {', '.join(expected)}; saw {observed}"
        yield from labelled(outcome, text, STYLES[outcome])


def _together(verdicts: list[Verdict]) -> Mapping[tuple[str, Outcome, str], list[str]]:
    """What was expected, by what was seen: one refusal often fails many expectations."""
    groups: dict[tuple[str, Outcome, str], list[str]] = {}
    for verdict in verdicts:
        step = verdict.expectation.rsplit(".", 2)[0]
        groups.setdefault((step, verdict.outcome, verdict.observed), []).append(verdict.expected)
    return groups


def _cause(cause: Cause) -> Iterator[Line]:
    yield from labelled("cause", titled(cause), "strong")
    yield from labelled("", f"evidence: {cause.evidence}")
    yield from labelled("mend", cause.mend)


def _traces(host: HostReport) -> Iterator[Line]:
    evidence = host.evidence
    if evidence is not None:
        yield from _files(evidence, host.instance_id)
        changed = ", ".join(evidence.restored.changed) or "nothing was changed"
        yield from labelled("host", f"{evidence.restored.state}: {changed}")
        yield from labelled("engine", _engine(evidence, host.agent_version))
        if store := evidence.facts.get("store"):
            listed, until = (evidence.facts.get(f"store_{name}") for name in ("listed", "expires"))
            yield from labelled("store", f"{listed} profiles in {store}; the keys end at {until}")
        spent = {stage: ms / 1000 for stage, ms in evidence.timings.items()}
        yield from labelled("took", _seconds(spent))
    if host.command_id:
        code = f", exit code {host.response_code}" if host.response_code is not None else ""
        status = f"{host.status_details or host.status or 'no row yet'}{code}"
        yield from labelled("command", f"{host.command_id} {status}")
    if host.put_back is not None:
        task = host.put_back
        by = f" by command {task.command_id}" if task.command_id else ""
        words = _PUT_BACK[task.outcome]
        yield from labelled("restore", f"{words}{by}: {'; '.join(task.said)}", STYLES[task.outcome])
    for item in host.left:
        yield from labelled("left", item, "bad")


def _files(evidence: Evidence, instance_id: str) -> Iterator[Line]:
    """Which of the host's own files the run went by, and what others left there."""
    facts = evidence.facts
    if facts.get("config_source"):
        found = facts.get("profile_source")
        where = f" ({found})" if found else ""
        store = f", store {facts['profile_store']}" if facts.get("profile_store") else ""
        text = f"{facts['config_path']}{where}, {facts['config_source']}{store}"
        yield from labelled("files", text)
    if facts.get("unfinished"):
        mend = f"`orch restore --instance {instance_id}` puts back what is left"
        text = f"a run was killed here before: {facts['unfinished']}; {mend}"
        yield from labelled("note", text, "unknown")


_PUT_BACK = {
    Outcome.PASS: "put back",
    Outcome.FAIL: "not all could be put back",
    Outcome.UNKNOWN: "not put back",
}


def _engine(evidence: Evidence, agent: str) -> str:
    facts = evidence.facts
    by = (f"agent {agent}",) if agent else ()
    region = f"region {facts.get('region')} from {facts.get('region_source')}"
    return ", ".join((evidence.engine, *host_words(facts), *by, region))


def _notes(report: Report) -> Iterator[Line]:
    for note in report.notes:
        yield from labelled("note", note, "unknown", indent=0)


def _plans(report: Report) -> Iterator[Line]:
    """What was asked, by its hash; the region is a part of the question."""
    for plan in report.plans:
        where = f"  {plan.procedure.region}" if len(report.plans) > 1 else ""
        yield from labelled("plan", f"{plan.procedure_sha256}{where}", indent=0)


def _seconds(spent: Mapping[str, float]) -> str:
    return whole_items([f"{stage} {duration_words(seconds)}" for stage, seconds in spent.items()])


def _counts(calls: Mapping[str, int]) -> str:
    total = sum(calls.values())
    if not total:
        return "no API call"
    each = [f"{operation} {count}" for operation, count in sorted(calls.items())]
    begin = f"{total} API call{'s' if total > 1 else ''}: "
    return whole_items([begin + each[0], *each[1:]])
