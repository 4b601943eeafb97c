"""The rendered Python script, really run, tells of each recorded case what boto3 did there.

Only the files that it wrote for itself are replaced by the case's; the endpoints are not probed, so
that the calls themselves meet what is wrong with them.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from recorded_aws import recorded_aws

from orchestrator.envelope import find
from orchestrator.model.enums import Phase, Shell
from orchestrator.model.procedure import Procedure, Step
from orchestrator.readers import Question, Reader, State, read
from orchestrator.render import render
from support.recorded_cases import BOTO3, CONFIG, CREDENTIALS, Case, load_cases
from support.samples import BUCKET, RUN_ID, procedure

_PROFILE_VARIABLE = "every script removes AWS_PROFILE"
_REGION = "every script passes a region"
NOT_FOR_SCRIPTS = {
    "env-profile": _PROFILE_VARIABLE,
    "env-profile-missing": _PROFILE_VARIABLE,
    "no-region": _REGION,
    "region-from-imds": _REGION,
}
CASES = {case.name: case for case in load_cases() if case.answer(BOTO3)}
ASKED = [name for name in CASES if name not in NOT_FOR_SCRIPTS]
PLACES = {CONFIG: "AWS_CONFIG_FILE", CREDENTIALS: "AWS_SHARED_CREDENTIALS_FILE"}


def asked(case: Case) -> Procedure:
    """What boto3 was asked when the case was recorded: who it is, then what S3 lists."""
    ask = case.asks[0]
    phase = Phase.AFTER if ask.profile else Phase.BEFORE
    steps = [Step(f"{phase}.identity", "identity", phase)]
    if ask.cmdlet == "Get-S3Bucket":
        steps.append(Step(f"{phase}.s3_bucket", "s3_bucket", phase, {"bucket": BUCKET}))
    usual = procedure(Shell.PYTHON)
    profile = replace(usual.profile, name=ask.profile or usual.profile.name)
    return replace(usual, profile=profile, endpoints=(), steps=tuple(steps), expectations=())


def source_of(what: Procedure, case: Case) -> str:
    """The rendered script, with the case's files put in place of its own."""
    source = dict(render(what, RUN_ID).parts)["check.py"]
    wanted = {name: case.files.get(path) for path, name in PLACES.items()}
    lines = [
        f"    open(os.environ[{name!r}], 'wb').write(base64.b64decode({base64.b64encode(data)!r}))"
        if data is not None
        else f"    os.remove(os.environ[{name!r}])"
        for name, data in wanted.items()
    ]
    before, load, after = source.partition("    load()\n")
    assert load
    return "\n".join([before.rstrip("\n"), *lines, load]) + after


def run(case: Case, folder: Path) -> dict:
    what = asked(case)
    with recorded_aws(case.state) as aws:
        done = subprocess.run(
            [sys.executable, "-X", "utf8", "-"],
            input=source_of(what, case),
            env={
                **aws.environment,
                **case.environment,
                "HOME": str(folder),
                "TMPDIR": str(folder),
                "PATH": os.environ["PATH"],
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stderr == ""
    data = find(done.stdout, what.sha256())
    assert data["fatal"] is None
    return data


def agree_on_the_profile(case: Case, facts: dict) -> None:
    """Whether the script and the reader of `orch` make the same of the profile."""
    name = case.asks[0].profile
    reading = read(Reader.BOTOCORE, Question(name, case.environment, case.files))
    if name is None or reading.mfa_serial is not None:
        return
    assert facts["profile"] == reading.state
    if reading.state is State.VALID:
        assert facts["profile_role_arn"] == reading.role_arn


@pytest.mark.parametrize("name", ASKED)
def test_it_tells_what_boto3_did(name, tmp_path):
    case, said = CASES[name], CASES[name].answer(BOTO3)
    data = run(case, tmp_path)
    agree_on_the_profile(case, data["facts"])
    errors = [step["error"] for step in data["steps"] if step["state"] != "ok"]
    if name == "profile-mfa":
        # boto3 waits at the keyboard. The script does not let it come to that.
        assert errors[0]["chain"] == ["orch.ProfileInvalid"]
    elif said["outcome"] == "ok":
        assert errors == []
    else:
        first = said["chain"][0]
        names = [kind for kind in errors[0]["chain"] if not kind.startswith("orch.")]
        assert names[0] == first["type"]
        told = (errors[0]["code"], errors[0]["status"], errors[0]["operation"])
        assert told == (first.get("ErrorCode"), first.get("StatusInt"), first.get("Operation"))


def test_every_case_is_asked_or_told_why_not():
    assert (len(CASES), len(ASKED), len(NOT_FOR_SCRIPTS)) == (61, 57, 4)
