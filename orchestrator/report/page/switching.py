"""What the switch changed on one host: each check before and after it, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from orchestrator.checks import all_checks
from orchestrator.model.enums import REFUSALS, Phase, Stage, StepState
from orchestrator.model.evidence import Evidence, Observation
from orchestrator.model.procedure import Procedure, Scalar, Step
from orchestrator.wording import failure_words, scalar_words


class Change(StrEnum):
    """What became of one thing by the switch."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"
    SAME = "unchanged"
    NOT_SWITCHED = "no switch"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Side:
    """What was seen on one side. ``facts`` are pairs of a name and its value, beyond what is said.

    ``has``: whether there was something to be seen; None where nobody knows. ``message`` is the
    host's own text of an error.
    """

    has: bool | None
    said: str
    facts: Sequence[tuple[str, str]] = ()
    message: str = ""
    ms: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """One check on both sides; ``way`` is said where there are several.

    ``ways`` is how many pairs follow with the same side before, this one included; 0 in those.
    """

    title: str
    way: str
    before: Side
    after: Side
    change: Change
    gained: str = ""
    lost: str = ""
    ways: int = 1


def pairs(evidence: Evidence, procedure: Procedure) -> Sequence[Pair]:
    """In the order of the steps before the switch, for each its ways after it."""
    groups: dict[str, list[Pair]] = {}
    for name, pair in _pairs(evidence, procedure):
        groups.setdefault(name, []).append(pair)
    return [
        replace(pair, ways=0 if number else len(group))
        for group in groups.values()
        for number, pair in enumerate(group)
    ]


def _pairs(evidence: Evidence, procedure: Procedure) -> Iterator[tuple[str, Pair]]:
    before = {step.id.removeprefix("before."): step for step in procedure.in_phase(Phase.BEFORE)}
    many = len(procedure.ways) > 1
    for step in procedure.in_phase(Phase.AFTER):
        name = step.id.rsplit(".", 1)[-1]
        first = evidence.observation(before[name].id) if name in before else None
        second = evidence.observation(step.id)
        change = _change(first, second)
        gained = _words(second, step) if change in (Change.GAINED, Change.CHANGED) else ""
        lost = _words(first, step) if change in (Change.LOST, Change.CHANGED) else ""
        if gained == lost:
            # Another session of the same role, say: changed, and yet nothing came or went.
            gained = lost = ""
        pair = Pair(
            title=_titled(step),
            way=str(step.way) if many else "",
            before=_side(first, step),
            after=_side(second, step),
            change=change,
            gained=gained,
            lost=lost,
        )
        yield name, pair


def _titled(step: Step) -> str:
    return all_checks()[step.check].about(step.params)


def _words(observation: Observation | None, step: Step) -> str:
    """What was there, in a line; the thing's own name where the line would say no more."""
    assert observation is not None, "nothing is gained or lost that nobody saw"
    if any(isinstance(value, bool) for value in observation.value.values()):
        return _titled(step)
    account, role = (observation.value.get(name) for name in ("account", "role"))
    if account and role:
        # A session's name is another each time, and nothing that is gained.
        return f"account {account}, role {role}"
    return all_checks()[step.check].say(observation.value)


def _has(observation: Observation | None) -> bool | None:
    """Refused is seen, and nothing is there; what did not answer may be anything."""
    if observation is None:
        return None
    if observation.failure is not None:
        seen = observation.state is StepState.ERROR and observation.failure.kind in REFUSALS
        return False if seen else None
    return _first_truth(observation) is not False


def _first_truth(observation: Observation) -> bool | None:
    """A check that asks whether says so in its first field that is a truth value."""
    fields = all_checks()[observation.check].fields
    values = (observation.value.get(name) for name in fields)
    return next((value for value in values if isinstance(value, bool)), None)


def _change(before: Observation | None, after: Observation | None) -> Change:
    if after is not None and after.failure is not None and after.failure.stage is Stage.SWITCH:
        refused = after.failure.kind in REFUSALS and after.state is StepState.ERROR
        return Change.NOT_SWITCHED if refused else Change.UNKNOWN
    had, has = _has(before), _has(after)
    if had is None or has is None:
        return Change.UNKNOWN
    if had is not has:
        return Change.GAINED if has else Change.LOST
    assert before is not None
    assert after is not None
    return Change.SAME if not has or before.value == after.value else Change.CHANGED


def _side(observation: Observation | None, step: Step) -> Side:
    if observation is None:
        return Side(None, "not observed")
    failure = observation.failure
    if failure is not None:
        asked = "not asked: " if observation.state is StepState.SKIPPED else ""
        message = failure.raw.message or " < ".join(failure.raw.chain)
        said = f"{asked}{failure_words(failure)}"
        return Side(_has(observation), said, (), message, observation.ms)
    check = all_checks()[step.check]
    said = check.say(observation.value)
    facts = [item for item in observation.value.items() if _says_more(item[1], said)]
    named = [(name, scalar_words(value)) for name, value in facts]
    return Side(_has(observation), said, named, "", observation.ms)


def _says_more(value: Scalar, said: str) -> bool:
    return isinstance(value, str) and value not in said
