"""A host that an agent attaches as, from nothing to what EC2 and SSM show of it."""

from __future__ import annotations

import pytest

from orchestrator.sandbox import world
from support.attached_stage import INSTANCE, AttachedStage


def test_an_agent_that_has_not_reported_is_no_managed_instance():
    with AttachedStage() as stage:
        ssm = stage.client("ssm", world.ADMIN_A)
        assert listed(ssm) == []
        with pytest.raises(ssm.exceptions.InvalidInstanceId):
            stage.send("true")
        assert stage.wire().report("Windows").status == 200
        (row,) = listed(ssm)
        assert (row["PlatformType"], row["PingStatus"]) == ("Windows", "Online")
        assert row["AgentVersion"] == "3.3.40.0"
        (found,) = stage.client("ec2").describe_instances(InstanceIds=[INSTANCE])["Reservations"]
        assert found["Instances"][0]["Platform"] == "windows"
        assert {"Key": "Name", "Value": "attached"} in found["Instances"][0]["Tags"]


def test_a_linux_machine_may_do_for_a_windows_one():
    with AttachedStage(as_windows=True) as stage:
        wire = stage.wire()
        assert wire.report("Linux").status == 200
        (row,) = listed(stage.client("ssm"))
        assert (row["PlatformType"], row["PlatformName"]) == ("Windows", "Debian GNU/Linux")
        sent = stage.send("1", DocumentName="AWS-RunPowerShellScript")
        assert wire.next_message()["MessageId"] == f"aws.ssm.{sent}.{INSTANCE}"
        ssm = stage.client("ssm", world.ADMIN_A)
        with pytest.raises(ssm.exceptions.UnsupportedPlatformType):
            stage.send("true")
        assert "ProgramData=" in stage.attached.files["agent.env"]


def listed(ssm) -> list:
    wanted = [{"Key": "InstanceIds", "Values": [INSTANCE]}]
    return ssm.describe_instance_information(Filters=wanted)["InstanceInformationList"]
