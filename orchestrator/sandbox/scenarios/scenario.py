"""What a scenario is, and what several of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.scenarios.changes import Change, leave_as_it_is
from orchestrator.sandbox.scenarios.files import OnHost, leave_the_files

# With an envelope behind them, two thousand bytes leave the page's cut in the envelope's midst.
LONG_NOISE = "".join(f"VERBOSE: looked for a module in folder {n:04}\n" for n in range(44))

FOR_GOOD = 10**9
"""More calls than anybody makes."""

SHORT = {"delivery_timeout": "30s", "timeout": "5s"}
"""The shortest time-outs that SSM and its agent take."""

HURRY = 20.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that is broken, or nothing.

    ``exit_code`` is how `orch run` of the walk-through's instance ends in it. ``throttle`` maps
    operations (``SendCommand`` of SSM, ``sts:AssumeRole`` of the others) to the count of first
    calls that are refused; ``settings`` and ``inputs`` change the sandbox's ``orch.toml`` (its own
    keys, and its ``[set]`` table). ``hurry``: how many of Run Command's seconds pass in one; its
    own time-outs begin at half a minute. ``real_shell`` is False where the host is odd in a way
    that a real PowerShell would not see: in its Python, or in the modules that lie in its folder.
    ``on_host`` changes the host's files before anything runs there. ``runbook`` is asked with, a
    built-in one or one of `runbooks`, where it is not the usual one; ``options`` is what `orch run`
    needs beside it. ``empty_looks``: how many first looks at a command show nothing of it.
    ``service_control`` is a statement of the organization's that limits account A.
    """

    name: str
    summary: str
    exit_code: int
    behaviour: Behaviour = field(default_factory=Behaviour)
    throttle: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    change: Change = leave_as_it_is
    on_host: OnHost = leave_the_files
    runbook: str = ""
    options: tuple[str, ...] = ()
    empty_looks: int = 0
    service_control: Mapping[str, object] = field(default_factory=dict)
    hurry: float = 1.0
    real_shell: bool = True
