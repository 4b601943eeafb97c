"""Causes that show where a host was asked in several ways, or in one that it does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.diagnose.case import Case, told
from orchestrator.diagnose.catalogue import Found, cause
from orchestrator.model.enums import NOT_THERE, FailureKind, Phase, StepState, Way
from orchestrator.model.evidence import Observation
from orchestrator.wording import failure_words

_COMPARED = ("account", "role", "found", "readable")
"""Facts that must be the same in all ways; sessions and dates may differ."""


@cause(
    "cli-missing",
    "There is no AWS CLI on the host",
    means="The runbook asks by the AWS CLI, and the host has no program `aws` on the PATH of the "
    "SSM agent, nor at the CLI's usual place. Windows AMIs do not bring it along. An agent that "
    "was started before the CLI was installed does not know the new PATH.",
    mend="install the AWS CLI (https://aws.amazon.com/cli/) and restart the service "
    "AmazonSSMAgent, or take the runbook switch-role, which needs no CLI",
)
def cli_missing(case: Case) -> Found | None:
    """A step that asks by the CLI found none."""
    return _not_there(case, "orch.CliMissing")


@cause(
    "python-missing",
    "There is no Python with boto3 on the host",
    means="The checks run in the host's own Python 3.8 or later with boto3, and the host has none "
    "on the PATH of the SSM agent. The Microsoft Store's stub does not count.",
    mend="python -m pip install boto3, as the account that the agent runs as; or take the runbook "
    "switch-role, which needs no Python",
)
def python_missing(case: Case) -> Found | None:
    """A step that asks by boto3 found no Python for it."""
    return _not_there(case, "orch.PythonMissing")


def _not_there(case: Case, kind: str) -> Found | None:
    """What is missing is a cause only where an expectation counts on it."""
    step = case.failure(FailureKind.TOOL_MISSING)
    if step is None or step.failure is None or kind not in step.failure.raw.chain:
        return None
    names = {item.id for item in case.plan.procedure.expectations if item.step == step.step}
    counts = any(item.counts for item in case.verdicts if item.expectation in names)
    return Found(told(step)) if counts or not names else None


@cause(
    "ways-differ",
    "One way to switch comes to another result than the others",
    means="The same files mean different things to their readers. The classic reasons: a BOM or "
    "UTF-16 in the config file, which the cmdlets read and boto3 and the AWS CLI do not; "
    "external_id, which the cmdlets refuse; a profile of the same name in the SDK's store, which "
    "shadows the file for the cmdlets alone; an old module; a proxy or endpoint that one of them "
    "takes from its own settings.",
    mend="run `orch profile check` on the host's config file: it says what each reader makes of it",
)
def ways_differ(case: Case) -> Found | None:
    """Not all ways came to the same account, role and bucket."""
    groups = _by_result(case)
    if len(groups) < 2:
        return None
    said = (f"{', '.join(ways)}: {result}" for result, ways in groups.items())
    return Found("; ".join(said))


def _by_result(case: Case) -> Mapping[str, list[Way]]:
    """The ways by what they came to, those that the host has."""
    results: dict[Way, list[str]] = {}
    for way, step in _after(case):
        results.setdefault(way, []).append(_result(step))
    groups: dict[str, list[Way]] = {}
    for way, found in results.items():
        groups.setdefault(", ".join(found), []).append(way)
    return groups


def _after(case: Case) -> Iterator[tuple[Way, Observation]]:
    for step in case.found.observations if case.found else ():
        missing = step.failure is not None and step.failure.kind in NOT_THERE
        if step.phase is Phase.AFTER and not missing:
            yield case.plan.procedure.step(step.step).way, step


def _result(step: Observation) -> str:
    if step.state is not StepState.OK and step.failure is not None:
        return f"{step.check} {failure_words(step.failure)}"
    said = (f"{name} {step.value[name]}" for name in _COMPARED if name in step.value)
    return " ".join(said) or f"{step.check} answered"
