"""A recorded case of the real agent, said again to the sandbox's endpoint in its very replies.

The command around it is of a document with the steps that the replies speak of: what its scripts
become on a host is in the replies, and of no interest here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.sandbox import world
from support.agent_cases import (
    AT_ONCE,
    CANCELS,
    CASES,
    NOT_REACHED,
    TWICE,
    facts,
    replies,
)
from support.agent_payload import payload_of_case
from support.agent_wire import AgentWire
from support.attached_stage import AttachedStage

REPLAYED = [name for name in CASES if name not in {"health", "mgs-health"}]
"""All but those that are about the health calls alone."""

_OF_AWS = {
    ("aws:runShellScript",): "AWS-RunShellScript",
    ("aws:runPowerShellScript",): "AWS-RunPowerShellScript",
}


@dataclass
class Replayed:
    """What was said of each command of a case, in the order of its sending."""

    name: str
    command_ids: list[str] = field(default_factory=list)
    said: list[list[dict[str, Any]]] = field(default_factory=list)

    def plugins(self, number: int = 0) -> Mapping[str, dict[str, Any]]:
        """What was said of each step, for the first time."""
        found: dict[str, dict[str, Any]] = {}
        for reply in self.said[number]:
            for key, plugin in reply["plugins"].items():
                found.setdefault(key, plugin)
        return found

    def final(self, number: int = 0) -> dict[str, Any] | None:
        """The first reply that ends the command; None where none does."""
        ends = (r for r in self.said[number] if r["documentStatus"] != "InProgress")
        return next(ends, None)


def _renamed(reply: dict[str, Any]) -> dict[str, Any]:
    """Steps were called ``one`` and ``two``, and a PluginName has at least four characters."""
    plugins = {k if ":" in k else f"step_{k}": plugin for k, plugin in reply["plugins"].items()}
    return {**reply, "plugins": plugins}


class Replay:
    """Says the cases of one stage, as one agent."""

    def __init__(self, stage: AttachedStage) -> None:
        self.stage = stage
        self.wire: AgentWire = stage.wire()
        assert self.wire.report().status == 200

    def run(self, name: str) -> Replayed:
        """All that was said in that case."""
        case = Replayed(name)
        if name in AT_ONCE:
            self._at_once(case)
            return case
        message = self._sent(case)
        (said,) = case.said
        if name == "unknown-topic":
            (call,) = facts(name)["FailMessage_calls"]
            self._failed(message, call["FailureType"])
        elif name in {*CANCELS, "sh-cancel-queued"} and not name.endswith("-late"):
            self._begin(name, message, said[:1])
            self._cancel(case, message)
            self._say(message, said[1:])
        else:
            self._end(name, message, said)
        if name.endswith("-late"):
            # There is nothing to be cancelled any more, and the agent hears nothing.
            self._ask_to_cancel(case)
            assert self.wire.get_messages() == []
        return case

    def _sent(self, case: Replayed) -> dict[str, str]:
        case.said.append([_renamed(reply) for reply in replies(case.name)])
        steps = list(case.plugins()) or ["aws:runShellScript"]
        if named := _OF_AWS.get(tuple(steps)):
            case.command_ids.append(self.stage.send("true", DocumentName=named))
        else:
            own = self._document(case.name, steps)
            case.command_ids.append(self.stage.send(DocumentName=own, Parameters={}))
        return self.wire.next_message()

    def _document(self, case: str, steps: list[str]) -> str:
        """One of the account's own, with steps of these names."""
        inputs = {"runCommand": ["true"]}
        made = [{"action": "aws:runShellScript", "name": s, "inputs": inputs} for s in steps]
        self.stage.client("ssm", world.ADMIN_A).create_document(
            Name=f"replay-{case}",
            DocumentType="Command",
            DocumentFormat="JSON",
            Content=json.dumps({"schemaVersion": "2.2", "mainSteps": made}),
        )
        self.stage.pass_time(0.25)
        return f"replay-{case}"

    def _end(self, name: str, message: dict[str, str], said: list[dict[str, Any]]) -> None:
        early = 1 if said and said[0]["documentStatus"] == "InProgress" else 0
        self._begin(name, message, said[:early])
        self._say(message, said[early:])
        if name in {*TWICE, *NOT_REACHED}:
            # The same again changes nothing: a message that came again, a reply that was resent.
            self.wire.acknowledge(message["MessageId"])
            self._say(message, said[-1:])

    def _begin(self, name: str, message: dict[str, str], first: list[dict[str, Any]]) -> None:
        """The older channel's agent says that it begins, and then that it has the message."""
        is_newer = name.startswith("mgs-")
        if not is_newer:
            self._say(message, first)
        known = facts(name)
        if known.get("acknowledge_seconds", True) and known.get("acknowledged", True):
            assert self.wire.acknowledge(message["MessageId"]).status == 200
        if is_newer:
            self._say(message, first)

    def _say(self, message: dict[str, str], said: list[dict[str, Any]]) -> None:
        for reply in said:
            answer = self.wire.reply(message["MessageId"], payload_of_case(reply))
            assert answer.status == 200, answer

    def _cancel(self, case: Replayed, message: dict[str, str]) -> None:
        self._ask_to_cancel(case)
        cancel = self.wire.next_message()
        assert cancel["Topic"].startswith("aws.ssm.cancelCommand.")
        assert message["MessageId"] in cancel["Payload"]
        self._say(cancel, facts(case.name)["replies_to_the_cancel_message"])
        assert self.wire.acknowledge(cancel["MessageId"]).status == 200

    def _ask_to_cancel(self, case: Replayed) -> None:
        self.stage.pass_time(0.25)
        self.stage.client("ssm").cancel_command(CommandId=case.command_ids[0])

    def _failed(self, message: dict[str, str], kind: str) -> None:
        name = message["MessageId"]
        answer = self.wire.messages("FailMessage", MessageId=name, FailureType=kind)
        assert answer.status == 200

    def _at_once(self, case: Replayed) -> None:
        """Many commands, each with its own replies, of which the recording has the statuses."""
        known = facts(case.name)["commands"]
        case.command_ids = [self.stage.send("true") for _ in known]
        messages: dict[str, dict[str, str]] = {}
        while len(messages) < len(known):
            messages |= {m["MessageId"].split(".")[2]: m for m in self.wire.get_messages()}
        for recorded, command_id in zip(known, case.command_ids, strict=True):
            said = [{"documentStatus": status, "plugins": {}} for _, status in recorded["replies"]]
            case.said.append(said)
            self._say(messages[command_id], said[:1])
            assert self.wire.acknowledge(messages[command_id]["MessageId"]).status == 200
            self._say(messages[command_id], said[1:])
