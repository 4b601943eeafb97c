"""What the sandbox can break: one entry of `SCENARIOS` is one scenario, and nothing else names it.

A scenario says how the host behaves, how Run Command behaves, what differs in the settings that
`orch` finds, and what is changed in AWS, through AWS's own API, once the accounts stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.errors import UsageError
from orchestrator.sandbox import world
from orchestrator.sandbox.host.behaviour import Behaviour, Fate
from orchestrator.sandbox.scenarios.changes import (
    Change,
    bound_instance_role,
    bound_switch_role,
    delete_bucket,
    delete_role,
    deny_assuming,
    deny_bucket_list,
    deny_looking,
    deny_sending,
    empty_instance_profile,
    forbid_assuming,
    forbid_bucket_list,
    leave_as_it_is,
    move_role,
    role_of_another_account,
    take_the_agents_policy,
    trust_somebody_else,
    trust_with_external_id,
    trust_with_organization,
    trust_with_tag,
)

_NOISE_BEFORE = (
    "Loading personal and system profiles took 1203ms.\n"
    "WARNING: the drive map of this host was not found\n"
    "プロファイルを読み込みました。\n"
)
_NOISE_AFTER = "transcript stopped\n"
# With an envelope behind them, two thousand bytes leave the page's cut in the envelope's midst.
_LONG_NOISE = "".join(f"VERBOSE: looked for a module in folder {n:04}\n" for n in range(44))
# More than GetCommandInvocation keeps of a stream.
_ENDLESS_NOISE = _LONG_NOISE * 20
_FOR_GOOD = 10**9
_OLD_AGENT = "3.0.1390.0"
_SHORT = {"delivery_timeout": "30s", "timeout": "5s"}
_HURRY = 20.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that is broken, or nothing.

    ``exit_code`` is how `orch run` of the walk-through's instance ends in it. ``throttle`` maps
    operations (``SendCommand`` of SSM, ``sts:AssumeRole`` of the others) to the count of first
    calls that are refused; ``settings`` and ``inputs`` change the sandbox's ``orch.toml`` (its own
    keys, and its ``[set]`` table). ``hurry``: how many of Run Command's seconds pass in one; its
    own time-outs begin at half a minute. ``real_shell`` is False where the host is odd in a way
    that only what runs as Python on it can see.
    """

    name: str
    summary: str
    exit_code: int
    behaviour: Behaviour = field(default_factory=Behaviour)
    throttle: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    change: Change = leave_as_it_is
    hurry: float = 1.0
    real_shell: bool = True


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("healthy", "everything is as it should be", 0),
    Scenario(
        "trust-missing",
        "the role's trust policy names somebody else",
        1,
        change=trust_somebody_else,
    ),
    Scenario(
        "assume-not-allowed",
        "the instance's role may not assume any role",
        1,
        change=forbid_assuming,
    ),
    Scenario(
        "bucket-denied",
        "the role can be assumed, but may not list buckets",
        1,
        change=deny_bucket_list,
    ),
    Scenario(
        "trust-external-id",
        "the role's trust policy asks for an external id",
        1,
        change=trust_with_external_id,
    ),
    Scenario(
        "trust-tag",
        "the role's trust policy asks for a tag of the caller",
        1,
        change=trust_with_tag,
    ),
    Scenario(
        "trust-organization",
        "the role's trust policy asks for another organization",
        1,
        change=trust_with_organization,
    ),
    Scenario(
        "assume-denied",
        "a policy of the instance's role forbids the switch outright",
        1,
        change=deny_assuming,
    ),
    Scenario(
        "assume-bounded",
        "the permissions boundary of the instance's role leaves out the switch",
        1,
        change=bound_instance_role,
    ),
    Scenario("role-missing", "the role to switch to does not exist", 1, change=delete_role),
    Scenario(
        "role-path",
        "the role to switch to has a path, which the profile leaves out",
        1,
        change=move_role,
    ),
    Scenario(
        "no-instance-role",
        "the instance profile holds no role",
        4,
        change=empty_instance_profile,
    ),
    Scenario(
        "metadata-off",
        "the instance's metadata are turned off",
        4,
        behaviour=Behaviour(has_metadata=False),
    ),
    Scenario(
        "instance-stopped",
        "EC2 has stopped the instance",
        4,
        behaviour=Behaviour(online=False, stopped=True),
    ),
    Scenario(
        "bucket-forbidden",
        "the role can be assumed, and a policy forbids it to list buckets",
        1,
        change=forbid_bucket_list,
    ),
    Scenario(
        "bucket-bounded",
        "the role can be assumed, and its permissions boundary leaves out S3's list",
        1,
        change=bound_switch_role,
    ),
    Scenario("bucket-absent", "the bucket does not exist", 1, change=delete_bucket),
    Scenario(
        "wrong-account",
        "the profile leads to a role of the same name in a third account",
        1,
        settings={"role_arn": world.role_arn(world.ACCOUNT_C, world.SWITCH_ROLE)},
        inputs={"expected_account": world.ACCOUNT_B},
        change=role_of_another_account,
    ),
    Scenario(
        "agent-offline",
        "the instance's agent has lost its connection",
        4,
        behaviour=Behaviour(online=False),
        settings=_SHORT,
        hurry=_HURRY,
    ),
    Scenario(
        "slow-start",
        "the agent begins late and the AWS module loads slowly",
        0,
        behaviour=Behaviour(start_delay=2.0, module_load=1.5),
    ),
    Scenario(
        "throttled",
        "Run Command refuses the first calls with ThrottlingException",
        0,
        throttle={
            "DescribeInstanceInformation": 1,
            "SendCommand": 2,
            "ListCommandInvocations": 2,
            "GetCommandInvocation": 1,
        },
    ),
    Scenario(
        "output-truncated",
        "so much is printed first that a page of Run Command cuts the evidence off",
        0,
        behaviour=Behaviour(says_before=_LONG_NOISE),
    ),
    Scenario(
        "output-noise",
        "profile scripts print before and after the evidence",
        0,
        behaviour=Behaviour(says_before=_NOISE_BEFORE, says_after=_NOISE_AFTER),
    ),
    Scenario(
        "script-killed",
        "the script is killed while it runs, before it can restore anything",
        4,
        behaviour=Behaviour(fate=Fate.KILLED),
    ),
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
        settings=_SHORT,
        hurry=_HURRY,
    ),
    Scenario(
        "agent-gone",
        "the SSM agent died a moment ago, and SSM still calls it Online",
        4,
        behaviour=Behaviour(fate=Fate.AGENT_GONE),
        settings=_SHORT,
        hurry=_HURRY,
    ),
    Scenario(
        "agent-silent",
        "the SSM agent takes the command, and dies while the script runs",
        4,
        behaviour=Behaviour(fate=Fate.AGENT_SILENT),
        settings=_SHORT,
        hurry=_HURRY,
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
        "send-throttled",
        "Run Command throttles SendCommand again and again, for good",
        3,
        throttle={"SendCommand": _FOR_GOOD},
    ),
    Scenario(
        "output-cut",
        "so much is printed first that nothing of the evidence is kept",
        4,
        behaviour=Behaviour(says_before=_ENDLESS_NOISE),
    ),
    Scenario(
        "sts-unreachable",
        "the host has no way to STS",
        4,
        behaviour=Behaviour(unreachable=frozenset({"sts"})),
    ),
    Scenario(
        "s3-unreachable",
        "the host has no way to S3",
        4,
        behaviour=Behaviour(unreachable=frozenset({"s3"})),
    ),
    Scenario(
        "metadata-unreachable",
        "the host has no way to the instance's metadata, which are on",
        4,
        behaviour=Behaviour(unreachable=frozenset({"imds"})),
    ),
    Scenario(
        "clock-behind",
        "the host's clock is twenty minutes behind",
        4,
        behaviour=Behaviour(clock_ahead=-1200.0),
        real_shell=False,
    ),
    Scenario(
        "clock-ahead",
        "the host's clock is twenty minutes ahead",
        4,
        behaviour=Behaviour(clock_ahead=1200.0),
        real_shell=False,
    ),
    Scenario(
        "credentials-expired",
        "the instance's metadata hand out credentials that have expired",
        4,
        behaviour=Behaviour(stale_credentials=True),
    ),
    Scenario(
        "host-throttled",
        "STS throttles the host whenever it assumes the role",
        4,
        throttle={"sts:AssumeRole": _FOR_GOOD},
    ),
)


def find_scenario(name: str) -> Scenario:
    """The scenario of that name; UsageError that lists all where there is none."""
    for scenario in SCENARIOS:
        if scenario.name == name:
            return scenario
    names = ", ".join(scenario.name for scenario in SCENARIOS)
    raise UsageError(
        f"there is no scenario {name[:80]!r}", where="--scenario", mend=f"take one of {names}"
    )
