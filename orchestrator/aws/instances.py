"""What EC2 and IAM know of an instance: the port `InstanceReader`, for real."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.aws.errors import as_ours, code_of, unread
from orchestrator.aws.session import READS, Access
from orchestrator.errors import CannotRunError
from orchestrator.model.access import Unread
from orchestrator.model.checkup import InstanceRead

_NOT_THERE = {"InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"}


class Ec2InstanceReader:
    """Reads with the operator's own access. It never raises because of what AWS answers."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def read(self, instance_id: str) -> InstanceRead:
        """The instance, and the role in its instance profile."""
        if not instance_id.startswith("i-"):
            reason = "it is no EC2 instance but one that was registered with SSM"
            return InstanceRead(instance_id, unread=(Unread(instance_id, reason),))
        try:
            found = self._describe(instance_id)
        except CannotRunError as error:
            lacking = unread(f"instance {instance_id}", "ec2:DescribeInstances", error)
            return InstanceRead(instance_id, unread=(lacking,))
        if found is None:
            return InstanceRead(instance_id, exists=False)
        return self._with_roles(_instance(instance_id, found))

    def _describe(self, instance_id: str) -> Mapping[str, Any] | None:
        client = self._access.client("ec2", READS)
        with as_ours("DescribeInstances", self._access.region, self._access.profile):
            try:
                answer = client.describe_instances(InstanceIds=[instance_id])
            except ClientError as error:
                if code_of(error) in _NOT_THERE:
                    return None
                raise
        rows = [row for item in answer["Reservations"] for row in item["Instances"]]
        return rows[0] if rows else None

    def _with_roles(self, read: InstanceRead) -> InstanceRead:
        if not read.profile_arn:
            return replace(read, roles=())
        client, name = self._access.client("iam", READS), read.profile_arn.rpartition("/")[2]
        try:
            with as_ours("GetInstanceProfile", self._access.region, self._access.profile):
                answer = client.get_instance_profile(InstanceProfileName=name)
        except CannotRunError as error:
            lacking = unread(f"instance profile {name}", "iam:GetInstanceProfile", error)
            return replace(read, unread=(lacking,))
        roles = answer["InstanceProfile"]["Roles"]
        return replace(read, roles=tuple(str(role["Arn"]) for role in roles))


def _instance(instance_id: str, found: Mapping[str, Any]) -> InstanceRead:
    options = found.get("MetadataOptions", {})
    return InstanceRead(
        instance_id=instance_id,
        exists=True,
        state=str(found.get("State", {}).get("Name", "")),
        profile_arn=str(found.get("IamInstanceProfile", {}).get("Arn", "")),
        endpoint=str(options.get("HttpEndpoint", "")),
        tokens=str(options.get("HttpTokens", "")),
        hops=options.get("HttpPutResponseHopLimit"),
    )
