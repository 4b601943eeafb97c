"""The options of a sandbox's fleet, and which of them would have no effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.errors import UsageError
from orchestrator.kinds import KINDS, partition_of

if TYPE_CHECKING:
    from orchestrator.sandbox.fleet.faults import Faults
    from orchestrator.sandbox.fleet.order import FleetOrder
    from orchestrator.sandbox.parts import Place

HostsOption = Annotated[
    int,
    typer.Option(
        "--hosts", metavar="N", min=0, max=10_000, help="Add so many simulated Windows hosts."
    ),
]
HostSecondsOption = Annotated[
    float | None,
    typer.Option(
        "--host-seconds",
        metavar="SECONDS",
        min=0.1,
        max=86_400.0,
        help="How long a script runs on a simulated host: the median. [default: 10]",
        show_default=False,
    ),
]
RegionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        metavar="REGION",
        help="Deal the simulated hosts to these regions; repeat. [default: ap-northeast-1]",
        show_default=False,
    ),
]
AccountOption = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        metavar="a|d",
        help="Deal them to these accounts; repeat. [default: a]",
        show_default=False,
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="N",
        help="Of all chance; the same seed, the same run. [default: 1]",
        show_default=False,
    ),
]
FaultOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="NAME=VALUE",
        help="What goes wrong how often, e.g. throttle=0.2; repeat. See docs/sandbox.md.",
        show_default=False,
    ),
]


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
