"""The agent is held to the recordings where it is about many messages, and who comes first."""

from __future__ import annotations

from collections import Counter

import pytest
from stage import COMMAND, Stage
from test_recordings import check_survivors

from orchestrator.sandbox.runcommand.messages import Answer, Cancel, Reply, Unknown
from support.agent_cases import AT_ONCE, CANCELS, CASES, TWICE, facts, replies
from support.shell_host import until

UNDER_WAY = [Reply("InProgress")]


@pytest.mark.parametrize("name", CANCELS)
def test_a_recorded_cancel_ends_as_it_did(name, root):
    cancel = Cancel(COMMAND)
    with Stage(name, root) as stage:
        stage.post.put(stage.order)
        if name.endswith("-late"):
            stage.post.ended(stage.order)
        else:
            stage.until_ready()
        stage.post.put(cancel)
        stage.check()
        check_cancel(stage, cancel)
        if "alive_after" in facts(name):
            check_survivors(stage)


def check_cancel(stage: Stage, cancel: Cancel) -> None:
    """A cancel is a message of its own, with a reply and an acknowledgement of its own."""
    assert stage.post.until(lambda: stage.post.of("acknowledge", cancel))
    assert stage.post.of("acknowledge", cancel) == [Answer.SUCCESSFUL]
    assert stage.post.until(lambda: stage.post.replies(cancel))
    said = [reply["documentStatus"] for reply in facts(stage.name)["replies_to_the_cancel_message"]]
    assert [reply.status for reply in stage.post.replies(cancel)] == said


def test_a_recorded_cancel_of_an_unknown_command_is_taken_all_the_same(root):
    cancel = Cancel("of an unknown command")
    with Stage("mgs-cancel", root) as stage:
        stage.name = "sh-cancel-unknown"
        stage.post.put(cancel)
        check_cancel(stage, cancel)
    assert facts("sh-cancel-unknown")["acknowledged"]


def test_a_recorded_cancel_of_a_queued_command_ends_it_without_a_word(root):
    name = "sh-cancel-queued"
    cancel = Cancel(COMMAND)
    with Stage(name, root) as stage:
        stage.host.stage.joinpath("hold").touch()
        others = others_of(stage, 5)
        stage.post.put(*others)
        stage.host.until_started(5)
        stage.post.put(stage.order, cancel)
        check_cancel(stage, cancel)
        stage.host.stage.joinpath("hold").unlink()
        for other in others:
            assert stage.post.ended(other).status == "Success"
        last = stage.order_of_script({"executionTimeout": "3600"}, "last")
        stage.post.put(last)
        stage.post.ended(last)
        assert stage.post.replies(stage.order) == UNDER_WAY
    assert [reply["documentStatus"] for reply in replies(name)] == ["InProgress"]
    assert not list(root.rglob(COMMAND))
    assert not facts(name)["files_under_orchestration"]


def others_of(stage: Stage, count: int):
    """Commands of a sleep, which ``hold`` on the stage makes long."""
    case, stage.case = stage.case, CASES["sh-two-at-once"]
    made = [stage.order_of_script(stage.case["given"], f"c{number}") for number in range(count)]
    stage.case = case
    return made


@pytest.mark.parametrize("name", AT_ONCE)
def test_recorded_commands_at_once_wait_and_begin_as_they_did(name, root):
    said = facts(name)["commands"]
    with Stage(name, root, is_final_first=False) as stage:
        hold = stage.host.stage / "hold"
        hold.touch()
        given = stage.case["given"]
        orders = [stage.order_of_script(given, f"c{n}") for n in range(given["commands_at_once"])]
        stage.post.put(*orders)
        stage.post.until(lambda: stage.post.of("acknowledge", orders[min(len(orders), 10) - 1]))
        until(lambda: not stage.post.mail, "messages were left lying")
        stage.host.until_started(min(len(orders), 5))
        check_room(stage, orders, said)
        hold.unlink()
        for each in [o for o in orders if Answer.SUCCESSFUL in stage.post.of("acknowledge", o)]:
            stage.post.ended(each)
        for each in orders:
            resend_if_turned_away(stage, each, name)
        check_said(stage, orders, said)


def check_room(stage: Stage, orders, said) -> None:
    """Five run, five wait, and of the rest nothing is known as long as they do."""
    assert len(stage.host.started) == min(len(orders), 5)
    for number, each in enumerate(orders):
        answers = stage.post.of("acknowledge", each)
        if codes := said[number].get("acknowledge_codes"):
            assert stage.post.until(lambda each=each: stage.post.of("acknowledge", each))
            answers = stage.post.of("acknowledge", each)
            assert [list(answer.value) for answer in answers] == codes
        else:
            is_late = said[number]["acknowledged"] > 10
            assert answers == ([] if is_late else [Answer.SUCCESSFUL])
        has_reply = bool(said[number]["replies"]) and number < 10
        assert stage.post.replies(each) == (UNDER_WAY if has_reply else [])


def resend_if_turned_away(stage: Stage, order, name: str) -> None:
    """The recording's service sent again what was not acknowledged; on the newer channel never."""
    if not stage.post.of("acknowledge", order):
        assert not name.startswith("mgs-")
        stage.post.put(order)
        stage.post.ended(order)


def check_said(stage: Stage, orders, said) -> None:
    """Which reply came last was chance where the newer channel brought it."""
    for each, recorded in zip(orders, said, strict=True):
        wanted = [status for _, status in recorded["replies"]]
        assert stage.post.until(lambda e=each, w=wanted: len(stage.post.replies(e)) == len(w))
        statuses = [reply.status for reply in stage.post.replies(each)]
        if "acknowledge_codes" in recorded:
            assert Counter(statuses) == Counter(wanted)
        else:
            assert statuses == wanted


@pytest.mark.parametrize("name", TWICE)
def test_a_recorded_message_that_comes_again_runs_but_once(name, root):
    with Stage(name, root) as stage:
        hold = stage.host.stage / "hold"
        hold.touch()
        stage.post.put(stage.order)
        stage.host.until_started()
        stage.post.put(stage.order)
        stage.post.until(lambda: len(stage.post.of("acknowledge")) == 2)
        hold.unlink()
        stage.post.ended(stage.order)
        known = facts(name)
        until_said(stage, 3 if name.startswith("mgs-") else 4)
        stage.post.put(stage.order)
        stage.check()
        stage.post.until(lambda: len(stage.post.of("acknowledge")) == 3)
        answers = stage.post.of("acknowledge")
        assert len(answers) == len(known["acknowledge_seconds"])
        if codes := known.get("acknowledge_codes"):
            assert [list(answer.value) for answer in answers] == codes
        assert len(stage.host.started) == known["times_the_script_ran"] == 1


def until_said(stage: Stage, count: int) -> None:
    assert stage.post.until(lambda: len(stage.post.replies(stage.order)) == count)


def test_a_recorded_message_of_an_unknown_topic_is_failed_and_not_acknowledged(root):
    name = "unknown-topic"
    unknown = Unknown(CASES[name]["given"]["topic"])
    with Stage("sh-two-at-once", root) as stage:
        stage.post.put(unknown)
        assert stage.post.until(lambda: stage.post.of("fail"))
        (call,) = facts(name)["FailMessage_calls"]
        assert stage.post.of("fail", unknown) == [call["FailureType"]]
        said = stage.post.of("acknowledge"), stage.post.of("reply")
        assert said == ([], [])
    assert (facts(name)["acknowledged"], replies(name)) == (False, [])
