"""The levels: imports go down only and never sideways, and each thing stays at its place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "orchestrator"

LEVELS = (
    {"model", "errors"},
    {"ports"},
    {
        "checks",
        "envelope",
        "givenfiles",
        "iam",
        "kinds",
        "onhost",
        "resources",
        "waiting",
        "wording",
    },
    {
        *("runbook", "plan", "render", "observe", "judge", "diagnose", "readers", "setup"),
        *("drift", "schedules", "compliance"),
    },
    {"report"},
    {"aws", "journal"},
    {"run", "sandbox"},
    {"cli"},
)
LEVEL_OF = {name: level for level, names in enumerate(LEVELS) for name in names}
BOTO_MAY_BE_IN = {"aws", "sandbox"}
ENVIRONMENT_MAY_BE_READ_IN = {"cli"}
HEAVY = {
    "boto3",
    "botocore",
    "moto",
    "pydantic",
    "jinja2",
    "ruamel",
    "werkzeug",
    "tenacity",
    "rich",
}

FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.relative_to(PACKAGE).parts[0] != "__init__.py")


def place(path: Path) -> str:
    """The part of the house that a file lies in: the first name below the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> set[str]:
    return {
        name.split(".")[1]
        for name in imports(path)
        if name.startswith("orchestrator.") and name.split(".")[1] in LEVEL_OF
    }


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_file_has_a_level_and_imports_only_from_below(path):
    here = place(path)
    assert here in LEVEL_OF, f"{here} has no level in this test"
    for other in ours(path) - {here}:
        assert LEVEL_OF[other] < LEVEL_OF[here], f"{here} imports {other}"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_boto_stays_at_the_edges(path):
    foreign = {name.split(".")[0] for name in imports(path)} & {"boto3", "botocore", "moto"}
    assert not foreign or place(path) in BOTO_MAY_BE_IN


@pytest.mark.parametrize("path", FILES, ids=named)
def test_the_environment_is_read_in_the_command_line_alone(path):
    reads = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in {("os", "environ"), ("os", "getenv")}
    }
    assert not reads or place(path) in ENVIRONMENT_MAY_BE_READ_IN


@pytest.mark.parametrize("path", FILES, ids=named)
def test_tenacity_is_configured_in_one_place(path):
    assert "tenacity" not in set(imports(path)) or place(path) == "waiting"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_file_grows_past_three_hundred_lines(path):
    assert len(path.read_text().splitlines()) <= 300


def test_nothing_heavy_is_imported_at_the_top_of_the_command_line():
    for path in (PACKAGE / "cli").rglob("*.py"):
        top = [
            n
            for n in ast.parse(path.read_text()).body
            if isinstance(n, ast.Import | ast.ImportFrom)
        ]
        names = {getattr(n, "module", None) or n.names[0].name for n in top}
        assert not {name.split(".")[0] for name in names} & HEAVY, path
