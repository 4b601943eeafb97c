"""What each form says of how many hosts and expectations passed, failed and are unknown.

A new form needs a function here, of the form's name. ``expectations`` is None where the form does
not tell of each.
"""

import csv as csv_format
import io
import json as json_format
import re
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser
from xml.etree import ElementTree

from markdown_it import MarkdownIt

from orchestrator.model.enums import Outcome
from orchestrator.model.report import Report
from orchestrator.report.text import MANY
from support import page_reader

WORDS = "|".join(Outcome)


@dataclass(frozen=True)
class Counts:
    hosts: Counter
    expectations: Counter | None = None


def expected(report: Report) -> Counts:
    """What it must be."""
    counted = (v for host in report.hosts for v in host.verdicts if v.counts)
    hosts = Counter(host.outcome.value for host in report.hosts)
    return Counts(hosts, Counter(verdict.outcome.value for verdict in counted))


def json(text: str) -> Counts:
    told = json_format.loads(text)
    hosts = Counter(host["outcome"] for host in told["hosts"])
    assert {k: v for k, v in told["tally"].items() if v} == hosts
    verdicts = (v for host in told["hosts"] for v in host["verdicts"] if v["counts"])
    return Counts(hosts, Counter(verdict["outcome"] for verdict in verdicts))


def text(text: str) -> Counts:
    first, *lines = text.splitlines()
    stands = rf"({WORDS})  \S+ on (\d+) hosts?(?: \((.*?)\))?(?:  run \S+)?(?:  interrupted)?"
    found = re.fullmatch(stands, first)
    outcome, count, said = found.groups()
    each = dict(part.split()[::-1] for part in said.split(", ")) if said else {outcome: count}
    hosts = +Counter({key: int(number) for key, number in each.items()})
    shown = Counter(line.rsplit(maxsplit=1)[-1] for line in lines if line.startswith("i-"))
    assert int(count) > MANY or shown == hosts
    return Counts(hosts)


def csv(text: str) -> Counts:
    rows = list(csv_format.DictReader(io.StringIO(text, newline=""), strict=True))
    columns = {"PASS": "hold", "FAIL": "do_not_hold", "UNKNOWN": "unknown"}
    verdicts = {key: sum(int(row[name]) for row in rows) for key, name in columns.items()}
    assert sum(verdicts.values()) == sum(int(row["expectations"]) for row in rows)
    return Counts(Counter(row["outcome"] for row in rows), +Counter(verdicts))


def html(text: str) -> Counts:
    return Counts(page_reader.outcomes_in_table(text), page_reader.expectations_in_details(text))


def junit(text: str) -> Counts:
    hosts, verdicts, unsent = Counter(), Counter(), Counter()
    _run, *suites = ElementTree.fromstring(text).findall("testsuite")
    for suite in suites:
        first, *cases = suite.findall("testcase")
        assert first.get("name") == "host"
        hosts[_became(first)] += 1
        verdicts.update(_became(case) for case in cases)
        found = Counter(_became(case) for case in (first, *cases))
        totals = {"FAIL": "failures", "UNKNOWN": "errors", "skipped": "skipped"}
        assert {key: int(suite.get(name)) for key, name in totals.items()} == {
            key: found[key] for key in totals
        }
        assert int(suite.get("tests")) == found.total()
    unsent["UNKNOWN"] = verdicts.pop("skipped", 0)
    return Counts(hosts, +(verdicts + unsent))


def _became(case) -> str:
    (element,) = [child.tag for child in case] or [""]
    return {"": "PASS", "failure": "FAIL", "error": "UNKNOWN", "skipped": "skipped"}[element]


def sarif(text: str) -> Counts:
    (run,) = json_format.loads(text)["runs"]
    kinds = {"pass": "PASS", "fail": "FAIL", "open": "UNKNOWN"}
    hosts = {}
    for result in run["results"]:
        (location,) = result["locations"][0]["logicalLocations"]
        outcome = kinds[result["kind"]]
        assert outcome == result["properties"]["outcome"]
        assert hosts.setdefault(location["fullyQualifiedName"], outcome) == outcome
    counts = Counter(hosts.values())
    assert counts == {k: v for k, v in run["properties"]["tally"].items() if v}
    return Counts(counts)


def asff(text: str) -> Counts:
    findings = [finding for line in text.splitlines() for finding in json_format.loads(line)]
    statuses = {"PASSED": "PASS", "FAILED": "FAIL", "NOT_AVAILABLE": "UNKNOWN"}
    assert len({finding["Id"] for finding in findings}) == len(findings)
    return Counts(Counter(statuses[finding["Compliance"]["Status"]] for finding in findings))


def ocsf(text: str) -> Counts:
    statuses = {1: "PASS", 3: "FAIL", 0: "UNKNOWN"}
    found = [json_format.loads(line)["compliance"] for line in text.splitlines()]
    checks = (check for one in found for check in one["checks"])
    return Counts(
        Counter(statuses[one["status_id"]] for one in found),
        Counter(statuses[check["status_id"]] for check in checks),
    )


def markdown(text: str) -> Counts:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    (said,) = re.findall(r"\*\*(\d+) PASS, (\d+) FAIL, (\d+) UNKNOWN\.\*\*", text)
    hosts = +Counter(dict(zip(("PASS", "FAIL", "UNKNOWN"), map(int, said), strict=True)))
    cells = [token.content for token in tokens if token.type == "inline" and token.level == 4]
    rows = [cells[n : n + 5] for n in range(5, len(cells), 5)]
    listed = Counter(row[3] for row in rows)
    assert listed == hosts - Counter({"PASS": hosts["PASS"]})
    shown = _Summaries.of(text)
    assert shown in (hosts, listed)
    return Counts(hosts)


class _Summaries(HTMLParser):
    """The outcomes in the lines that stay when the details are closed."""

    def __init__(self):
        super().__init__()
        self.found = Counter()
        self._last = ""

    @classmethod
    def of(cls, text: str) -> Counter:
        parser = cls()
        parser.feed("\n".join(x for x in text.splitlines() if x.startswith("<details>")))
        return parser.found

    def handle_endtag(self, tag):
        self._last = tag

    def handle_data(self, data):
        if self._last == "code":
            self.found[data.split(":")[0].strip()] += 1
            self._last = ""
