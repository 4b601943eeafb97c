"""Scenarios around the host: what it prints, its endpoints, its clock, its credentials."""

from __future__ import annotations

from orchestrator.sandbox import world
from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.scenarios.changes import OWN_BUCKET, switch_in_one_account
from orchestrator.sandbox.scenarios.scenario import FOR_GOOD, LONG_NOISE, Scenario

# More than GetCommandInvocation keeps.
_ENDLESS_NOISE = LONG_NOISE * 20

AROUND_THE_HOST: tuple[Scenario, ...] = (
    Scenario(
        "output-cut",
        "so much is printed first that nothing of the evidence is kept",
        4,
        behaviour=Behaviour(says_before=_ENDLESS_NOISE),
    ),
    Scenario(
        "bucket-seen-before",
        "the role is in the instance's own account, whose bucket the instance sees anyhow",
        1,
        settings={
            "role_arn": world.role_arn(world.ACCOUNT_A, world.SWITCH_ROLE),
            "bucket": OWN_BUCKET,
            "target_profile": world.ADMIN_A,
        },
        change=switch_in_one_account,
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
        "proxied",
        "the host goes to AWS through a proxy, which has no way to the instance's metadata",
        0,
        behaviour=Behaviour(proxied=True),
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
        throttle={"sts:AssumeRole": FOR_GOOD},
    ),
)
