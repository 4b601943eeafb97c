"""docs/reports.md leaves no form out, and each command in it is one that `orch` takes."""

import re
from pathlib import Path

from orchestrator.report import forms

PAGE = (Path(__file__).parents[2] / "docs/reports.md").read_text()


def test_every_form_has_its_section_and_a_word_on_its_outcomes():
    sections = re.findall(r"^## (\w+)$", PAGE, re.M)
    assert sorted(sections) == list(forms.names())
    (told,) = re.findall(r"^\| kind .*?\n\n", PAGE, re.M | re.S)
    first_cells = re.findall(r"^\| (`.*?) \|", told, re.M)
    assert sorted(re.findall(r"`(\w+)`", " ".join(first_cells))) == list(forms.names())


def test_every_report_that_is_asked_for_there_is_of_a_kind_there_is():
    asked = set(re.findall(r"--report \"?(\w+):", PAGE))
    assert asked - {"KIND"} == set(forms.names())
