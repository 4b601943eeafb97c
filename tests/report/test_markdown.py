"""The summary of a CI job: the verdict first, and never more than a step may say."""

import re
from dataclasses import replace

import pytest

from orchestrator.model.enums import Outcome
from orchestrator.model.history import NO_PAST
from orchestrator.report import forms
from orchestrator.report.marked import code
from support import reports

MOST = 1_048_576
"""GitHub's limit of a step's summary, in bytes."""


def summary(report):
    return "".join(forms.form("markdown")(report, NO_PAST))


def test_the_verdict_is_the_first_word():
    assert summary(reports.REPORTS["one of each"]).startswith("# FAIL: `switch-role` on 4 hosts\n")
    assert summary(reports.REPORTS["passes"]).startswith("# PASS: `switch-role` on 1 host\n")
    assert "**It was interrupted**" in summary(reports.REPORTS["interrupted"])
    assert "UNKNOWN is neither passed nor failed" in summary(reports.REPORTS["unknown"])


def test_failures_come_before_what_is_unknown_and_what_passed_is_not_listed():
    text = summary(reports.REPORTS["many"])
    rows = re.findall(r"^\| `i-.*\| (PASS|FAIL|UNKNOWN) \|", text, re.M)
    tally = reports.REPORTS["many"].tally
    assert rows == ["FAIL"] * tally[Outcome.FAIL] + ["UNKNOWN"] * tally[Outcome.UNKNOWN]


def test_each_cause_is_told_once_with_its_mend():
    text = summary(reports.REPORTS["many"])
    assert text.count("### `the trust names others` (`trust-names-others`): 172 hosts") == 1
    assert text.count('Mend:\n\n```text\nwrite:\n{"Effect": "Allow"}\n```') == 1


def test_what_is_left_is_told_also_of_hosts_that_pass():
    hosts = [reports.host(n, Outcome.PASS, left=("a `folder`",) * (n in (4, 7))) for n in range(30)]
    text = summary(reports.report(*hosts))
    assert "## Left on hosts\n\nOn 2 hosts: `i-" in text
    assert "```text\na `folder`\n```" in text
    assert "Left on hosts" not in summary(reports.report(*hosts[:3]))


def test_there_is_room_for_all_that_may_be_left():
    hosts = [reports.host(n, Outcome.PASS, left=(f"{n} " * 3_000,)) for n in range(200)]
    text = summary(reports.report(*hosts))
    assert len(text.encode()) < MOST - 20_000
    missing = re.search(r"^(\d+) more are left out here", text, re.M)
    assert text.count("\nOn 1 host: ") + int(missing[1]) == 200


CASES = {
    "many": (9_000, ""),
    "long": (400, "words and words " * 300),
    "wide": (900, "\u5c71" * 900),
}


@pytest.mark.parametrize(("count", "said"), CASES.values(), ids=CASES)
def test_what_does_not_fit_is_left_out_and_counted(count, said):
    causes = [replace(reports.CAUSE, id=f"cause-{n}", evidence=said or "seen") for n in range(90)]
    hosts = tuple(
        reports.host(n, Outcome.FAIL, Outcome.FAIL, name=said, causes=(causes[n % 90],))
        for n in range(count)
    )
    text = summary(reports.report(*hosts))
    assert len(text.encode()) < MOST - 20_000
    rows = len(re.findall(r"^\| `i-", text, re.M))
    missing = re.search(r"^(\d+) hosts more that did not pass left out here", text, re.M)
    assert rows + (int(missing[1]) if missing else 0) == count
    missing = re.search(r"^(\d+) hosts? more in detail left out here", text, re.M)
    assert text.count("<details>") + int(missing[1]) == count
    named = text.count("\n### ")
    missing = re.search(r"^(\d+) more causes are left out", text, re.M)
    assert named + (int(missing[1]) if missing else 0) == 90
    assert "`orch report 20260101T000000Z-abc123 --report json:report.json`" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x", "`x`"),
        ("", "-"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        (" ", "`   `"),
        ("a|b", "`a\\|b`"),
        ("a\\|b", "`a\\ \\|b`"),
    ],
)
def test_code_in_a_table(text, told):
    assert code(text, in_table=True) == told
