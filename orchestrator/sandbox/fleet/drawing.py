"""Chance that can be repeated: the same seed and the same question give the same answer.

Nothing is drawn from a stream of random numbers, whose order would be that of threads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from statistics import NormalDist
from typing import TypeVar

_T = TypeVar("_T")
_NORMAL = NormalDist()
_SPREAD = 0.15
"""Of the run times' logarithm: two thirds lie within 15% of the median."""
_SLOW_SHARE = 0.02
_LEAST, _MOST = 1e-9, 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Drawing:
    """Chance by a seed. What is asked about is named by words and numbers."""

    seed: int

    def number(self, *what: object) -> float:
        """From 0 up to, but not including, 1."""
        text = "/".join(map(str, (self.seed, *what)))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()[:6]) / 2**48

    def happens(self, share: float, *what: object) -> bool:
        """Whether something happens that happens to this share."""
        return share > 0 and self.number(*what) < share

    def some_of(self, items: Sequence[_T], share: float, *what: object) -> list[_T]:
        """So many of the items, in their order: at least one where the share is not 0."""
        if not items or share <= 0:
            return []
        count = min(len(items), max(1, round(len(items) * share)))
        ranked = sorted(range(len(items)), key=lambda number: self.number(*what, number))
        return [items[number] for number in sorted(ranked[:count])]

    def run_seconds(self, median: float, *what: object) -> float:
        """How long a script runs: about the median, and one in fifty up to four times that."""
        seconds = median * math.exp(_SPREAD * self._normal(*what, "run"))
        if self.happens(_SLOW_SHARE, *what, "tail"):
            seconds *= 1.5 + 2.5 * self.number(*what, "how slow") ** 2
        return seconds

    def start_seconds(self, *what: object) -> float:
        """From the command's arrival to the script's start: half a second, seldom some seconds."""
        return 0.5 * math.exp(0.6 * self._normal(*what, "start"))

    def _normal(self, *what: object) -> float:
        return _NORMAL.inv_cdf(min(_MOST, max(_LEAST, self.number(*what))))
