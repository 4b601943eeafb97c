"""What `orch run` means to be held to beside the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rivals.cases import ORCH
from rivals.found import Figures, of, under


@dataclass(frozen=True)
class Aim:
    """``found`` of the cases is to be no more than ``most``, in ``unit``."""

    what: str
    most: float
    unit: str
    found: Callable[[Sequence[Figures]], float]


def _figure(name: str, hosts: int) -> Callable[[Sequence[Figures]], float]:
    return lambda cases: float(of(cases, ORCH, hosts)[name])


def _beside_aws_cli(hosts: int) -> Callable[[Sequence[Figures]], float]:
    def found(cases: Sequence[Figures]) -> float:
        ours, theirs = of(cases, ORCH, hosts), of(cases, "aws_cli", hosts)
        return float(ours["wall"] / theirs["wall"])

    return found


def _wrong(fault: str) -> Callable[[Sequence[Figures]], float]:
    return lambda cases: float(under(cases, ORCH, fault)["wrong"])


_BESIDE = {1: "1 host", 50: "50 hosts", 500: "500 hosts"}

AIMS = (
    Aim("API calls a host, 50 hosts", 0.15, "", _figure("calls_per_host", 50)),
    Aim("API calls a host, 10,000 hosts", 0.06, "", _figure("calls_per_host", 10_000)),
    Aim("lag, 1 host", 1, " s", _figure("lag_median", 1)),
    Aim("lag, 50 hosts", 1, " s", _figure("lag_median", 50)),
    Aim("lag, 500 hosts", 3, " s", _figure("lag_median", 500)),
    *(
        Aim(f"API calls a second, {many}", 1, "", _figure("calls_per_second", hosts))
        for hosts, many in _BESIDE.items()
    ),
    *(
        Aim(f"wall, part of the AWS CLI's, {many}", 0.4, "", _beside_aws_cli(hosts))
        for hosts, many in _BESIDE.items()
    ),
    Aim("wrong verdicts, modules load in 222 s", 0, "", _wrong("slow")),
    Aim("wrong verdicts, every fifth call throttled", 0, "", _wrong("throttle")),
    Aim("memory, 10,000 hosts", 300, " MiB", _figure("memory", 10_000)),
    Aim("the client's own CPU, 10,000 hosts", 60, " s", _figure("cpu", 10_000)),
)
