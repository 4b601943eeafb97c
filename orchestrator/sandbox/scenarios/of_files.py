"""The scenarios in which the host's own files are not as they should be."""

from __future__ import annotations

from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.scenarios.files import (
    DEAD_RUN,
    as_a_link,
    as_no_text,
    as_utf16,
    by_hand,
    of_another_user,
    read_only,
    with_a_file_for_a_folder,
    with_a_misspelt_source,
    with_a_role_as_default,
    with_another_run_at_it,
    with_external_id,
    with_half_a_block,
    with_its_folder_taken,
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
        "config-linked",
        "the host's config file is a link; a profile is to be installed",
        4,
        settings=_INSTALL,
        on_host=as_a_link,
    ),
    Scenario(
        "config-not-text",
        "the host's config file is UTF-16 without a mark; a profile is to be installed",
        4,
        settings=_INSTALL,
        on_host=as_no_text,
    ),
    Scenario(
        "config-busy",
        "another run is at the host's config file; a profile is to be installed",
        4,
        settings=_INSTALL,
        on_host=with_another_run_at_it,
    ),
    Scenario(
        "aws-folder-is-a-file",
        "a file lies where the host's .aws folder should be; a profile is to be installed",
        4,
        settings=_INSTALL,
        on_host=with_a_file_for_a_folder,
    ),
    Scenario(
        "block-damaged",
        "the end of orch's block is missing in the config file; a profile is to be installed",
        4,
        settings=_INSTALL,
        on_host=with_half_a_block,
    ),
    Scenario(
        "run-id-used",
        f"a run was killed on the host, and its id is used again: --run-id {DEAD_RUN}",
        4,
        options=("--run-id", DEAD_RUN),
        on_host=with_its_folder_taken,
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
        "profile-nowhere",
        "nobody ever set the profile up that is checked",
        1,
        settings=_EXISTING,
    ),
    Scenario(
        "profile-misspelt",
        "the profile on the host names a source of credentials that there is none of",
        1,
        settings=_EXISTING,
        on_host=with_a_misspelt_source,
    ),
    Scenario(
        "default-is-a-role",
        "the host's default profile is the role already, so that nobody acts as the instance",
        1,
        settings=_EXISTING,
        on_host=with_a_role_as_default,
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
