"""Commands and sessions as texts, so that they outlive the sandbox that they began in."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orchestrator.sandbox.cloud.identities import Session
from orchestrator.sandbox.runcommand.documents.model import Document, Step
from orchestrator.sandbox.runcommand.messages import Reply, Result
from orchestrator.sandbox.runcommand.records import Command, Invocation, Sending
from orchestrator.sandbox.runcommand.states import State

_TIMES_OF_A_RESULT = ("began", "ended")
_TIMES_OF_A_SESSION = ("expiration", "began")


def command_text(command: Command) -> str:
    """A command without its invocations, its document as it was."""
    sending = command.sending
    document = dataclasses.asdict(sending.document)
    return json.dumps(
        {
            "command_id": command.command_id,
            "requested": command.requested.isoformat(),
            "document": {**document, "platforms": sorted(document["platforms"])},
            "targets": dict(sending.targets),
            "delivery_timeout": sending.delivery_timeout,
            "execution_timeout": sending.execution_timeout,
            "most_at_once": sending.most_at_once,
            "errors_allowed": sending.errors_allowed,
            "request": dict(sending.request),
            "barred": sending.barred,
            "nobody": sending.nobody,
        }
    )


def invocation_text(invocation: Invocation) -> str:
    """One of its invocations."""
    reply = invocation.reply
    return json.dumps(
        {
            "instance_id": invocation.instance_id,
            "instance_name": invocation.instance_name,
            "state": invocation.state,
            "delivered": invocation.delivered,
            # What it says of a step is among the results.
            "reply": reply and dataclasses.asdict(dataclasses.replace(reply, result=None)),
            "results": [_result_data(result) for result in invocation.results.values()],
        }
    )


def command_of(text: str, invocations: list[str]) -> Command:
    """A command of those texts, its ``since`` left open."""
    kept = json.loads(text)
    document, request = kept["document"], kept["request"]
    made = {one.instance_id: one for one in map(_invocation, invocations)}
    return Command(
        command_id=kept["command_id"],
        sending=Sending(
            document=Document(
                **{
                    **document,
                    "steps": [Step(**step) for step in document["steps"]],
                    "platforms": frozenset(document["platforms"]),
                }
            ),
            targets=kept["targets"],
            parameters=request.get("Parameters", {}),
            delivery_timeout=kept["delivery_timeout"],
            execution_timeout=kept["execution_timeout"],
            most_at_once=kept["most_at_once"],
            errors_allowed=kept["errors_allowed"],
            request=request,
            barred={one: State(*state) for one, state in kept["barred"].items()},
            nobody=State(*kept["nobody"]),
        ),
        requested=datetime.fromisoformat(kept["requested"]),
        since=0.0,
        invocations={one: made[one] for one in kept["targets"]},
    )


def session_text(session: Session) -> str:
    """A session with its keys."""
    kept = dataclasses.asdict(session)
    _written(kept, _TIMES_OF_A_SESSION)
    return json.dumps(kept)


def session_of(text: str) -> Session:
    """A session of that text."""
    kept = json.loads(text)
    _read(kept, _TIMES_OF_A_SESSION)
    return Session(**kept)


def _invocation(text: str) -> Invocation:
    kept = json.loads(text)
    results = [_result(data) for data in kept["results"]]
    return Invocation(
        instance_id=kept["instance_id"],
        instance_name=kept["instance_name"],
        state=State(*kept["state"]),
        delivered=kept["delivered"],
        reply=Reply(**kept["reply"]) if kept["reply"] is not None else None,
        results={result.key: result for result in results},
    )


def _result_data(result: Result) -> Mapping[str, Any]:
    data = dataclasses.asdict(result)
    _written(data, _TIMES_OF_A_RESULT)
    return data


def _result(data: dict[str, Any]) -> Result:
    _read(data, _TIMES_OF_A_RESULT)
    return Result(**data)


def _written(values: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        values[name] = values[name].isoformat() if values[name] else None


def _read(values: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
