"""The values of a runbook's inputs, and the texts that refer to them."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.errors import UsageError
from orchestrator.kinds import check, role_parts
from orchestrator.kinds.references import Reference, fill
from orchestrator.model.runbook import Runbook


def resolve(runbook: Runbook, given: Mapping[str, str]) -> Mapping[str, str]:
    """A value for every input: the one given, else the default with its references filled in.

    Raises:
        UsageError: a value is missing or is not of its kind.
    """
    values: dict[str, str] = {}
    for item in runbook.inputs:
        value = given.get(item.name)
        if value is None and item.default is not None:
            value = filled(item.default, values)
        if value is None:
            what = f"the input {item.name} has no value"
            raise UsageError(what, where=runbook.source, mend=f"give it: {item.help}")
        values[item.name] = of_kind(item.kind, value, item.name)
    return values


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its references replaced. KeyError for one that the runbook should not have."""

    def value_of(reference: Reference) -> str:
        value = values[reference.name]
        match reference.part:
            case None:
                return value
            case "account":
                return role_parts(value).account
            case "name":
                return role_parts(value).name
            case other:
                raise KeyError(other)

    return fill(text, value_of)


def of_kind(kind: str, value: str, where: str) -> str:
    """The value, if it is of that kind.

    Raises:
        UsageError: it is not.
    """
    try:
        return check(kind, value)
    except ValueError as error:
        raise UsageError(str(error), where=where, mend=f"give another {where}") from None
