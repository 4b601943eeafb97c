"""The members of a resource group."""

from __future__ import annotations

from typing import Any

from orchestrator.aws.errors import as_ours
from orchestrator.aws.session import READS, Access

_KIND = "AWS::EC2::Instance"


class ResourceGroups:
    """AWS Resource Groups, by reading alone. The client is made when it is first needed."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._client: Any = None

    def instances(self, group: str) -> list[str]:
        """The ids of the group's EC2 instances.

        Raises:
            CannotRunError: there is no such group, or it may not be read.
        """
        if self._client is None:
            self._client = self._access.client("resource-groups", READS)
        request: dict[str, Any] = {
            "Group": group,
            "Filters": [{"Name": "resource-type", "Values": [_KIND]}],
        }
        found: list[str] = []
        while True:
            with as_ours("ListGroupResources", self._access.region, self._access.profile):
                page = self._client.list_group_resources(**request)
            for row in page.get("Resources", []):
                arn = row.get("Identifier", {}).get("ResourceArn", "")
                found.append(arn.rpartition("/")[2])
            token = page.get("NextToken")
            if not token or token == request.get("NextToken"):
                return found
            request["NextToken"] = token
