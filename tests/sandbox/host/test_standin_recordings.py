"""The stand-in answers as the real cmdlets did, in every recorded case that is about their like."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from recorded_aws import RecordedAws, recorded_aws

from orchestrator.checks import all_checks
from orchestrator.model.enums import Phase
from orchestrator.model.procedure import Step
from orchestrator.sandbox.host.standin.calls import Calls
from orchestrator.sandbox.host.standin.errors import (
    GET_CREDENTIAL,
    SET_CREDENTIAL,
    CmdletError,
    as_data,
    cmdlet_class,
)
from orchestrator.sandbox.host.standin.patience import Patience, attempts
from orchestrator.sandbox.host.standin.profiles import INSTANCE, find_profile, listed_profiles
from support.recorded_cases import HOME, SDK_37, TMP, Ask, Case, load_cases

CASES = {case.name: case for case in load_cases()}
CHECKS = {check.cmdlet: check.name for check in all_checks().values()}
BUCKET = "xxxxxxxx-cloudtrail"

_STORE = "no script stores or removes a profile"
_OTHER = "no check uses this cmdlet"
_REGION = "every script passes -Region"
_LOCATION = "no script passes -ProfileLocation"
_ONCE = "every script sets its variables and writes its files before the first cmdlet"
NOT_FOR_SCRIPTS = {
    "profile-location-config": _LOCATION,
    "profile-location-credentials": _LOCATION,
    "config-file-later": _ONCE,
    "config-file-made-after-first-call": _ONCE,
    "no-region": _REGION,
    "region-from-imds": _REGION,
    "region-in-profile": _REGION,
    "session-default-cleared": "no script clears the session's default",
    "session-default-function": "every script sets the default with -Scope Global",
    "store-flow": _STORE,
    "store-flow-wrong-order": _STORE,
    "store-as-config-only": _STORE,
    "remove-config-only": _STORE,
    "remove-no-force": _STORE,
    "use-role": _OTHER,
    "use-role-refused": _OTHER,
    "version": "it asks the module's version",
}
SILENT = {"endpoint-silent": "AWS_ENDPOINT_URL", "imds-silent": "AWS_EC2_METADATA_SERVICE_ENDPOINT"}
LISTS = ("list-profiles", "list-profiles-invalid")
ASKED = [name for name in CASES if name not in {*NOT_FOR_SCRIPTS, *SILENT, *LISTS}]
# botocore does not send a request again whose time was refused. It ends with the same error.
SENT_ONCE = {"clock-skew-s3", "clock-skew-s3-standard"}


@pytest.fixture
def sleeps(monkeypatch) -> list[float]:
    """The waits between attempts, none of which is waited."""
    waits: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=waits.append))
    return waits


def environment_of(case: Case, folder: Path, aws: RecordedAws) -> dict[str, str]:
    """The case's variables, with its files written to this machine."""

    def real(path: str) -> str:
        return path.replace(HOME, f"{folder}/home").replace(TMP, f"{folder}/run")

    for path, data in case.files.items():
        written = Path(real(path))
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_bytes(data)
    return aws.environment | {name: real(value) for name, value in case.environment.items()}


def answer(ask: Ask, calls: Calls, environment: dict[str, str]) -> dict:
    """What the stand-in answers to one cmdlet."""
    if ask.cmdlet == "Get-AWSCredential":
        return credential(ask, environment)
    if ask.cmdlet == "Set-AWSCredential":
        return default(ask, calls)
    check = all_checks()[CHECKS[ask.cmdlet]]
    step = Step("x", check.name, Phase.AFTER, {"bucket": ask.bucket or BUCKET})
    try:
        return {"value": calls.ask(check, step, ask.profile)}
    except CmdletError as error:
        return thrown(error, cmdlet_class(check))


def credential(ask: Ask, environment: dict[str, str]) -> dict:
    try:
        return {"value": find_profile(ask.profile, environment)}
    except CmdletError as error:
        return thrown(error, GET_CREDENTIAL)


def default(ask: Ask, calls: Calls) -> dict:
    try:
        return {"value": calls.set_default(ask.profile)}
    except CmdletError as error:
        return thrown(error, SET_CREDENTIAL)


def asks_of(case: Case) -> tuple[Ask, ...]:
    """The cmdlets in question: a profile that was made the default is named by none after it."""
    if case.name != "session-default":
        return case.asks
    (asked,) = case.asks
    return Ask("Set-AWSCredential", asked.profile), replace(asked, profile=None)


def thrown(error: CmdletError, cmdlet: str) -> dict:
    data = as_data(error, cmdlet)
    kept = {name: data[name] for name in ("chain", "fqei", "code", "status")}
    return {**kept, "category": error.category}


def recorded(case: Case) -> dict | None:
    """The recorded error, or None for an answer."""
    said = case.answers[SDK_37]
    if said["outcome"] == "ok":
        return None
    amazon = [item for item in said["chain"] if item["type"].startswith("Amazon.")]
    return {
        "chain": list(case.types),
        "fqei": said["fqei"],
        "code": next((i["ErrorCode"] for i in amazon if i.get("ErrorCode")), None),
        "status": next((i["StatusInt"] for i in amazon if i.get("StatusInt")), None),
        "category": said["category"],
    }


def agree(ask: Ask, here: dict, values: list) -> None:
    """Whether an answer is the recorded one."""
    said = here["value"]
    text = str(values)
    if ask.cmdlet == "Get-AWSCredential":
        assert (said is None) == (values == ["null"])
        assert said is None or (said.role_arn in text and said.source == INSTANCE)
    elif ask.cmdlet == "Set-AWSCredential":
        assert said is None
    elif ask.cmdlet == "Get-STSCallerIdentity":
        # Session names of roles hold the time; everything before them must be the same.
        assert re.sub(r"-session-\d+$", "-session-", said["arn"]) in text
    else:
        assert said["found"] is (f"'BucketName': '{ask.bucket or BUCKET}'" in text)


@pytest.mark.parametrize("name", ASKED)
def test_it_answers_as_recorded(name, tmp_path, sleeps):
    case = CASES[name]
    with recorded_aws(case.state) as aws:
        environment = environment_of(case, tmp_path, aws)
        calls = Calls(case.asks[0].region or "ap-northeast-1", environment)
        answers = [answer(ask, calls, environment) for ask in asks_of(case)]
    error = recorded(case)
    if error is None:
        for ask, here in zip(asks_of(case), answers, strict=True):
            agree(ask, here, case.answers[SDK_37]["value"])
    else:
        assert answers == [error]


@pytest.mark.parametrize("name", ASKED)
def test_it_asks_the_services_as_often_as_recorded(name, tmp_path, sleeps):
    case = CASES[name]
    with recorded_aws(case.state) as aws:
        environment = environment_of(case, tmp_path, aws)
        calls = Calls("ap-northeast-1", environment)
        for ask in asks_of(case):
            answer(ask, calls, environment)
        sent = aws.wire
    told = case.answers[SDK_37].get("requests", [])
    expected = [re.sub(r"(?<=.)/\?.*", "", item) for item in told if " /latest/" not in item]
    if name == "config-file-changed":
        expected = expected[:2]  # the other two are of the cmdlet before the change
    assert sent == (expected[:1] if name in SENT_ONCE else expected)


@pytest.mark.parametrize(
    ("name", "tries"),
    [
        ("endpoint-down", 5),
        ("endpoint-down-default-attempts", 5),
        ("endpoint-down-assume", 5),
        ("endpoint-name", 5),
        ("endpoint-down-standard", 2),
    ],
)
def test_a_dead_endpoint_is_tried_as_often_as_by_the_sdk(name, tries, tmp_path, sleeps):
    # Recorded were 34 s for five attempts with growing waits, and 0.4 s for two.
    case = CASES[name]
    with recorded_aws() as aws:
        environment = environment_of(case, tmp_path, aws)
        answer(case.asks[0], Calls("ap-northeast-1", environment), environment)
    assert attempts(environment) == tries
    assert len(sleeps) == tries - 1


@pytest.mark.parametrize("name", SILENT)
def test_silence_is_waited_out_as_recorded_at_another_scale(name, tmp_path, sleeps):
    case, scale = CASES[name], 1 / 200
    usual = Patience()
    quick = Patience(usual.connect, usual.read * scale, usual.metadata * scale)
    # Two attempts: what a rendered script sets, and what was recorded.
    tries = {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "2"}
    with recorded_aws(case.state) as aws:
        environment = environment_of(case, tmp_path, aws) | {SILENT[name]: aws.silent} | tries
        begun = time.monotonic()
        here = answer(case.asks[0], Calls("ap-northeast-1", environment, quick), environment)
        spent = (time.monotonic() - begun) / scale
    assert here == recorded(case)
    assert spent == pytest.approx(case.answers[SDK_37]["seconds"], rel=0.5)


@pytest.mark.parametrize("name", LISTS)
def test_it_lists_profiles_as_recorded(name, tmp_path):
    case = CASES[name]
    with recorded_aws() as aws:
        listed = listed_profiles(environment_of(case, tmp_path, aws))
    told = [
        (item["ProfileName"], item["StoreTypeName"], item["ProfileLocation"])
        for item in case.answers[SDK_37]["value"]
    ]
    here = [(item.name, item.store, item.location) for item in listed]
    assert [(*rest, place.replace(str(tmp_path), "TMP")) for *rest, place in here] == told


def test_every_case_is_asked_or_told_why_not():
    assert set(NOT_FOR_SCRIPTS) <= set(CASES)
    assert (len(ASKED), len(SILENT), len(LISTS), len(NOT_FOR_SCRIPTS)) == (74, 2, 2, 17)
