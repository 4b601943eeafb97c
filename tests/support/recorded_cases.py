"""The recorded cases of recordings/switch-cases.json, as what was asked of which files.

Most cases are one cmdlet. Some do more before it; `_BEFORE` says what the files and the variables
are when the cmdlet in question reads them.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

SDK_37 = "aws_tools_4.1.81_sdk_3.7"
SDK_41 = "aws_tools_4.1.81_sdk_4.1"
BOTO3 = "boto3_1.43.11"
AWSCLI = "aws_cli_1.45.11"
ALWAYS_LAST = "Amazon.Runtime.Internal.HttpErrorResponseException"

HOME = "/home/somebody"
CONFIG = f"{HOME}/.aws/config"
CREDENTIALS = f"{HOME}/.aws/credentials"
TMP = "/run-of-its-own"
PROFILE = (
    "[profile switch_test]\nrole_arn = arn:aws:iam::222222222222:role/Test-Switch-Role\n"
    "credential_source = Ec2InstanceMetadata\n"
)
STORED = (
    "[temp_metadata]\naws_access_key_id=ASIAINSTANCEROLE0000\naws_secret_access_key=fake\n"
    "aws_session_token=faketoken\n"
    "[switch_test_net]\nrole_arn=arn:aws:iam::222222222222:role/Test-Switch-Role\n"
    "source_profile=temp_metadata"
)
_CMDLET = re.compile(r"(?:Get-STSCallerIdentity|Get-S3Bucket|Get-AWSCredential)\b[^;|){}]*")


@dataclass(frozen=True)
class Ask:
    """One cmdlet with its arguments."""

    cmdlet: str
    profile: str | None = None
    region: str | None = None
    bucket: str | None = None


@dataclass(frozen=True)
class Case:
    """One case. ``asks`` are the cmdlets in question; ``files`` are there when they run."""

    name: str
    powershell: str
    files: Mapping[str, bytes]
    environment: Mapping[str, str]
    state: Mapping[str, str]
    asks: tuple[Ask, ...]
    answers: Mapping[str, Any]

    def answer(self, who: str) -> Mapping[str, Any] | None:
        """What it answered, or None where it was not asked."""
        said = self.answers.get(who)
        return self.answers[SDK_37] if said and said.get("same") else said

    @property
    def types(self) -> tuple[str, ...]:
        """The types that the cmdlets threw, outermost first; empty where they did not."""
        chain = self.answers[SDK_37].get("chain", [])
        return tuple(item["type"] for item in chain if item["type"] != ALWAYS_LAST)


def _run_files(text: str) -> dict[str, dict[str, str]]:
    return {"files": {f"{TMP}/run.config": text, f"{TMP}/run.credentials": ""}}


_BEFORE: Mapping[str, Mapping[str, Any]] = {
    # -ProfileLocation stands for the credentials file, with its config file beside it.
    "profile-location-config": {"environment": {"AWS_SHARED_CREDENTIALS_FILE": CONFIG}},
    "profile-location-credentials": {"environment": {"AWS_SHARED_CREDENTIALS_FILE": CREDENTIALS}},
    "config-file-late": {"environment": {"AWS_CONFIG_FILE": CONFIG}},
    "config-file-changed": {"files": {CONFIG: PROFILE.replace("Test-Switch-Role", "No-S3-Role")}},
    "config-file-made-before-first-call": _run_files(PROFILE),
    "run-own-files": _run_files(PROFILE),
    "store-flow": {"files": {CREDENTIALS: STORED}},
    "store-flow-wrong-order": {"files": {CREDENTIALS: STORED[STORED.index("[switch_test_net]") :]}},
}
_ASKS: Mapping[str, tuple[Ask, ...]] = {
    "config-file-later": (Ask("Get-STSCallerIdentity", "switch_test", "ap-northeast-1"),),
    "config-file-changed": (Ask("Get-STSCallerIdentity", "switch_test", "ap-northeast-1"),),
    "config-file-made-after-first-call": (
        Ask("Get-STSCallerIdentity", "switch_test", "ap-northeast-1"),
    ),
    # What the session was told stands for an argument.
    "session-default": (Ask("Get-STSCallerIdentity", "switch_test", "ap-northeast-1"),),
    "session-default-missing": (Ask("Set-AWSCredential", "no_such"),),
    "store-flow": (Ask("Get-STSCallerIdentity", "switch_test_net", "ap-northeast-1"),),
}


def load_cases() -> tuple[Case, ...]:
    """All of them."""
    path = Path(__file__).parents[1] / "recordings/switch-cases.json"
    return tuple(_case(item) for item in json.loads(path.read_text()))


def _case(item: Mapping[str, Any]) -> Case:
    name, given = item["case"], item["given"]
    files = {}
    for path, key in ((CONFIG, "config"), (CREDENTIALS, "credentials")):
        text = given.get(key) if given else {"config": PROFILE}.get(key)
        if text is not None:
            files[path] = text.encode(given.get("encoding", "utf-8"))
    before = _BEFORE.get(name, {})
    files |= {path: text.encode() for path, text in before.get("files", {}).items()}
    return Case(
        name,
        item["powershell"],
        files,
        _environment(given.get("env", {}) | before.get("environment", {})),
        given.get("state", {}),
        _ASKS.get(name) or _asked(item["powershell"]),
        item["answers"],
    )


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    usual = {"HOME": HOME, "AWS_CONFIG_FILE": CONFIG, "AWS_REGION": "ap-northeast-1"}
    found = {name: value for name, value in {**usual, **changes}.items() if value is not None}
    return {name: value.replace("{tmp}", TMP) for name, value in found.items()}


def _asked(powershell: str) -> tuple[Ask, ...]:
    return tuple(_ask(found[0].split()) for found in _CMDLET.finditer(powershell))


def _ask(words: list[str]) -> Ask:
    given = dict(pairwise(words))
    return Ask(words[0], given.get("-ProfileName"), given.get("-Region"), given.get("-BucketName"))
