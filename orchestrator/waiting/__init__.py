"""Level 1: how long to wait and how often to try. The one place where tenacity is configured.

Time comes from the injected clock: tenacity's own stops read the real one.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from orchestrator.ports import Clock

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

FIRST_LOOK = 0.5
"""Seconds from the send to the first look."""

GROWTH = 1.85
"""The next look comes when this many times the time since the send has passed: a host that takes
ten seconds costs six looks, and no look comes later than by the host's own time again."""

LONGEST_WAIT = 5.0
"""Seconds between two looks at most."""

MOMENT = 0.001
"""Seconds that make no difference. A clock's two readings are subtracted, so that what is left of a
wait may be less than the clock can count, and waiting for it would never end."""

JITTER = 0.04
"""The part of a wait that is left to chance, so that many runs do not look in step."""


def wait_before_look(elapsed: float, chance: float = 0.0, usual: float | None = None) -> float:
    """Seconds to wait for the next look, so long after the send. ``chance`` is from 0 to 1.

    Where it is known how long it ``usual``-ly takes, the first look comes then, and the next ones
    as if the send had been a second before that.
    """
    first = FIRST_LOOK if usual is None else max(FIRST_LOOK, usual)
    if elapsed < first - MOMENT:
        return first - elapsed
    late = elapsed if usual is None else elapsed - first + 1.0
    wait = min(late * (GROWTH - 1), LONGEST_WAIT)
    return wait * (1 + JITTER * chance)


def looks_within(seconds: float) -> int:
    """How many looks that schedule holds until a host that takes so long is seen at its end."""
    elapsed, count = FIRST_LOOK, 1
    while elapsed < seconds:
        elapsed += wait_before_look(elapsed)
        count += 1
    return count


def look_until(
    look: Callable[[], T],
    done: Callable[[T], bool],
    *,
    clock: Clock,
    deadline: float,
    excused: type[Exception],
    usual: float | None = None,
    chance: Callable[[], float] = random.random,
) -> T:
    """Look again and again until it is done, and give what the last look saw.

    ``usual`` is how many seconds it is known to take; None where nobody knows. An ``excused`` error
    counts as a look that saw nothing: a dropped network must not end a run. After ``deadline``
    (seconds from now) there is one last look; its result is given even if it is not done, and its
    error is raised.
    """
    from tenacity import Retrying, retry_if_exception_type, retry_if_result

    begun = clock.monotonic()

    def wait(_state: RetryCallState) -> float:
        elapsed = clock.monotonic() - begun
        return min(wait_before_look(elapsed, chance(), usual), max(deadline - elapsed, 0.0))

    def out_of_time(_state: RetryCallState) -> bool:
        return clock.monotonic() - begun >= deadline - MOMENT

    def give_up(state: RetryCallState) -> T:
        assert state.outcome is not None  # tenacity calls this after an attempt
        result: T = state.outcome.result()
        return result

    clock.sleep(min(wait_before_look(0.0, 0.0, usual), deadline))
    return Retrying(
        retry=retry_if_result(lambda seen: not done(seen)) | retry_if_exception_type(excused),
        wait=wait,
        stop=out_of_time,
        sleep=clock.sleep,
        retry_error_callback=give_up,
    )(look)


def try_again(
    call: Callable[[], T],
    *,
    when: Callable[[BaseException], bool],
    clock: Clock,
    attempts: int,
) -> T:
    """Call, and call again after an error that ``when`` takes, with growing jittered waits.

    The last error is raised as it is.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

    return Retrying(
        retry=retry_if_exception(when),
        wait=wait_random_exponential(multiplier=0.5, max=20),
        stop=stop_after_attempt(attempts),
        sleep=clock.sleep,
        reraise=True,
    )(call)
