"""What the emulated agent is held to, held again with HTTP between it and whoever compares.

The newer channel's cases are left out: there the agent says more than this wire can carry.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from support import agent_cases
from support.wire_post import WirePost, attached_agent

sys.path.append(str(Path(__file__).parents[1] / "agent"))

import stage as agents_stage
import test_recorded_faults as faults
import test_recorded_order as order
import test_recordings as recordings


def older(names):
    return [name for name in names if not name.startswith("mgs-")]


@pytest.fixture
def root():
    with tempfile.TemporaryDirectory(prefix="o", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def over_the_wire(monkeypatch):
    monkeypatch.setattr(agents_stage, "Post", WirePost)
    monkeypatch.setattr(agents_stage, "Agent", attached_agent)


@pytest.mark.parametrize("name", older(agent_cases.PLAIN))
def test_a_recorded_command(name, root):
    recordings.test_a_recorded_command_is_replied_to_as_it_was(name, root)


@pytest.mark.parametrize("name", older(agent_cases.CANCELS))
def test_a_recorded_cancel(name, root):
    order.test_a_recorded_cancel_ends_as_it_did(name, root)


def test_a_recorded_cancel_of_a_queued_command(root):
    order.test_a_recorded_cancel_of_a_queued_command_ends_it_without_a_word(root)


@pytest.mark.parametrize("name", older(agent_cases.TWICE))
def test_a_recorded_message_that_comes_again(name, root):
    order.test_a_recorded_message_that_comes_again_runs_but_once(name, root)


@pytest.mark.parametrize("name", older(agent_cases.AT_ONCE))
def test_recorded_commands_at_once(name, root):
    order.test_recorded_commands_at_once_wait_and_begin_as_they_did(name, root)


@pytest.mark.parametrize("name", older(agent_cases.NOT_REACHED))
def test_a_recorded_reply_that_does_not_get_through(name, root):
    faults.test_a_recorded_reply_that_does_not_get_through_is_said_again(name, root)


@pytest.mark.parametrize("name", older(agent_cases.LOST_WORKERS))
def test_a_recorded_command_whose_worker_died(name, root):
    faults.test_a_recorded_command_whose_worker_died_runs_on_unheard(name, root)


@pytest.mark.parametrize("name", older(agent_cases.RESTARTS))
def test_a_recorded_script_that_survives_its_agent(name, root):
    faults.test_a_recorded_script_survives_its_agent_and_its_result_arrives(name, root)
