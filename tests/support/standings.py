"""How a host stands that is as it should be."""

from datetime import UTC, datetime

from orchestrator.model.compliance import Standing
from orchestrator.model.enums import Outcome

STANDING = Standing(
    instance_id="i-0d176f4a5f9738429",
    name="WEB",
    region="eu-west-1",
    account_role="",
    schedule="orch-x",
    plan_sha256="0" * 64,
    outcome=Outcome.PASS,
    since=datetime(2026, 11, 1, tzinfo=UTC),
    seen=datetime(2026, 11, 7, tzinfo=UTC),
    run_id="run-7",
    severity="HIGH",
)
