"""What is known of a run's inputs so far: the nearest value of each option, and every mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from orchestrator.cli.questions import Question
from orchestrator.errors import UsageError


class Given(NamedTuple):
    """A value for an option, and who gave it."""

    option: str
    value: str
    origin: str


@dataclass(slots=True)
class Known:
    """What is known so far, by option, and all that is wrong with it."""

    values: dict[str, str] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    problems: list[UsageError] = field(default_factory=list)

    def take(self, given: Given) -> None:
        """Note the value, unless a nearer one is known."""
        if given.option not in self.values:
            self.values[given.option] = given.value
            self.origins[given.option] = given.origin

    def complain(self, where: str, what: str, mend: str) -> None:
        """Note a mistake."""
        self.problems.append(UsageError(what, where=where, mend=mend))

    def check(self, question: Question) -> None:
        """Note a mistake if there is a value and it is wrong."""
        option = question.option
        if option not in self.values:
            return
        try:
            question.check(self.values[option])
        except ValueError as error:
            self.wrong.add(option)
            origin = self.origins[option]
            where = option if origin == option else f"{option} (from {origin})"
            self.complain(where, str(error), f"e.g. {question.written(question.example)}")

    def good(self, option: str) -> str | None:
        """The value, if there is one and nothing is wrong with it."""
        return None if option in self.wrong else self.values.get(option)

    def error(
        self, missing: Sequence[Question], command: str, asked: Sequence[Question]
    ) -> UsageError:
        """All that is wrong and missing, and a line that would do, which ``command`` begins."""
        texts = [str(problem) for problem in self.problems]
        texts += [f"{item.option}: missing: {item.help}" for item in missing]
        words = [command]
        for item in asked:
            if item.needed:
                words.append(item.written(self.good(item.option) or item.example))
        return UsageError("\n".join(texts), mend=f"for example: {' '.join(words)}")
