"""Scenarios on the way to the host: SSM, its agent, and what the operator may do."""

from __future__ import annotations

from orchestrator.sandbox.host.behaviour import Behaviour, Fate
from orchestrator.sandbox.scenarios.changes import (
    deny_looking,
    deny_sending,
    take_the_agents_policy,
)
from orchestrator.sandbox.scenarios.scenario import FOR_GOOD, HURRY, SHORT, Scenario

_OLD_AGENT = "3.0.1390.0"

ON_THE_WAY: tuple[Scenario, ...] = (
    Scenario(
        "not-managed",
        "no SSM agent was ever heard of on the instance",
        3,
        behaviour=Behaviour(managed=False),
    ),
    Scenario(
        "agent-not-allowed",
        "the instance's role lacks what its SSM agent needs, so that SSM has lost it",
        4,
        change=take_the_agents_policy,
    ),
    Scenario(
        "wrong-platform",
        "the instance runs Linux",
        4,
        behaviour=Behaviour(platform="Linux"),
    ),
    Scenario(
        "agent-old",
        "the SSM agent is of an old version, and leaves a command lying",
        4,
        behaviour=Behaviour(agent_version=_OLD_AGENT, fate=Fate.AGENT_GONE),
        settings=SHORT,
        hurry=HURRY,
    ),
    Scenario(
        "agent-gone",
        "the SSM agent died a moment ago, and SSM still calls it Online",
        4,
        behaviour=Behaviour(fate=Fate.AGENT_GONE),
        settings=SHORT,
        hurry=HURRY,
    ),
    Scenario(
        "agent-silent",
        "the SSM agent takes the command, and dies while the script runs",
        4,
        behaviour=Behaviour(fate=Fate.AGENT_SILENT),
        settings=SHORT,
        hurry=HURRY,
    ),
    Scenario(
        "instance-terminated",
        "EC2 terminates the instance when the command is on its way",
        4,
        behaviour=Behaviour(fate=Fate.TERMINATED),
    ),
    Scenario(
        "too-slow",
        "the AWS module loads for longer than the script may run",
        4,
        behaviour=Behaviour(module_load=60.0),
        settings={"timeout": "5s"},
    ),
    Scenario(
        "cancelled",
        "an administrator cancels the command while the script runs",
        4,
        behaviour=Behaviour(fate=Fate.CANCELLED),
    ),
    Scenario(
        "send-denied",
        "a policy forbids the operator to send commands",
        3,
        change=deny_sending,
    ),
    Scenario(
        "look-denied",
        "a policy forbids the operator to see how commands end",
        4,
        change=deny_looking,
    ),
    Scenario(
        "list-empty",
        "SSM's lists never show anything of the command",
        4,
        settings=SHORT,
        # What would be put back could not be seen to end either.
        options=("--no-restore",),
        empty_looks=FOR_GOOD,
    ),
    Scenario(
        "send-throttled",
        "Run Command throttles SendCommand again and again, for good",
        3,
        throttle={"SendCommand": FOR_GOOD},
    ),
)
