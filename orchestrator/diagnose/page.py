"""The catalogue for people: the page docs/causes.md, and one cause as `orch explain` prints it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from orchestrator.diagnose.catalogue import Rule

PAGE_WIDTH = 120
TEXT_WIDTH = 80

_HEAD = (
    "What `orch run` may say of a host that is not PASS. Each comes with its evidence and a mend "
    "in which the names of the case stand; `orch explain CAUSE` prints one of these entries. A "
    "cause that is called *possible* is not proved by what was seen. They are in the order in "
    "which they are looked for, the most telling first.",
    "An error that keeps `orch run` from sending anything names its cause too, in brackets; "
    "`agent-not-allowed` comes from `orch doctor` alone.",
    "This page is generated from the code; CONTRIBUTING.md says how.",
)


def page(rules: Iterable[Rule]) -> str:
    """The page in Markdown."""
    head = ["# Causes\n", *(_wrapped(text, PAGE_WIDTH) + "\n" for text in _HEAD)]
    return "\n".join([*head, *(line for rule in rules for line in _section(rule))])


def _section(rule: Rule) -> Iterator[str]:
    possible = "" if rule.certain else " *Possible.*"
    yield f"## {rule.name}\n"
    for text in (f"**{_sentence(rule.title)}**{possible}", rule.means, f"Mend: {rule.mend}."):
        yield _wrapped(text, PAGE_WIDTH) + "\n"


def entry(rule: Rule) -> list[str]:
    """One cause as lines of text, at most 80 columns wide where nothing must stay whole."""
    sure = "found" if rule.certain else "possible, never proved"
    lines = [f"{rule.name} ({sure})"]
    for label, text in (("what", rule.title), ("means", rule.means), ("mend", rule.mend)):
        lines += _wrapped(text, TEXT_WIDTH, f"  {label:<7}", " " * 9).split("\n")
    return lines


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _wrapped(text: str, width: int, first: str = "", then: str = "") -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )
