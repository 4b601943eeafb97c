"""A document's text becomes what it says; what SSM would not take is refused.

"Data elements and parameters" in the Systems Manager User Guide says what there may be. The words
of the refusals are the sandbox's own but for the first.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.sandbox.runcommand.documents.model import LARGEST, Document, Step
from orchestrator.sandbox.runcommand.errors import ApiError

_ON: Mapping[str, frozenset[str]] = {
    "aws:runPowerShellScript": frozenset({"Windows", "Linux", "MacOS"}),
    "aws:runShellScript": frozenset({"Linux", "MacOS"}),
}
"""The plugins that are in the sandbox, with where they run."""

_OF_ALL = {"schemaVersion", "description", "parameters"}
_OF_2 = _OF_ALL | {"mainSteps", "variables"}
_OF_1 = _OF_ALL | {"runtimeConfig"}
_OF_STEP = {"action", "name", "inputs", "precondition", "maxAttempts", "timeoutSeconds"}
_OF_PARAMETER = frozenset(
    {
        *("type", "description", "default", "allowedValues", "allowedPattern", "displayType"),
        *("minItems", "maxItems", "minChars", "maxChars", "interpolationType"),
    }
)
_NAME = re.compile(r"[a-zA-Z0-9]+")
_STEP_NAME = re.compile(r"[a-zA-Z0-9_]{1,128}")


def read_content(name: str, version: str, text: str, form: str) -> Document:
    """The document that the text makes, in that form (``JSON``, ``YAML``).

    Raises ApiError: MaxDocumentSizeExceeded, InvalidDocumentContent, InvalidDocumentSchemaVersion.
    """
    size = len(text.encode("utf-8", "replace"))
    if size > LARGEST:
        raise ApiError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")
    content = parsed(text, form)
    parameters = _parameters(content.get("parameters") or {})
    match content.get("schemaVersion"):
        case "2.2":
            _known(content, _OF_2, "the document")
            steps, platforms = _main_steps(content.get("mainSteps"))
        case "1.2":
            _known(content, _OF_1, "the document")
            steps, platforms = _plugins(content.get("runtimeConfig"))
        case other:
            message = f"The schema version {other} is not in the sandbox: it has 2.2 and 1.2."
            raise ApiError("InvalidDocumentSchemaVersion", message)
    return Document(name, version, content, steps, platforms, size, parameters)


def parsed(text: str, form: str) -> dict[str, Any]:
    """The text as a mapping. InvalidDocumentContent."""
    if form == "YAML":
        content = _from_yaml(text)
    else:
        try:
            content = json.loads(text)
        except json.JSONDecodeError as error:
            where = f"at Line: {error.lineno}, Column: {error.colno}"
            raise refused(f"JSON not well-formed. {where}") from error
    if not isinstance(content, dict):
        raise refused("The document is not an object.")
    return content


def written(content: Mapping[str, Any], form: str) -> str:
    """A document's content in the other form."""
    if form == "YAML":
        from ruamel.yaml import YAML

        text = io.StringIO()
        YAML().dump(dict(content), text)
        return text.getvalue()
    return json.dumps(content, indent=2)


def refused(message: str) -> ApiError:
    """What a text is answered with that SSM would not take."""
    return ApiError("InvalidDocumentContent", message)


def _from_yaml(text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        # What YAML makes of it and JSON cannot hold, such as dates, is no document.
        return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text)))
    except (YAMLError, TypeError, ValueError, RecursionError) as error:
        raise refused(f"YAML not well-formed. {error}") from error


def _parameters(definitions: Any) -> dict[str, Any]:
    if not isinstance(definitions, dict):
        raise refused("parameters is not an object.")
    for name, definition in definitions.items():
        if not _NAME.fullmatch(name) or not isinstance(definition, dict):
            raise refused(f"The parameter {name[:80]} is not well-formed.")
        _known(definition, _OF_PARAMETER, f"the parameter {name}")
        kind, default = definition.get("type"), definition.get("default")
        if kind not in {"String", "StringList"}:
            raise refused(f"The type {kind} of parameter {name} is not in the sandbox.")
        is_list = isinstance(default, list) and all(isinstance(item, str) for item in default)
        fits = isinstance(default, str) if kind == "String" else is_list
        if default is not None and not fits:
            raise refused(f"The default of parameter {name} is not a {kind}.")
        if "allowedPattern" in definition:
            _check_pattern(name, definition["allowedPattern"])
    return definitions


def _check_pattern(name: str, pattern: Any) -> None:
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise refused(f"The allowedPattern of parameter {name} is no pattern: {error}") from error


def _main_steps(steps: Any) -> tuple[list[Step], frozenset[str]]:
    if not isinstance(steps, list) or not steps:
        raise refused("A document of schema 2.2 needs mainSteps.")
    made: list[Step] = []
    platforms: frozenset[str] = frozenset()
    for step in steps:
        if not isinstance(step, dict):
            raise refused("A step is not an object.")
        name = step.get("name")
        if not isinstance(name, str) or not _STEP_NAME.fullmatch(name):
            raise refused(f"A step needs a name of letters, digits and _: {str(name)[:80]!r}")
        if any(name == other.key for other in made):
            raise refused(f"There are two steps {name}.")
        _known(step, _OF_STEP, f"step {name}")
        inputs = _inputs(step.get("inputs"), f"step {name}")
        plugin = _plugin(step.get("action"))
        made.append(Step(name, plugin, inputs.get("timeoutSeconds")))
        platforms |= _ON[plugin] & _conditioned(step.get("precondition"), name)
    return made, platforms


def _plugins(plugins: Any) -> tuple[list[Step], frozenset[str]]:
    if not isinstance(plugins, dict) or not plugins:
        raise refused("A document of schema 1.2 needs runtimeConfig.")
    made: list[Step] = []
    platforms: frozenset[str] = frozenset()
    for name, plugin in plugins.items():
        properties = plugin.get("properties") if isinstance(plugin, dict) else None
        if not isinstance(properties, list) or len(properties) != 1:
            raise refused(f"{name[:80]} needs properties, which are a list of one here.")
        inputs = _inputs(properties[0], name)
        made.append(Step(_plugin(name), name, inputs.get("timeoutSeconds")))
        platforms |= _ON[name]
    return made, platforms


def _plugin(name: Any) -> str:
    if not isinstance(name, str) or name not in _ON:
        raise refused(f"The plugin {str(name)[:80]} is not in the sandbox.")
    return name


def _inputs(inputs: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(inputs, dict):
        raise refused(f"The inputs of {where} are not an object.")
    command = inputs.get("runCommand")
    is_list = isinstance(command, list) and all(isinstance(line, str) for line in command)
    if not command or not (isinstance(command, str) or is_list):
        raise refused(f"{where} needs runCommand, a list of lines.")
    return inputs


def _conditioned(precondition: Any, name: str) -> frozenset[str]:
    """The platforms that a precondition leaves."""
    everywhere = frozenset({"Windows", "Linux", "MacOS"})
    if precondition is None:
        return everywhere
    if not isinstance(precondition, dict) or set(precondition) != {"StringEquals"}:
        raise refused(f"The precondition of step {name} has not the one operator StringEquals.")
    pair = precondition["StringEquals"]
    if not isinstance(pair, list) or [type(item) for item in pair] != [str, str]:
        raise refused(f"The precondition of step {name} needs two texts.")
    if "platformType" not in pair:
        return everywhere
    wanted = pair[1] if pair[0] == "platformType" else pair[0]
    found = frozenset(one for one in everywhere if one.lower() == wanted.lower())
    if not found:
        raise refused(f"The precondition of step {name} names no platform: {wanted[:80]}")
    return found


def _known(found: Iterable[str], known: Iterable[str], where: str) -> None:
    if odd := sorted(set(found) - set(known)):
        raise refused(f"{where} has what is not known: {', '.join(odd)[:200]}")
