"""What the templates ask about the files on the host: whose they are, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model.enums import Mode, Phase, Task
from orchestrator.model.procedure import Procedure
from orchestrator.render.profile import profile_text
from orchestrator.render.travelling import onhost_source

TRAVELLERS = (
    *("runfolder", "profiletext", "userfiles", "homes", "profilefacts", "conflicts"),
    *("profilefile", "unfinished", "uninstalling", "proxies"),
)
"""The modules of `onhost` that a script may hold, each behind those that it needs."""


def of_modes(procedure: Procedure, run_id: str) -> Mapping[str, object]:
    """The values for the templates. ``left`` is what a script may leave that could not tell."""
    after = {step.id for step in procedure.in_phase(Phase.AFTER)}
    writes = procedure.mode is not Mode.EXISTING and procedure.task is Task.PROVE
    profile = profile_text(procedure.profile) if procedure.task is Task.PROVE else ""
    proves = procedure.task is Task.PROVE
    scripts = any("content" in step.params for step in procedure.steps)
    return {
        "ephemeral": proves and procedure.mode is Mode.EPHEMERAL,
        "installs": proves and procedure.mode is Mode.INSTALL,
        "looks": proves and procedure.mode is Mode.EXISTING,
        # Folders are made where something is written: the profile, or a script of the user's own.
        "holds": writes or scripts or not proves,
        "restores": procedure.task is Task.RESTORE,
        "uninstalls": procedure.task is Task.UNINSTALL,
        "onhost": {name: onhost_source(name) for name in TRAVELLERS},
        "profile_lines": profile.split("\n"),
        "install_lines": profile.rstrip("\n").split("\n"),
        "after_ids": [item.id for item in procedure.expectations if item.step in after],
        "left": [f"orch-{run_id}"] if writes or scripts else [],
    }
