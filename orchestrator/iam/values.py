"""What the typed condition operators compare: numbers, moments, truth, bytes and addresses.

Each reader raises ValueError for a text that is no such value.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

LONGEST = 200
"""Characters of any typed value; a longer text is none."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_EPOCH = re.compile(r"[0-9]{5,11}(\.[0-9]+)?")
# The forms of the W3C note "Date and Time Formats", which the IAM User Guide names, but for a year
# alone: it might as well be a Unix time.
_DATE = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"(T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<part>[0-9]+))?)?"
    r"(Z|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3]):(?P<minutes>[0-5][0-9])))?)?"
)


def _short(text: str) -> str:
    if len(text) > LONGEST or not text.isascii():
        raise ValueError("not a value")
    return text


def number(text: str) -> Decimal:
    """An integer or a decimal number."""
    if _NUMBER.fullmatch(_short(text)) is None:
        raise ValueError("not a number")
    return Decimal(text)


def moment(text: str) -> Decimal:
    """Seconds since 1970 of an ISO 8601 date in a W3C form, or of a Unix time itself."""
    if _EPOCH.fullmatch(_short(text)):
        return Decimal(text)
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError("not a date")
    date = datetime(
        int(found["year"]),
        int(found["month"]),
        int(found["day"] or 1),
        int(found["hour"] or 0),
        int(found["minute"] or 0),
        int(found["second"] or 0),
        tzinfo=UTC,
    )
    offset = int(found["hours"] or 0) * 3600 + int(found["minutes"] or 0) * 60
    part = Decimal(f"0.{found['part'] or 0}")
    return Decimal(int(date.timestamp())) + part - (offset if found["sign"] == "+" else -offset)


def truth(text: str) -> bool:
    """``true`` or ``false``, in any letter case."""
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueError("neither true nor false")
    return lowered == "true"


def binary(text: str) -> bytes:
    """The bytes that a base64 text stands for."""
    return base64.b64decode(text, validate=True)


@lru_cache(maxsize=1024)
def network(text: str) -> IPv4Network | IPv6Network:
    """An address range in CIDR form, or one address."""
    return ip_network(_short(text), strict=False)


@lru_cache(maxsize=1024)
def address(text: str) -> IPv4Network | IPv6Network:
    """One address, or a range as a request may hold it."""
    if "/" in text:
        return network(text)
    return ip_network(ip_address(_short(text)))


def within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    """Whether all of the one lies in the other; never so between IPv4 and IPv6."""
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)
