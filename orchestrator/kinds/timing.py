"""Schedule expressions as State Manager takes them: rates, and a narrow kind of cron.

What associations take is in the Systems Manager User Guide, "Cron and rate expressions for
associations": every half an hour, every 1, 2, 4, 8 or 12 hours, every day or every week at a time,
and the nth or the last such weekday of a month; rates from 30 minutes to less than 31 days. Times
are UTC.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_RATE = re.compile(r"([1-9][0-9]{0,5}) (minute|minutes|hour|hours|day|days)")
_UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
LEAST_RATE, ABOVE_RATES = 30 * 60, 31 * 86_400
"""Seconds: the shortest rate, and the first that is too long."""

_STEP = re.compile(r"(?:0|\*)/([0-9]{1,2})")
_NUMBER = re.compile(r"[0-9]{1,2}")
_HOURS = {1, 2, 4, 8, 12}
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NTH = re.compile(r"([A-Z]{3}|[1-7])#([1-5])")
_LAST = re.compile(r"([A-Z]{3}|[1-7])L")
_DAY, _WEEK = 86_400, 7 * 86_400
_FEW_HOURS = "every half an hour, or every 1, 2, 4, 8 or 12 hours"
_DAILY = "every day, every week, or on the nth or last such weekday of a month"


@dataclass(frozen=True, slots=True)
class Timing:
    """When something runs. ``expression`` is whole, ``period`` the most seconds between two runs.

    ``minute`` and ``hour`` are None where they are stepped over; ``weekday`` is Monday's 0 to
    Sunday's 6, ``nth`` which of those in a month (0: the last).
    """

    expression: str
    period: int
    minute: int | None = None
    hour: int | None = None
    weekday: int | None = None
    nth: int | None = None

    @property
    def is_rate(self) -> bool:
        """Whether it counts from when the association was made."""
        return self.expression.startswith("rate(")

    def after(self, moment: datetime, last: datetime | None = None) -> datetime | None:
        """The next time after that moment.

        A rate is counted from the ``last`` time that it ran; None where nobody knows that.
        """
        if self.is_rate:
            if last is None:
                return None
            gone = max(0, int((moment - last).total_seconds()) // self.period)
            return last + timedelta(seconds=self.period * (gone + 1))
        at = moment.astimezone(UTC).replace(second=0, microsecond=0)
        if self.hour is None or self.minute is None:
            return self._by_steps(at)
        at = at.replace(hour=self.hour, minute=self.minute)
        for _ in range(400):
            if at > moment and self._is_day(at):
                return at
            at += timedelta(days=1)
        return None

    def _by_steps(self, at: datetime) -> datetime:
        day = at.replace(hour=0, minute=self.minute or 0)
        gone = int((at - day).total_seconds()) // self.period + 1
        following = day + timedelta(seconds=gone * self.period)
        if following.date() > day.date():
            following = day + timedelta(days=1)
        return following

    def _is_day(self, at: datetime) -> bool:
        if self.weekday is None or self.nth is None:
            return self.weekday in {None, at.weekday()}
        days = calendar.monthrange(at.year, at.month)[1]
        nth = 0 if self.nth == 0 and at.day + 7 > days else (at.day - 1) // 7 + 1
        return at.weekday() == self.weekday and nth == self.nth


def timing(text: str) -> Timing:
    """The timing of a whole expression, ``rate(...)`` or ``cron(...)``.

    Raises:
        ValueError: State Manager would not take it; the message says why.
    """
    name, _, rest = text.strip().partition("(")
    if name == "rate" and rest.endswith(")"):
        return rate(rest[:-1])
    if name == "cron" and rest.endswith(")"):
        return cron(rest[:-1])
    raise ValueError("neither rate(...) nor cron(...)")


def rate(text: str) -> Timing:
    """The timing of what stands in ``rate(...)``, with that around it or without.

    Raises:
        ValueError: it is none, or shorter or longer than State Manager takes.
    """
    inside = _inside(text, "rate")
    found = _RATE.fullmatch(inside)
    if found is None:
        raise ValueError("not a rate: a number from 1 on and minutes, hours or days")
    count, unit = int(found[1]), found[2].removesuffix("s")
    if (count == 1) is found[2].endswith("s"):
        right = unit if count == 1 else f"{unit}s"
        raise ValueError(f"not a rate: it is {count} {right}")
    period = count * _UNITS[unit]
    if period < LEAST_RATE:
        raise ValueError("too often: State Manager takes 30 minutes or more")
    if period >= ABOVE_RATES:
        raise ValueError("too seldom: State Manager takes less than 31 days")
    return Timing(f"rate({inside})", period)


def cron(text: str) -> Timing:
    """The timing of what stands in ``cron(...)``, with that around it or without.

    Raises:
        ValueError: State Manager does not take it for an association.
    """
    inside = _inside(text, "cron")
    fields = inside.upper().split()
    if len(fields) == 7 and fields.pop(0) != "0":
        raise ValueError("not taken: the seconds, the first of seven fields, can only be 0")
    if len(fields) != 6:
        raise ValueError(
            "not a cron expression of AWS: minutes, hours, day of month, month, day of week, year"
        )
    minute, hour, day, month, weekday, year = fields
    if month != "*" or year not in {"*", "?"}:
        raise ValueError("not taken: an association runs in every month of every year")
    if (day == "?") is (weekday == "?"):
        raise ValueError("not taken: either the day of month or the day of week has to be ?")
    # In one spelling, since AWS keeps the text, and another text is another schedule.
    whole = f"cron({' '.join(inside.upper().split())})"
    stepped = _stepped(whole, minute, hour)
    if stepped is None:
        return _at_a_time(whole, minute, hour, day, weekday)
    if day not in {"*", "?"} or weekday not in {"*", "?"}:
        raise ValueError("not taken: what runs several times a day runs every day")
    return stepped


def _stepped(whole: str, minute: str, hour: str) -> Timing | None:
    """Every so many minutes or hours; None where it is at one time of the day."""
    by_minute, by_hour = _STEP.fullmatch(minute), _STEP.fullmatch(hour)
    if by_minute is not None:
        if int(by_minute[1]) != 30 or hour != "*":
            raise ValueError(f"not taken: an association runs {_FEW_HOURS}")
        return Timing(whole, 1800, minute=0)
    if hour != "*" and by_hour is None:
        return None
    step = 1 if by_hour is None else int(by_hour[1])
    if step not in _HOURS:
        raise ValueError(f"not taken: an association runs {_FEW_HOURS}")
    return Timing(whole, step * 3600, minute=_number(minute, 59, "minutes"))


def _at_a_time(whole: str, minute: str, hour: str, day: str, weekday: str) -> Timing:
    at = (_number(minute, 59, "minutes"), _number(hour, 23, "hours"))
    if day not in {"*", "?"}:
        raise ValueError(f"not taken: an association runs {_DAILY}")
    if weekday in {"*", "?"}:
        return Timing(whole, _DAY, *at)
    nth, last = _NTH.fullmatch(weekday), _LAST.fullmatch(weekday)
    if nth is not None:
        # A fifth one is not in every month: in 400 years, after which it all comes again, two of
        # them are 119 days apart at most.
        period = 35 * _DAY if int(nth[2]) < 5 else 119 * _DAY
        return Timing(whole, period, *at, weekday=_weekday(nth[1]), nth=int(nth[2]))
    if last is not None:
        return Timing(whole, 35 * _DAY, *at, weekday=_weekday(last[1]), nth=0)
    return Timing(whole, _WEEK, *at, weekday=_weekday(weekday))


def _number(text: str, most: int, name: str) -> int:
    if _NUMBER.fullmatch(text) is None or int(text) > most:
        raise ValueError(f"not taken: the {name} have to be one number from 0 to {most}")
    return int(text)


def _weekday(text: str) -> int:
    """Monday's 0, of a name or of AWS's numbers, which begin at Sunday's 1."""
    if text in _DAYS:
        return (_DAYS.index(text) - 1) % 7
    if text.isdigit() and 1 <= int(text) <= 7:
        return (int(text) - 2) % 7
    raise ValueError("not taken: the day of week has to be one of SUN to SAT, or ?")


def _inside(text: str, name: str) -> str:
    clean = text.strip()
    if clean.startswith(f"{name}(") and clean.endswith(")"):
        clean = clean[len(name) + 1 : -1].strip()
    return clean
