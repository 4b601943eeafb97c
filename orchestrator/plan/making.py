"""The plan of a run: what is sent to whom, what it costs, what it needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from orchestrator.kinds import check
from orchestrator.model.enums import Platform
from orchestrator.model.fleet import NOWHERE, OutputS3, Tags
from orchestrator.model.plan import (
    DELIVERY_TIMEOUT,
    EXECUTION_TIMEOUT,
    Pace,
    Plan,
    Script,
    Skipped,
)
from orchestrator.model.procedure import Procedure
from orchestrator.plan.calls import api_calls
from orchestrator.plan.permissions import DOCUMENTS, permissions

MARGIN = 30
"""Seconds beyond SSM's own time-outs in which its final state must have appeared."""

LONGEST_COMMENT = 100
"""Characters of SendCommand's Comment (SSM API Reference)."""

ALL_AT_ONCE = Pace()

_FOLDERS = {Platform.WINDOWS: "%ProgramData%\\orch-", Platform.LINUX: "/tmp/orch-"}  # noqa: S108 - the hosts', not ours
_TOKEN = re.compile(r"[0-9a-f]{6}")


def new_run_id(now: datetime, token: str) -> str:
    """A run's id: its time in UTC and six hexadecimal digits, e.g. ``20261124T042501Z-3f9a1c``.

    ValueError where the time has no zone or the token is not six lower-case hexadecimal digits.
    """
    if now.tzinfo is None or not _TOKEN.fullmatch(token):
        raise ValueError("a run id needs a time with its zone and six hexadecimal digits")
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{token}"


def plan(
    procedure: Procedure,
    script: Script,
    run_id: str,
    targets: Sequence[str],
    *,
    delivery_timeout: int = DELIVERY_TIMEOUT,
    execution_timeout: int = EXECUTION_TIMEOUT,
    restore: Plan | None = None,
    pace: Pace = ALL_AT_ONCE,
    skipped: Sequence[Skipped] = (),
    doubtful: Sequence[Skipped] = (),
    account_role: str = "",
    whole: str = "",
    parts: int = 1,
    tags: Tags = (),
    by_group: bool = False,
    output_s3: OutputS3 = NOWHERE,
) -> Plan:
    """The plan that `orch plan` prints and `orch run` interprets. Time-outs are in seconds.

    ``restore`` is the plan of what is put back where a script could not do that itself.
    ``by_group``: the targets are those of a resource group. See `Plan` for the rest.

    A target that is named twice is one target. ValueError where there is none, or one is not an
    instance id.
    """
    ids = tuple(dict.fromkeys(check("instance-id", target) for target in targets))
    if not ids:
        raise ValueError("a plan needs a target")
    worst_case = delivery_timeout + execution_timeout + MARGIN
    return Plan(
        run_id=run_id,
        procedure=procedure,
        procedure_sha256=procedure.sha256(),
        script=script,
        document=DOCUMENTS[procedure.platform],
        targets=ids,
        delivery_timeout=delivery_timeout,
        execution_timeout=execution_timeout,
        comment=f"orch {run_id} {procedure.runbook}"[:LONGEST_COMMENT],
        api_calls=api_calls(
            len(ids),
            worst_case,
            restore.worst_case if restore else 0,
            at_once=bool(tags),
            stored=bool(output_s3.bucket_name),
        ),
        permissions=permissions(
            procedure, ids, account_role=account_role, by_group=by_group, output_s3=output_s3
        ),
        worst_case=worst_case,
        host_folder=_FOLDERS[procedure.platform] + run_id,
        restore=restore,
        pace=pace,
        skipped=tuple(skipped),
        doubtful=tuple(doubtful),
        account_role=account_role,
        whole=whole,
        parts=parts,
        tags=tags,
        output_s3=output_s3,
    )
