"""How wide text is on a terminal, beside what another library says; and where it is broken."""

from dataclasses import replace

import pytest
import rich.cells

from orchestrator.model.enums import Outcome
from orchestrator.report.cells import padded, width, wrapped
from orchestrator.report.styled import WIDTH, plain
from orchestrator.report.text import lines
from orchestrator.wording import duration_words
from support import reports

TEXTS = [
    "i-0d176f4a5f9738429",
    "\u5c71\u7530\u30b5\u30fc\u30d0\u30fc01",
    "\uff8a\uff9d\uff76\uff78",  # halfwidth katakana take one column
    "\uff21\uff22\uff23",  # fullwidth letters take two
    "caf\xe9 na\u0308ive \xb1 \u03b1 \u2192",
    "\ud55c\uad6d\uc5b4 \u4e2d\u6587",
]
SENTENCE = (
    "\u30a2\u30af\u30bb\u30b9\u304c\u62d2\u5426\u3055\u308c\u307e\u3057\u305f\u3002"
    "\u300c\u30ed\u30fc\u30eb\u300d\u306e\u4fe1\u983c\u30dd\u30ea\u30b7\u30fc\u3092"
    "\u78ba\u8a8d\u3057\u3066\u304f\u3060\u3055\u3044\u3002"
)


@pytest.mark.parametrize("text", TEXTS)
def test_it_is_as_wide_as_rich_has_it(text):
    assert width(text) == rich.cells.cell_len(text)
    assert rich.cells.cell_len(padded(text, 30)) == 30


@pytest.mark.parametrize("columns", [20, 33, 70])
def test_japanese_is_broken_where_it_may_be_and_nothing_is_lost(columns):
    text = f"{SENTENCE}{SENTENCE} arn:aws:iam::222222222222:role/x {SENTENCE}"
    told = wrapped(text, columns)
    assert "".join(told).replace(" ", "") == text.replace(" ", "")
    assert max(width(line) for line in told if "arn:" not in line) <= columns
    assert not [line for line in told if line[0] in "\u3002\u300d\u30fc\u3083"]
    assert not [line for line in told if line.endswith("\u300c")]
    assert [line for line in told if "arn:aws:iam::222222222222:role/x" in line]


def test_a_wide_blank_stays_one():
    name = "\u6771\u4eac\u3000\u30b5\u30fc\u30d0\u30fc"
    (host,) = reports.REPORTS["passes"].hosts
    report = replace(reports.REPORTS["passes"], hosts=(replace(host, name=name),))
    assert name in plain(lines(report))
    assert width("\u3000") == 2


def test_what_is_to_be_pasted_is_never_broken():
    path = "C:\\\u5c71\\" + "x" * 100
    assert any(line.endswith("x" * 100) for line in wrapped(f"at {path} it is", 40))


NAMES = {
    "japanese": "\u6771\u4eac\u672c\u793e\u30d5\u30a1\u30a4\u30eb\u30b5\u30fc\u30d0\u30fc",
    "long": "very-long-name-of-a-host-" * 4,
    "long japanese": "\u6771\u4eac" * 60,
    "none": "",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("places", [1, 2])
def test_outcomes_stand_below_each_other_whatever_hosts_are_called(name, places):
    whole = reports.REPORTS["several places" if places == 2 else "one of each"]
    hosts = [replace(host, name=name) for host in whole.hosts]
    text = plain(lines(replace(whole, hosts=hosts)))
    told = [line for line in text.splitlines() if line.startswith("i-")]
    assert [line.split()[-1] for line in told] == [host.outcome for host in hosts]
    assert {width(line) for line in told} == {WIDTH}
    assert name.replace(" ", "") in "".join(text.split())


def test_the_report_of_a_japanese_host_fits_into_eighty_columns():
    cause = replace(reports.CAUSE, title=SENTENCE, evidence=SENTENCE * 3, mend=SENTENCE)
    seen = reports.host(1, Outcome.FAIL).verdicts
    verdicts = [replace(verdict, observed=SENTENCE) for verdict in seen]
    host = reports.host(1, Outcome.FAIL, Outcome.FAIL, causes=(cause,), evidence=reports.HEALTHY)
    host = replace(host, name=NAMES["japanese"], verdicts=tuple(verdicts))
    text = plain(lines(reports.report(host, notes=(SENTENCE * 2,))))
    assert max(map(width, text.splitlines())) <= WIDTH
    assert SENTENCE in "".join(text.split())


def test_the_headline_of_many_hosts_fits_into_eighty_columns():
    report = reports.REPORTS["many"]
    told = plain(lines(replace(report, interrupted=True))).splitlines()
    assert max(map(len, told)) <= WIDTH
    assert told[1] == f"run     {report.run_id}"
    assert told[0].endswith("  interrupted")


def test_of_very_many_hosts_of_a_kind_not_all_are_named():
    report = reports.report(*(reports.host(n, Outcome.FAIL, Outcome.FAIL) for n in range(500)))
    text = plain(lines(report))
    assert "499 hosts more: i-" in text
    assert "and 469 more" in " ".join(text.split())
    assert len(text.splitlines()) < 60


def test_no_number_is_parted_from_its_unit():
    timings = {f"stage{n}": 1.25 + n for n in range(20)}
    calls = {f"DescribeSomethingLong{n}": n + 1 for n in range(9)}
    report = replace(reports.REPORTS["passes"], timings=timings, api_calls=calls)
    text = plain(lines(report))
    assert max(map(width, text.splitlines())) <= WIDTH
    for stage, seconds in timings.items():
        assert f"{stage} {duration_words(seconds)}" in text
    for operation, count in calls.items():
        assert f"{operation} {count}" in text
