"""The walk-through's runbook, values and plan."""

import pytest

from orchestrator.model.enums import Mode, Shell
from orchestrator.model.fleet import NOWHERE
from orchestrator.model.plan import Script
from orchestrator.plan import OnTheHost, plan, procedure
from orchestrator.runbook import find

VALUES = {
    "role_arn": "arn:aws:iam::222222222222:role/Test-Switch-Role",
    "bucket": "xxxxxxxx-cloudtrail",
}
RUN_ID = "20261124T042501Z-3f9a1c"
INSTANCE = "i-0d176f4a5f9738429"
SCRIPT = Script("exit 0\n", "0" * 64, 7)


@pytest.fixture
def make_procedure():
    def make(
        *,
        runbook=None,
        region="ap-northeast-1",
        shell=Shell.POWERSHELL,
        mode=Mode.EPHEMERAL,
        without=(),
        **values,
    ):
        given = {key: value for key, value in (VALUES | values).items() if key not in without}
        return procedure(runbook or find("switch-role"), given, region, OnTheHost(shell, mode))

    return make


@pytest.fixture
def make_plan(make_procedure):
    def make(
        targets=(INSTANCE,),
        delivery=60,
        execution=900,
        script=SCRIPT,
        output_s3=NOWHERE,
        **more,
    ):
        return plan(
            make_procedure(**more),
            script,
            RUN_ID,
            targets,
            delivery_timeout=delivery,
            execution_timeout=execution,
            output_s3=output_s3,
        )

    return make
