"""Where the time went: the run's stages, and on a host the script's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from orchestrator.model.report import HostReport, Report
from orchestrator.wording import duration_words

_RUN = {
    "check": "asking which hosts there are",
    "send": "sending",
    "wait": "waiting for the hosts",
    "cancel": "cancelling",
    "read": "reading, judging, looking for causes",
    "restore": "putting back",
}
_HOST = {
    "elsewhere": "in the queue, in another wave, or ended and not yet seen",
    "start": "starting the shell",
    "load": "loading modules",
    "before": "checks before the switch",
    "switch": "switching",
    "after": "checks after it",
    "restore": "putting back",
}
_BINS = 24


@dataclass(frozen=True, slots=True)
class Part:
    """One stage of a bar. ``x`` and ``width`` are of 1000."""

    name: str
    words: str
    seconds: float
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """Stages one after the other. ``said`` is the drawing in words."""

    title: str
    parts: Sequence[Part]

    @property
    def seconds(self) -> float:
        """All of it."""
        return sum(part.seconds for part in self.parts)

    @property
    def said(self) -> str:
        """The drawing in words."""
        each = ", ".join(f"{part.words} {duration_words(part.seconds)}" for part in self.parts)
        return f"{self.title}: {each}"


@dataclass(frozen=True, slots=True)
class Bin:
    """Hosts whose scripts took about so long. Geometry is of 1000 by 100."""

    count: int
    begin: float
    end: float
    x: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """``bars`` share one scale. ``bins`` are there for many hosts, with ``spread`` in words."""

    bars: Sequence[Bar]
    bins: Sequence[Bin] = ()
    spread: str = ""


@dataclass(slots=True)
class HostTimes:
    """What is kept of the hosts' times."""

    seconds: list[float] = field(default_factory=list)
    stages: dict[str, list[float]] = field(default_factory=dict)
    slowest: HostReport | None = None

    def __bool__(self) -> bool:
        return bool(self.seconds)

    def add(self, host: HostReport) -> None:
        """Take in one more."""
        if host.seconds is None:
            return
        self.seconds.append(host.seconds)
        if self.slowest is None or host.seconds > (self.slowest.seconds or 0.0):
            self.slowest = host
        for stage, spent in _stages(host).items():
            self.stages.setdefault(stage, []).append(spent)


def of_host(host: HostReport, report: Report) -> Bar | None:
    """One host's bar by itself; None where nothing is known."""
    spent = _with_elsewhere(_stages(host), host, report)
    return _bar("This host", _HOST, spent, sum(spent.values())) if spent else None


def timeline(report: Report, times: HostTimes) -> Timeline:
    """The run's bar, and under it that of its host, or of a typical and the slowest one."""
    stages = {name: spent for name, spent in report.timings.items() if name in _RUN}
    total = sum(stages.values())
    run = _bar("The run", _RUN, stages, total)
    bars = [run] if run.parts else []
    slowest = times.slowest
    if slowest is None:
        return Timeline(bars)
    before = sum(stages.get(name, 0.0) for name in ("check", "send"))
    if len(times.seconds) == 1:
        bars.append(_host_bar("The host", slowest, report, total, before))
        return Timeline(bars)
    typical = {name: median(spent) for name, spent in times.stages.items()}
    total = max(total, sum(typical.values()))
    bars.append(_bar("A typical host: each stage's median", _HOST, typical, total, before))
    title = f"The slowest host, {slowest.instance_id}"
    bars.append(_host_bar(title, slowest, report, total, before))
    return Timeline(bars, _bins(times.seconds), _spread(times.seconds))


def _host_bar(title: str, host: HostReport, report: Report, total: float, before: float) -> Bar:
    spent = _with_elsewhere(_stages(host), host, report)
    return _bar(title, _HOST, spent, max(total, sum(spent.values())), before)


def _stages(host: HostReport) -> dict[str, float]:
    """What the script itself told, and how long it took to come so far."""
    told = host.evidence.timings if host.evidence else {}
    spent = {name: told[name] / 1000 for name in _HOST if name in told}
    if host.seconds is not None and "total" in told:
        start = max(0.0, host.seconds - told["total"] / 1000)
        return {"start": start, **spent}
    return spent


def _with_elsewhere(
    spent: Mapping[str, float], host: HostReport, report: Report
) -> dict[str, float]:
    """Of several places only the slowest one's wait is known, so nothing is said there."""
    wait = report.timings.get("wait") if len(report.plans) == 1 else None
    if not spent or wait is None or host.seconds is None:
        return dict(spent)
    return {"elsewhere": max(0.0, wait - host.seconds), **spent}


def _bar(
    title: str,
    words: Mapping[str, str],
    spent: Mapping[str, float],
    total: float,
    begin: float = 0.0,
) -> Bar:
    parts, scale = [], 1000 / (total or 1.0)
    at = begin * scale
    for name in (name for name in words if name in spent):
        width = spent[name] * scale
        shown = max(0.0, min(width, 1000 - at))
        parts.append(Part(name, words[name], spent[name], round(at, 2), round(shown, 2)))
        at += width
    return Bar(title, parts)


def _bins(seconds: Sequence[float]) -> Sequence[Bin]:
    least, most = min(seconds), max(seconds)
    width = (most - least) / _BINS
    if len(seconds) < _BINS or width <= 0:
        return ()
    counts = [0] * _BINS
    for spent in seconds:
        counts[min(_BINS - 1, int((spent - least) / width))] += 1
    top, wide = max(counts), 1000 / _BINS
    return [
        Bin(
            count,
            least + at * width,
            least + (at + 1) * width,
            round(at * wide + 1, 2),
            round(wide - 2, 2),
            round(count * 100 / top, 2),
        )
        for at, count in enumerate(counts)
    ]


def _spread(seconds: Iterable[float]) -> str:
    found = sorted(seconds)
    middle, late = median(found), quantiles(found, n=20, method="inclusive")[-1]
    named = (("fastest", found[0]), ("median", middle), ("95 of 100 within", late))
    said = [f"{name} {duration_words(spent)}" for name, spent in named]
    return ", ".join([*said, f"slowest {duration_words(found[-1])}"])
