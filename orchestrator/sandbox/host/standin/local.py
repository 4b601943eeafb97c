"""The checks that ask no service, as the rendered script would answer them on this host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.kinds import seconds
from orchestrator.model.enums import Phase
from orchestrator.model.procedure import Procedure, Scalar, Step
from orchestrator.onhost.answer import ScriptError, answer_of, given_environment
from orchestrator.onhost.program import run_program
from orchestrator.sandbox.host.modules import versions
from orchestrator.sandbox.host.standin.errors import CmdletError
from orchestrator.sandbox.host.standin.profiles import listed_profiles
from orchestrator.sandbox.host.standin.programs import find_python


@dataclass(frozen=True, slots=True)
class Local:
    """The host as these checks find it. ``folder`` is the run's own."""

    procedure: Procedure
    environment: Mapping[str, str]
    folder: Path

    def ask(self, step: Step, profile: str | None) -> Mapping[str, Scalar]:
        """The facts; CmdletError where there is no answer. ``profile`` is the one to be used."""
        return _ANSWERS[step.check](self, step, profile)


def _module_version(host: Local, step: Step, _profile: str | None) -> Mapping[str, Scalar]:
    found = versions(step.params["module"], host.environment)
    wanted = tuple(int(part) for part in step.params["minimum"].split("."))
    return {
        "installed": bool(found),
        "name": step.params["module"],
        "version": found[max(found)] if found else None,
        "new_enough": bool(found) and max(found) >= (*wanted, 0, 0, 0)[:4],
    }


def _profile_listed(host: Local, step: Step, _profile: str | None) -> Mapping[str, Scalar]:
    found = [item for item in listed_profiles(host.environment) if item.name == step.params["name"]]
    return {
        "listed": bool(found),
        "name": step.params["name"],
        "stores": ", ".join(item.store for item in found) or None,
        "location": found[0].location if found else None,
        "shadowed": len(found) > 1,
    }


def _script(host: Local, step: Step, profile: str | None) -> Mapping[str, Scalar]:
    """Python is really run. PowerShell is what is stood in for, so there is none to run."""
    if not step.params["file"].lower().endswith(".py"):
        text = "the stand-in for PowerShell runs none: it takes a real one (--engine pwsh)"
        raise CmdletError(("orch.ScriptNotRun",), text)
    program = find_python(host.environment, "json")
    if program is None:
        raise CmdletError(("orch.ScriptNotRun",), "there is no Python 3.8 or later here")
    steps = [item.id for item in host.procedure.steps if "content" in item.params]
    folder = host.folder / "given"
    folder.mkdir(exist_ok=True)
    path = folder / f"given-{steps.index(step.id)}.py"
    path.write_text(step.params["content"], encoding="utf-8", newline="\n")
    if step.phase is Phase.AFTER and profile is None:
        # A process of its own cannot have this session's default.
        profile = host.procedure.profile.name
    variables = given_environment(host.environment, step.phase, profile)
    limit = seconds(step.params["timeout"])
    command = [program, "-X", "utf8", str(path)]
    try:
        return answer_of(run_program(command, variables, str(folder), limit), limit)
    except ScriptError as error:
        raise CmdletError((error.kind,), str(error)) from error


_ANSWERS: Mapping[str, Callable[[Local, Step, str | None], Mapping[str, Scalar]]] = {
    "module_version": _module_version,
    "profile_listed": _profile_listed,
    "script": _script,
}
