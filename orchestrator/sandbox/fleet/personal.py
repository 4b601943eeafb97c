"""One host's answer in the words of another: its own name, id, session and times.

The envelope is judged again for the host that it is written for, by the judge that the stand-in
has, and says ``engine: simulated``.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from orchestrator.envelope import find, pack
from orchestrator.judge import judge, total
from orchestrator.model.enums import EXIT_CODES
from orchestrator.model.evidence import NoEvidence
from orchestrator.observe import read
from orchestrator.render.header import Header, read_header
from orchestrator.sandbox.agent.endings import Output, exited
from orchestrator.sandbox.fleet.nodes import Node

ENGINE = "simulated"
_ENVELOPE = re.compile(r"ORCH1:[0-9a-f]{8}:[A-Za-z0-9+/=]+:END")
_TICKS = re.compile(r"(?<=aws-dotnet-sdk-session-)[0-9]{18}")


class Told:
    """What a host has said, taken apart once, to be said by many others."""

    def __init__(self, script: str, node: Node, output: Output) -> None:
        self._node = node
        self._output = output
        self._text = output.stdout.decode("utf-8", "surrogateescape")
        self._header = _header(script)
        self._data = self._unpacked()

    def by(self, node: Node, seconds: float, ticks: int) -> Output:
        """The same, said by that host after so many seconds.

        ``ticks`` are tenths of a microsecond since the year 1, by which the SDK names sessions.
        """
        stderr = self._renamed(self._output.stderr.decode("utf-8", "surrogateescape"), node)
        said, code = self._text, self._output.ending.code
        if self._data is not None and self._header is not None:
            line, code = self._envelope(self._header, self._data, node, seconds, ticks)
            said = _ENVELOPE.sub(lambda _: line, said)
        else:
            said = self._renamed(said, node)
        ending = self._output.ending if code == self._output.ending.code else exited(code)
        return Output(ending, _bytes(_noise(node) + said), _bytes(stderr))

    def _unpacked(self) -> dict[str, Any] | None:
        """The envelope's data, its messages in clear, so that names in them can be replaced."""
        if self._header is None:
            return None
        data = find(self._text, self._header.procedure.sha256())
        return None if isinstance(data, NoEvidence) else _with_messages(data, _clear)

    def _envelope(
        self, header: Header, data: Mapping[str, Any], node: Node, seconds: float, ticks: int
    ) -> tuple[str, int]:
        text = _with_sessions(self._renamed(json.dumps(data), node), ticks)
        own = _with_messages(json.loads(text), _encoded)
        own |= {"engine": ENGINE, "ms": _stretched(own["ms"], seconds)}
        if "computer" in own["facts"]:
            # A Python on the host asks the machine that it really runs on.
            own["facts"]["computer"] = node.name
        procedure = header.procedure
        evidence = read(pack(procedure.sha256(), own), procedure, header.run_id)
        code = self._output.ending.code
        if not isinstance(evidence, NoEvidence) and procedure.expectations:
            verdicts = judge(procedure, evidence, node.instance_id)
            judged = {verdict.expectation: verdict.outcome.value for verdict in verdicts}
            if judged != own["own"]:
                whole = total(verdicts)
                own |= {"own": judged, "verdict": whole.value}
                code = EXIT_CODES[whole]
        return pack(procedure.sha256(), own), code

    def _renamed(self, text: str, node: Node) -> str:
        text = text.replace(self._node.instance_id, node.instance_id)
        return text.replace(self._node.name, node.name)


def _header(script: str) -> Header | None:
    try:
        return read_header(script)
    except ValueError:
        return None


def _noise(node: Node) -> str:
    """What a profile script or a chatty module says before anything else."""
    if not node.noise:
        return ""
    line = "VERBOSE: looked for a module where there is none\n"
    return (line * (node.noise // len(line) + 1))[: node.noise - 1] + "\n"


def _stretched(ms: Mapping[str, int], seconds: float) -> Mapping[str, int]:
    """The stages' times in a run that took so long: on real hosts it is loading that does."""
    rest = max(0, round(seconds * 1000) - ms.get("total", 0))
    return {**ms, "load": ms.get("load", 0) + rest, "total": ms.get("total", 0) + rest}


def _with_sessions(text: str, ticks: int) -> str:
    """Sessions named by these ticks, as far apart as those that are there."""
    found = [int(name) for name in _TICKS.findall(text)]
    first = min(found, default=0)
    return _TICKS.sub(lambda name: f"{ticks + int(name[0]) - first:018}", text)


def _with_messages(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: change(item)
            if key == "message" and isinstance(item, str)
            else _with_messages(item, change)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_with_messages(item, change) for item in value]
    return value


def _clear(message: str) -> str:
    try:
        return base64.b64decode(message, validate=True).decode("utf-8", "surrogateescape")
    except binascii.Error:
        return message


def _encoded(message: str) -> str:
    return base64.b64encode(message.encode("utf-8", "surrogateescape")).decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
