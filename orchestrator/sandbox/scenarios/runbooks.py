"""Runbooks that scenarios ask with, and the script of one: what is broken is on the host.

The sandbox writes them into a folder of its own, where `orch.toml` names the scenario's.
"""

from __future__ import annotations

from collections.abc import Mapping

_HEAD = """\
orch: 1
name: {name}
description: {description}
inputs:
  role_arn: {{kind: role-arn, help: The role of account B.}}
profile:
  name: switch_test
  role_arn: ${{role_arn}}
"""
_IDENTITY = """\
  - check: identity
    after:
      account:
        equals: ${role_arn.account}
"""
_INVENTORY = """\
  - check: script
    with: {file: inventory.py, timeout: 1s}
    after:
      ready:
        equals: true
"""
_INVENTORY_SCRIPT = """\
import os, sys

with open(os.path.join(os.environ["SystemDrive"], "inventory.json"), encoding="utf-8") as file:
    sys.stdout.write(file.read())
"""
_MODULE = """\
  - check: module_version
    with: {module: AWS.Tools.S3, minimum: "4.1"}
    after:
      installed:
        equals: true
"""
_LISTED = """\
checks:
  - check: profile_listed
    with: {name: switch_test}
    after:
      listed:
        equals: true
"""


def _runbook(name: str, description: str, *parts: str) -> str:
    return _HEAD.format(name=name, description=description) + "".join(parts)


RUNBOOKS: Mapping[str, str] = {
    "inventory.yaml": _runbook(
        "inventory",
        "The switch, and whether the host's own inventory calls it ready.",
        "checks:\n",
        _IDENTITY,
        _INVENTORY,
    ),
    "inventory.py": _INVENTORY_SCRIPT,
    "module.yaml": _runbook("module", "The switch, and a module.", "checks:\n", _IDENTITY, _MODULE),
    "listed.yaml": _runbook("listed", "Whether the host lists the profile.", _LISTED),
    "two-ways.yaml": _runbook(
        "two-ways",
        "The cmdlets and the AWS CLI side by side.",
        "ways: [profile, cli]\nchecks:\n",
        _IDENTITY,
    ),
}
"""Each file by its name."""
