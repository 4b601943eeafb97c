"""A procedure as the one script that a host runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial

from jinja2 import TemplateNotFound

from orchestrator.checks import all_checks, asked_inside
from orchestrator.envelope.meanings import ASSUMING, OF_BOTOCORE, OF_DOTNET, OF_SCRIPTS, error_lists
from orchestrator.errors import UsageError
from orchestrator.kinds import RUN_ID, seconds
from orchestrator.model.enums import Phase, Platform, Shell, Task, Way
from orchestrator.model.plan import Script
from orchestrator.model.procedure import Expectation, Procedure, Step, stored_profiles
from orchestrator.onhost.answer import FIELD_NAME, JSON_PIECE
from orchestrator.onhost.awscli import CLI_CODE, CLI_WORDS
from orchestrator.onhost.proxies import METADATA_HOSTS, URL_HOST
from orchestrator.render.compact import without_comments
from orchestrator.render.environment import environment
from orchestrator.render.fitting import LEAST_ROOM, fits, refuse_too_long, shortened
from orchestrator.render.folded import folded
from orchestrator.render.frames import failed_envelope
from orchestrator.render.header import title, write_header
from orchestrator.render.literals import Literal, ps, py
from orchestrator.render.modes import of_modes
from orchestrator.render.profile import profile_text
from orchestrator.render.travelling import onhost_source
from orchestrator.render.wrapped import here_document, here_string, python_source

_QUESTION = (
    "import importlib.util as u, sys; "
    "sys.exit(0 if sys.version_info >= (3, 8) and u.find_spec('{module}') else 3)"
)
"""Asked of an interpreter: is it one that can run the check?"""
_TEMPLATE = {Task.PROVE: "script", Task.RESTORE: "task", Task.UNINSTALL: "task"}

GIVEN_COMMAND = (
    "try { [System.Console]::OutputEncoding = New-Object -TypeName System.Text.UTF8Encoding "
    "-ArgumentList $false } catch { $null = $_ }; "
    "try { & ([scriptblock]::Create([System.IO.File]::ReadAllText($env:ORCH_SCRIPT))) | "
    "ForEach-Object -Process { [System.Console]::Out.WriteLine([string]$_) } } catch { exit 1 }; "
    "exit 0"
)
"""What the PowerShell of a user's own script is told to do."""


def render(procedure: Procedure, run_id: str) -> Script:
    """The script for this procedure and run, and the files in it that a person may want to read.

    UsageError for a run id that is no folder's name, a check without templates, a profile that a
    config file cannot hold, and a script that is too long for SendCommand.
    """
    if not RUN_ID.fullmatch(run_id):
        mend = "use letters, digits and -, at most 64 of them"
        what = f"{run_id[:80]!a} is no folder's name"
        raise UsageError(what, where="--run-id", mend=mend)
    values = _values(procedure, run_id)
    parts = [("config", profile_text(procedure.profile))] if procedure.task is Task.PROVE else []
    text, name = shortened(_filled(procedure, values), procedure.platform), ""
    if not fits(text, LEAST_ROOM) and procedure.task is Task.PROVE:
        name, files = _files(procedure, values)
        parts.append((name, files))
        text = shortened(_filled(procedure, values | folded(name, files)), procedure.platform)
    refuse_too_long(text)
    if source := python_source(text):
        parts.append(("check.py", source))
    data = text.encode("ascii")
    return Script(text, hashlib.sha256(data).hexdigest(), len(data), tuple(parts), name)


def _filled(procedure: Procedure, values: Mapping[str, object]) -> str:
    """The script as the templates have it: in PowerShell, or Python inside the host's own shell."""
    if procedure.shell is Shell.POWERSHELL:
        inner = _fill("python/inner.py.j2", values) if Way.PYTHON in procedure.ways else ""
        template = f"powershell/{_TEMPLATE[procedure.task]}.ps1.j2"
        return _fill(template, {**values, "inner_source": here_string(inner)})
    source = _fill(f"python/{_TEMPLATE[procedure.task]}.py.j2", values)
    if procedure.platform is Platform.LINUX:
        return _fill("python/wrapper.sh.j2", {**values, "source": here_document(source)})
    return _fill("python/wrapper.ps1.j2", {**values, "source": here_string(source)})


def _files(procedure: Procedure, values: Mapping[str, object]) -> tuple[str, str]:
    """The part that edits files, and the name under which it is there to be read."""
    if procedure.shell is Shell.POWERSHELL:
        return "files.ps1", without_comments(_fill("powershell/files.ps1.j2", values))
    return "files.py", without_comments(_fill("python/files.py.j2", values))


def _values(procedure: Procedure, run_id: str) -> dict[str, object]:
    stored_role, stored_source = stored_profiles(run_id)
    return {
        "procedure": procedure,
        "run_id": run_id,
        "plan_sha256": procedure.sha256(),
        "header": write_header(procedure, run_id),
        "title": Literal("\n".join(title(procedure, run_id))),
        "checks": _checks_of(procedure),
        "modules": modules(procedure),
        "metadata_hosts": METADATA_HOSTS,
        "url_host": URL_HOST,
        "errors": error_lists(*_never_met(procedure)),
        "assuming": ASSUMING,
        "services": {step.id: _services(step) for step in procedure.steps},
        "needs": {step.id: _needs(step) for step in procedure.steps},
        **_of_given(procedure, stored_role),
        "before": {item.id: _step_before(item, procedure) for item in procedure.expectations},
        "profile_argument": {
            step.id: _profile_argument(step, procedure, stored_role) for step in procedure.steps
        },
        "stored_role": stored_role,
        "stored_source": stored_source,
        "client_of": {step.id: _client_of(step) for step in procedure.steps},
        "optional": {item.id: item.step for item in procedure.expectations if item.optional},
        **_of_ways(procedure),
        "denied_in": {item.id: _denied_in(item, procedure) for item in procedure.expectations},
        "fatal_envelope": partial(failed_envelope, procedure, run_id),
        **of_modes(procedure, run_id),
        "packed": "",
        "packed_note": "",
    }


def _of_ways(procedure: Procedure) -> Mapping[str, object]:
    """What the templates ask about the ways. Values of enums, so that they are plain text there."""
    inner = [step for step in procedure.steps if asked_inside(step)]
    shell_steps = [step for step in procedure.steps if step not in inner]
    asks = procedure.task is Task.PROVE
    alone = procedure.ways == (Way.CLI,) and procedure.shell is Shell.PYTHON
    module = "boto3" if asks and not alone else "json"
    boto3_ways = [str(way) for way in procedure.ways if way is not Way.CLI]
    return {
        "cmdlet_ways": _cmdlet_ways(procedure),
        "boto3_ways": boto3_ways,
        "python_module": module,
        "python_question": _QUESTION.format(module=module),
        "any_python_question": _QUESTION.format(module="json"),
        "cli_arguments": {step.id: _cli_arguments(step, procedure) for step in procedure.steps},
        "cli_words": [part for pair in CLI_WORDS for part in pair],
        "cli_code": CLI_CODE,
        "awscli_source": onhost_source("awscli"),
        "json_piece": JSON_PIECE,
        "given_command": GIVEN_COMMAND,
        "field_name": FIELD_NAME,
        "program_source": onhost_source("program"),
        "answer_source": onhost_source("answer"),
        "inner_steps": inner,
        "inner_ids": [step.id for step in inner],
        "shell_steps": shell_steps,
        "checks_in_cmdlets": list(dict.fromkeys(step.check for step in shell_steps)),
    }


def _never_met(procedure: Procedure) -> tuple[str, ...]:
    """How the types of errors begin that this script cannot meet."""
    own = () if any("content" in step.params for step in procedure.steps) else (OF_SCRIPTS,)
    if procedure.shell is Shell.PYTHON or not _cmdlet_ways(procedure):
        return (*own, OF_DOTNET)
    asks_botocore = Way.CLI in procedure.ways or any(map(asked_inside, procedure.steps))
    return own if asks_botocore else (*own, OF_BOTOCORE)


def _cmdlet_ways(procedure: Procedure) -> list[Way]:
    return [way for way in procedure.ways if way not in {Way.CLI, Way.PYTHON}]


def _as_botocore(pair: tuple[str, str]) -> tuple[str, str]:
    return pair[0], f"botocore.exceptions.{pair[1]}"


def _cli_arguments(step: Step, procedure: Procedure) -> list[str]:
    """What every command of the AWS CLI is given in this step."""
    name = procedure.named_profile(step)
    return [*(["--profile", name] if name else []), "--region", procedure.region]


def _checks_of(procedure: Procedure) -> Mapping[str, object]:
    known = all_checks()
    for step in procedure.steps:
        if step.check not in known:
            mend = f"there are {', '.join(sorted(known))}"
            raise UsageError(f"there is no check {step.check[:80]!a}", where=step.id, mend=mend)
    return known


def modules(procedure: Procedure) -> list[str]:
    """The AWS.Tools modules that are needed. SecurityToken always: the switch itself is STS's."""
    needed = {all_checks()[step.check].module for step in procedure.steps} - {""}
    return [f"AWS.Tools.{name}" for name in sorted({"SecurityToken", *needed})]


def _services(step: Step) -> list[str]:
    """The services that a step asks, its own one last. After the switch, STS comes first."""
    own = all_checks()[step.check].service
    if not own:
        return []
    return ["sts", own] if step.phase is Phase.AFTER and own != "sts" else [own]


def _needs(step: Step) -> str:
    """The way that the host must have for this step; empty where it needs none."""
    return "" if all_checks()[step.check].of_host else str(step.way)


def _of_given(procedure: Procedure, stored: str) -> Mapping[str, object]:
    """The user's own scripts, each of them once, for all steps that run it; and how they run."""
    steps = [step for step in procedure.steps if "content" in step.params]
    return {
        "given_scripts": list(dict.fromkeys(step.params["content"] for step in steps)),
        "seconds": {step.id: seconds(step.params["timeout"]) for step in steps},
        "given_profile": {step.id: _given_profile(step, procedure, stored) for step in steps},
        "endings": {step.id: step.params["file"].rpartition(".")[2].lower() for step in steps},
    }


def _given_profile(step: Step, procedure: Procedure, stored: str) -> str | None:
    """The profile that a process of its own is told: it cannot have this session's default."""
    if step.phase is Phase.BEFORE:
        return None
    return stored if step.way is Way.SDK_STORE else procedure.profile.name


def _step_before(item: Expectation, procedure: Procedure) -> str:
    """The id of the same question before the switch; empty where it is not asked."""
    step = procedure.step(item.step)
    for other in procedure.in_phase(Phase.BEFORE):
        if (other.check, other.params) == (step.check, step.params):
            return other.id
    return ""


def _profile_name(step: Step, procedure: Procedure, stored: str) -> str | None:
    name = procedure.named_profile(step)
    return stored if name is not None and step.way is Way.SDK_STORE else name


def _profile_argument(step: Step, procedure: Procedure, stored: str) -> Literal:
    """How a call names the profile, in the script's language; empty where it names none."""
    name = _profile_name(step, procedure, stored)
    if name is None:
        return Literal("")
    if step.way is Way.PYTHON or procedure.shell is Shell.PYTHON:
        return Literal(f", profile={py(name)}")
    return Literal(f"-ProfileName {ps(name)} ")


def _client_of(step: Step) -> Literal:
    """The function of the Python script that makes the step's client."""
    is_default = step.phase is Phase.AFTER and step.way is Way.SESSION_DEFAULT
    return Literal("default_client" if is_default else "client")


def _denied_in(item: Expectation, procedure: Procedure) -> str:
    """Where a refusal counts: in the call, or in the switch where nothing can refuse the call."""
    return "call" if all_checks()[procedure.step(item.step).check].action else "switch"


def _fill(template: str, values: Mapping[str, object]) -> str:
    try:
        return environment().get_template(template).render(values)
    except TemplateNotFound as error:
        mend = "a check needs templates/checks/NAME.ps1.j2 and templates/checks/NAME.py.j2"
        raise UsageError(f"there is no template {error.name}", mend=mend) from error
