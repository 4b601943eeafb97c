"""A host's envelope as typed evidence. Nothing that a host sends is trusted to have a shape."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import TypeVar

from orchestrator.envelope import find
from orchestrator.model.enums import FailureKind, Outcome, Stage, StepState
from orchestrator.model.evidence import (
    Evidence,
    Failure,
    NoEvidence,
    Observation,
    RawFailure,
    Restored,
)
from orchestrator.model.procedure import Procedure, Scalar, Step
from orchestrator.observe.classify import classify

T = TypeVar("T")


def read(output: str, procedure: Procedure, run_id: str) -> Evidence | NoEvidence:
    """The evidence in this output, if one envelope in it answers this procedure and run."""
    sha256 = procedure.sha256()
    data = find(output, sha256)
    if isinstance(data, NoEvidence):
        return data
    if data.get("v") != 1:
        return NoEvidence("malformed", f"it is of version {data.get('v')!r}, this reads version 1")
    if data.get("plan") != sha256 or data.get("run") != run_id:
        return NoEvidence("foreign", "the envelope names another plan or another run")
    try:
        return _evidence(data, procedure)
    except (KeyError, TypeError, ValueError) as error:
        return NoEvidence("malformed", f"{type(error).__name__}: {error}")


def _evidence(data: Mapping[str, object], procedure: Procedure) -> Evidence:
    fatal = data["fatal"]
    return Evidence(
        engine=_text(data["engine"]),
        facts=_dict(data["facts"], _scalar),
        settings=_dict(data["settings"], _text),
        probes=_dict(data["probes"], _text),
        observations=_observations(data["steps"], procedure),
        own=_dict(data["own"], _outcome),
        own_verdict=_outcome(data["verdict"]),
        restored=_restored(_mapping(data["restored"])),
        timings=_dict(data["ms"], _whole),
        fatal=None if fatal is None else _failure(_mapping(fatal)),
    )


def _observations(value: object, procedure: Procedure) -> tuple[Observation, ...]:
    steps = {step.id: step for step in procedure.steps}
    found: dict[str, Observation] = {}
    for item in _list(value):
        data = _mapping(item)
        step = steps[_text(data["id"])]
        if step.id in found:
            raise ValueError(f"step {step.id} is there twice")
        found[step.id] = _observation(data, step)
    return tuple(found.values())


def _observation(data: Mapping[str, object], step: Step) -> Observation:
    state = StepState(_text(data["state"]))
    common = {"step": step.id, "check": step.check, "phase": step.phase, "state": state}
    spent = _whole(data["ms"])
    if state is StepState.OK:
        value = _dict(data["value"], _scalar)
        return Observation(**common, value=value, ms=spent)  # type: ignore[arg-type]  # by name
    failure = _failure(_mapping(data["error"]))
    return Observation(**common, failure=failure, ms=spent)  # type: ignore[arg-type]  # by name


def _failure(data: Mapping[str, object]) -> Failure:
    raw = RawFailure(
        chain=tuple(_text(name) for name in _list(data["chain"])),
        code=_optional(data.get("code"), _text),
        status=_optional(data.get("status"), _whole),
        operation=_optional(data.get("operation"), _text),
        message=_message(data.get("message")),
        fqei=_optional(data.get("fqei"), _text),
    )
    return classify(raw) if raw.chain else Failure(FailureKind.OTHER, Stage.LOCAL, raw)


def _message(value: object) -> str:
    if not isinstance(value, str):
        return ""
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _restored(data: Mapping[str, object]) -> Restored:
    state = _text(data["state"])
    if state not in {"restored", "installed", "failed"}:
        raise ValueError(f"restored has no state {state!r}")
    changed, left = (tuple(_text(x) for x in _list(data[key])) for key in ("changed", "left"))
    return Restored("failed" if left else state, changed, left)


def _optional(value: object, convert: Callable[[object], T]) -> T | None:
    return None if value is None else convert(value)


def _dict(value: object, convert: Callable[[object], T]) -> Mapping[str, T]:
    return {key: convert(item) for key, item in _mapping(value).items()}


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, got {type(value).__name__}")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {type(value).__name__}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, got {type(value).__name__}")
    return int(value)


def _scalar(value: object) -> Scalar:
    if value is None or isinstance(value, str | bool):
        return value
    raise TypeError(f"expected text, a truth value or null, got {type(value).__name__}")


def _outcome(value: object) -> Outcome:
    return Outcome(_text(value))
