"""Every recorded case, held against what each reader makes of the same files and environment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from orchestrator.kinds import role_parts
from orchestrator.readers import Question, Reader, Reading, SourceKind, State, read
from support.recorded_cases import AWSCLI, BOTO3, SDK_37, Case, load_cases

CASES = {case.name: case for case in load_cases()}
LISTINGS = {
    "list-profiles": {"switch_test": State.VALID},
    "list-profiles-invalid": {"switch_test": State.INVALID, "fine": State.VALID},
    "remove-config-only": {"switch_test": State.VALID},
}
# These cases do not show what a reader makes of files.
NOT_ABOUT_READING = {
    "version": "it asks the module's version",
    "store-as-config-only": "it is about writing a profile, which fails by itself",
    "remove-no-force": "it ends at a question to the user, before anything is read",
}


@dataclass(frozen=True)
class Expected:
    """What the recording says of a reading; None where it says nothing."""

    state: State
    exception: tuple[str, ...] = ()
    role: str | None = None
    asks_for_mfa: bool = False
    is_host: bool = False


def reading_of(reader: Reader, case: Case) -> Reading:
    profile = case.asks[-1].profile if case.asks else None
    return read(reader, Question(profile, case.environment, case.files))


def identity(arn: str) -> Expected:
    """The role that the profile led to, or the instance's own."""
    found = re.fullmatch(r"arn:aws:sts::(\d+):assumed-role/([^/]+)/.*", arn)
    if found and found[1] == "111111111111":
        return Expected(State.VALID, is_host=True)
    return Expected(State.VALID, role=found[2] if found else None)


def by_cmdlets(case: Case) -> Expected:
    said, named = case.answers[SDK_37], bool(case.asks and case.asks[-1].profile)
    types = case.types
    if not types:
        # What came last is the cmdlet's own; some cases print files after it.
        if said["value"] == ["null"]:
            return Expected(State.MISSING)
        arns = re.findall(r"arn:aws:sts::[^\"]*", json.dumps(said["value"]))
        # Use-STSRole shows the role that it was told, not who asks.
        return identity(arns[-1] if arns and case.asks else "")
    text = said["chain"][0]["message"]
    if types[0] == "System.IO.InvalidDataException":
        return Expected(State.INVALID, types)
    if types == ("System.ArgumentException",) or (named and "No credentials" in text):
        return Expected(State.MISSING, ("System.InvalidOperationException",))
    assuming = re.fullmatch(r"Error calling AssumeRole for role (.*)", text)
    return Expected(State.VALID, role=assuming[1] if assuming else None)


def by_boto3(said: Mapping[str, Any]) -> Expected:
    if said["outcome"] == "ok":
        return identity(said["value"])
    types = tuple(item["type"] for item in said["chain"])
    if types[0] == "builtins.EOFError":
        return Expected(State.VALID, asks_for_mfa=True)
    if types[0].endswith("ProfileNotFound"):
        return Expected(State.MISSING, types)
    if types[0].endswith(("ConfigParseError", "InvalidConfigError", "PartialCredentialsError")):
        return Expected(State.INVALID, types)
    return Expected(State.VALID)


def by_cli(said: Mapping[str, Any]) -> Expected:
    last = said.get("stderr_last_line", "")
    if said["exit_code"] == 1:
        return Expected(State.INVALID, (last.split(":")[0],))
    if last.startswith("Enter MFA code"):
        return Expected(State.VALID, asks_for_mfa=True)
    if re.fullmatch(r"The config profile \(\w+\) could not be found", last):
        return Expected(State.MISSING, ("botocore.exceptions.ProfileNotFound",))
    if re.search(r'^The (credential source|profile) ".*(not valid|credential_source)\.$', last):
        return Expected(State.INVALID, ("botocore.exceptions.InvalidConfigError",))
    if last.startswith("Partial credentials found"):
        return Expected(State.INVALID, ("botocore.exceptions.PartialCredentialsError",))
    return identity(said.get("arn", ""))


def check(reading: Reading, expected: Expected) -> None:
    assert reading.state is expected.state, reading.problem
    if expected.exception:
        assert reading.problem is not None
        assert reading.problem.exception[: len(expected.exception)] == expected.exception
    if expected.state is not State.VALID:
        assert reading.problem.mend
    if expected.is_host:
        assert reading.source.kind is SourceKind.HOST
    if expected.role is not None:
        assert expected.role in {reading.role_arn, role_name(reading)}
    assert (
        reading.state is State.VALID and reading.mfa_serial is not None
    ) == expected.asks_for_mfa


def role_name(reading: Reading) -> str | None:
    try:
        return role_parts(reading.role_arn or "").name
    except ValueError:
        return None


HELD = [name for name in CASES if name not in {*NOT_ABOUT_READING, *LISTINGS}]


@pytest.mark.parametrize("name", HELD)
def test_the_cmdlets_read_it_so(name):
    reading = reading_of(Reader.DOTNET, CASES[name])
    check(reading, by_cmdlets(CASES[name]))
    if reading.state is State.INVALID:
        said = [item["message"] for item in CASES[name].answers[SDK_37]["chain"]]
        assert reading.problem.said == " | ".join(said)


@pytest.mark.parametrize("name", LISTINGS)
def test_the_cmdlets_list_what_is_valid(name):
    case = CASES[name]
    values = case.answers[SDK_37]["value"]
    listed = {item["ProfileName"] for item in values if isinstance(item, dict)}
    states = {
        profile: read(Reader.DOTNET, Question(profile, case.environment, case.files)).state
        for profile in LISTINGS[name]
    }
    assert states == LISTINGS[name]
    assert listed == {profile for profile, state in states.items() if state is State.VALID}


@pytest.mark.parametrize("name", [name for name in HELD if CASES[name].answer(BOTO3)])
def test_boto3_reads_it_so(name):
    check(reading_of(Reader.BOTOCORE, CASES[name]), by_boto3(CASES[name].answer(BOTO3)))


@pytest.mark.parametrize("name", [name for name in HELD if CASES[name].answer(AWSCLI)])
def test_the_aws_cli_reads_it_so(name):
    check(reading_of(Reader.AWSCLI, CASES[name]), by_cli(CASES[name].answer(AWSCLI)))


def test_no_case_is_left_out():
    asked = [case for case in CASES.values() if case.answer(BOTO3)]
    assert (len(CASES), len(HELD), len(LISTINGS), len(NOT_ABOUT_READING)) == (95, 89, 3, 3)
    assert len(asked) == len([case for case in CASES.values() if case.answer(AWSCLI)]) == 61


def test_both_sdks_read_alike():
    # One of them shows a property more of the same credentials.
    differs = [
        name
        for name, case in CASES.items()
        if not case.answers["aws_tools_4.1.81_sdk_4.1"].get("same")
    ]
    assert differs == ["get-credential"]


@pytest.mark.parametrize(
    ("name", "dotnet", "botocore"),
    [
        ("no-region", (None, "instance metadata"), (None, "nowhere")),
        ("region-from-imds", (None, "instance metadata"), (None, "nowhere")),
        ("region-in-profile", (None, "instance metadata"), ("eu-west-3", "profile switch_test")),
    ],
)
def test_a_region_of_the_named_profile_is_not_for_the_cmdlets(name, dotnet, botocore):
    # NoRegionError, and exit code 255, is what boto3 and the CLI made of no region.
    found = [reading_of(reader, CASES[name]) for reader in Reader]
    assert [(item.region, item.region_from) for item in found] == [dotnet, botocore, botocore]


def test_a_session_name_is_the_profiles():
    for reader in Reader:
        assert reading_of(reader, CASES["profile-session-name"]).session_name == "orch-test"


@pytest.mark.parametrize("name", ["role-arn-typo", "profile-comment-inline"])
def test_what_only_sts_refused_is_a_problem_of_a_valid_profile(name):
    for reader in Reader:
        problem = reading_of(reader, CASES[name]).problem
        assert "not the ARN of a role" in problem.what
        assert (problem.place.line, problem.exception) == (2, ())


def test_without_a_profile_the_environment_says_more_to_some():
    found = {reader: reading_of(reader, CASES["env-profile"]) for reader in Reader}
    assert found[Reader.DOTNET].source.kind is SourceKind.HOST
    assert found[Reader.BOTOCORE].source.kind is SourceKind.CREDENTIAL_SOURCE


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("profile-external-id", (4, None, None)),
        ("profile-duplicate-key", (4, 4, 4)),
        ("profile-duplicate-section", (None, 4, 4)),
        ("profile-no-prefix", (1, 1, 1)),
        ("profile-upper-prefix", (1, 1, 1)),
        ("profile-name-case", (1, 1, 1)),
        ("profile-leftover-key", (2, None, None)),
        ("profile-in-credentials-prefixed", (None, 1, 1)),
        ("profile-bom", (None, 1, 1)),
        ("profile-bad-source", (3, 3, 3)),
        ("profile-source-lower", (None, 3, 3)),
        ("profile-both-sources", (4, 4, 4)),
        ("profile-mfa", (4, 4, 4)),
    ],
)
def test_the_line_that_matters_is_named(name, lines):
    problems = [reading_of(reader, CASES[name]).problem for reader in Reader]
    assert tuple(item and item.place.line for item in problems) == lines
