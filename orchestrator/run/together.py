"""Several runs at once, one for each account and region, as one run with one report."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import overload

from orchestrator.model.progress import Look
from orchestrator.model.report import HostReport, Report
from orchestrator.ports import Listener

Work = Callable[[Listener], Report]
"""One of the runs, told whom to tell of its progress."""


def together(
    run_id: str, works: Mapping[str, Work], listener: Listener, stop: Callable[[], None]
) -> Report:
    """Do all of it at the same time, each named by its place, and put the reports together.

    ``stop`` makes whoever works stop as by Ctrl-C, which only the main thread is told of.

    Each must make a report whatever happens; the first error that comes out of one is raised again.
    """
    chorus = _Chorus(listener)
    reports: dict[str, Report] = {}
    errors: list[BaseException] = []

    def do(place: str, work: Work) -> None:
        try:
            reports[place] = work(chorus.voice(place))
        except BaseException as error:  # noqa: BLE001 - raised again by the main thread
            errors.append(error)

    threads = [
        threading.Thread(target=do, args=item, name=item[0], daemon=True) for item in works.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        _join(thread, stop)
    for error in errors:
        raise error
    return merged(run_id, {place: reports[place] for place in works})


def _join(thread: threading.Thread, stop: Callable[[], None]) -> None:
    while thread.is_alive():
        try:
            thread.join(0.2)
        except KeyboardInterrupt:
            stop()


def merged(run_id: str, reports: Mapping[str, Report]) -> Report:
    """One report of all of them. Stages lasted as long as in the slowest place."""
    parts = list(reports.values())
    timings: dict[str, float] = {}
    for part in parts:
        for stage, seconds in part.timings.items():
            timings[stage] = max(seconds, timings.get(stage, 0.0))
    if "total" in timings:
        timings["total"] = timings.pop("total")
    return Report(
        run_id=run_id,
        plans=tuple(chain.from_iterable(part.plans for part in parts)),
        hosts=_Chained([part.hosts for part in parts]),
        tally=sum((Counter(part.tally) for part in parts), Counter()),
        started=min(part.started for part in parts),
        ended=max(part.ended for part in parts),
        api_calls=sum((Counter(part.api_calls) for part in parts), Counter()),
        timings=timings,
        interrupted=any(part.interrupted for part in parts),
        notes=tuple(f"{place}: {note}" for place, part in reports.items() for note in part.notes),
    )


class _Chained(Sequence[HostReport]):
    """The hosts of several runs one after the other; none is read before it is asked for."""

    def __init__(self, parts: Sequence[Sequence[HostReport]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def __iter__(self) -> Iterator[HostReport]:
        return chain.from_iterable(self._parts)

    @overload
    def __getitem__(self, index: int) -> HostReport: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[HostReport]: ...
    def __getitem__(self, index: int | slice) -> HostReport | Sequence[HostReport]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = range(len(self))[index]
        for part in self._parts:
            if at < len(part):
                return part[at]
            at -= len(part)
        raise IndexError(index)


@dataclass(slots=True)
class _Chorus:
    """Tells one listener of several runs: the counts of all of them, and whose news it is."""

    listener: Listener
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _looks: dict[str, Look] = field(default_factory=dict)

    def voice(self, place: str) -> Listener:
        """The listener for one of them."""
        return _Voice(self, place)

    def say(self, say: Callable[[Listener], None]) -> None:
        """Tell the listener, one at a time."""
        with self._lock:
            say(self.listener)

    def look(self, place: str, seen: Look) -> None:
        """One look is done somewhere."""
        with self._lock:
            self._looks[place] = seen
            looks = list(self._looks.values())
            known = [look.expected for look in looks if look.expected is not None]
            self.listener.look(
                Look(
                    elapsed=max(look.elapsed for look in looks),
                    states=sum((Counter(look.states) for look in looks), Counter()),
                    expected=max(known) if len(known) == len(looks) else None,
                    failed=tuple(chain.from_iterable(look.failed for look in looks)),
                    slow=tuple(chain.from_iterable(look.slow for look in looks)),
                )
            )


@dataclass(frozen=True, slots=True)
class _Voice:
    chorus: _Chorus
    place: str

    def stage(self, name: str, detail: str = "") -> None:
        """A stage begins; that each place begins it by itself is not worth telling."""
        if name in {"cancel", "restore"} or detail:
            self.chorus.say(lambda listener: listener.stage(name, detail))

    def sent(self, command_id: str, hosts: int, number: int, commands: int) -> None:
        """A command was sent."""
        self.chorus.say(lambda listener: listener.sent(command_id, hosts, number, commands))

    def look(self, seen: Look) -> None:
        """One look is done."""
        self.chorus.look(self.place, seen)
