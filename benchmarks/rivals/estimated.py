"""A case whose ends were looked at on some hosts alone, as it would have been on all of them: pure.

What is estimated is marked as such wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rivals.job import PASS
from rivals.seen import Race

Extended = Callable[[Race, Sequence[str], int], tuple[Race, float]]


def in_turn(race: Race, looked_at: Sequence[str], scripts: int) -> tuple[Race, float]:
    """The case as it would have gone on to the last host, and how many more calls that takes.

    The second half of the hosts looked at did not wait for their ends any more: each of the others
    takes as long as one of these, and as many calls.
    """
    (run,) = race.runs
    told, ends = dict(race.told), dict(race.ends)
    rest = run.hosts[len(looked_at) :]
    late, more = 0.0, 0.0
    for number in range(scripts):
        times = sorted(at for (n, _), (_, at) in race.told.items() if n == number)
        half = len(times) // 2
        through = len(times) - 1 - half
        pace = (times[-1] - times[half]) / through
        within = [call for call in race.calls if times[half] < call["at"] <= times[-1]]
        more += len(within) / through * len(rest)
        # Whatever is done with the later script begins when the earlier one's hosts are through.
        told |= {w: (v, at + late) for w, (v, at) in race.told.items() if w[0] == number}
        ends |= {which: at + late for which, at in race.ends.items() if which[0] == number}
        for place, host in enumerate(rest, start=1):
            told[number, host] = PASS, times[-1] + late + place * pace
        late += len(rest) * pace
    whole = replace(run, ended=run.ended + late)
    return Race([whole], race.calls, ends, told), more


def together(race: Race, looked_at: Sequence[str], scripts: int) -> tuple[Race, float]:
    """The case with a loop for each of the others too, and how many more calls that takes.

    Each of them takes as many calls as one that was looked at, and is as late after its own end.
    KeyError where the end of one is not known.
    """
    (run,) = race.runs
    told, ends = dict(race.told), dict(race.ends)
    rest = run.hosts[len(looked_at) :]
    late = 0.0
    for number in range(scripts):
        seen = {host: race.told[number, host][1] for host in looked_at}
        lags = [at - race.ends[number, host] for host, at in seen.items()]
        last = max(seen.values())
        told |= {(number, host): (race.told[number, host][0], seen[host] + late) for host in seen}
        ends |= {which: at + late for which, at in race.ends.items() if which[0] == number}
        for place, host in enumerate(rest):
            at = race.ends[number, host] + lags[place % len(lags)]
            told[number, host] = PASS, at + late
            last = max(last, at)
        # Whatever is done with the later script begins when the earlier one's hosts are through.
        late += last - max(seen.values())
    looks = sum(call["operation"] != "SendCommand" for call in race.calls)
    whole = replace(run, ended=run.ended + late)
    return Race([whole], race.calls, ends, told), looks / len(looked_at) * len(rest)


WAYS: Mapping[str, Extended] = {"aws_cli": in_turn, "poll_each": together}
"""How a strategy looks at its hosts."""
