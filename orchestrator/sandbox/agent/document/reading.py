"""A document's content becomes steps: schema 1.x with its plugins, 2.x with its main steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.sandbox.agent.document.model import Argument, Document, RefusedError, Step
from orchestrator.sandbox.agent.document.parameters import replaced, values_of
from orchestrator.sandbox.agent.document.patterns import check_patterns
from orchestrator.sandbox.agent.document.stored import resolved
from orchestrator.sandbox.agent.document.words import compact
from orchestrator.sandbox.parts import ParameterStore

_OF_PLUGINS = frozenset({"1.0", "1.2"})
_OF_STEPS = frozenset({"2.0", "2.0.1", "2.0.2", "2.0.3", "2.2"})
_CONDITIONAL = "2.2"


def read_document(
    content: Mapping[str, Any], given: Mapping[str, Any], store: ParameterStore
) -> Document:
    """The document with these parameters, as far as this can be said before it runs.

    Raises:
        RefusedError: its schema is unknown, it has no steps, a parameter of the store is missing,
            or a value does not match its ``allowedPattern``.
    """
    schema = str(content.get("schemaVersion") or "")
    if schema not in _OF_PLUGINS | _OF_STEPS:
        raise RefusedError(
            f"Document with schema version {schema} is not supported by this version of ssm"
            " agent, please update to latest version"
        )
    definitions = content.get("parameters") or {}
    values = values_of(definitions, given)
    check_patterns(definitions, resolved(values, store))
    plugins, steps = content.get("runtimeConfig") or {}, content.get("mainSteps") or []
    if plugins:
        made = [_of_plugin(name, plugin, values, store) for name, plugin in plugins.items()]
    else:
        made = [_of_step(step, values, store) for step in steps]
    if not (plugins if schema in _OF_PLUGINS else steps):
        raise RefusedError("Unsupported schema format")
    return Document(tuple(made), is_conditional=schema == _CONDITIONAL)


def _of_plugin(
    name: str, plugin: Mapping[str, Any], values: Mapping[str, Any], store: ParameterStore
) -> Step:
    properties = resolved(replaced(plugin.get("properties"), values), store)
    return Step(name, name, properties, folder=name.replace(":", ""))


def _of_step(step: Mapping[str, Any], values: Mapping[str, Any], store: ParameterStore) -> Step:
    name = str(step.get("name", ""))
    return Step(
        key=name,
        plugin=str(step.get("action", "")),
        properties=resolved(replaced(step.get("inputs"), values), store),
        folder=name.replace(":", ""),
        conditions={
            operator: _arguments(written, values)
            for operator, written in (step.get("precondition") or {}).items()
        },
    )


def _arguments(written: Sequence[str], values: Mapping[str, Any]) -> tuple[Argument, ...]:
    made = [(text, replaced(text, values)) for text in written]
    return tuple(Argument(old, new if isinstance(new, str) else compact(new)) for old, new in made)
