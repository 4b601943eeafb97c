"""The stand-in answers as the real cmdlets did, for every recorded case that it can be asked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from recorded_aws import recorded_aws

from orchestrator.checks import all_checks
from orchestrator.model.enums import Phase
from orchestrator.model.procedure import Step
from orchestrator.sandbox.host.standin.calls import Calls
from orchestrator.sandbox.host.standin.errors import CmdletError, as_data, no_credentials
from orchestrator.sandbox.host.standin.profiles import find_profile

CASES = json.loads((Path(__file__).parents[2] / "recordings/switch-cases.json").read_text())
CMDLET = re.compile(
    r"(Get-STSCallerIdentity|Get-S3Bucket)(?: -ProfileName (\S+))? -Region ap-northeast-1"
    r"(?: -BucketName (\S+))?"
)
SDK = "aws_tools_4.1.81_sdk_3.7"
CHECKS = {"Get-STSCallerIdentity": "identity", "Get-S3Bucket": "s3_bucket"}
ALWAYS_LAST = "Amazon.Runtime.Internal.HttpErrorResponseException"
ENVIRONMENT = {"AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS", "AWS_ENDPOINT_URL", "AWS_PROFILE"} | {
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
}


def can_be_asked(case) -> bool:
    """One cmdlet, in an environment that a rendered script can meet, with services that answer."""
    given = case["given"]
    return (
        CMDLET.fullmatch(case["powershell"]) is not None
        and set(given.get("env", {})) <= ENVIRONMENT
        and "silent" not in case["case"]
    )


ASKED = [case for case in CASES if can_be_asked(case)]


def answer(case, folder: Path) -> dict:
    cmdlet, profile_name, bucket = CMDLET.fullmatch(case["powershell"]).groups()
    given = case["given"]
    for name in ("config", "credentials"):
        if name in given:
            (folder / name).write_bytes(given[name].encode(given["encoding"]))
    check = all_checks()[CHECKS[cmdlet]]
    step = Step("x", check.name, Phase.AFTER, {"bucket": bucket or "xxxxxxxx-cloudtrail"})
    with recorded_aws(given.get("state")) as aws:
        environment = aws.environment | {k: v for k, v in given.get("env", {}).items() if v}
        try:
            profile = None
            if profile_name:
                profile = find_profile(profile_name, folder / "config", folder / "credentials")
                if profile is None:
                    raise no_credentials()
            value = Calls("ap-northeast-1", environment).ask(check, step, profile)
        except CmdletError as error:
            data = as_data(error, check)
            return {k: data[k] for k in ("chain", "fqei", "code", "status")}
        return {"value": value}


def recorded(case) -> dict:
    said = case["answers"][SDK]
    if said["outcome"] == "ok":
        return {"ok": said["value"]}
    chain = [item for item in said["chain"] if item["type"] != ALWAYS_LAST]
    amazon = [item for item in chain if item["type"].startswith("Amazon.")]
    return {
        "chain": [item["type"] for item in chain],
        "fqei": said["fqei"],
        "code": next((i["ErrorCode"] for i in amazon if i.get("ErrorCode")), None),
        "status": next((i["StatusInt"] for i in amazon if i.get("StatusInt")), None),
    }


@pytest.mark.parametrize("case", ASKED, ids=[case["case"] for case in ASKED])
def test_it_answers_as_recorded(case, tmp_path):
    said, here = recorded(case), answer(case, tmp_path)
    if "ok" not in said:
        assert here == said
    elif "STS" in case["powershell"]:
        # Session names of roles hold the time; everything before them must be the same.
        ours, theirs = here["value"]["arn"], said["ok"][0]["Arn"]
        assert re.sub(r"-session-\d+$", "", ours) == re.sub(r"-session-\d+$", "", theirs)
    else:
        assert here["value"]["found"] is bool(said["ok"])


def test_most_of_the_single_cmdlets_are_asked():
    assert len(ASKED) >= 40
