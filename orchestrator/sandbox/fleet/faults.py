"""What goes wrong in a fleet, and how often: ``--fault NAME=VALUE``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from orchestrator.errors import UsageError

_SHARE = re.compile(r"(0|1|0?\.[0-9]{1,9}|0\.|1\.0{1,9})")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,7})?)%")
_SECONDS = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)(ms|s|m)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_LONGEST = 3600.0
_MOST_LOOKS = 1000
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A share, 0 to 1, of calls or hosts, and how much it is for them: seconds or bytes."""

    share: float = 0.0
    much: float = 0.0


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of SSM's calls, and of the hosts.

    ``throttle``, ``dropped``, ``error_500`` and ``slow_page`` (seconds) are of calls;
    ``empty_list`` is how many first looks at a command show nothing. ``offline``, ``never_ends``,
    ``old_agent``, ``slow_module`` (seconds) and ``truncated`` (bytes that are said before) are of
    hosts.
    """

    throttle: float = 0.0
    dropped: float = 0.0
    error_500: float = 0.0
    slow_page: Rate = Rate()
    empty_list: int = 0
    offline: float = 0.0
    never_ends: float = 0.0
    old_agent: float = 0.0
    slow_module: Rate = Rate()
    truncated: Rate = Rate()

    @property
    def of_hosts(self) -> bool:
        """Whether any of it befalls hosts."""
        shares = (self.offline, self.never_ends, self.old_agent)
        return any((*shares, self.slow_module.share, self.truncated.share))

    @property
    def of_calls(self) -> bool:
        """Whether any of it befalls calls on their way."""
        return any((self.throttle, self.dropped, self.error_500, self.slow_page.share))


def read_faults(given: Iterable[str]) -> Faults:
    """The faults of these options; of two of one name the last counts. UsageError."""
    faults = Faults()
    for option in given:
        name, equals, value = option.partition("=")
        where = f"--fault {option[:80]}"
        if name not in _READERS or not equals:
            mend = f"NAME=VALUE with one of {', '.join(_READERS)}"
            what = "there is no such fault" if equals else "it has no value"
            raise UsageError(what, where=where, mend=mend)
        read, example = _READERS[name]
        try:
            found = read(value)
        except ValueError as error:
            raise UsageError(str(error), where=where, mend=f"e.g. --fault {example}") from error
        # Each reader gives what the field of its name holds.
        faults = replace(faults, **{name.replace("-", "_"): found})  # type: ignore[arg-type]
    return faults


def _share(text: str) -> float:
    if found := _PERCENT.fullmatch(text):
        share = float(found[1]) / 100
    elif _SHARE.fullmatch(text):
        share = float(text)
    else:
        raise ValueError(f"{text[:40]!r} is no share from 0 to 1")
    if share > 1:
        raise ValueError(f"{text[:40]} is more than all")
    return share


def _seconds(text: str) -> float:
    found = _SECONDS.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is no time such as 2s, 500ms or 3m")
    seconds = float(found[1]) * _UNITS[found[2]]
    if seconds > _LONGEST:
        raise ValueError(f"{text} is longer than an hour")
    return seconds


def _share_and_seconds(text: str) -> Rate:
    share, colon, time = text.partition(":")
    if not colon and _SECONDS.fullmatch(text):
        return Rate(1.0, _seconds(text))
    if not colon:
        raise ValueError(f"{text[:40]!r} says no time after a colon")
    return Rate(_share(share), _seconds(time))


def _share_and_bytes(text: str) -> Rate:
    share, colon, size = text.partition(":")
    return Rate(_share(share), _whole(size, _MOST_BYTES) if colon else 3_000)


def _whole(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
        raise ValueError(f"{text[:40]!r} is no whole number up to {most}")
    return int(text)


def _looks(text: str) -> int:
    return _whole(text, _MOST_LOOKS)


_READERS: Mapping[str, tuple[Callable[[str], float | Rate], str]] = {
    "throttle": (_share, "throttle=0.2"),
    "dropped": (_share, "dropped=0.01"),
    "error-500": (_share, "error-500=0.01"),
    "slow-page": (_share_and_seconds, "slow-page=0.05:2s"),
    "empty-list": (_looks, "empty-list=3"),
    "offline": (_share, "offline=0.01"),
    "never-ends": (_share, "never-ends=0.001"),
    "old-agent": (_share, "old-agent=0.01"),
    "slow-module": (_share_and_seconds, "slow-module=0.05:222s"),
    "truncated": (_share_and_bytes, "truncated=0.01:3000"),
}
