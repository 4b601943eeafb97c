"""The scenarios in which the host's own files are not as they should be."""

from __future__ import annotations

from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.scenarios.files import (
    as_utf16,
    by_hand,
    of_another_user,
    read_only,
    with_external_id,
    with_key_twice,
    with_leftover_key,
    with_mark,
    with_others,
    with_unfinished_run,
)
from orchestrator.sandbox.scenarios.scenario import Scenario

_INSTALL = {"mode": "install"}
_EXISTING = {"mode": "existing"}
_WHEN_CHANGED = 28
"""The step of an installation into a file that is there, at which it has just been replaced."""

FILES: tuple[Scenario, ...] = (
    Scenario(
        "config-bom",
        "the host's config file begins with a byte order mark; a profile is to be installed",
        4,
        settings=_INSTALL,
        on_host=with_mark,
    ),
    Scenario(
        "config-utf16",
        "the host's config file is UTF-16; a profile is to be installed",
        4,
        settings=_INSTALL,
        on_host=as_utf16,
    ),
    Scenario(
        "config-read-only",
        "the host's config file is read-only; a profile is to be installed",
        4,
        settings=_INSTALL,
        on_host=read_only,
    ),
    Scenario(
        "profile-by-hand",
        "somebody wrote a profile of the name that is to be installed",
        4,
        settings=_INSTALL,
        on_host=by_hand,
    ),
    Scenario(
        "leftover-key",
        "the host's credentials file has a key of the profile that is to be installed",
        4,
        settings=_INSTALL,
        on_host=with_leftover_key,
    ),
    Scenario(
        "unfinished-run",
        "a run was killed when it had changed the config file",
        4,
        settings=_INSTALL,
        on_host=with_unfinished_run,
    ),
    Scenario(
        "install-killed",
        "the script is killed when it has just changed the config file",
        4,
        real_shell=False,
        behaviour=Behaviour(killed_at=_WHEN_CHANGED),
        settings=_INSTALL,
        on_host=with_others,
    ),
    Scenario(
        "host-user-missing",
        "a profile is to be installed for a user whom the host does not know",
        4,
        settings=_INSTALL | {"host_user": "nobody-here"},
    ),
    Scenario(
        "profile-of-another-user",
        "the profile is in another user's file than the one that is checked",
        1,
        settings=_EXISTING,
        on_host=of_another_user,
    ),
    Scenario(
        "profile-external-id",
        "the profile on the host has an external id, which the cmdlets do not accept",
        1,
        settings=_EXISTING,
        on_host=with_external_id,
    ),
    Scenario(
        "profile-key-twice",
        "a key stands twice in the profile on the host",
        1,
        settings=_EXISTING,
        on_host=with_key_twice,
    ),
)
