"""A session that acts as a role which another session assumes."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.session import Session

SESSION_NAME = "orch"
"""RoleSessionName: what CloudTrail shows of whoever acts as the role."""


class _Assumed(CredentialProvider):  # type: ignore[misc]  # botocore has no types
    METHOD = "assume-role"

    def __init__(self, source: boto3.Session, role: str) -> None:
        super().__init__()
        self._source = source
        self._role = role

    def load(self) -> Any:
        """The role's keys, fetched when they are first used; None where the source has none."""
        own = self._source.get_credentials()
        if own is None:
            return None
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=self._source.client,
            source_credentials=own,
            role_arn=self._role,
            extra_args={"RoleSessionName": SESSION_NAME},
        )
        return DeferredRefreshableCredentials(
            method=self.METHOD, refresh_using=fetcher.fetch_credentials
        )


def assuming(source: boto3.Session, role: str) -> boto3.Session:
    """A session in the source's region with that role's keys, which are renewed in time."""
    found = Session()
    found.register_component("credential_provider", CredentialResolver([_Assumed(source, role)]))
    return boto3.Session(botocore_session=found, region_name=source.region_name)
