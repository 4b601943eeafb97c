"""Level 1: how long to wait and how often to try. The one place where tenacity is configured.

Time comes from the injected clock: tenacity's own stops read the real one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
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
"""Seconds between two looks at most, while nobody knows how long it will take."""

LATE, LONGEST_LATE = 0.45, 8.0
"""Beyond the time that nearly all take, the part of the time gone that is waited for the few that
are left, and the seconds that it is at most."""

MOMENT = 0.001
"""Seconds that make no difference. A clock's two readings are subtracted, so that what is left of a
wait may be less than the clock can count, and waiting for it would never end."""

JITTER = 0.04
"""The part of a wait that is left to chance, so that many runs do not look in step."""


START = 0.5
"""Seconds that SSM and the agent need, beyond the script's own, until an end can be seen."""

_FEW = 20
_PART_OF_FEW = (0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
_PART_OF_MANY = (0.35, 0.6, 0.85)
"""A look is worth its call when so many of the hosts have ended; of few hosts none waits long."""

_CLOSEST = 0.8
"""Seconds between two such looks at least."""

_SMEAR = (0.88, 1.0, 1.13)
_ENOUGH = 20
"""What took so long once takes about that long again; so many hosts tell how they differ."""


def times_worth(past: Sequence[float], hosts: int) -> tuple[float, ...]:
    """Seconds from the send after which looks at so many hosts are worth it, in their order.

    ``past`` are the seconds that hosts took which were asked the same; without any, none is known.
    """
    if not past:
        return ()
    factors = _SMEAR if len(past) < _ENOUGH else (1.0,)
    taken = sorted(seconds * factor for seconds in past for factor in factors)
    found: list[float] = []
    for part in _PART_OF_FEW if hosts < _FEW else _PART_OF_MANY:
        at = taken[min(len(taken) - 1, int(part * len(taken)))] + START
        if not found or at - found[-1] >= _CLOSEST:
            found.append(at)
    return tuple(found)


def wait_before_look(elapsed: float, chance: float = 0.0, worth: Sequence[float] = ()) -> float:
    """Seconds to wait for the next look, so long after the send. ``chance`` is from 0 to 1.

    ``worth`` are the times from `times_worth`; after the last of them the looks come as if the send
    had been a second before that, but no closer than time itself goes on.
    """
    for at in worth:
        if at - elapsed > MOMENT:
            return at - elapsed
    if not worth:
        wait = max(FIRST_LOOK - elapsed, min(elapsed * (GROWTH - 1), LONGEST_WAIT))
    else:
        late = (elapsed - worth[-1] + 1.0) * (GROWTH - 1)
        wait = min(max(late, elapsed * LATE), LONGEST_LATE)
    return wait if elapsed < FIRST_LOOK - MOMENT else wait * (1 + JITTER * chance)


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
    worth: Sequence[float] = (),
    chance: Callable[[], float] = random.random,
) -> T:
    """Look again and again until it is done, and give what the last look saw.

    ``worth`` are the times from `times_worth`, where it is known how long it takes. An ``excused``
    error counts as a look that saw nothing: a dropped network must not end a run. After the
    ``deadline`` (seconds from now) there is one last look; its result is given even if it is not
    done, and its error is raised.
    """
    from tenacity import Retrying, retry_if_exception_type, retry_if_result

    begun = clock.monotonic()

    def wait(_state: RetryCallState) -> float:
        elapsed = clock.monotonic() - begun
        return min(wait_before_look(elapsed, chance(), worth), max(deadline - elapsed, 0.0))

    def out_of_time(_state: RetryCallState) -> bool:
        return clock.monotonic() - begun >= deadline - MOMENT

    def give_up(state: RetryCallState) -> T:
        assert state.outcome is not None  # tenacity calls this after an attempt
        result: T = state.outcome.result()
        return result

    clock.sleep(min(wait_before_look(0.0, 0.0, worth), deadline))
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
