"""Whether a step is run, skipped or failed, and what its end means for those after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from orchestrator.sandbox.agent.document.conditions import findings
from orchestrator.sandbox.agent.document.model import Document, Step

SUCCESS_AND_EXIT = 168
FAILURE_AND_EXIT = 169
"""Exit codes that end a document, as a success and as a failure."""

_EVERYWHERE = frozenset(
    {
        *("aws:cloudWatch", "aws:configureDocker", "aws:configurePackage", "aws:domainJoin"),
        *("aws:downloadContent", "aws:refreshAssociation", "aws:runDockerAction"),
        *("aws:runDocument", "aws:runPowerShellScript", "aws:softwareInventory"),
        "aws:updateSsmAgent",
    }
)
_ON: Mapping[str, frozenset[str]] = {
    "Windows": _EVERYWHERE | {"aws:applications", "aws:psModule", "aws:updateAgent"},
    "Linux": _EVERYWHERE | {"aws:runShellScript"},
    "MacOS": _EVERYWHERE | {"aws:runShellScript"},
}
_KNOWN = frozenset().union(*_ON.values(), {"aws:configureDaemon"})


class Fate(Enum):
    """What becomes of a step."""

    RUN = auto()
    SKIP = auto()
    FAIL = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A step's fate, and what the reply says of it if it is not run."""

    fate: Fate
    words: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """A step that is over, as far as it matters for those after it."""

    step: Step
    status: str
    code: int


def verdict(document: Document, step: Step, past: Sequence[Past], platform: str) -> Verdict:
    """What becomes of a step of the document, after these before it."""
    is_last = len(past) == len(document.steps) - 1
    is_finally = is_last and step.modifier("finallyStep") == "true"
    if not is_finally and any(map(_ends_document, past)):
        words = f"Plugin with name {step.plugin} and id {step.key} skipped due to prior step"
        return Verdict(Fate.SKIP, f"{words} with an exit condition")
    if document.is_conditional:
        return _by_conditions(step, platform)
    return _without_conditions(step, platform)


def has_failure_exit(step: Step) -> bool:
    """Whether its failure is to end the document."""
    return step.modifier("onFailure") in {"exit", "successAndExit"}


def _ends_document(past: Past) -> bool:
    return (
        past.code in {SUCCESS_AND_EXIT, FAILURE_AND_EXIT}
        or (past.status == "Failed" and past.step.modifier("onFailure") == "exit")
        or (past.status == "Success" and past.step.modifier("onSuccess") == "exit")
    )


def _without_conditions(step: Step, platform: str) -> Verdict:
    if step.plugin not in _KNOWN:
        return _unknown(step)
    if step.conditions:
        said = "Precondition is not supported for document schema version prior to 2.2."
        return Verdict(Fate.FAIL, f"{said} Step name: {step.key}")
    if step.plugin not in _ON[platform]:
        words = f"Plugin with name {step.plugin} not found. Step name: {step.key}"
        return Verdict(Fate.FAIL, words)
    return Verdict(Fate.RUN)


def _by_conditions(step: Step, platform: str) -> Verdict:
    found = findings(step.conditions, platform)
    is_allowed = not any(finding.is_unmet for finding in found)
    if is_allowed and step.plugin not in _KNOWN:
        return _unknown(step)
    if step.plugin not in _ON[platform]:
        words = f"Step execution skipped due to unsupported plugin: {step.plugin}."
        return Verdict(Fate.SKIP, f"{words} Step name: {step.key}")
    shown = ", ".join(finding.words for finding in found)
    if not is_allowed:
        words = f"Step execution skipped due to unsatisfied preconditions: '{shown}'."
        return Verdict(Fate.SKIP, f"{words} Step name: {step.key}")
    if found:
        words = f"Unrecognized precondition(s): '{shown}', please update agent to latest version."
        return Verdict(Fate.FAIL, f"{words} Step name: {step.key}")
    return Verdict(Fate.RUN)


def _unknown(step: Step) -> Verdict:
    words = f"Plugin with name {step.plugin} is not supported by this version of ssm agent"
    return Verdict(Fate.FAIL, f"{words}, please update to latest version. Step name: {step.key}")
