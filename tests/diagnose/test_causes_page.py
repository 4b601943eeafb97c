"""The catalogue as people read it: each entry whole, and docs/causes.md made from it."""

from pathlib import Path

import pytest

from orchestrator.diagnose import CATALOGUE
from orchestrator.diagnose.page import entry, page
from support.golden import assert_same_as_file

CAUSES = Path(__file__).parents[2] / "docs" / "causes.md"


def test_the_page_of_causes_is_what_the_code_says():
    assert_same_as_file(CAUSES, page(CATALOGUE))


def test_names_are_unique_and_can_be_typed():
    names = [rule.name for rule in CATALOGUE]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalnum() and name == name.lower() for name in names)


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.name)
def test_an_entry_is_whole_and_fits_eighty_columns(rule):
    assert rule.means.endswith(".")
    assert rule.mend
    assert not rule.mend.endswith(".")
    assert all(len(line) <= 80 for line in entry(rule))
