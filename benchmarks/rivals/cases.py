"""What is measured: who does it, on how many hosts, and what goes wrong meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ORCH = "orch"
RIVALS: Mapping[str, str] = {
    "aws_cli": "AWS CLI: send, wait, get",
    "boto3_waiter": "boto3, a waiter per host",
    "poll_each": "a poll per host, each 0.5 s",
    "list_then_get": "ListCommands, then Gets",
}
NAMES: Mapping[str, str] = {ORCH: "`orch run`", **RIVALS}
FAULTS: Mapping[str, str] = {
    "slow": "slow-module=222s",
    "throttle": "throttle=0.2",
}
SEED = 7
HOST_SECONDS = 10
ONE_BY_ONE = 5
"""Runs on one host: how late a look comes is chance with one alone."""


@dataclass(frozen=True)
class Case:
    """A strategy on so many hosts, in ``runs`` processes that each have as many of their own.

    ``looked_at``: of so many hosts the end is looked at, where not of all.
    """

    strategy: str
    hosts: int
    fault: str = ""
    looked_at: int | None = None
    runs: int = 1

    @property
    def scripts(self) -> Sequence[str]:
        """What is sent, a command each; `orch` has before, switch and after in one of its own.

        Where only the verdicts are counted, the first command is enough.
        """
        if self.strategy == ORCH:
            return []
        return ["before"] if self.fault else ["before", "after"]

    @property
    def name(self) -> str:
        """For files and for whoever waits."""
        return "-".join(filter(None, (self.strategy, str(self.hosts), self.fault)))


def _all(
    hosts: int, fault: str = "", *, names: Sequence[str] = tuple(NAMES), runs: int = 1
) -> list[Case]:
    return [Case(name, hosts, fault, runs=runs) for name in names]


BESIDE = _all(10, "slow")
"""These wait for four minutes and do little: they run beside the others, from the beginning."""

BATCHES: Sequence[Sequence[Case]] = (
    # What mostly waits runs at once; what needs a core or both has them for itself.
    _all(1, runs=ONE_BY_ONE),
    [*_all(50, names=("orch", "boto3_waiter", "list_then_get")), Case("orch", 500)],
    [Case("aws_cli", 50)],
    [Case("poll_each", 50)],
    [Case("boto3_waiter", 500), Case("list_then_get", 500)],
    [Case("poll_each", 500)],
    # Two processes for each host and script, of half a second each: nobody has so much time.
    [Case("aws_cli", 500, looked_at=40)],
    _all(50, "throttle"),
    [Case("orch", 1_000)],
    [Case("orch", 10_000)],
)
