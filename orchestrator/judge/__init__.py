"""Level 2: from evidence to a verdict for each expectation.

The same rules run on the host (docs/script-contract.md, "The judgement"). Where the two judges
differ, nothing is known: `agree` says so, and the host's result is then UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.checks import all_checks
from orchestrator.kinds.wildcards import fits
from orchestrator.model.enums import (
    AGAINST_BEFORE,
    NOT_THERE,
    REFUSALS,
    FailureKind,
    Operator,
    Outcome,
    Phase,
    Stage,
    StepState,
    sum_of,
)
from orchestrator.model.evidence import Evidence, Failure, Observation
from orchestrator.model.procedure import Expectation, Procedure, Scalar
from orchestrator.model.report import Verdict
from orchestrator.wording import expected_words, observed_words

_MISSING = object()


def judge(procedure: Procedure, evidence: Evidence | None, instance_id: str) -> tuple[Verdict, ...]:
    """One verdict for every expectation, in the plan's order; all UNKNOWN without evidence."""
    return tuple(
        _verdict(item, procedure, evidence, instance_id) for item in procedure.expectations
    )


def total(verdicts: Iterable[Verdict]) -> Outcome:
    """FAIL if any failed, else UNKNOWN if any is unknown or none counts, else PASS."""
    return sum_of(verdict.outcome for verdict in verdicts if verdict.counts)


def agree(verdicts: Iterable[Verdict], evidence: Evidence) -> bool:
    """Whether the script on the host came to the same verdicts."""
    verdicts = tuple(verdicts)
    same = all(evidence.own.get(v.expectation, Outcome.UNKNOWN) is v.outcome for v in verdicts)
    mine = total(verdicts)
    if evidence.fatal is not None and mine is Outcome.PASS:
        mine = Outcome.UNKNOWN
    return same and evidence.own_verdict is mine


def _verdict(
    item: Expectation, procedure: Procedure, evidence: Evidence | None, instance_id: str
) -> Verdict:
    value = _expected_value(item, instance_id)
    observation = evidence.observation(item.step) if evidence else None
    before = _before(item, procedure, evidence)
    outcome = Outcome.UNKNOWN if observation is None else _outcome(item, value, observation, before)
    return Verdict(
        expectation=item.id,
        outcome=outcome,
        expected=expected_words(item, value),
        observed=observed_words(item, observation),
        counts=not (item.optional and _not_there(observation)),
    )


def _not_there(observation: Observation | None) -> bool:
    """Whether the host does not have this way of asking at all."""
    failure = observation.failure if observation else None
    return failure is not None and failure.kind in NOT_THERE


def _expected_value(item: Expectation, instance_id: str) -> Scalar:
    facts: Mapping[str, str] = {"instance_id": instance_id}
    return facts[item.fact] if item.fact else item.value


def _before(
    item: Expectation, procedure: Procedure, evidence: Evidence | None
) -> Observation | None:
    """What the same check with the same parameters found before the switch."""
    step = procedure.step(item.step)
    for other in procedure.in_phase(Phase.BEFORE):
        if evidence and (other.check, other.params) == (step.check, step.params):
            return evidence.observation(other.id)
    return None


def _outcome(
    item: Expectation, value: Scalar, observation: Observation, before: Observation | None
) -> Outcome:
    if observation.state is not StepState.OK:
        return _of_failure(item, observation)
    if item.operator is Operator.DENIED:
        return Outcome.FAIL
    found = observation.value.get(item.field, _MISSING)
    if found is _MISSING:
        return Outcome.UNKNOWN
    if item.operator in AGAINST_BEFORE:
        return _against_before(item, found, before)
    return Outcome.PASS if _holds(item.operator, found, value) else Outcome.FAIL


def _holds(operator: Operator, found: object, value: Scalar) -> bool:
    match operator:
        case Operator.ABSENT:
            return not found
        case Operator.MATCHES:
            return isinstance(found, str) and isinstance(value, str) and fits(found, value)
        case Operator.CONTAINS:
            return isinstance(found, str) and isinstance(value, str) and value in found
        case _:
            return _same(found, value)


def _against_before(item: Expectation, found: object, before: Observation | None) -> Outcome:
    if before is None or before.state is not StepState.OK or item.field not in before.value:
        return Outcome.UNKNOWN
    same = _same(found, before.value[item.field])
    return Outcome.PASS if same is (item.operator is Operator.UNCHANGED) else Outcome.FAIL


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _of_failure(item: Expectation, observation: Observation) -> Outcome:
    failure = observation.failure
    if failure is None or failure.kind not in REFUSALS:
        return Outcome.UNKNOWN
    if item.operator is Operator.DENIED:
        return _denied(failure, observation.check)
    if item.operator is not Operator.ABSENT:
        return Outcome.FAIL
    refused_here = failure.stage is Stage.CALL and failure.kind in {
        FailureKind.ACCESS_DENIED,
        FailureKind.NOT_FOUND,
    }
    return Outcome.PASS if refused_here else Outcome.UNKNOWN


def _denied(failure: Failure, check: str) -> Outcome:
    """A refusal in the switch says nothing of the call, but for a call that nothing can refuse."""
    if failure.kind is FailureKind.NOT_FOUND:
        return Outcome.FAIL
    if failure.kind is not FailureKind.ACCESS_DENIED:
        return Outcome.UNKNOWN
    meant = Stage.CALL if all_checks()[check].action else Stage.SWITCH
    return Outcome.PASS if failure.stage is meant else Outcome.UNKNOWN
