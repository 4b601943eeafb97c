"""Prints how each recorded case of the real agent ends when it is said to the endpoint again.

    make replay

A line for each command, or for each step where it has several: what the agent replied, and what
GetCommandInvocation and ListCommandInvocations then answer. The texts are given by their lengths.
"""

from __future__ import annotations

from replay import REPLAYED, Replay

from support.attached_stage import AttachedStage
from support.standing_cloud import MovedClock

_HEAD = ("case", "replies", "Status", "StatusDetails", "code", "stdout", "stderr", "page")


def rows(replay: Replay, name: str):
    case = replay.run(name)
    for number, (command_id, said) in enumerate(zip(case.command_ids, case.said, strict=True)):
        steps = list(case.plugins(number))
        pages = {page["Name"]: page for page in replay.stage.page(command_id)["CommandPlugins"]}
        for step in steps or list(pages):
            seen = replay.stage.seen(command_id, PluginName=step)
            texts = seen["StandardOutputContent"], seen["StandardErrorContent"]
            yield (
                f"{name}, {step}" if len(steps) > 1 else name,
                " ".join(reply["documentStatus"] for reply in said) or "none",
                seen["Status"],
                seen["StatusDetails"],
                seen["ResponseCode"],
                *map(len, texts),
                len(pages[step]["Output"]),
            )


def main() -> None:
    print(f"| {' | '.join(_HEAD)} |\n|{' :-- |' * 4}{' --: |' * 4}")
    count = 0
    with AttachedStage(clock=MovedClock()) as stage:
        replay = Replay(stage)
        for name in REPLAYED:
            for row in rows(replay, name):
                print(f"| {' | '.join(map(str, row))} |")
            count += 1
    print(f"\n{count} recorded cases")


if __name__ == "__main__":
    main()
