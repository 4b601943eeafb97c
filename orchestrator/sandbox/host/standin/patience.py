"""How long and how often the AWS SDK for .NET tries, as the recorded cases show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_LEGACY_ATTEMPTS = 5
_STANDARD_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for one attempt.

    ``connect``: until a connection stands (Windows gives up after 21). ``read``: HttpClient's 100,
    which no setting of the SDK shortens. ``metadata``: for one question to the instance metadata;
    credentials need two, and a silent endpoint costs 32 seconds.
    """

    connect: float = 21.0
    read: float = 100.0
    metadata: float = 16.0


def attempts(environment: Mapping[str, str]) -> int:
    """How often a call is tried: SDK 3.7's legacy mode tries five times, whatever the maximum."""
    if environment.get("AWS_RETRY_MODE", "").lower() not in {"standard", "adaptive"}:
        return _LEGACY_ATTEMPTS
    said = environment.get("AWS_MAX_ATTEMPTS", "")
    return int(said) if said.isascii() and said.isdigit() and int(said) else _STANDARD_ATTEMPTS
