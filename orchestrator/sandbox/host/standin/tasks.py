"""The tasks that prove nothing: put back what dead runs left, take an installed profile out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from orchestrator.model.enums import Outcome, Task
from orchestrator.onhost.conflicts import ProfileConflict
from orchestrator.onhost.profilefile import put_back
from orchestrator.onhost.runfolder import begin_run, end_run, run_folders
from orchestrator.onhost.unfinished import restore_run
from orchestrator.onhost.uninstalling import uninstall_profile
from orchestrator.render.header import Header
from orchestrator.sandbox.host.standin.errors import CmdletError, as_data
from orchestrator.sandbox.host.standin.evidence import Evidence
from orchestrator.sandbox.host.standin.files import find_files


def carry_out(header: Header, environment: Mapping[str, str], evidence: Evidence) -> Outcome:
    """Do the task of that header; what became of it stands in the evidence."""
    begun = time.monotonic()
    root = Path(environment.get("ProgramData") or environment.get("TMPDIR") or "/tmp")  # noqa: S108 - .NET's GetTempPath
    try:
        if header.procedure.task is Task.RESTORE:
            outcome = _restore(header.procedure.of_run, root, evidence)
        else:
            outcome = _uninstall(header, root, environment, evidence)
    except (CmdletError, OSError) as error:
        chain = error.chain if isinstance(error, CmdletError) else (f"orch.{type(error).__name__}",)
        evidence.fatal = as_data(CmdletError(chain, str(error)), None)
        evidence.restored = {"state": "restored", "changed": [], "left": []}
        outcome = Outcome.UNKNOWN
    evidence.ms["total"] = round((time.monotonic() - begun) * 1000)
    return outcome


def _restore(of_run: str, root: Path, evidence: Evidence) -> Outcome:
    only = root / f"orch-{of_run}"
    folders = run_folders(str(root))
    if of_run:
        folders = [str(only)] if only.is_dir() and not only.is_symlink() else []
    states, left = [], []
    for folder in folders:
        state, said, rest = restore_run(folder)
        evidence.facts[f"run {Path(folder).name.removeprefix('orch-')}"] = f"{state}: {said}"
        states.append(state)
        left += rest
    evidence.facts["runs"] = str(len(states))
    is_left = bool(left) or "failed" in states
    evidence.restored = {
        "state": "failed" if left else "restored",
        "changed": folders,
        "left": left,
    }
    if is_left:
        return Outcome.FAIL
    return Outcome.UNKNOWN if "running" in states else Outcome.PASS


def _uninstall(
    header: Header, root: Path, environment: Mapping[str, str], evidence: Evidence
) -> Outcome:
    files = find_files(header.procedure.host_user, environment)
    evidence.facts.update({"config_path": files.config, "config_source": files.source})
    folder = str(root / f"orch-{header.run_id}")
    lock = begin_run(folder, {"v": 1, "run": header.run_id, "kind": "uninstall"})
    changed: list[str] = []
    left: list[str] = []
    try:
        said, changed = uninstall_profile(folder, files, header.procedure.profile.name)
    except ProfileConflict as error:
        left.append(str(error))
        said = f"left alone: {error}"
        evidence.facts["conflict"] = " ".join(error.kinds)
    finally:
        put_back(folder)
        left += end_run(folder, lock)
    evidence.facts["uninstall"] = said
    evidence.restored = {
        "state": "failed" if left else "restored",
        "changed": changed,
        "left": left,
    }
    return Outcome.FAIL if left else Outcome.PASS
