"""The walk-through's procedure, and envelopes that answer it."""

import base64
from collections.abc import Mapping
from typing import Any

from orchestrator.envelope import pack
from orchestrator.model.enums import Mode, Operator, Phase, Shell, Way
from orchestrator.model.plan import Plan, Script
from orchestrator.model.procedure import Endpoint, Expectation, Procedure, Profile, Step

INSTANCE = "i-0d176f4a5f9738429"
RUN_ID = "20260101T000000Z-abc123"
ROLE_ARN = "arn:aws:iam::222222222222:role/Test-Switch-Role"
BUCKET = "xxxxxxxx-cloudtrail"
BEFORE_ARN = f"arn:aws:sts::111111111111:assumed-role/EC2RoleforSSM/{INSTANCE}"
AFTER_ARN = "arn:aws:sts::222222222222:assumed-role/Test-Switch-Role/aws-dotnet-sdk-session-638"

REFUSED = {
    "chain": ["System.InvalidOperationException", "Amazon.S3.AmazonS3Exception"],
    "code": "AccessDenied",
    "status": 403,
    "message": base64.b64encode(b"Access Denied").decode(),
}
ASSUME_REFUSED = {
    "chain": [
        "System.InvalidOperationException",
        "Amazon.Runtime.AmazonClientException",
        "Amazon.SecurityToken.AmazonSecurityTokenServiceException",
    ],
    "code": "AccessDenied",
    "status": 403,
    "message": base64.b64encode(b"not authorized to perform: sts:AssumeRole").decode(),
}


def procedure(shell: Shell = Shell.POWERSHELL) -> Procedure:
    """What `switch-role` asks of the walk-through's host."""
    bucket = {"bucket": BUCKET}
    return Procedure(
        runbook="switch-role",
        shell=shell,
        mode=Mode.EPHEMERAL,
        ways=(Way.PROFILE,),
        region="ap-northeast-1",
        profile=Profile("switch_test", ROLE_ARN),
        endpoints=(
            Endpoint("imds", "http://169.254.169.254", ("AWS_EC2_METADATA_SERVICE_ENDPOINT",)),
        ),
        steps=(
            Step("before.identity", "identity", Phase.BEFORE),
            Step("before.s3_bucket", "s3_bucket", Phase.BEFORE, bucket),
            Step("after.identity", "identity", Phase.AFTER),
            Step("after.s3_bucket", "s3_bucket", Phase.AFTER, bucket),
        ),
        expectations=(
            expectation("before.identity", "session", fact="instance_id"),
            expectation("before.s3_bucket", "found", Operator.ABSENT),
            expectation("after.identity", "account", value="222222222222"),
            expectation("after.identity", "role", value="Test-Switch-Role"),
            expectation("after.identity", "arn", Operator.CHANGED),
            expectation("after.s3_bucket", "found", value=True),
        ),
    )


def expectation(
    step: str, field: str, operator: Operator = Operator.EQUALS, **rest: Any
) -> Expectation:
    return Expectation(f"{step}.{field}.{operator}", step, field, operator, **rest)


def plan(asked: Procedure | None = None, targets: tuple[str, ...] = (INSTANCE,)) -> Plan:
    """A plan around it, with a script that nobody runs."""
    asked = asked or procedure()
    return Plan(
        run_id=RUN_ID,
        procedure=asked,
        procedure_sha256=asked.sha256(),
        script=Script("exit 0\n", "0" * 64, 7),
        document="AWS-RunPowerShellScript",
        targets=targets,
        delivery_timeout=60,
        execution_timeout=900,
        comment=f"orch {RUN_ID} switch-role",
        api_calls=(),
        permissions=(),
        worst_case=990,
        host_folder=f"%ProgramData%\\orch-{RUN_ID}",
    )


def identity(account: str, role: str, session: str) -> dict[str, Any]:
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/{session}"
    return {"account": account, "arn": arn, "user_id": "AROA:x", "role": role, "session": session}


def ok(step: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": step, "state": "ok", "ms": 5, "value": value}


def failed(step: str, error: Mapping[str, Any], state: str = "error") -> dict[str, Any]:
    return {"id": step, "state": state, "ms": 5, "error": error}


def data(asked: Procedure | None = None, **changes: Any) -> dict[str, Any]:
    """The envelope of a healthy host, with the given keys changed.

    ``step`` (a mapping of step id to the step's entry) replaces single steps.
    """
    asked = asked or procedure()
    steps = {
        "before.identity": ok(
            "before.identity", identity("111111111111", "EC2RoleforSSM", INSTANCE)
        ),
        "before.s3_bucket": failed("before.s3_bucket", REFUSED),
        "after.identity": ok(
            "after.identity", identity("222222222222", "Test-Switch-Role", "aws-dotnet-1")
        ),
        "after.s3_bucket": ok(
            "after.s3_bucket",
            {"found": True, "name": BUCKET, "created": "2022-09-23T12:18:53Z"},
        ),
    }
    steps |= changes.pop("step", {})
    whole = {
        "v": 1,
        "verdict": "PASS",
        "run": RUN_ID,
        "plan": asked.sha256(),
        "engine": "powershell",
        "facts": {
            "shell": "Windows PowerShell",
            "region": "ap-northeast-1",
            "config_path": "C:\\c",
        },
        "settings": {"AWS_RETRY_MODE": "standard"},
        "probes": {"imds": "ok", "sts": "ok", "s3": "ok"},
        "steps": list(steps.values()),
        "own": {e.id: "PASS" for e in asked.expectations},
        "restored": {"state": "restored", "changed": ["C:\\orch"], "left": []},
        "ms": {"load": 900, "total": 1200},
        "fatal": None,
    }
    return whole | changes


def envelope(asked: Procedure | None = None, **changes: Any) -> str:
    """That envelope as the script prints it."""
    asked = asked or procedure()
    return pack(asked.sha256(), data(asked, **changes))
