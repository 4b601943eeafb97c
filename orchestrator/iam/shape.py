"""The JSON of a policy, read strictly: the plain value, or where it is wrong and what is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from orchestrator.iam.model import PolicyError

# IAM User Guide, "IAM and AWS STS quotas": what characters a policy document can hold.
_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]*")


def wrong(where: str, what: str) -> NoReturn:
    """Raise the error for one place of the document."""
    raise PolicyError(f"{where}: {what}" if where else what)


def document(source: str | Mapping[str, object]) -> Mapping[str, object]:
    """The policy's JSON object.

    Raises:
        PolicyError: it is not JSON, names a key twice, is nested too deeply, or is no object.
    """
    if isinstance(source, str):
        if _CHARACTERS.fullmatch(source) is None:
            wrong("", "Syntax errors in policy: it holds characters that AWS does not take.")
        source = _loaded(source)
    if not isinstance(source, Mapping):
        wrong("", "Syntax errors in policy: it is not a JSON object.")
    return source


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except PolicyError:
        raise
    except RecursionError:
        raise PolicyError("Syntax errors in policy: it is nested too deeply.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise PolicyError(f"Syntax errors in policy: {error.msg} at {place}.") from None
    except ValueError as error:
        raise PolicyError(f"Syntax errors in policy: {error}.") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        wrong("", f'Syntax errors in policy: the key "{twice[:80]}" stands twice in one object.')
    return found


def _no_constant(name: str) -> NoReturn:
    wrong("", f"Syntax errors in policy: {name} is no JSON.")


def mapping(value: object, where: str) -> Mapping[str, object]:
    """An object with text keys."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        wrong(where, "Syntax errors in policy: an object is expected.")
    return value


def only(value: Mapping[str, object], known: Iterable[str], where: str) -> None:
    """Nothing but these keys."""
    for key in value:
        if key not in known:
            wrong(where, f'Syntax errors in policy: unknown element "{key[:80]}".')


def text(value: object, where: str) -> str:
    """A text of characters that AWS takes."""
    if not isinstance(value, str):
        wrong(where, "Syntax errors in policy: a string is expected.")
    if _CHARACTERS.fullmatch(value) is None:
        wrong(where, "Syntax errors in policy: it holds characters that AWS does not take.")
    return value


def texts(value: object, where: str) -> tuple[str, ...]:
    """A text, or a list of texts with at least one."""
    if not isinstance(value, list | tuple):
        return (text(value, where),)
    if not value:
        wrong(where, "Syntax errors in policy: the list is empty.")
    return tuple(text(item, f"{where}[{number}]") for number, item in enumerate(value))


def scalars(value: object, where: str) -> tuple[str, ...]:
    """As `texts`, for values of conditions: numbers and booleans need no quotation marks there."""
    if isinstance(value, list | tuple):
        return texts([_scalar(item) for item in value], where)
    return texts(_scalar(value), where)


def _scalar(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
