"""How commands, cancels and replies look on their way to a real agent and back.

The names are those of amazon-ssm-agent: agent/runcommand/contracts and agent/contracts. What is
not known is left out, since agents get new members; what is known has to have its type.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestrator.sandbox.runcommand.messages import Cancel, Order, Reply, Result

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ID = re.compile(rf"aws\.ssm\.({_UUID})\.(i-[0-9a-f]{{8,17}})")
_FINAL = frozenset({"Success", "Failed", "TimedOut", "Cancelled"})
_UNDER_WAY = "InProgress"
_MOST_OUTPUT = 24_000
_MOST_SHOWN = 2_500
"""Characters that the service keeps of a stream, and of a page or a trace, whatever is sent."""


class UnreadableError(Exception):
    """A reply that says nothing that can be kept; the text says where it is wrong."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message for one instance. ``message_id`` is a command's own, or one made for a cancel."""

    message_id: str
    instance_id: str
    message: Order | Cancel
    created: datetime


def message_id(command_id: str, instance_id: str) -> str:
    """What a command is called on its way to one instance."""
    return f"aws.ssm.{command_id}.{instance_id}"


def cancel_id(command_id: str, instance_id: str) -> str:
    """What the cancel of a command is called: it is a message of its own, and always the same."""
    own = uuid.uuid5(uuid.NAMESPACE_OID, message_id(command_id, instance_id))
    return message_id(str(own), instance_id)


def is_cancel(command_id: str) -> bool:
    """Whether that part of a message's name is a cancel's. Those of commands are made by chance."""
    return uuid.UUID(command_id).version == 5


def parts_of(text: str) -> tuple[str, str] | None:
    """The command's id and the instance's in such a name; None where it is none."""
    found = _ID.fullmatch(text)
    return (found[1], found[2]) if found else None


def shown(letter: Letter, region: str) -> Mapping[str, str]:
    """The letter as a Message of GetMessages."""
    match letter.message:
        case Order() as order:
            topic, payload = "aws.ssm.sendCommand", order.payload
        case Cancel(command_id):
            topic = "aws.ssm.cancelCommand"
            payload = json.dumps({"CancelMessageId": message_id(command_id, letter.instance_id)})
    return {
        "CreatedDate": letter.created.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
        "Destination": letter.instance_id,
        "MessageId": letter.message_id,
        "Topic": f"{topic}.{region}",
        "Payload": payload,
    }


def read_reply(payload: str) -> Reply:
    """What an agent says of a command. UnreadableError.

    A status that ends nothing, such as that of a host about to start again, is InProgress here.
    """
    try:
        whole = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"the payload is not JSON: {error}") from error
    members = _mapping(whole, "the payload")
    status = _text(members, "documentStatus")
    info = _mapping(members.get("additionalInfo"), "additionalInfo")
    plugins = _mapping(members.get("runtimeStatus"), "runtimeStatus")
    results = [_result(key, plugin) for key, plugin in plugins.items()]
    return Reply(
        status=status if status in _FINAL else _UNDER_WAY,
        result=results[0] if len(results) == 1 else None,
        counts=_counts(info),
        trace=_text(members, "documentTraceOutput")[:_MOST_SHOWN],
    )


def _result(key: str, value: Any) -> Result:
    plugin = _mapping(value, f"runtimeStatus.{key[:80]}")
    return Result(
        key=key,
        plugin=_text(plugin, "name"),
        status=_text(plugin, "status"),
        code=_number(plugin, "code"),
        stdout=_text(plugin, "standardOutput")[:_MOST_OUTPUT],
        stderr=_text(plugin, "standardError")[:_MOST_OUTPUT],
        output=_text(plugin, "output")[:_MOST_SHOWN],
        began=_moment(plugin, "startDateTime"),
        ended=_moment(plugin, "endDateTime"),
        bucket=_text(plugin, "outputS3BucketName"),
        key_prefix=_text(plugin, "outputS3KeyPrefix"),
        step=_text(plugin, "stepName"),
    )


def _counts(info: Mapping[str, Any]) -> Mapping[str, int]:
    counts = _mapping(info.get("runtimeStatusCounts"), "runtimeStatusCounts")
    return {name: _number(counts, name) for name in counts}


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadableError(f"{where} is no structure")
    return value


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadableError(f"{name} is no string")
    return value


def _number(members: Mapping[str, Any], name: str) -> int:
    value = members.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**63:
        raise UnreadableError(f"{name[:80]} is no integer")
    return value


def _moment(members: Mapping[str, Any], name: str) -> datetime | None:
    """None for the year 1, by which the agent means that there is no such time."""
    text = _text(members, name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableError(f"{name} is no time") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment if moment.year > 1 else None
