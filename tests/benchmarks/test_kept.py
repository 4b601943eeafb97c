"""The published figures are those of the last `make bench`, and of nothing else."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from rivals import kept, picture, shown
from rivals.cases import BATCHES, BESIDE


@pytest.mark.parametrize("page", kept.PAGES, ids=lambda page: page.name)
def test_a_page_has_the_tables_of_the_results(page):
    text = page.read_text()
    assert kept.filled(text, kept.PAGES[page], kept.read()) == text, "run `make bench`"


def test_the_picture_is_of_the_results_and_is_sound():
    text = kept.PICTURE.read_text()
    assert text == picture.drawn(kept.read()["cases"]), "run `make bench`"
    root = ElementTree.fromstring(text)
    bars = [float(bar.get("width")) for bar in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars
    assert max(bars) > min(bars) >= 0
    assert "prefers-color-scheme: dark" in text


def test_the_results_are_of_every_case_and_name_their_command():
    results = kept.read()
    assert results["command"] == "make bench"
    found = [(c["strategy"], c["hosts"], c["fault"]) for c in results["cases"]]
    wanted = [(c.strategy, c.hosts, c.fault) for batch in (*BATCHES, BESIDE) for c in batch]
    assert sorted(found) == sorted(wanted)


def test_a_figure_that_changes_changes_page_and_picture():
    results = kept.read()
    cases = [{**case, "wall": case["wall"] + 100} for case in results["cases"]]
    changed = {**results, "cases": cases}
    for page, names in kept.PAGES.items():
        assert kept.filled(page.read_text(), names, changed) != page.read_text()
    assert picture.drawn(cases) != kept.PICTURE.read_text()


def test_a_page_without_its_markers_is_refused():
    with pytest.raises(ValueError, match="end of work"):
        kept.filled("<!-- bench work -->\n", ["work"], kept.read())


def test_what_is_estimated_and_what_is_missed_says_so():
    cases = [{**case, "calls_per_host": 99.0} for case in kept.read()["cases"]]
    for case in cases:
        case["estimated_from"] = 40 if case["strategy"] == "aws_cli" else None
    work = shown.work(cases)
    assert {row[2] for row in work[1:]} == {"99", "≈ 99"}
    assert ("API calls a host, 50 hosts", "0.15", "99", "**missed**") in shown.aims(cases)


def test_a_busy_machine_is_owned_up_to():
    quiet = {"date": "2024-06-30", "cores": 2, "python": "3.11.7", "load_before": 0.1}
    assert "busy" not in kept.said_of(quiet)
    assert "the machine was busy" in kept.said_of({**quiet, "load_before": 2.0})
