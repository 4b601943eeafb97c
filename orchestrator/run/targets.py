"""Before the send: which of the plan's targets SSM can reach at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.diagnose.of_reach import OLDEST_AGENT, agent_is_old
from orchestrator.errors import DeniedError, NotManagedError
from orchestrator.model.fleet import ManagedInstance
from orchestrator.model.plan import Plan
from orchestrator.ports import Fleet


@dataclass(frozen=True, slots=True)
class Targets:
    """What SSM knows of the targets. ``asked`` is False where the operator may not ask."""

    managed: Mapping[str, ManagedInstance]
    asked: bool
    reachable: tuple[str, ...]
    notes: tuple[str, ...] = ()


def find_targets(plan: Plan, fleet: Fleet) -> Targets:
    """Sort the plan's targets.

    Raises:
        NotManagedError: SSM manages none of them here.
    """
    targets = sort_targets(plan, fleet)
    if targets.asked and not targets.managed:
        raise _none_managed(plan)
    return targets


def sort_targets(plan: Plan, fleet: Fleet) -> Targets:
    """The same, where it may be that SSM manages none of them."""
    try:
        managed = fleet.describe(plan.targets)
    except DeniedError as error:
        note = f"the targets could not be checked before the send: {error.what}"
        return Targets({}, False, plan.targets, (note,))
    return known_targets(plan, managed)


def known_targets(plan: Plan, managed: Mapping[str, ManagedInstance]) -> Targets:
    """The plan's targets, sorted by what SSM said of them."""
    platform = plan.procedure.platform
    reachable = tuple(i for i in plan.targets if not why_skipped(managed.get(i), platform))
    return Targets(managed, True, reachable)


def unsorted_targets(plan: Plan) -> Targets:
    """All of them, where SSM is not to be asked."""
    note = "the targets were not checked before the send (--no-preflight)"
    return Targets({}, False, plan.targets, (note,))


def why_skipped(instance: ManagedInstance | None, platform: str) -> str:
    """Why nothing is sent to an instance of which SSM has that row; empty where something is."""
    if instance is None:
        return "SSM does not manage it here"
    if instance.platform not in {"", platform}:
        return f"it runs {instance.platform}"
    if instance.ping_status not in {"", "Online"}:
        since = f" since {instance.last_ping:%Y-%m-%d %H:%M} UTC" if instance.last_ping else ""
        return f"its SSM agent is {instance.ping_status}{since}"
    return ""


def why_doubtful(instance: ManagedInstance | None) -> str:
    """Why an instance that is sent to may answer too late; empty where nothing says so."""
    if instance is None or not agent_is_old(instance.agent_version):
        return ""
    return f"its SSM agent is {instance.agent_version}, older than {OLDEST_AGENT}"


def _none_managed(plan: Plan) -> NotManagedError:
    region = plan.procedure.region
    named = ", ".join(plan.targets[:3]) + (", ..." if len(plan.targets) > 3 else "")
    return NotManagedError(
        f"SSM does not manage {named} here",
        where=f"region {region}, this account",
        mend="check --region and --profile; the instance must run the SSM agent, with an instance "
        "profile that holds AmazonSSMManagedInstanceCore. `aws ssm describe-instance-information "
        f"--region {region}` lists what is managed",
        cause="not-managed",
    )
