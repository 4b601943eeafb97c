"""The options of a sandbox's fleet, and which of them would have no effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.errors import UsageError
from orchestrator.kinds import KINDS, partition_of

if TYPE_CHECKING:
    from orchestrator.sandbox.fleet.faults import Faults
    from orchestrator.sandbox.fleet.order import FleetOrder
    from orchestrator.sandbox.parts import Place


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options as they were given; None or nothing where one was not."""

    hosts: int
    seconds: float | None
    regions: Sequence[str]
    accounts: Sequence[str]
    seed: int | None
    faults: Sequence[str]


def fleet_order(wanted: Wanted) -> FleetOrder:
    """The fleet that these options order. UsageError, also for what would have no effect."""
    from orchestrator.sandbox.fleet.faults import read_faults
    from orchestrator.sandbox.fleet.order import HOST_SECONDS, SEED, FleetOrder

    faults = read_faults(wanted.faults)
    places = _places(wanted.regions, wanted.accounts)
    if not wanted.hosts:
        _refuse_without_hosts(wanted, faults)
    return FleetOrder(
        hosts=wanted.hosts,
        seconds=HOST_SECONDS if wanted.seconds is None else wanted.seconds,
        seed=SEED if wanted.seed is None else wanted.seed,
        faults=faults,
        places=places,
    )


def _refuse_without_hosts(wanted: Wanted, faults: Faults) -> None:
    """What is about simulated hosts alone, and chance where nothing is left to it."""
    add = "add --hosts 100"
    if faults.of_hosts:
        mend = f"{add}, or take faults of calls alone"
        raise UsageError("there are no simulated hosts to befall", where="--fault", mend=mend)
    if wanted.seconds is not None:
        what = "there are no simulated hosts whose scripts could take so long"
        mend = f"{add}; --host-delay is for the emulated hosts too"
        raise UsageError(what, where="--host-seconds", mend=mend)
    for option, given in (("--region", wanted.regions), ("--account", wanted.accounts)):
        if given:
            what = "there are no simulated hosts to be there"
            raise UsageError(what, where=option, mend=f"{add}, or leave it out")
    if wanted.seed is not None and not faults.of_calls:
        mend = f"{add}, or a fault by chance such as --fault throttle=0.2, or leave it out"
        raise UsageError("nothing is left to chance here", where="--seed", mend=mend)


def _places(regions: Sequence[str], accounts: Sequence[str]) -> tuple[Place, ...]:
    """Every region of every account."""
    from orchestrator.sandbox import world
    from orchestrator.sandbox.parts import Place

    for region in regions:
        _check_region(region)
    letters = world.INSTANCES_ACCOUNTS
    _check_accounts(accounts, letters)
    return tuple(
        Place(letters[account], region)
        for account in _once(accounts or ["a"])
        for region in _once(regions or [world.REGION])
    )


def _check_region(region: str) -> None:
    where = f"--region {region[:80]}"
    try:
        KINDS["region"].check(region)
    except ValueError as error:
        mend = f"e.g. --region {KINDS['region'].example}"
        raise UsageError(str(error), where=where, mend=mend) from error
    if partition_of(region) != "aws":
        what = "the sandbox's accounts are of the partition aws"
        raise UsageError(what, where=where, mend="take one such as us-east-1")


def _check_accounts(accounts: Iterable[str], letters: Mapping[str, str]) -> None:
    for account in accounts:
        if account not in letters:
            what = "no instances can be in such an account"
            mend = f"take {' or '.join(letters)}: account A or account D"
            raise UsageError(what, where=f"--account {account[:80]}", mend=mend)


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
