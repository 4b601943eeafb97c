import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

import orchestrator
from orchestrator.checks import all_checks
from orchestrator.kinds import KINDS
from orchestrator.runbook import names, schema, source_text

FILE = Path(orchestrator.__file__).parent / "schemas" / "runbook.schema.json"
CASES = Path(__file__).parent / "cases"

SEEN_BY_THE_SCHEMA = [
    "unknown-key",
    "unknown-top-key",
    "missing-key",
    "wrong-version",
    "bad-name",
    "unquoted-account",
    "unknown-check",
    "unknown-field",
    "unknown-parameter",
    "missing-parameter",
    "unknown-kind",
    "no-expectation",
    "credential-source",
]


def plain(text):
    return YAML(typ="safe", pure=True).load(text)


def test_the_file_is_the_schema():
    """`orch runbook schema > orchestrator/schemas/runbook.schema.json` makes it so."""
    assert FILE.read_text() == json.dumps(schema(), indent=2) + "\n"


def test_the_schema_is_one():
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", names())
def test_a_built_in_runbook_fits_the_schema(name):
    text, _ = source_text(name)
    assert not [*Draft202012Validator(schema()).iter_errors(plain(text))]


@pytest.mark.parametrize("case", SEEN_BY_THE_SCHEMA)
def test_an_editor_sees_the_mistake_too(case):
    text = (CASES / f"{case}.yaml").read_text()
    assert [*Draft202012Validator(schema()).iter_errors(plain(text))]


@pytest.mark.parametrize("name", names())
def test_the_first_line_leads_editors_to_the_schema(name):
    first = source_text(name)[0].splitlines()[0]
    place = first.removeprefix("# yaml-language-server: $schema=")
    assert place != first
    assert (FILE.parents[2] / "runbooks" / place).resolve() == FILE


def test_every_check_field_and_kind_is_offered():
    forms = schema()["$defs"]
    for item in all_checks().values():
        *denied, fields = forms[f"check.{item.name}"]["properties"]["after"]["anyOf"]
        assert [form["const"] for form in denied] == (["denied"] if item.asks_aws else [])
        assert [*fields["properties"]] == [*item.fields]
        assert ("patternProperties" in fields) is item.open_fields
    kinds = [item["const"] for item in forms["InputForm"]["properties"]["kind"]["oneOf"]]
    assert kinds == [*KINDS]
