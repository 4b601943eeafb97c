"""Causes that single checks bring to light: modules, listed profiles, scripts of the user's own."""

from __future__ import annotations

import re

from orchestrator.diagnose.case import Case, told
from orchestrator.diagnose.catalogue import Found, Rule, cause
from orchestrator.model.enums import FailureKind, Mode, StepState
from orchestrator.model.evidence import Observation

_OLD = re.compile(r"\b(AWSPowerShell(?:\.NetCore)?|AWS\.Tools) ([123]\.[0-9.]+)")
"""A module of AWS from before 4.0, by itself or in what the stand-in says that it stands for."""


@cause(
    "module-old",
    "a module on the host is too old",
    means="The runbook asks for a newer version than the newest that is installed; or the profile "
    "is refused and the AWS module that was loaded is older than 4.0. The releases of 2018 did not "
    "know credential_source and called such a profile invalid.",
    mend="PowerShell: Install-Module NAME -Scope AllUsers -Force, for each AWS.Tools module in one "
    "version; Python: pip install --upgrade NAME",
)
def module_old(case: Case) -> Found | None:
    """A version that was asked for is not reached, or the profile was refused by an old module."""
    for step in _unmet(case, "module_version"):
        if step.value.get("installed") and not step.value.get("new_enough"):
            minimum = case.plan.procedure.step(step.step).params["minimum"]
            name, version = step.value.get("name"), step.value.get("version")
            return Found(f"{name} {version} is the newest installed, {minimum} is asked for")
    facts = case.found.facts if case.found else {}
    found = _OLD.search(f"{facts.get('module')} {facts.get('module_version')}")
    if found is None or case.failure(FailureKind.PROFILE_INVALID) is None:
        return None
    # A profile of ours has nothing else in it that could be refused.
    is_ours = case.plan.procedure.mode is Mode.EPHEMERAL
    return Found(f"the profile was refused by {found[1]} {found[2]}", certain=is_ours)


@cause(
    "module-not-installed",
    "a module that the runbook asks for is not installed on the host",
    means="None of the folders in which the host looks for modules holds one of that name. What "
    "was installed for another user alone is not seen by the account that the command runs as.",
    mend="PowerShell: Install-Module NAME -Scope AllUsers; Python: install it for all users",
)
def module_not_installed(case: Case) -> Found | None:
    """The check of a module found none."""
    for step in _unmet(case, "module_version"):
        if not step.value.get("installed"):
            return Found(f"{step.value.get('name')} was not found")
    return None


@cause(
    "profile-not-listed",
    "the host does not list the profile",
    means="Get-AWSCredential -ListProfileDetail shows the profiles of the SDK's store and of the "
    "account's own files, and leaves out those of which no credentials can be made. A profile "
    "that another user has is not seen by the account that the command runs as.",
    mend="`orch profile check` says what each reader makes of the profile's text",
    narrower=("profile-invalid", "profile-missing"),
)
def profile_not_listed(case: Case) -> Found | None:
    """The check of the list did not find the profile."""
    for step in _unmet(case, "profile_listed"):
        if not step.value.get("listed"):
            where = (case.found.facts if case.found else {}).get("config_path")
            return Found(f"{step.value.get('name')} is not listed; the config file is {where}")
    return None


@cause(
    "profile-shadowed",
    "two stores of the host hold a profile of this name, and the SDK's comes first",
    means="The AWS SDK for .NET looks into its encrypted store before the shared files. A profile "
    "there hides one of the same name in the files from PowerShell, and from nobody else.",
    mend="as the account that the command runs as: Remove-AWSCredentialProfile -ProfileName NAME",
)
def profile_shadowed(case: Case) -> Found | None:
    """The check of the list found the name twice."""
    for step in _unmet(case, "profile_listed"):
        if step.value.get("shadowed"):
            return Found(f"{step.value.get('name')} is listed in {step.value.get('stores')}")
    return None


def _script_rule(name: str, kind: str, title: str, means: str, mend: str) -> Rule:
    """The cause of a ``script`` step without an answer, told by the name of its error."""

    def find(case: Case) -> Found | None:
        for step in case.failures(FailureKind.SCRIPT):
            if step.failure and kind in step.failure.raw.chain:
                file = case.plan.procedure.step(step.step).params["file"]
                return Found(f"{file}: {told(step)}")
        return None

    return cause(name, title, means=means, mend=mend)(find)


SCRIPTS = (
    _script_rule(
        "script-failed",
        "orch.ScriptFailed",
        "a script of the runbook failed on the host",
        "It ended with another exit code than 0, or left a program behind that holds its output. "
        "So what it printed does not count. Codes that mean something to an installer, such as "
        "3010, mean the same here as any other.",
        "run the file on the host by hand; let it print its value and end with 0",
    ),
    _script_rule(
        "script-not-json",
        "orch.ScriptNotJson",
        "a script of the runbook printed something else than one JSON value",
        "Standard output must hold one JSON value and nothing else, in UTF-8, each key of an "
        "object once. A line of progress beside it, two values, or nothing at all is no answer.",
        "PowerShell: [ordered]@{ name = 'text' } | ConvertTo-Json -Compress; Python: "
        "print(json.dumps(...)); send all else to standard error, or nowhere",
    ),
    _script_rule(
        "script-flooded",
        "orch.ScriptFlooded",
        "a script of the runbook printed too much",
        "At most 64 KB of standard output and of standard error are taken, then it is killed; the "
        "value itself may have 4,096 characters, as all evidence must fit into what SSM keeps.",
        "let it print what is expected and no more",
    ),
    _script_rule(
        "script-timed-out",
        "orch.ScriptTimedOut",
        "a script of the runbook did not end in its time",
        "It was killed, with what it had started. Its standard input is empty: one that asks for "
        "something waits for nothing.",
        "give it longer in the runbook (with: timeout: 120s), or let it do less",
    ),
    _script_rule(
        "script-not-run",
        "orch.ScriptNotRun",
        "a script of the runbook could not be run",
        "A .py file is run by the first of python, python3 and py that is Python 3.8 or later, a "
        ".ps1 file by the PowerShell that runs the check script. In the sandbox the stand-in takes "
        "that one's place, and runs nobody's PowerShell.",
        "install Python for all users, or write the script in PowerShell; in the sandbox write it "
        "in Python, or have a real PowerShell: --engine pwsh",
    ),
)


def _unmet(case: Case, check: str) -> list[Observation]:
    """The steps of that check that were answered, and did not meet an expectation."""
    steps = case.found.observations if case.found else ()
    answered = [step for step in steps if step.check == check and step.state is StepState.OK]
    return [step for step in answered if case.matters(step)]
