"""The agent is held to the recordings where something breaks: replies, workers, itself."""

from __future__ import annotations

from itertools import groupby

import pytest
from stage import Stage
from test_recordings import check_survivors

from support.agent_cases import LOST_WORKERS, NOT_REACHED, RESTARTS, facts


@pytest.mark.parametrize("name", LOST_WORKERS)
def test_a_recorded_command_whose_worker_died_runs_on_unheard(name, root):
    with Stage(name, root) as stage:
        hold = stage.host.stage / "hold"
        hold.touch()
        stage.post.put(stage.order)
        stage.until_asleep()
        stage.agent.lose_worker(stage.order.command_id)
        hold.unlink()
        stage.check()
        stage.until_gone("self")
        check_survivors(stage)


@pytest.mark.parametrize("name", RESTARTS)
def test_a_recorded_script_survives_its_agent_and_its_result_arrives(name, root):
    with Stage(name, root) as stage:
        hold = stage.host.stage / "hold"
        hold.touch()
        stage.post.put(stage.order)
        stage.until_asleep()
        stage.agent.go_down()
        hold.unlink()
        stage.until_gone("self")
        assert len(stage.post.replies(stage.order)) == 1
        stage.agent.come_up()
        stage.check()
        check_survivors(stage)


@pytest.mark.parametrize("name", NOT_REACHED)
def test_a_recorded_reply_that_does_not_get_through_is_said_again(name, root):
    refusals = recorded_refusals(name)
    left = list(refusals)

    def takes_reply(message, reply) -> bool:
        under_way = reply.result is None and reply.status == "InProgress"
        return under_way or not left or bool(left.pop(0) != reply.status)

    with Stage(name, root, is_final_first=False) as stage:
        stage.post.takes_reply = takes_reply
        stage.post.put(stage.order)
        assert stage.post.until(lambda: not left)
        if name.startswith("mgs-"):
            assert not stage.post.until(lambda: stage.post.final(stage.order), seconds=1.3)
            stage.check()
            stage.agent.go_down()
            stage.agent.come_up()
        assert stage.post.ended(stage.order)
        refused = [reply.status for reply in stage.post.of("refused reply")]
        assert refused == refusals
        check_what_came_late(stage)


def check_what_came_late(stage: Stage) -> None:
    """Each reply comes once in the end; what was kept comes newest first, or as they were said."""
    known = facts(stage.name)
    assert stage.post.until(lambda: len(stage.post.replies(stage.order)) == 3)
    statuses = [reply.status for reply in stage.post.replies(stage.order)][1:]
    if resent := known.get("resent"):
        assert statuses == resent["order"]
    else:
        stage.check()


def recorded_refusals(name: str) -> list[str]:
    """The statuses of the replies that were not taken, in order, each try for itself."""
    known = facts(name)
    if "failed_calls" in known:
        return [status for _, status, _ in known["failed_calls"]]
    if "replies_we_did_not_acknowledge" in known:
        return [status for _, status, _ in known["replies_we_did_not_acknowledge"]]
    return ["InProgress" for _ in known["failed_calls_seconds"]]


def test_a_reply_is_tried_four_times_on_the_older_channel_and_once_on_the_newer():
    assert tries("sh-reply-500-for-20-s") == [("InProgress", 4), ("Success", 4)]
    assert tries("mgs-reply-not-acknowledged") == [("InProgress", 1), ("Success", 1)]


def tries(name: str) -> list[tuple[str, int]]:
    return [(status, len(list(same))) for status, same in groupby(recorded_refusals(name))]
