"""The options of a real agent: what is refused before anything starts, and what is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.cli import sandbox_agent
from orchestrator.cli.sandbox_agent import AgentWanted, agent_lines, agent_order
from orchestrator.errors import UsageError
from orchestrator.sandbox.attached.config import Addresses
from orchestrator.sandbox.launch.attaching import AgentOrder, Attached


def wanted(**changes) -> AgentWanted:
    usual = {
        "agent": True,
        "listen": "",
        "files": None,
        "state": None,
        "as_windows": False,
        "yes": False,
    }
    return AgentWanted(**{**usual, **changes})


def test_without_the_option_nobody_attaches():
    assert agent_order(wanted(agent=False)) is None


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"listen": "127.0.0.1"}, "--listen"),
        ({"files": Path("x")}, "--agent-config"),
        ({"state": Path("x")}, "--state"),
        ({"as_windows": True}, "--agent-as-windows"),
        ({"yes": True}, "--yes"),
    ],
)
def test_what_is_about_an_agent_needs_one(changes, where):
    with pytest.raises(UsageError) as caught:
        agent_order(wanted(agent=False, **changes))
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("listen", "address", "port"),
    [
        ("127.0.0.1", "127.0.0.1", 0),
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("[::1]:8080", "::1", 8080),
        ("::1", "::1", 0),
    ],
)
def test_loopback_is_not_asked_about(listen, address, port):
    assert agent_order(wanted(listen=listen)) == AgentOrder(address, port)


@pytest.mark.parametrize(
    "listen",
    [
        *("0.0.0.0", "::", "sandbox.example", "10.0.0.5:x", "10.0.0.5:0", "10.0.0.5:65535"),
        *("10.0.0", "fe80::1%eth0", "[fe80::1%eth0]:8080"),
    ],
)
def test_an_address_is_one_and_its_port_leaves_room_for_the_next(listen):
    with pytest.raises(UsageError) as caught:
        agent_order(wanted(listen=listen, yes=True))
    assert caught.value.where == "--listen"


def test_where_nobody_can_be_asked_only_yes_opens_the_door(capsys):
    with pytest.raises(UsageError, match="nobody is here to agree"):
        agent_order(wanted(listen="10.0.0.5"))
    assert "Whoever reaches 10.0.0.5" in capsys.readouterr().err
    assert agent_order(wanted(listen="10.0.0.5", yes=True)) == AgentOrder("10.0.0.5")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("says", [True, False])
def test_a_person_is_asked(monkeypatch, says):
    monkeypatch.setattr("orchestrator.cli.asking.has_person", lambda: True)
    monkeypatch.setattr("orchestrator.cli.asking.confirmed", lambda text: says)
    if says:
        assert agent_order(wanted(listen="10.0.0.5")) == AgentOrder("10.0.0.5")
        return
    with pytest.raises(UsageError, match="not agreed to"):
        agent_order(wanted(listen="10.0.0.5"))


def test_what_is_said_names_every_address():
    where = Addresses("http://s", "http://m", "http://i", "http://a", "http://t/")
    attached = Attached("i-0a7c3e915f48d26b0", where, {}, dict)
    said = "\n".join(agent_lines(attached, Path("folder")))
    for word in ("http://s", "http://m", "http://i", "http://a", "http://t/", "folder/README.txt"):
        assert word in said
    assert "i-0a7c3e915f48d26b0" in said
    assert all(line.startswith("#") for line in said.splitlines())


def test_the_module_needs_no_sandbox_to_be_imported():
    assert "AgentOrder" not in vars(sandbox_agent)
