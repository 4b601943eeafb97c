"""The agent is held to what the real one was seen to do."""

from __future__ import annotations

import re
import shutil

import pytest
from recorded import CASES, NOT_REPLAYED, REPLAYED, plugins, reason_not_to, text

from orchestrator.sandbox.agent import Agent
from orchestrator.sandbox.agent.cuts import page
from orchestrator.waiting.clock import SystemClock
from support.post import Post, order
from support.shell_host import ShellHost

COMMAND = "6a2c2c5e-6d0e-4d0a-9f6e-0f8c5a9f6b1d"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ELIDED = re.compile(r"<\d+ characters more>")


def has_a_page(plugin) -> bool:
    """Whether its page is made of its two streams, all of them in the recording."""
    streams = text(plugin["standardOutput"]), text(plugin["standardError"])
    if plugin["code"] in {168, 169}:
        return False  # a sentence was added to the streams after the page was made
    if not any(streams) and plugin["output"]:
        return False  # words of the agent's own about a script that it did not run
    return not any(ELIDED.search(shown) for shown in streams)


WITH_PAGES = [(name, plugin) for name in CASES for plugin in plugins(name) if has_a_page(plugin)]


def shell(name: str) -> str:
    wanted = "bash" if name.startswith("bash-") else "dash"
    found = shutil.which(wanted)
    if found is None:
        pytest.skip(f"there is no {wanted} here")
    return found


def replay(name, tmp_path):
    given = CASES[name]["given"]
    host = ShellHost(tmp_path, shell(name), pace=10.0)
    post = Post()
    agent = Agent(host, post, SystemClock())
    try:
        timeout = given.get("executionTimeout", "3600")
        post.put(order(*given["script"], command_id=COMMAND, timeout=timeout))
        return post.ended(COMMAND)
    finally:
        agent.close()


def told(shown: str, tmp_path) -> str:
    return UUID.sub("COMMAND", shown.replace(str(tmp_path), ""))


@pytest.mark.parametrize("name", REPLAYED)
def test_a_recorded_script_ends_as_it_did(name, tmp_path):
    reply = replay(name, tmp_path)
    (expected,) = plugins(name)
    assert (reply.status, reply.code) == (expected["status"], expected["code"])
    for ours, theirs in (
        (reply.stdout, expected["standardOutput"]),
        (reply.stderr, expected["standardError"]),
        (reply.output, expected["output"]),
    ):
        begin, *end = ELIDED.split(told(text(theirs), tmp_path))
        found = told(ours, tmp_path)
        assert found.startswith(begin)
        assert found.endswith(end[0]) if end else found == begin
        if isinstance(theirs, dict):
            assert len(ours) == theirs["characters"]
            assert len(ours.encode()) == theirs["utf8_bytes"]


@pytest.mark.parametrize(("name", "plugin"), WITH_PAGES, ids=[name for name, _ in WITH_PAGES])
def test_a_recorded_page_follows_from_its_streams(name, plugin):
    made = page(text(plugin["standardOutput"]).encode(), text(plugin["standardError"]).encode())
    # A broken character at the cut is U+FFFD in the recording and a bare byte in ours.
    shown = text(plugin["output"])
    assert made.decode(errors="ignore") == re.sub("\ufffd+(?=\n---)", "", shown)


def test_every_case_is_replayed_or_has_a_reason():
    assert len(REPLAYED) >= 70
    unused = [what for what, why in NOT_REPLAYED.items() if why not in map(reason_not_to, CASES)]
    assert not unused
