"""The condition operators: what each makes of one value in the policy.

IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.iam import patterns, values
from orchestrator.iam.facts import Facts
from orchestrator.iam.model import PolicyError
from orchestrator.iam.patterns import Tokens
from orchestrator.iam.variables import template

Test = Callable[[str, Facts], bool]
"""Whether one value of the request matches; ValueError where it is none of the operator's type."""

Compile = Callable[[str, bool], Test]
"""From a value in the policy, and whether variables count there, to its test."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator; a negated one is true where no value in the policy matches."""

    compile: Compile
    negated: bool = False


def _text(*, wildcards: bool = False, ignore_case: bool = False) -> Compile:
    def compiled(value: str, variables: bool) -> Test:
        wanted = template(value, variables=variables, wildcards=wildcards)

        def match(tokens: Tokens, given: str) -> bool:
            return bool(patterns.whole(tokens, ignore_case=ignore_case).fullmatch(given))

        fixed = wanted.fixed
        if fixed is not None:
            found = patterns.whole(fixed, ignore_case=ignore_case).fullmatch
            return lambda given, _: found(given) is not None

        def filled(given: str, facts: Facts) -> bool:
            tokens = wanted.filled(facts)
            return tokens is not None and match(tokens, given)

        return filled

    return compiled


def _arn(value: str, variables: bool) -> Test:
    wanted = template(value, variables=variables)
    fixed = wanted.fixed
    if fixed is not None:
        pattern = patterns.arn(fixed)
        if pattern is None:
            raise PolicyError(f'The value "{value}" must be in ARN format.')
        found = pattern.fullmatch
        return lambda given, _: found(given) is not None

    def filled(given: str, facts: Facts) -> bool:
        tokens = wanted.filled(facts)
        pattern = patterns.arn(tokens) if tokens is not None else None
        return pattern is not None and pattern.fullmatch(given) is not None

    return filled


def _typed(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Compile:
    """An operator whose value is read once, when the policy is."""

    def compiled(value: str, _: bool) -> Test:
        wanted = _read(read, value)
        return lambda given, _: compare(read(given), wanted)

    return compiled


def _read(read: Callable[[str], Any], value: str) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise PolicyError(f'The value "{value[:80]}" is {error}.') from None


def _bool(value: str, variables: bool) -> Test:
    """Boolean values may hold a variable (on the page of the operators; another page denies it)."""
    wanted = template(value, variables=variables, wildcards=False)
    if wanted.fixed is not None:
        return _typed(values.truth, operator.eq)(value, variables)

    def filled(given: str, facts: Facts) -> bool:
        tokens = wanted.filled(facts)
        return tokens is not None and values.truth("".join(map(str, tokens))) is values.truth(given)

    return filled


def _address(value: str, _: bool) -> Test:
    wanted = _read(values.network, value)
    return lambda given, _: values.within(values.address(given), wanted)


def _family(prefix: str, read: Callable[[str], Any]) -> Mapping[str, Operator]:
    comparisons = {
        "Equals": operator.eq,
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
    }
    found = {f"{prefix}{name}": Operator(_typed(read, how)) for name, how in comparisons.items()}
    return found | {f"{prefix}NotEquals": Operator(_typed(read, operator.eq), negated=True)}


OPERATORS: Mapping[str, Operator] = {
    "StringEquals": Operator(_text()),
    "StringNotEquals": Operator(_text(), negated=True),
    "StringEqualsIgnoreCase": Operator(_text(ignore_case=True)),
    "StringNotEqualsIgnoreCase": Operator(_text(ignore_case=True), negated=True),
    "StringLike": Operator(_text(wildcards=True)),
    "StringNotLike": Operator(_text(wildcards=True), negated=True),
    **_family("Numeric", values.number),
    **_family("Date", values.moment),
    "Bool": Operator(_bool),
    "BinaryEquals": Operator(_typed(values.binary, operator.eq)),
    "IpAddress": Operator(_address),
    "NotIpAddress": Operator(_address, negated=True),
    "ArnEquals": Operator(_arn),
    "ArnLike": Operator(_arn),
    "ArnNotEquals": Operator(_arn, negated=True),
    "ArnNotLike": Operator(_arn, negated=True),
}
"""All but ``Null``, which asks about the key and not about a value."""
