"""What the templates ask about the files on the host: whose they are, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from orchestrator.model.enums import Mode, Phase, Task, Way
from orchestrator.model.procedure import Procedure
from orchestrator.onhost.runfolder import RUN_TREES
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
    profile = profile_text(procedure.profile) if procedure.task is Task.PROVE else ""
    proves = procedure.task is Task.PROVE
    kind = str(procedure.mode if proves else procedure.task)
    return {
        "proves": proves,
        "ephemeral": proves and procedure.mode is Mode.EPHEMERAL,
        "installs": proves and procedure.mode is Mode.INSTALL,
        "looks": proves and procedure.mode is Mode.EXISTING,
        "holds": procedure.makes_folder or not proves,
        "restores": procedure.task is Task.RESTORE,
        "uninstalls": procedure.task is Task.UNINSTALL,
        "onhost": {name: onhost_source(name) for name in TRAVELLERS},
        "profile_lines": profile.split("\n"),
        "install_lines": profile.rstrip("\n").split("\n"),
        "after_ids": [item.id for item in procedure.expectations if item.step in after],
        # The folders inside a run's own that may have to be removed.
        "trees": _trees(procedure),
        "begun": json.dumps({"v": 1, "run": run_id, "kind": kind}),
        "left": [f"orch-{run_id}"] if procedure.makes_folder else [],
    }


def _trees(procedure: Procedure) -> list[str]:
    if procedure.task is Task.RESTORE:
        return list(RUN_TREES)
    made = {"given": procedure.runs_scripts, "home": Way.CLI in procedure.ways}
    return [name for name in RUN_TREES if made[name]]
