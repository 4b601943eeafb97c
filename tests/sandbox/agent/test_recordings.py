"""The agent is held to what the real one was seen to do: commands that are left to end."""

from __future__ import annotations

import re

import pytest
from stage import COMMAND, Stage

from orchestrator.sandbox.agent.cuts import page
from support.agent_cases import CASES, ELIDED, NOT_APPLICABLE, PLAIN, facts, plugins, replies, text
from support.shell_host import end, is_alive, until

LEAVES = re.compile(r"TMP/(\w+)\.(self|child|session)")
PATHS_IN_OUTPUT = {"sh-file", "ps-file"}
CUT_IN_MID_OUTPUT = "sh-timeout-big-output"


@pytest.mark.parametrize("name", PLAIN)
def test_a_recorded_command_is_replied_to_as_it_was(name, root):
    with Stage(name, root) as stage:
        stage.post.put(stage.order)
        stage.check()
        check_acknowledged(stage)
        check_facts(stage)


def check_acknowledged(stage: Stage) -> None:
    """When and with what the message was acknowledged, and that all is said but once."""
    events = [kind for kind, _, _ in stage.post.events]
    answers = stage.post.of("acknowledge")
    assert len(answers) == len(facts(stage.name)["acknowledge_seconds"])
    if codes := facts(stage.name).get("acknowledge_codes"):
        assert [list(answer.value) for answer in answers] == codes
    if answers:
        is_newer = stage.name.startswith("mgs-")
        first = ["acknowledge", "reply"] if is_newer else ["reply", "acknowledge"]
        assert events[:2] == first
    assert len(stage.post.replies(stage.order)) == len(replies(stage.name))


def check_facts(stage: Stage) -> None:
    known = facts(stage.name)
    if listed := known.get("files_under_orchestration"):
        assert without_sizes(stage.name, stage.files()) == without_sizes(stage.name, listed)
    if calls := known.get("s3_calls"):
        assert stored(stage) == {path: size for verb, path, size in calls if verb == "PUT"}
    if calls := known.get("GetParameters_calls"):
        # The service's list of one case goes on in the next one.
        asked = [call["Names"] for call in calls]
        assert stage.post.asked == asked[-2 if "known" in asked[-1] else -1 :]
    if "alive_after" in known:
        check_survivors(stage)


def without_sizes(name: str, listed):
    """Files in the recording's form; how much lies in some depends on paths, or on luck."""
    varies = {"stdout", "stdoutConsole"} if name in PATHS_IN_OUTPUT | {CUT_IN_MID_OUTPUT} else set()
    return [
        [path, None if path.rpartition("/")[2] in varies else size, mode]
        for path, size, mode in sorted(listed)
    ]


def stored(stage: Stage):
    return {
        key.replace(COMMAND, "<CommandId>"): len(data) for key, data in stage.post.objects.items()
    }


def check_survivors(stage: Stage) -> None:
    """Who of a script's processes lives on, and that none of them came to write last words."""
    written = "\n".join([*stage.case["given"]["script"], stage.host.play])
    written = written.replace(str(stage.root), "TMP")
    found = dict(sorted((who, run) for run, who in LEAVES.findall(written)))
    assert found.keys() == facts(stage.name)["alive_after"].keys()
    for who, lives in facts(stage.name)["alive_after"].items():
        pid = int((stage.root / f"{found[who]}.{who}").read_text())
        if not lives:
            until(lambda pid=pid: not is_alive(pid), f"{who} lives on")
            continue
        assert is_alive(pid)
        end(pid)
    trap = stage.root / f"{next(iter(found.values()))}.trap"
    wrote = trap.read_text().strip() if trap.exists() else None
    assert wrote == facts(stage.name)["trap_or_finally_wrote"]


def has_a_page(plugin) -> bool:
    """Whether its page is made of its two streams, all of them in the recording."""
    streams = text(plugin["standardOutput"]), text(plugin["standardError"])
    if plugin["code"] in {168, 169}:
        return False  # a sentence was added to the streams after the page was made
    if not any(streams) and plugin["output"]:
        return False  # words of the agent's own about a script that it did not run
    return not any(ELIDED.search(shown) for shown in streams)


WITH_PAGES = [(name, plugin) for name in CASES for plugin in plugins(name) if has_a_page(plugin)]


@pytest.mark.parametrize(("name", "plugin"), WITH_PAGES, ids=[name for name, _ in WITH_PAGES])
def test_a_recorded_page_follows_from_its_streams(name, plugin):
    made = page(text(plugin["standardOutput"]).encode(), text(plugin["standardError"]).encode())
    # A broken character at the cut is U+FFFD in the recording and a bare byte in ours.
    shown = text(plugin["output"])
    assert made.decode(errors="ignore") == re.sub("\ufffd+(?=\n---)", "", shown)


def test_all_cases_are_held_but_two():
    assert len(CASES) == 220
    assert NOT_APPLICABLE.keys() == {"health", "mgs-health"}
    assert all("replies" not in CASES[name]["observed"] for name in NOT_APPLICABLE)
