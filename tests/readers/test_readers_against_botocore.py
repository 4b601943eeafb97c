"""Files made at random, and what botocore itself and the real AWS CLI make of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import botocore.exceptions
import botocore.session
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.readers import Question, Reader, Reading, SourceKind, State, read
from support.recorded_cases import CONFIG, CREDENTIALS, HOME, load_cases

PATHS = ("/config", "/credentials")
HEADERS = (
    "[profile p]",
    "[profile  p]",
    '[profile "p"]',
    "[profile 'p]",
    "[profile p] # comment",
    "[ profile p ]",
    "[profile\tp]",
    "[profilep]",
    "[profiles p]",
    "[Profile p]",
    "[profile P]",
    "[profile p q]",
    "[profile a]b]",
    "[p]",
    "[]",
    "[profile q]",
    "[q]",
    "[default]",
    "[DEFAULT]",
    "[sso-session s]",
    "  [profile p]",
)
KEYS = (
    "role_arn",
    "Role_ARN",
    "credential_source",
    "source_profile",
    "aws_access_key_id",
    "aws_secret_access_key",
    "external_id",
    "mfa_serial",
    "role_session_name",
    "region",
    "web_identity_token_file",
    "sso_account_id",
    "sso_role_name",
    "sso_region",
    "sso_start_url",
    "sso_session",
    "s3",
)
VALUES = (
    "arn:aws:iam::222222222222:role/R",
    "Ec2InstanceMetadata",
    "ec2instancemetadata",
    "Environment",
    "EcsContainer",
    "Ec2InstanceMetadata # comment",
    "p",
    "q",
    "s",
    "default",
    "",
    "x = y",
    "\u3042",
)
HARMLESS = ("", "  ", "# comment", "; comment", "  # comment")
HARMFUL = ("no equals sign", "  no equals sign", "    indented = 1", "\tindented", "=", ": x")
RECIPES = (
    ("role_arn", "credential_source"),
    ("role_arn", "source_profile"),
    ("aws_access_key_id", "aws_secret_access_key"),
    ("role_arn", "source_profile", "aws_access_key_id", "aws_secret_access_key"),
    ("role_arn", "web_identity_token_file"),
    ("sso_account_id", "sso_role_name", "sso_region", "sso_start_url"),
    (),
)
GOOD = {
    "role_arn": st.just("arn:aws:iam::222222222222:role/R"),
    "credential_source": st.sampled_from(("Ec2InstanceMetadata", "Environment", "EcsContainer")),
    "source_profile": st.sampled_from(("p", "q", "default")),
    "aws_access_key_id": st.just("A"),
    "aws_secret_access_key": st.just("B"),
}


@st.composite
def entry(draw, key: str) -> str:
    """A key and a value: mostly a good one, else any, in some spelling."""
    values = st.sampled_from(VALUES)
    good = GOOD.get(key, values)
    value = draw(st.one_of(good, good, good, values))
    return f"{key}{draw(st.sampled_from((' = ', '=', ' =', ': ')))}{value}"


@st.composite
def section(draw, header: str) -> str:
    """A section of different keys, with comments and empty lines, and at times a wrong line."""
    recipe = draw(st.sampled_from((*RECIPES[:4], *RECIPES)))
    more = draw(st.lists(st.sampled_from(KEYS), max_size=2))
    keys = {key.lower(): key for key in (*recipe, *more)}.values()
    lines = [draw(entry(key)) for key in keys]
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(lines)))
        lines.insert(at, draw(st.sampled_from((*HARMLESS * 8, *HARMFUL))))
    indent = draw(st.sampled_from(("", "", "  ")))
    return "\n".join([header, *(indent + line for line in lines)])


@st.composite
def files(draw) -> bytes:
    """A file of sections that mostly differ, in some encoding and with some line ending."""
    likely = ("[profile p]", "[p]", "[profile q]", "[q]", "[default]")
    unlike = draw(st.sampled_from((*[True] * 9, False)))
    headers = st.sampled_from((*likely, *likely, *likely, *HEADERS))
    parts = [draw(section(header)) for header in draw(st.lists(headers, unique=unlike, max_size=4))]
    ending = draw(st.sampled_from(("\n", "\n", "\r\n", "\r")))
    text = ending.join("\n".join(parts).split("\n")) + draw(st.sampled_from(("", ending)))
    starts = (*[b""] * 20, b"\xef\xbb\xbf", b"\xff\xfe", b"\xe9\n", b"\0", b"\n")
    return draw(st.sampled_from(starts)) + text.encode()


def by_botocore(name: str, paths: tuple[Path, Path]) -> tuple[State, str, dict]:
    """What botocore finds, the type that it raised or the provider that it took, what it read."""
    session = botocore.session.Session(profile=name)
    session.set_config_variable("config_file", str(paths[0]))
    session.set_config_variable("credentials_file", str(paths[1]))
    try:
        scoped = session.get_scoped_config()
    except botocore.exceptions.ProfileNotFound as error:
        return State.MISSING, kind(error), {}
    except botocore.exceptions.ConfigParseError as error:
        return State.INVALID, kind(error), {}
    said = {"role_arn": scoped.get("role_arn"), "region": session.get_config_variable("region")}
    try:
        credentials = session.get_credentials()
    except botocore.exceptions.CredentialRetrievalError as error:
        # The instance metadata is shut off here: that is none of the file's faults.
        state = State.VALID if error.kwargs["provider"] == "Ec2InstanceMetadata" else State.INVALID
        return state, kind(error), said
    except (
        botocore.exceptions.InvalidConfigError,
        botocore.exceptions.PartialCredentialsError,
    ) as error:
        return State.INVALID, kind(error), said
    except TypeError as error:
        # A nested value where a name is wanted.
        return State.INVALID, kind(error), said
    return State.VALID, credentials.method if credentials else "", said


def kind(error: Exception) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def ours(name: str, data: tuple[bytes, bytes]) -> Reading:
    names = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    environment = dict(zip(names, PATHS, strict=True))
    return read(Reader.BOTOCORE, Question(name, environment, dict(zip(PATHS, data, strict=True))))


ROLES = {SourceKind.CREDENTIAL_SOURCE, SourceKind.SOURCE_PROFILE}
SOURCES = {
    "": {SourceKind.HOST},
    "assume-role": ROLES,
    "assume-role-with-web-identity": {SourceKind.WEB_IDENTITY},
    "botocore.exceptions.CredentialRetrievalError": ROLES,
    "config-file": {SourceKind.KEYS},
    "shared-credentials-file": {SourceKind.KEYS},
    "sso": {SourceKind.SSO},
}


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    config=files(),
    credentials=st.just(b"") | files(),
    name=st.sampled_from(("p", "p", "q", "default", "profile p")),
)
def test_any_file_means_to_our_reader_what_it_means_to_botocore(
    tmp_path, config, credentials, name
):
    paths = (tmp_path / "config", tmp_path / "credentials")
    paths[0].write_bytes(config)
    paths[1].write_bytes(credentials)
    state, how, said = by_botocore(name, paths)
    reading = ours(name, (config, credentials))
    assert reading.state is state, (reading.problem, how)
    if state is State.VALID:
        assert reading.source.kind in SOURCES[how]
    elif how != "builtins.TypeError":
        assert reading.problem.exception[0] == how
    if said:
        assert texts_of(said) == {"role_arn": reading.role_arn, "region": reading.region}


def texts_of(said: dict) -> dict:
    """A nested value is a mapping to botocore, and its own text to us."""
    return {
        key: "\n" + "\n".join(f"{k} = {v}" for k, v in value.items())
        if isinstance(value, dict)
        else value
        for key, value in said.items()
    }


FILES_ALONE = [
    case
    for case in load_cases()
    if case.answer("aws_cli_1.45.11")
    and case.asks[0].profile
    and read(Reader.AWSCLI, Question(case.asks[0].profile, case.environment, case.files)).state
    is not State.VALID
]


@pytest.mark.parametrize("case", FILES_ALONE, ids=[case.name for case in FILES_ALONE])
def test_the_aws_cli_that_is_installed_says_so_too(case, tmp_path):
    paths = {CONFIG: tmp_path / "config", CREDENTIALS: tmp_path / "credentials"}
    for path, data in case.files.items():
        paths[path].write_bytes(data)
    name = case.asks[0].profile
    done = subprocess.run(
        [sys.executable, "-m", "awscli", "sts", "get-caller-identity", "--profile", name],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_CONFIG_FILE": str(paths[CONFIG]),
            "AWS_SHARED_CREDENTIALS_FILE": str(paths[CREDENTIALS]),
            "AWS_DEFAULT_REGION": "ap-northeast-1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    reading = read(Reader.AWSCLI, Question(name, case.environment, case.files))
    unparsed = reading.problem.exception[0].endswith("ConfigParseError")
    said = reading.problem.said.partition(HOME)[0]
    assert said in done.stderr
    assert done.returncode == (1 if unparsed else done.returncode)
    assert done.returncode not in {0, *(() if unparsed else (1,))}
