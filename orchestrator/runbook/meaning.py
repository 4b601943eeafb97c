"""Whether what a runbook names exists: checks, their fields and parameters, kinds, inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from orchestrator.checks import Check, all_checks
from orchestrator.errors import UsageError
from orchestrator.kinds import KINDS, check
from orchestrator.kinds.references import FACTS, NAME, PARTS, Reference, references, sole_fact
from orchestrator.model.enums import AGAINST_BEFORE
from orchestrator.runbook.document import Document
from orchestrator.runbook.fitting import Parts
from orchestrator.runbook.problems import Path, Problem, one_of
from orchestrator.runbook.shape import FIELD, CheckForm, EqualsForm, ExpectedForm, InputForm

_AGAINST_BEFORE = {operator.value for operator in AGAINST_BEFORE}

Complain = Callable[[Path, str, str], None]
Inputs = Mapping[str, InputForm | None]
Files = Callable[[str], str]
"""Reads a file that the runbook names: its text, or UsageError."""


def problems_of(parts: Parts, document: Document, files: Files) -> list[Problem]:
    """Everything that the parts name and that there is not."""
    found: list[Problem] = []

    def complain(path: Path, what: str, mend: str) -> None:
        found.append(document.problem(path, what, mend))

    _inputs(parts.inputs, complain)
    _ways(parts, complain)
    if parts.profile is not None:
        for key in ("name", "role_arn"):
            _text(("profile", key), getattr(parts.profile, key), parts.inputs, complain)
    for index, item in enumerate(parts.checks):
        if item is not None:
            _check(("checks", index), item, parts.inputs, complain)
            _files(("checks", index), item, files, complain)
    if parts.checks and not any(item is None or item.before or item.after for item in parts.checks):
        mend = "add `after:` with what must be observed; without it every host would pass"
        complain(("checks",), "nothing is expected of any check", mend)
    return found


def _ways(parts: Parts, complain: Complain) -> None:
    if parts.ways and parts.has_way:
        complain(("way",), "there are both way and ways", "keep one of the two")
    for at, way in enumerate(parts.ways):
        if way in parts.ways[:at]:
            complain(("ways", at), f"the way {way} stands twice", "take one of the two out")


def _inputs(inputs: Inputs, complain: Complain) -> None:
    above: dict[str, InputForm | None] = {}
    for name, item in inputs.items():
        path: Path = ("inputs", name)
        if not re.fullmatch(NAME, name):
            mend = "use lower-case letters, digits and _, a letter first, at most 64"
            complain(path, "this is not a name for an input", mend)
        if name in FACTS:
            complain(path, f"{name} is a fact of each host", "choose another name")
        if item is not None:
            _input(path, item, above, complain)
        above[name] = item


def _input(path: Path, item: InputForm, above: Inputs, complain: Complain) -> None:
    """The kind must exist; the default and the example must be of that kind."""
    if item.kind not in KINDS:
        mend = one_of(item.kind, [*KINDS])
        complain((*path, "kind"), f"there is no kind {item.kind}", mend)
        return
    for key, value in (("default", item.default), ("example", item.example)):
        if value:
            _value((*path, key), item.kind, value, above, complain)


def _check(path: Path, item: CheckForm, inputs: Inputs, complain: Complain) -> None:
    known = all_checks().get(item.check)
    if known is None:
        mend = one_of(item.check, sorted(all_checks()))
        complain((*path, "check"), f"there is no check {item.check}", mend)
        return
    _params(path, item, known, inputs, complain)
    for phase, wanted in (("before", item.before), ("after", item.after)):
        if isinstance(wanted, str) and not known.asks_aws:
            what = f"the check {known.name} makes no call that could be refused"
            complain((*path, phase), what, "expect fields of what it finds")
        for field, expected in wanted.items() if isinstance(wanted, dict) else ():
            place = (*path, phase, field)
            _field(place, field, known, complain)
            _expected(place, expected, inputs, complain)


def _field(path: Path, field: str, known: Check, complain: Complain) -> None:
    if field in known.fields:
        return
    if not known.open_fields:
        what = f"the check {known.name} has no field {field}"
        complain(path, what, one_of(field, [*known.fields]))
    elif not re.fullmatch(FIELD, field):
        complain(path, "this is not a name for a field", "use letters, digits and _, at most 64")


def _files(path: Path, item: CheckForm, files: Files, complain: Complain) -> None:
    """The files that a check names must be there, and be of use."""
    known = all_checks().get(item.check)
    for name, kind in known.params.items() if known else ():
        value = item.with_.get(name)
        if kind != "file" or value is None:
            continue
        place = (*path, "with", name)
        try:
            if "${" in value:
                raise UsageError("it is read before any input is known", mend="write it out")
            files(check(kind, value))
        except UsageError as error:
            complain(place, error.what, error.mend or "name another file")
        except ValueError:
            continue  # said already, as of every value


def _params(
    path: Path,
    item: CheckForm,
    known: Check,
    inputs: Inputs,
    complain: Complain,
) -> None:
    for name in known.params.keys() - known.defaults.keys() - item.with_.keys():
        mend = f"add under `with:` a line `{name}: ...`, {KINDS[known.params[name]].title}"
        complain(path, f"the check {known.name} needs the parameter {name}", mend)
    for name, value in item.with_.items():
        place = (*path, "with", name)
        if name not in known.params:
            what = f"the check {known.name} has no parameter {name}"
            complain(place, what, one_of(name, [*known.params]))
        else:
            _value(place, known.params[name], value, inputs, complain)


def _value(path: Path, kind: str, value: str, inputs: Inputs, complain: Complain) -> None:
    """A value with references is checked once they are known; any other is checked now."""
    if "${" in value:
        _text(path, value, inputs, complain)
        return
    try:
        check(kind, value)
    except ValueError as error:
        complain(path, str(error), f"give {KINDS[kind].title}")


def _expected(path: Path, expected: ExpectedForm, inputs: Inputs, complain: Complain) -> None:
    if isinstance(expected, str):
        if expected in _AGAINST_BEFORE and path[2] == "before":
            mend = "move it under `after:`; it compares with what was seen before the switch"
            complain(path, "nothing comes before this that it could be compared with", mend)
        return
    ((key, value),) = expected.model_dump().items()
    if isinstance(value, str):
        _text((*path, key), value, inputs, complain, facts=isinstance(expected, EqualsForm))


def _text(
    path: Path,
    text: str,
    inputs: Inputs,
    complain: Complain,
    *,
    facts: bool = False,
) -> None:
    """A text's references must lead to something that is known at that place."""
    if facts and sole_fact(text):
        return
    try:
        found = references(text)
    except ValueError as error:
        complain(path, f"{text!r} holds {error}", "write ${input}, ${input.account}, ${input.name}")
        return
    for reference in found:
        for what, mend in _wrong(reference, inputs, facts):
            complain(path, what, mend)


def _wrong(reference: Reference, inputs: Inputs, facts: bool) -> Iterator[tuple[str, str]]:
    name, part = reference
    if name in FACTS:
        mend = f"it is known on the host only: write `equals: ${{{name}}}` and nothing around it"
        yield f"${{{name}}} cannot be used here", mend if facts else "use an input instead"
    elif name not in inputs:
        known = [*inputs, *FACTS] if facts else [*inputs]
        yield f"there is no input {name} here", one_of(name, known)
    elif part is not None and not _has_part(inputs[name], part):
        mend = f"only an input of the kind role-arn has parts: {', '.join(PARTS)}"
        yield f"the input {name} has no part {part}", mend


def _has_part(item: InputForm | None, part: str) -> bool:
    return item is None or (part in PARTS and item.kind == "role-arn")
