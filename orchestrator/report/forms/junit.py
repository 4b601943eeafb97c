"""JUnit's XML as Jenkins, GitLab and others read it: a suite for each host.

Its first case is the host itself; the others are its expectations. FAIL is a failure, UNKNOWN an
error; an expectation is skipped where nothing was sent to the host, which itself is an error then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape

from orchestrator.model.enums import Outcome
from orchestrator.model.history import Past
from orchestrator.model.report import HostReport, Report, Verdict
from orchestrator.report.facts import counted, in_short, is_unsent, missed, place_of, readable, why
from orchestrator.report.styled import harmless, plain
from orchestrator.report.text import host_lines
from orchestrator.wording import place_words

HOST_CASE = "host"
"""The name of the case that is the host itself."""

RUN_CASE = "run"
"""The name of the case that tells whether the run came to its end."""

_ELEMENTS = {Outcome.FAIL: "failure", Outcome.UNKNOWN: "error"}
_Case = tuple[str, str]
"""What became of it, as an element's name or nothing; and the case as XML."""


def pieces(report: Report, _past: Past) -> Iterator[str]:
    """The document, a host at a time."""
    runbook = report.plan.procedure.runbook
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites{_attributes(name=f'orch {runbook}')}>\n"
    yield from _run_suite(report)
    for number, host in enumerate(report.hosts, 1):
        yield from _suite(number, host, report)
    yield "</testsuites>\n"


def _run_suite(report: Report) -> Iterator[str]:
    """Whether the run came to its end, so that one without hosts is not taken for a good one."""
    wrong = "it was interrupted" if report.interrupted else "" if report.hosts else "it has no host"
    case = _case(RUN_CASE, report.run_id, "error" if wrong else "", wrong, "")
    about = {
        "run_id": report.run_id,
        "outcome": report.outcome.value,
        "exit_code": str(report.exit_code),
        "runbook": report.plan.procedure.runbook,
        "plan_sha256": " ".join(plan.procedure_sha256 for plan in report.plans),
    }
    seconds = (report.ended - report.started).total_seconds()
    title = f"run {report.run_id}"
    yield from _whole(
        0, title, report, cases=[case], about=about, said=report.notes, seconds=seconds
    )


def _suite(number: int, host: HostReport, report: Report) -> Iterator[str]:
    region, account_role = place_of(host, report)
    about = {
        "outcome": host.outcome.value,
        "name": host.name,
        "place": place_words(region, account_role),
        "command_id": host.command_id or "",
        "status": host.status_details or host.status,
    }
    first = _case(
        HOST_CASE,
        host.instance_id,
        _ELEMENTS.get(host.outcome, ""),
        in_short(host),
        "\n".join(why(host)),
        kind=host.causes[0].id if host.causes else host.outcome.value,
        seconds=host.seconds,
    )
    cases = [first, *(_expectation(verdict, host) for verdict in counted(host))]
    title = f"{host.instance_id} {host.name}".rstrip()
    said = plain(list(host_lines(host, report))).strip("\n").split("\n")
    yield from _whole(
        number,
        title,
        report,
        cases=cases,
        about=about,
        said=said,
        seconds=host.seconds,
        hostname=host.instance_id,
    )


def _expectation(verdict: Verdict, host: HostReport) -> _Case:
    element = _ELEMENTS.get(verdict.outcome, "")
    if element == "error" and is_unsent(host):
        element = "skipped"
    return _case(verdict.expectation, host.instance_id, element, missed(verdict), "")


def _case(
    name: str,
    classname: str,
    element: str,
    message: str,
    text: str,
    *,
    kind: str = "",
    seconds: float | None = None,
) -> _Case:
    time = {} if seconds is None else {"time": f"{seconds:.3f}"}
    head = f"    <testcase{_attributes(name=name, classname=classname, **time)}"
    if not element:
        return "", f"{head}/>\n"
    if element == "skipped":
        body = f"<skipped>{_text(f'not sent: {message}')}</skipped>"
    else:
        attributes = _attributes(type=kind or element, message=message)
        body = f"<{element}{attributes}>{_text(text or message)}</{element}>"
    return element, f"{head}>{body}</testcase>\n"


def _whole(
    number: int,
    name: str,
    report: Report,
    *,
    cases: list[_Case],
    about: dict[str, str],
    said: Iterable[str],
    seconds: float | None,
    hostname: str = "localhost",
) -> Iterator[str]:
    counts = Counter(element for element, _ in cases)
    attributes = _attributes(
        name=name,
        id=str(number),
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=f"{seconds or 0:.3f}",
        timestamp=f"{report.started:%Y-%m-%dT%H:%M:%S}",
        hostname=hostname,
    )
    yield f"  <testsuite{attributes}>\n    <properties>\n"
    for key, value in about.items():
        yield f"      <property{_attributes(name=key, value=value)}/>\n"
    yield "    </properties>\n"
    yield from (text for _, text in cases)
    told = _text("\n".join(said))
    yield f"    <system-out>{told}</system-out>\n  </testsuite>\n"


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{escape(harmless(value))}"' for name, value in values.items())


def _text(text: str) -> str:
    """As XML takes it: what it forbids is not printable either, and has become an escape."""
    return escape(readable(text))
