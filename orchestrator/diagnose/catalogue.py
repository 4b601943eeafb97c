"""What a cause is: an entry that can be read by itself, and the rule that finds it.

A rule looks at a `Case` and gives what it found, or None. Its entry stands above it, so that a
cause is added, changed and taken away in one place: `orch explain`, docs/causes.md and the reports
all speak from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from orchestrator.diagnose.case import Case
from orchestrator.model.report import Cause


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: the evidence, and a mend with this host's own names in it.

    Where ``mend`` is empty the entry's mend is all there is to say. ``certain`` is False where what
    was found this time makes the cause possible and no more.
    """

    evidence: str
    mend: str = ""
    certain: bool = True


Finder = Callable[[Case], Found | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One cause. ``means`` explains it to somebody who has not seen the case.

    ``certain`` is False where what is found makes the cause possible and no more. ``last`` is for
    what often only comes along with another cause. ``narrower`` names the causes that say the same
    more closely: where one of them is found for certain, this one is not said.
    """

    name: str
    title: str
    means: str
    mend: str
    find: Finder
    certain: bool = True
    last: bool = False
    narrower: tuple[str, ...] = ()

    def __call__(self, case: Case) -> Cause | None:
        """The cause in this case, or None where the rule finds nothing."""
        found = self.find(case)
        if found is None:
            return None
        certain = self.certain and found.certain
        return Cause(self.name, self.title, found.evidence, found.mend or self.mend, certain)


def cause(
    name: str,
    title: str,
    *,
    means: str,
    mend: str,
    certain: bool = True,
    last: bool = False,
    narrower: tuple[str, ...] = (),
) -> Callable[[Finder], Rule]:
    """Make the function below it the rule of this cause."""
    return lambda find: Rule(name, title, means, mend, find, certain, last, narrower)


def rules_of(module: object) -> Iterator[Rule]:
    """The rules that a module names, alone or in tuples, in the order in which it does."""
    names: Mapping[str, object] = vars(module)
    for value in names.values():
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Rule):
                yield item
