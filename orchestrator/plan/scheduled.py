"""The plan of a schedule's run: known only afterwards, from what State Manager says that it ran."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.model.fleet import NOWHERE, OutputS3
from orchestrator.model.plan import Plan, Script
from orchestrator.model.procedure import Procedure


def scheduled_plan(
    asked: Procedure,
    script: Script,
    run_id: str,
    targets: Sequence[str],
    *,
    schedule: str,
    timeout: int,
    output_folder: str,
    output_s3: OutputS3 = NOWHERE,
    account_role: str = "",
) -> Plan:
    """What was asked of whom. ``timeout`` are the seconds that the script might run.

    Nothing is sent for it, so it tells of no call and no permission; who is to be reached until
    when is State Manager's own affair.
    """
    return Plan(
        run_id=run_id,
        procedure=asked,
        procedure_sha256=asked.sha256(),
        script=script,
        document=schedule,
        targets=tuple(dict.fromkeys(targets)),
        delivery_timeout=0,
        execution_timeout=timeout,
        comment="",
        api_calls=(),
        permissions=(),
        worst_case=0,
        host_folder="",
        account_role=account_role,
        output_s3=output_s3,
        schedule=schedule,
        output_folder=output_folder,
    )
