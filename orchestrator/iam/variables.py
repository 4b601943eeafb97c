"""Policy variables: ``${aws:username}``, ``${aws:PrincipalTag/team, 'none'}``, ``${*}``.

IAM User Guide, "IAM policy elements: Variables and tags". They exist in Version 2012-10-17 only; in
2008-10-17 the same characters are plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.iam.facts import Facts
from orchestrator.iam.model import PolicyError
from orchestrator.iam.patterns import Tokens, Wild, tokens

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_INSIDE = re.compile(r"([^\s,'][^,']*?)(?:,\s*'([^']*)')?")
_SPECIAL = frozenset("*?$")


@dataclass(frozen=True, slots=True)
class Variable:
    """A place in a text that the request fills: from a context key, or else from the default."""

    key: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A text of a policy: literals, wildcards and variables, in their order."""

    parts: tuple[str | Wild | Variable, ...]

    @property
    def fixed(self) -> Tokens | None:
        """Its tokens if it has no variable, so that it can be compiled once and for all."""
        found = tuple(part for part in self.parts if not isinstance(part, Variable))
        return found if len(found) == len(self.parts) else None

    def filled(self, facts: Facts) -> Tokens | None:
        """Its tokens with every variable filled, or None where one has no value.

        A value is literal text, also if it holds wildcards. A key with several values is none (you
        "can't use a multivalued condition key as a variable").
        """
        result: list[str | Wild] = []
        for part in self.parts:
            if not isinstance(part, Variable):
                result.append(part)
                continue
            values = facts.values(part.key)
            value = values[0] if values and len(values) == 1 else part.default
            if value is None or (values and len(values) > 1):
                return None
            result.append(value)
        return tuple(result)


def template(text: str, *, variables: bool, wildcards: bool = True) -> Template:
    """The text taken apart; without ``variables`` or ``wildcards`` those characters are literal.

    Raises:
        PolicyError: a variable is not closed or has not the form of one.
    """
    if not variables:
        return Template(_literal(text, wildcards))
    parts: list[str | Wild | Variable] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        parts += _literal(text[end : found.start()], wildcards)
        parts.append(_variable(found[1]))
        end = found.end()
    parts += _literal(text[end:], wildcards)
    if any(isinstance(part, str) and "${" in part for part in parts):
        raise PolicyError(f'The policy variable in "{text}" is not closed.')
    return Template(tuple(parts))


def _literal(text: str, wildcards: bool) -> Tokens:
    return tokens(text) if wildcards else ((text,) if text else ())


def _variable(inside: str) -> str | Variable:
    if inside in _SPECIAL:
        return inside
    found = _INSIDE.fullmatch(inside)
    if found is None:
        raise PolicyError(f'"${{{inside}}}" is not a policy variable.')
    return Variable(found[1].lower(), found[2])
