"""A command as all hosts of a fleet take it: read once, however many there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from orchestrator.sandbox.agent.document.flow import Fate, Past, verdict
from orchestrator.sandbox.agent.document.model import Document, RefusedError, Step
from orchestrator.sandbox.agent.document.payload import read_payload
from orchestrator.sandbox.agent.document.reading import read_document
from orchestrator.sandbox.agent.document.script import UnfitError, script_input
from orchestrator.sandbox.agent.work import not_run
from orchestrator.sandbox.fleet.nodes import Node
from orchestrator.sandbox.parts import ParameterStore
from orchestrator.sandbox.runcommand.info import PLATFORMS
from orchestrator.sandbox.runcommand.messages import (
    DEFAULT_EXECUTION_TIMEOUT,
    Order,
    Result,
)

_NO_TEXT = sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Script:
    """A command's one step that runs. ``digest`` tells one text from another.

    ``timeout`` is in seconds. ``others`` are the steps that do not run on these hosts; where none
    does, ``step`` is None.
    """

    step: Step | None
    text: str
    digest: str
    timeout: int
    others: tuple[Result, ...] = ()


class Scripts:
    """The scripts of the commands that came, by command id, for hosts of one platform."""

    def __init__(self, store: ParameterStore, platform: str) -> None:
        self._store = store
        self._platform = platform
        self._known: dict[str, Script] = {}
        self._kept: dict[tuple[object, ...], Script] = {}

    def of(self, order: Order) -> Script:
        """Its script. RefusedError where its document cannot be run at all."""
        known = self._known.get(order.command_id)
        if known is None:
            read = self._read(order)
            # A run sends one script in many commands; it is kept once.
            same = read.step and read.step.key, read.digest, read.timeout, read.others
            known = self._known[order.command_id] = self._kept.setdefault(same, read)
        return known

    def _read(self, order: Order) -> Script:
        payload = read_payload(order.payload)
        document = read_document(payload.content, payload.values, self._store)
        run, others = self._sorted_out(document)
        if not run:
            return Script(None, "", _NO_TEXT, DEFAULT_EXECUTION_TIMEOUT, others)
        inputs = run[0].properties
        if isinstance(inputs, list) and len(inputs) == 1:
            # A document of schema 1.2 has a list of them, AWS's own have one in it.
            inputs = inputs[0]
        if len(run) > 1 or isinstance(inputs, list):
            raise RefusedError("a simulated host runs one script of a command alone")
        try:
            given = script_input(inputs)
        except UnfitError:
            # What is unfit is said when it is run.
            return Script(run[0], "", _NO_TEXT, DEFAULT_EXECUTION_TIMEOUT, others)
        text = "\n".join(given.lines)
        return Script(run[0], text, sha256(text.encode()).hexdigest(), given.timeout, others)

    def _sorted_out(self, document: Document) -> tuple[list[Step], tuple[Result, ...]]:
        """The steps that run on this platform, and what is told of the others.

        How a step ends is not known yet: one that would end the document is taken for one that
        does not.
        """
        run: list[Step] = []
        others: list[Result] = []
        past: list[Past] = []
        for step in document.steps:
            found = verdict(document, step, past, self._platform)
            if found.fate is Fate.RUN:
                run.append(step)
                past.append(Past(step, "Success", 0))
            else:
                others.append(not_run(step, found))
                past.append(Past(step, others[-1].status, others[-1].code))
        return run, tuple(others)


def variables(order: Order, node: Node) -> Mapping[str, str]:
    """What tells a script on which host it runs, and for which command."""
    name, version = PLATFORMS[node.platform]
    return {
        "SSM_COMMAND_ID": order.command_id,
        "AWS_SSM_INSTANCE_ID": node.instance_id,
        "AWS_SSM_REGION_NAME": order.region,
        "AWS_SSM_PLATFORM_NAME": name,
        "AWS_SSM_PLATFORM_VERSION": version,
        "COMPUTERNAME": node.name,
    }
