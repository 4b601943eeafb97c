"""Scenarios asked with a runbook of their own: other ways, modules, a user's own script."""

from __future__ import annotations

from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.scenarios.files import (
    ready_without_python,
    with_a_pipe_for_inventory,
    with_external_id,
    with_inventory,
    with_stubs_for_python,
    without_the_cli,
)
from orchestrator.sandbox.scenarios.scenario import Scenario

_EXISTING = {"mode": "existing"}
# More than is taken of any script.
_ENDLESS = '{"ready": true, "disks": "' + "C" * 200_000 + '"}'

ASKED_OTHERWISE: tuple[Scenario, ...] = (
    Scenario(
        "cli-missing",
        "the AWS CLI is asked, and the host has none",
        4,
        runbook="switch-role-cli",
        on_host=without_the_cli,
    ),
    Scenario(
        "python-missing",
        "boto3 is asked, and Python on the host is the Microsoft Store's stub",
        4,
        runbook="switch-role-python",
        on_host=with_stubs_for_python,
    ),
    Scenario(
        "ways-differ",
        "the cmdlets refuse the profile on the host, for its external id, and the AWS CLI does not",
        1,
        runbook="two-ways.yaml",
        settings=_EXISTING,
        on_host=with_external_id,
    ),
    Scenario(
        "module-not-installed",
        "a module is asked for that the host does not have, and the switch works with another",
        1,
        runbook="module.yaml",
        behaviour=Behaviour(modules={"AWSPowerShell": "4.1.81"}),
        real_shell=False,
    ),
    Scenario(
        "profile-not-listed",
        "the host is asked for its profiles, and has none of that name",
        1,
        runbook="listed.yaml",
        settings=_EXISTING,
    ),
    Scenario(
        "inventory-missing",
        "a script of the runbook does not find its file on the host, and fails",
        4,
        runbook="inventory.yaml",
    ),
    Scenario(
        "inventory-broken",
        "a script of the runbook prints a file of the host's that is not JSON",
        4,
        runbook="inventory.yaml",
        on_host=with_inventory("ready: yes\n"),
    ),
    Scenario(
        "inventory-endless",
        "a script of the runbook prints a file of the host's that is far too long",
        4,
        runbook="inventory.yaml",
        on_host=with_inventory(_ENDLESS),
    ),
    Scenario(
        "inventory-held",
        "a script of the runbook waits for a file of the host's that nobody writes",
        4,
        runbook="inventory.yaml",
        on_host=with_a_pipe_for_inventory,
    ),
    Scenario(
        "inventory-unread",
        "a script of the runbook is in Python, which the host does not have",
        4,
        runbook="inventory.yaml",
        on_host=ready_without_python,
    ),
    Scenario(
        "inventory-not-ready",
        "a script of the runbook finds that the host is not ready; nothing says why",
        1,
        runbook="inventory.yaml",
        on_host=with_inventory('{"ready": false}'),
    ),
)
