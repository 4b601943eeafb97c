"""A whole run of the stand-in: folder, steps, restore, judgement and envelope."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from recorded_aws import INSTANCE_ID, RecordedAws, recorded_aws

from orchestrator.envelope import find
from orchestrator.model.enums import Phase, Way
from orchestrator.model.procedure import Endpoint, Procedure, Profile, Step
from orchestrator.sandbox.host.modules import USUAL, install
from orchestrator.sandbox.host.standin.envelope import sealed
from orchestrator.sandbox.host.standin.files import HostFiles
from orchestrator.sandbox.host.standin.session import Session
from support.samples import RUN_ID, procedure

ENDPOINTS = (
    Endpoint("imds", "http://169.254.169.254", ("AWS_EC2_METADATA_SERVICE_ENDPOINT",)),
    Endpoint("sts", "https://sts.invalid", ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")),
    Endpoint("s3", "https://s3.invalid", ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")),
)
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def aws() -> Iterator[RecordedAws]:
    with recorded_aws() as aws:
        yield aws


@pytest.fixture
def environment(aws, tmp_path, tmp_path_factory):
    modules = tmp_path_factory.mktemp("Modules")
    install(modules, USUAL)
    return aws.environment | {"ProgramData": str(tmp_path), "PSModulePath": str(modules)}


def asked(role: str = "Test-Switch-Role") -> Procedure:
    profile = Profile("switch_test", f"arn:aws:iam::222222222222:role/{role}")
    return replace(procedure(), endpoints=ENDPOINTS, profile=profile)


def text_of(profile: Profile) -> str:
    return (
        f"[profile {profile.name}]\nrole_arn = {profile.role_arn}\n"
        f"credential_source = {profile.credential_source}\n"
    )


class OtherText(HostFiles):
    """A run whose own profile file says something else than it should."""

    text = ""

    def prepare(self, facts):
        found = super().prepare(facts)
        Path(self.config).write_text(self.text)
        return found


def run(what: Procedure, environment, text: str | None = None):
    files = OtherText(what, RUN_ID, environment)
    files.text = text_of(what.profile) if text is None else text
    evidence = Session(what, environment).run(files, lambda _: False)
    line, code = sealed(what, RUN_ID, evidence, INSTANCE_ID)
    return find(line, what.sha256()), code


def states(data) -> dict[str, str]:
    return {step["id"]: step["state"] for step in data["steps"]}


def test_a_healthy_host_passes(environment, aws):
    data, code = run(asked(), environment)
    assert (code, data["verdict"], data["engine"]) == (0, "PASS", "stand-in")
    assert set(data["own"].values()) == {"PASS"}
    assert data["facts"]["profile"] == "valid"
    # Each cmdlet with a profile assumes its role anew.
    calls = ["GetCallerIdentity", "ListBuckets"]
    assert aws.requests == [*calls, "AssumeRole", calls[0], "AssumeRole", calls[1]]


def test_two_cmdlets_have_two_sessions(environment):
    first, _ = run(asked(), environment)
    second, _ = run(asked(), environment)
    names = {d["steps"][2]["value"]["session"] for d in (first, second)}
    assert len(names) == 2
    assert all(name.startswith("aws-dotnet-sdk-session-6") for name in names)


def test_nothing_is_left_and_the_change_is_told(environment, tmp_path):
    data, _ = run(asked(), environment)
    folder = str(tmp_path / f"orch-{RUN_ID}")
    assert data["restored"] == {"state": "restored", "changed": [folder], "left": []}
    assert list(tmp_path.iterdir()) == []


def test_a_refused_role_fails_in_the_switch(environment):
    data, code = run(asked("Denied-Role"), environment)
    assert (code, data["verdict"]) == (10, "FAIL")
    error = data["steps"][2]["error"]
    assert error["code"] == "AccessDenied"
    assert error["chain"][1] == "Amazon.Runtime.AmazonClientException"
    role = "arn:aws:iam::222222222222:role/Denied-Role"
    text = f"Error calling AssumeRole for role {role} | AccessDenied it is"
    assert base64.b64decode(error["message"]).decode() == text


def test_a_profile_that_no_file_has_is_missing(environment):
    data, code = run(asked(), environment, "[profile other]\n")
    assert (code, data["facts"]["profile"]) == (10, "missing")
    assert data["steps"][2]["error"]["chain"] == ["orch.ProfileMissing"]
    assert states(data)["after.identity"] == "skipped"


def test_a_profile_with_a_wrong_key_is_invalid(environment):
    text = text_of(asked().profile) + "external_id = x\n"
    data, code = run(asked(), environment, text)
    assert (code, data["facts"]["profile"]) == (10, "invalid")
    error = data["steps"][3]["error"]
    assert error["chain"] == ["orch.ProfileInvalid", "System.IO.InvalidDataException"]
    assert error["fqei"] == (
        "System.IO.InvalidDataException,Amazon.PowerShell.Common.GetCredentialCmdlet"
    )


def test_what_is_not_the_profiles_fault_is_told_and_met_by_the_steps(environment):
    data, code = run(asked(), environment | {"AWS_EC2_METADATA_DISABLED": "true"})
    assert (code, data["facts"]["profile"]) == (20, "not asked")
    kind = "Amazon.Runtime.AmazonServiceException"
    assert data["facts"]["profile_error"] == kind
    assert [step["error"]["chain"] for step in data["steps"][2:]] == [[kind], [kind]]


def test_an_endpoint_that_takes_no_connection_is_not_asked(environment):
    data, code = run(asked(), environment | {"AWS_ENDPOINT_URL_STS": NOWHERE})
    assert (code, data["verdict"]) == (20, "UNKNOWN")
    assert data["probes"]["sts"].startswith("failed")
    assert data["steps"][0]["error"]["chain"] == ["orch.Unreachable"]


def test_behind_a_proxy_only_the_metadata_is_probed(environment):
    data, _ = run(asked(), environment | {"HTTPS_PROXY": NOWHERE})
    assert data["probes"]["imds"] == "ok"
    assert data["probes"]["sts"].startswith("skipped")


def test_leftovers_in_the_environment_are_removed_and_told_without_values(environment):
    leftovers = {"AWS_ACCESS_KEY_ID": "AKIAOLD", "AWS_PROFILE": "other"}
    data, code = run(asked(), environment | leftovers)
    assert code == 0
    assert data["settings"]["AWS_ACCESS_KEY_ID"] == "(removed)"
    assert "AKIAOLD" not in str(data)


def test_a_folder_that_cannot_be_made_ends_the_run_and_is_told(environment, tmp_path):
    (tmp_path / f"orch-{RUN_ID}").write_text("in the way")
    data, code = run(asked(), environment)
    assert (code, data["fatal"]["chain"]) == (20, ["orch.RunFolderTaken"])


def test_what_cannot_be_removed_is_left(environment, tmp_path, monkeypatch):
    monkeypatch.setattr("orchestrator.onhost.runfolder.os.rmdir", lambda *_: 0)
    data, code = run(asked(), environment)
    assert (code, data["restored"]["state"]) == (0, "failed")
    assert data["restored"]["left"] == [str(tmp_path / f"orch-{RUN_ID}")]


def of_the_host(check: str, phase: Phase = Phase.AFTER, **params: str) -> Step:
    return Step(f"{phase}.{check}", check, phase, params)


def asks(*steps: Step, **changes) -> Procedure:
    return replace(asked(), steps=steps, expectations=(), **changes)


def answers(data) -> dict[str, object]:
    return {step["id"]: step.get("value") for step in data["steps"]}


MODULE = of_the_host("module_version", module="AWS.Tools.S3", minimum="4.1")
LISTED = of_the_host("profile_listed", name="switch_test")


def test_without_modules_nothing_is_asked(environment):
    data, code = run(asked(), environment | {"PSModulePath": ""})
    assert (code, data["fatal"]["chain"]) == (20, ["orch.ModuleMissing"])
    assert (data["steps"], data["facts"]["profile"]) == ([], "not asked")


def test_without_modules_the_other_ways_and_the_host_are_asked(environment):
    steps = (LISTED, replace(LISTED, id="after.cli", check="identity", way=Way.CLI), MODULE)
    what = asks(*steps, ways=(Way.PROFILE, Way.CLI))
    data, _ = run(what, environment | {"PSModulePath": ""})
    assert data["fatal"] is None
    assert states(data)["after.profile_listed"] == "skipped"
    assert data["steps"][0]["error"]["chain"] == ["orch.ModuleMissing"]
    assert answers(data)["after.module_version"] == {
        "installed": False,
        "name": "AWS.Tools.S3",
        "version": None,
        "new_enough": False,
    }


@pytest.mark.parametrize(
    ("minimum", "enough"), [("4.1", True), ("4.1.81.0", True), ("4.1.82", False), ("5.0", False)]
)
def test_the_modules_version_is_that_of_its_folder(environment, minimum, enough):
    step = replace(MODULE, params={"module": "aws.tools.s3", "minimum": minimum})
    data, _ = run(asks(step), environment)
    assert answers(data)[step.id] == {
        "installed": True,
        "name": "aws.tools.s3",
        "version": "4.1.81",
        "new_enough": enough,
    }


def test_the_host_is_asked_though_sts_is_silent_and_the_profile_unfit(environment):
    silent = environment | {"AWS_ENDPOINT_URL_STS": NOWHERE}
    text = text_of(asked().profile) + "external_id = x\n"
    data, _ = run(asks(MODULE, LISTED), silent, text)
    assert set(states(data).values()) == {"ok"}
    assert answers(data)[LISTED.id]["listed"] is False


def test_a_listed_profile_has_the_credentials_files_location(environment, tmp_path):
    data, _ = run(asks(LISTED), environment)
    assert answers(data)[LISTED.id] == {
        "listed": True,
        "name": "switch_test",
        "stores": "SharedCredentialsFile",
        "location": str(tmp_path / f"orch-{RUN_ID}" / "credentials"),
        "shadowed": False,
    }


def test_a_script_is_really_run_by_the_hosts_python(environment, tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    content = "import json, os, sys\nprint(json.dumps({'here': os.getcwd(), 'is': sys.argv[0]}))"
    step = of_the_host("script", file="a.py", timeout="9s", content=content)
    data, _ = run(asks(step), environment | {"PATH": str(tmp_path)})
    folder = tmp_path / f"orch-{RUN_ID}"
    assert answers(data)[step.id] == {
        "here": str(folder / "given"),
        "is": str(folder / "given/given-0.py"),
    }
    assert not folder.exists()


def test_without_python_a_script_is_not_run(environment, tmp_path):
    step = of_the_host("script", file="a.py", timeout="9s", content="print(1)")
    data, code = run(asks(step), environment | {"PATH": str(tmp_path)})
    assert (code, data["steps"][0]["error"]["chain"]) == (20, ["orch.ScriptNotRun"])
