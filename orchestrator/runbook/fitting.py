"""The form's errors in our own words: pydantic knows the rule, not the YAML around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from orchestrator.model.enums import Way
from orchestrator.runbook.document import Document
from orchestrator.runbook.problems import Path, Problem, one_of
from orchestrator.runbook.shape import (
    COMPARISONS,
    WORDS,
    CheckForm,
    EqualsForm,
    InputForm,
    ProfileForm,
    RunbookForm,
)

Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a runbook that fit, each for itself; None stands for one that does not."""

    inputs: Mapping[str, InputForm | None]
    profile: ProfileForm | None
    checks: tuple[CheckForm | None, ...]
    ways: tuple[object, ...] = ()
    has_way: bool = False


def fit(document: Document) -> RunbookForm | list[Problem]:
    """The document in the runbook's form, or everything in it that does not fit."""
    try:
        return RunbookForm.model_validate(document.data)
    except ValidationError as error:
        found = [_problem(document, item) for item in error.errors(include_url=False)]
        # A union reports a wrong value once for each of its types.
        return list({problem.path: problem for problem in reversed(found)}.values())


def parts_of(data: Mapping[str, object]) -> Parts:
    """What can be looked at further, also where the whole does not fit."""
    inputs, checks, ways = data.get("inputs"), data.get("checks"), data.get("ways")
    return Parts(
        {k: _part(InputForm, v) for k, v in (inputs if isinstance(inputs, dict) else {}).items()},
        _part(ProfileForm, data.get("profile")),
        tuple(_part(CheckForm, v) for v in (checks if isinstance(checks, list) else [])),
        tuple(ways) if isinstance(ways, list) else (),
        "way" in data,
    )


def _part(form: type[Form], value: object) -> Form | None:
    try:
        return form.model_validate(value)
    except ValidationError:
        return None


def _problem(document: Document, error: Mapping[str, Any]) -> Problem:
    path = _path(document.data, error["loc"])
    what, mend = _words(document, path, error)
    return document.problem(path, what, mend)


def _path(data: object, loc: tuple[str | int, ...]) -> Path:
    """The location without the names of union members, which stand in no document."""
    path: Path = ()
    for place, part in enumerate(loc):
        here = isinstance(data, dict) and part in data
        there = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if here or there:
            data = data[part]  # type: ignore[index]  # it was just found to have that part
            path = (*path, part)
        elif place == len(loc) - 1 and isinstance(data, dict):
            path = (*path, part)
    return path


def _words(document: Document, path: Path, error: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong, and the mend."""
    match error["type"]:
        case "extra_forbidden":
            return "there is no such key", one_of(str(path[-1]), _keys(path[:-1]))
        case "union_tag_not_found" if len(path) == 3:
            return "this is no expectation", _PHASES
        case "string_type" | "bool_type" | "union_tag_not_found":
            return _not_text(document.written.get(path), error["input"], expected=_expected(path))
        case "literal_error" | "literal_error_mixed":
            return _no_choice(path)
        case kind:
            what, mend = _PLAIN.get(kind, ("this does not fit", "{purpose}"))
            return what, mend.replace("{purpose}", _purpose(path))


_PLAIN = {
    "missing": ("this key is missing", "add it: {purpose}"),
    "string_pattern_mismatch": (
        "this is not a name",
        "use lower-case letters, digits and hyphens, a letter first, at most 48",
    ),
    "string_too_short": ("this is empty", "fill it: {purpose}"),
    "too_short": ("this is empty", "fill it: {purpose}"),
    "dict_type": ("this must hold keys of its own", "write `key: value` lines: {purpose}"),
    "model_type": ("this must hold keys of its own", "write `key: value` lines: {purpose}"),
    "list_type": ("this must be a list", "begin each item with a hyphen: {purpose}"),
}


def _no_choice(path: Path) -> tuple[str, str]:
    if path == ("orch",):
        return "this version of the form is not known", "write `orch: 1`"
    if path == ("profile", "credential_source"):
        return "this source of credentials is not known", "write Ec2InstanceMetadata"
    if path and path[0] in {"way", "ways"}:
        return "there is no such way to switch", f"write one of: {', '.join(Way)}"
    if len(path) == 3:
        return "this is no expectation", _PHASES
    return "this is no expectation", _EXPECTATIONS


_EXPECTATIONS = f"write {', '.join(WORDS)} or {{equals: ...}}"
_PHASES = "write denied, or `field: expectation` lines below it"


def _expected(path: Path) -> bool:
    """Whether an expectation stands at that place: checks[0].after.account."""
    return len(path) == 4 and path[0] == "checks" and path[2] in {"before", "after"}


def _not_text(written: str | None, value: object, *, expected: bool) -> tuple[str, str]:
    """A number, a truth value, nothing, a list or a mapping where a text belongs."""
    if written is None:
        return "this must be one text", _EXPECTATIONS if expected else "write it in quotes"
    if value is None:
        return "this is empty", _EXPECTATIONS if expected else "write a text, or take the key out"
    if isinstance(value, bool):
        mend = f"write {{equals: {written}}}" if expected else f'quote it: "{written}"'
        return f"{written} is a truth value here, not a text", mend
    mend = f'quote it: {{equals: "{written}"}}' if expected else f'quote it: "{written}"'
    return f"{written} is a number here, which would lose its leading zeros", mend


_FORMS: Mapping[str, type[BaseModel]] = {
    "inputs": InputForm,
    "checks": CheckForm,
    "profile": ProfileForm,
}


def _form(path: Path) -> type[BaseModel]:
    """The form whose keys stand at that place."""
    if len(path) == 4:
        return EqualsForm
    return _FORMS[str(path[0])] if path and path[0] in _FORMS else RunbookForm


def _keys(path: Path) -> list[str]:
    if len(path) == 4:
        return list(COMPARISONS)
    return [item.alias or name for name, item in _form(path).model_fields.items()]


def _purpose(path: Path) -> str:
    """What the key is for, as the form says it."""
    at = path[:-1] if path else path
    for name, item in _form(at).model_fields.items():
        if path and path[-1] == (item.alias or name):
            return item.description or (item.annotation.__doc__ or "").strip()
    return "see `orch runbook schema`"
