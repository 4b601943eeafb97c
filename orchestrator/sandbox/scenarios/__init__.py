"""What the sandbox can break: one entry of `SCENARIOS` is one scenario, and nothing else names it.

A scenario says how the host behaves, how Run Command behaves, what differs in the settings that
`orch` finds, and what is changed in AWS, through AWS's own API, once the accounts stand.
"""

from __future__ import annotations

from orchestrator.errors import UsageError
from orchestrator.sandbox import world
from orchestrator.sandbox.host.behaviour import Behaviour, Fate
from orchestrator.sandbox.scenarios.around_the_host import AROUND_THE_HOST
from orchestrator.sandbox.scenarios.asked_otherwise import ASKED_OTHERWISE
from orchestrator.sandbox.scenarios.between import BETWEEN
from orchestrator.sandbox.scenarios.changes import (
    bound_instance_role,
    bound_switch_role,
    delete_bucket,
    delete_role,
    deny_assuming,
    deny_bucket_list,
    empty_instance_profile,
    forbid_assuming,
    forbid_bucket_list,
    move_role,
    role_of_another_account,
    trust_somebody_else,
    trust_with_external_id,
    trust_with_organization,
    trust_with_tag,
)
from orchestrator.sandbox.scenarios.of_files import FILES
from orchestrator.sandbox.scenarios.on_the_way import ON_THE_WAY
from orchestrator.sandbox.scenarios.scenario import HURRY, LONG_NOISE, SHORT, Scenario

__all__ = ["SCENARIOS", "Scenario", "find_scenario"]

_NOISE_BEFORE = (
    "Loading personal and system profiles took 1203ms.\n"
    "WARNING: the drive map of this host was not found\n"
    "プロファイルを読み込みました。\n"
)
_NOISE_AFTER = "transcript stopped\n"

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
        "trust-unread",
        "the role's trust policy names somebody else, and nobody may read account B",
        1,
        settings={"target_profile": world.OPERATOR},
        change=trust_somebody_else,
    ),
    Scenario(
        "bucket-unread",
        "the role may not list buckets, and nobody may read account B",
        1,
        settings={"target_profile": world.OPERATOR},
        change=deny_bucket_list,
    ),
    Scenario(
        "organization-denies",
        "a policy of the organization forbids account A to assume the role",
        1,
        service_control={
            "Effect": "Deny",
            "Action": "sts:AssumeRole",
            "Resource": world.role_arn(world.ACCOUNT_B, world.SWITCH_ROLE),
        },
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
        settings=SHORT,
        hurry=HURRY,
    ),
    Scenario(
        "module-missing",
        "the host has no AWS module for PowerShell, and no boto3 for Python",
        4,
        behaviour=Behaviour(modules={}, has_boto3=False),
        real_shell=False,
    ),
    Scenario(
        "module-old",
        "the host's module is of 2018, and refuses a profile with credential_source",
        1,
        behaviour=Behaviour(modules={"AWSPowerShell": "3.3.270.0"}),
        real_shell=False,
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
        behaviour=Behaviour(says_before=LONG_NOISE),
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
    *ON_THE_WAY,
    *AROUND_THE_HOST,
    *FILES,
    *ASKED_OTHERWISE,
    *BETWEEN,
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
