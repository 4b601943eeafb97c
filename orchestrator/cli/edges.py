"""The operator's way into AWS, for the commands that touch it. Imports come with the call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.aws.fleet import RunCommandFleet
    from orchestrator.aws.policies import IamPolicyReader
    from orchestrator.aws.session import Access
    from orchestrator.waiting.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Edges:
    """Account A's fleet, the policies of both accounts, and what they read with and wait by."""

    access: Access
    clock: SystemClock
    fleet: RunCommandFleet
    policies: IamPolicyReader


def edges(
    profile: str | None, target_profile: str | None, region: str, account_role: str = ""
) -> Edges:
    """The edges of the operator's AWS profiles: their own, and the one in account B if any.

    API calls with both are counted together. ``account_role`` is assumed with their own, where the
    instances are in another account.

    Raises:
        CredentialsError: a profile does not exist.
    """
    from orchestrator.aws.fleet import RunCommandFleet
    from orchestrator.aws.policies import IamPolicyReader
    from orchestrator.aws.session import Access
    from orchestrator.waiting.clock import SystemClock

    access, clock = Access(profile, region, role=account_role), SystemClock()
    other = None if target_profile is None else Access(target_profile, region, access.calls)
    return Edges(access, clock, RunCommandFleet(access, clock), IamPolicyReader(access, other))
