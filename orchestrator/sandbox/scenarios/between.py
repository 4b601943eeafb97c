"""Scenarios in which somebody on the host stands between the script and its agent."""

from __future__ import annotations

from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.host.between import Between
from orchestrator.sandbox.scenarios.scenario import Scenario

BETWEEN: tuple[Scenario, ...] = (
    Scenario(
        "output-replayed",
        "the host prints what an earlier run has said",
        4,
        behaviour=Behaviour(between=Between.REPLAYS),
    ),
    Scenario(
        "output-doubled",
        "the host prints another envelope behind the script's own",
        4,
        behaviour=Behaviour(between=Between.DOUBLES),
    ),
    Scenario(
        "output-scrubbed",
        "a filter on the host blanks out what could be a secret key",
        4,
        behaviour=Behaviour(between=Between.SCRUBS),
    ),
    Scenario(
        "verdict-rewritten",
        "somebody on the host turns the script's own verdict round",
        4,
        behaviour=Behaviour(between=Between.REWRITES),
    ),
    Scenario(
        "exit-code-lost",
        "what starts the script on the host ends with 1, whatever the script ends with",
        4,
        behaviour=Behaviour(between=Between.ENDS_WITH_1),
    ),
    Scenario(
        "program-data-missing",
        "%ProgramData% leads to where no folder can be made",
        4,
        behaviour=Behaviour(variables={"ProgramData": "/dev/null"}),
    ),
    Scenario(
        "constrained-language",
        "a policy of the host lets PowerShell run in Constrained Language Mode alone",
        4,
        behaviour=Behaviour(variables={"__PSLockdownPolicy": "4"}),
        real_shell=False,
    ),
)
