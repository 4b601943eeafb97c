"""S3 as the agents write to it: with the role of their instance, decided about as all requests."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.sandbox.cloud.clients import new_client
from orchestrator.sandbox.cloud.identities import Session
from orchestrator.sandbox.imds import NoRoleCredentialsError

ACL = "bucket-owner-full-control"
"""What the agent asks for with each object (amazon-ssm-agent, agent/s3util): it needs
s3:PutObjectAcl beside s3:PutObject for that."""


@dataclass(frozen=True, slots=True)
class InstanceObjects:
    """S3 at ``url`` for one instance. ``credentials`` are what its metadata would hand out now."""

    url: str
    credentials: Callable[[], Session]

    def put_object(self, bucket: str, key: str, data: bytes) -> None:
        """Store it, in parts where it is large. See `parts.ObjectStore`."""
        from boto3.exceptions import Boto3Error
        from boto3.s3.transfer import TransferConfig
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            own = self.credentials()
            keys = (own.access_key_id, own.secret_access_key, own.token)
            new_client("s3", self.url, *keys).upload_fileobj(
                io.BytesIO(data),
                bucket,
                key,
                ExtraArgs={"ACL": ACL, "ContentType": "text/plain"},
                Config=TransferConfig(use_threads=False),
            )
        except (NoRoleCredentialsError, Boto3Error, BotoCoreError, ClientError) as error:
            raise PermissionError(str(error)) from error
