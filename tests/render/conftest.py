"""The procedure that most of these tests render, and the comparison with golden scripts."""

import difflib
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.model.enums import Mode, Operator, Phase, Shell, Way
from orchestrator.model.procedure import Endpoint, Expectation, Procedure, Profile, Step

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "ORCH_UPDATE_GOLDEN"


@pytest.fixture
def sample() -> Callable[..., Procedure]:
    """Make the sample procedure of a shell; any field may be replaced."""
    return make_sample


def make_sample(
    shell: Shell = Shell.POWERSHELL, *, way: Way = Way.PROFILE, **changes: object
) -> Procedure:
    bucket = {"bucket": "xxxxxxxx-cloudtrail"}
    fields: dict[str, object] = {
        "runbook": "switch-role",
        "shell": shell,
        "mode": Mode.EPHEMERAL,
        "ways": (way,),
        "region": "ap-northeast-1",
        "profile": Profile("switch_test", "arn:aws:iam::222222222222:role/Test-Switch-Role"),
        "endpoints": (
            Endpoint("imds", "http://169.254.169.254", ("AWS_EC2_METADATA_SERVICE_ENDPOINT",)),
            _endpoint("sts"),
            _endpoint("s3"),
        ),
        "steps": (
            Step("before.identity", "identity", Phase.BEFORE, {}, way),
            Step("before.s3_bucket", "s3_bucket", Phase.BEFORE, bucket, way),
            Step("after.identity", "identity", Phase.AFTER, {}, way),
            Step("after.s3_bucket", "s3_bucket", Phase.AFTER, bucket, way),
        ),
        "expectations": (
            _expect("before.identity", "session", Operator.EQUALS, fact="instance_id"),
            _expect("before.s3_bucket", "found", Operator.ABSENT),
            _expect("after.identity", "account", Operator.EQUALS, "222222222222"),
            _expect("after.identity", "role", Operator.EQUALS, "Test-Switch-Role"),
            _expect("after.identity", "arn", Operator.CHANGED),
            _expect("after.s3_bucket", "found", Operator.EQUALS, True),
        ),
    }
    return Procedure(**{**fields, **changes})


def _endpoint(service: str) -> Endpoint:
    variables = (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL")
    return Endpoint(service, f"https://{service}.ap-northeast-1.amazonaws.com", variables)


def _expect(
    step: str, field: str, operator: Operator, value: str | bool | None = None, fact=None
) -> Expectation:
    return Expectation(f"{step}.{field}.{operator.value}", step, field, operator, value, fact)


@pytest.fixture
def same_as_golden() -> Callable[[str, str], None]:
    """Compare a text with its golden file; the variable ORCH_UPDATE_GOLDEN=1 rewrites the file."""
    return _same_as_golden


def _same_as_golden(name: str, text: str) -> None:
    # The bytes of gzip are the compressor's affair, and differ between its versions.
    text = re.sub(r"(ORCH1:[0-9a-f]{8}:)[A-Za-z0-9+/=]+:END", r"\1...:END", text)
    file = GOLDEN / name
    if os.environ.get(UPDATE):
        file.write_text(text, encoding="ascii")
    golden = file.read_text(encoding="ascii") if file.exists() else ""
    changes = difflib.unified_diff(
        golden.splitlines(), text.splitlines(), f"golden/{name}", "rendered", lineterm=""
    )
    assert golden == text, "\n".join([f"{UPDATE}=1 accepts this:", *changes])
