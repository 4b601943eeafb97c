import pytest
from typer.testing import CliRunner

from orchestrator.cli.app import app
from orchestrator.diagnose import CATALOGUE
from orchestrator.errors import UsageError


def said(*arguments):
    result = CliRunner().invoke(app, ["explain", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_all_causes_are_listed_in_their_order_within_eighty_columns():
    lines = said().splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [
        rule.name for rule in CATALOGUE
    ]
    assert all(len(line) <= 80 for line in lines)


def test_one_cause_is_explained_with_its_mend():
    text = said("module-missing")
    assert text.startswith("module-missing (found)\n")
    assert "Install-Module" in text


def test_a_cause_that_is_never_proved_is_called_possible():
    assert "(possible, never proved)" in said("unexplained")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("clock-skw", "clock-skew"),
        ("module_missing", "module-missing"),
        ("PROFILE-MISSING", "profile-missing"),
    ],
)
def test_an_unknown_cause_is_a_usage_error_with_the_nearest_names(name, meant):
    with pytest.raises(UsageError, match="there is no cause") as caught:
        said(name)
    assert caught.value.exit_code == 2
    assert meant in caught.value.mend
    assert "orch explain" in caught.value.mend
