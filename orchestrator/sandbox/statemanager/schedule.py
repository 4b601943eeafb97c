"""When an association is due: cron(...), rate(...) and at(...), as State Manager takes them.

"Cron and rate expressions for associations" in the Systems Manager User Guide: every half hour,
every 1, 2, 4, 8 or 12 hours, every day or a day of every week at a time, the nth or the last such
day of a month; no months. All of it is UTC. What the guide does not list is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from orchestrator.sandbox.runcommand.errors import ApiError

_CALL = re.compile(r"(cron|rate|at)\((.*)\)")
_RATE = re.compile(r"([1-9][0-9]{0,6}) (minute|hour|day)(s?)")
_EVERY = re.compile(r"(?:0|\*)/([1-9][0-9]?)")
_HOURS = frozenset({1, 2, 4, 8, 12})
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAY = re.compile(rf"({'|'.join(_DAYS)}|[1-7])(?:#([1-5])|(L))?")
_LEAST, _MOST = timedelta(minutes=30), timedelta(days=31)
_LOOKED_AHEAD = 400
"""Days: a fifth Thursday comes within a year, whatever the year."""


class Schedule(Protocol):
    """When something is due, again and again or once."""

    def after(self, moment: datetime, begun: datetime) -> datetime | None:
        """The first time later than that moment, of a schedule that began then; None: never."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so often, counted from when it began."""

    every: timedelta

    def after(self, moment: datetime, begun: datetime) -> datetime | None:
        """See `Schedule`."""
        return begun + (max(0, (moment - begun) // self.every) + 1) * self.every


@dataclass(frozen=True, slots=True)
class At:
    """Once."""

    moment: datetime

    def after(self, moment: datetime, begun: datetime) -> datetime | None:  # noqa: ARG002 - of all
        """See `Schedule`."""
        return self.moment if self.moment > moment else None


@dataclass(frozen=True, slots=True)
class Cron:
    """At these minutes of these hours, on the days that fit.

    ``weekday`` counts from Sunday, None is every day; ``nth`` is its number in the month, -1 the
    last. ``offset`` are days to wait after that day.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    weekday: int | None = None
    nth: int | None = None
    offset: int = 0

    def after(self, moment: datetime, begun: datetime) -> datetime | None:  # noqa: ARG002 - of all
        """See `Schedule`."""
        return next((due for due in self._from(moment) if due > moment), None)

    def _from(self, moment: datetime) -> Iterator[datetime]:
        wait = timedelta(days=self.offset)
        first = (moment - wait).replace(hour=0, minute=0, second=0, microsecond=0)
        for number in range(_LOOKED_AHEAD):
            day = first + timedelta(days=number)
            if self._fits(day):
                for hour in self.hours:
                    for minute in self.minutes:
                        yield day.replace(hour=hour, minute=minute) + wait

    def _fits(self, day: datetime) -> bool:
        if self.weekday is None:
            return True
        if (day.weekday() + 1) % 7 != self.weekday:
            return False
        if self.nth == -1:
            return (day + timedelta(days=7)).month != day.month
        return self.nth in {None, (day.day - 1) // 7 + 1}


def read_schedule(text: str) -> Schedule:
    """The schedule that an expression means. InvalidSchedule."""
    found = _CALL.fullmatch(text)
    if found is None:
        raise _invalid(text, "it is none of cron(...), rate(...) and at(...)")
    kind, inner = found.groups()
    if kind == "rate":
        return _rate(text, inner)
    return _at(text, inner) if kind == "at" else _cron(text, inner)


def _rate(text: str, inner: str) -> Rate:
    found = _RATE.fullmatch(inner)
    if found is None or (found[1] == "1") == bool(found[3]):
        raise _invalid(text, "a rate is such as 30 minutes, 1 hour or 7 days")
    every = timedelta(**{f"{found[2]}s": int(found[1])})
    if not _LEAST <= every < _MOST:
        raise _invalid(text, "a rate of associations is 30 minutes or more, and less than 31 days")
    return Rate(every)


def _at(text: str, inner: str) -> At:
    try:
        return At(datetime.strptime(inner, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC))
    except ValueError as error:
        raise _invalid(text, "a time is such as 2026-07-07T15:55:00") from error


def _cron(text: str, inner: str) -> Cron:
    fields = inner.split()
    if len(fields) == 7 and fields.pop(0) != "0":
        raise _invalid(text, "the seconds of associations can only be 0")
    if len(fields) != 6:
        raise _invalid(text, "it needs minutes, hours, day of month, month, day of week and year")
    minutes, hours, day, month, weekday, year = fields
    if month != "*" or year != "*":
        raise _invalid(text, "associations have no months and no years: both are *")
    any_day = day in {"*", "1/1"}
    if any_day != (weekday == "?") or (not any_day and day != "?"):
        raise _invalid(
            text, "one of day of month and day of week is ?, and no day of month is given"
        )
    on_day = weekday not in {"*", "?"}
    half_hours = _EVERY.fullmatch(minutes)
    if half_hours:
        if half_hours[1] != "30" or hours != "*" or on_day:
            raise _invalid(text, "of minutes associations have 0/30 of every hour and day alone")
        return Cron((0, 30), tuple(range(24)))
    minute = _number(text, minutes, 59)
    every = _EVERY.fullmatch(hours)
    if every:
        if int(every[1]) not in _HOURS or on_day:
            raise _invalid(
                text, "associations have every 1, 2, 4, 8 or 12 hours of every day alone"
            )
        return Cron((minute,), tuple(range(0, 24, int(every[1]))))
    hour = _number(text, hours, 23)
    return Cron((minute,), (hour,), *(_weekday(text, weekday) if on_day else ()))


def _number(text: str, field: str, most: int) -> int:
    if not (field.isascii() and field.isdigit() and len(field) <= 2 and int(field) <= most):
        raise _invalid(text, f"{field} is none of 0 to {most}; lists and ranges are not supported")
    return int(field)


def _weekday(text: str, field: str) -> tuple[int, int | None]:
    found = _DAY.fullmatch(field)
    if found is None:
        raise _invalid(text, f"{field} is no day of the week such as MON, MON#2 or 2L")
    name, nth, last = found.groups()
    number = _DAYS.index(name) if name in _DAYS else int(name) - 1
    return number, -1 if last else int(nth) if nth else None


def _invalid(text: str, why: str) -> ApiError:
    message = f"The schedule expression {text} is not valid: {why}."
    return ApiError("InvalidSchedule", message)
