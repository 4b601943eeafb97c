"""The JSON Schema of runbooks, by which editors complete and check."""

from __future__ import annotations

from typing import Any

from orchestrator.checks import Check, all_checks
from orchestrator.kinds import KINDS
from orchestrator.kinds.references import NAME
from orchestrator.runbook.shape import COMPARISONS, FIELD, RunbookForm

_REFERENCE = {"$ref": "#/$defs/Expected"}
_DENIED = {"const": "denied", "description": "The call must be refused: AccessDenied."}


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a runbook, with every check, field, parameter and kind there is."""
    made = RunbookForm.model_json_schema(by_alias=True)
    forms = made["$defs"]
    shared = forms.pop("CheckForm")
    forms["InputForm"]["properties"]["kind"] |= {"oneOf": [_kind(name) for name in KINDS]}
    forms["Expected"] = _expected()
    for item in all_checks().values():
        forms[f"check.{item.name}"] = _check(item, shared["properties"])
    made["properties"]["inputs"]["propertyNames"] = {"pattern": f"^{NAME}$"}
    made["properties"]["checks"]["items"] = {
        "anyOf": [{"$ref": f"#/$defs/check.{name}"} for name in all_checks()]
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "Runbook"}


def _kind(name: str) -> dict[str, str]:
    kind = KINDS[name]
    return {"const": name, "description": f"{kind.title}: {kind.expects}, e.g. {kind.example}"}


def _expected() -> dict[str, Any]:
    return {
        "description": "What must hold for the field.",
        "anyOf": [
            {
                "const": "absent",
                "description": "Not to be seen: false, empty, or refused. A network error is not.",
            },
            {"const": "changed", "description": "Differs from before the switch."},
            {"const": "unchanged", "description": "The same as before the switch."},
            *({"$ref": f"#/$defs/{form.__name__}"} for form in COMPARISONS.values()),
        ],
    }


def _check(item: Check, shared: dict[str, Any]) -> dict[str, Any]:
    """One check's own form: its name, its parameters, and its fields in both phases."""
    texts = {name: _param(kind) for name, kind in item.params.items()}
    properties: dict[str, Any] = {
        "check": {"const": item.name, "description": _described(item)},
    }
    if item.params:
        properties["with"] = {
            "type": "object",
            "description": shared["with"]["description"],
            "properties": texts,
            "required": [name for name in item.params if name not in item.defaults],
            "additionalProperties": False,
        }
    fields = {name: {**_REFERENCE, "description": text} for name, text in item.fields.items()}
    form: dict[str, Any] = {"type": "object", "properties": fields, "additionalProperties": False}
    if item.open_fields:
        form["patternProperties"] = {f"^{FIELD}$": _REFERENCE}
    for phase in ("before", "after"):
        properties[phase] = {
            "description": shared[phase]["description"],
            "anyOf": [*([_DENIED] if item.asks_aws else []), form],
        }
    return {
        "title": item.name,
        "description": item.title,
        "type": "object",
        "properties": properties,
        "required": ["check", *(["with"] if item.params.keys() - item.defaults.keys() else [])],
        "additionalProperties": False,
    }


def _described(item: Check) -> str:
    return f"{item.title}, by {item.cmdlet}" if item.cmdlet else item.title


def _param(kind: str) -> dict[str, str]:
    return {"type": "string", "description": f"{KINDS[kind].title}: {KINDS[kind].expects}"}
