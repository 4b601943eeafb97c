"""The operator's own access to AWS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from orchestrator.aws.assuming import assuming
from orchestrator.aws.errors import as_ours, settings_error

READS = Config(
    retries={"mode": "adaptive", "total_max_attempts": 8}, connect_timeout=10, read_timeout=30
)
"""Reading may be tried again at will; adaptive mode slows the client down when AWS throttles."""

SENDS = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=10)
"""SendCommand has no idempotency token: what is sent again after a lost answer runs twice."""


class Access:
    """Clients for one profile and region, and a count of every request that they make."""

    def __init__(
        self,
        profile: str | None,
        region: str,
        calls: Counter[str] | None = None,
        *,
        role: str = "",
    ) -> None:
        """Make a session. ``calls`` is the count of another one, to be counted together with.

        ``role`` is the ARN of a role that is assumed with the profile; its keys are fetched when
        they are first needed, and again before they end.

        Raises:
            CredentialsError: the profile does not exist, or its file cannot be read.
        """
        self.profile = profile
        self.region = region
        self.calls: Counter[str] = Counter() if calls is None else calls
        with as_ours("session", region, profile):
            self._session = boto3.Session(profile_name=profile, region_name=region)
            if role:
                self._session = assuming(self._session, role)

    def client(self, service: str, config: Config) -> Any:
        """A client whose every attempt is counted by operation.

        Raises:
            CannotRunError: a setting of the operator's is wrong, e.g. an endpoint that is no URL.
        """
        with as_ours(service, self.region, self.profile):
            try:
                client = self._session.client(service, config=config)
            except ValueError as error:
                # botocore has no error of its own for an endpoint that is no URL.
                raise settings_error(error, service, self.region) from error
        client.meta.events.register("request-created", self._counter())
        return client

    def _counter(self) -> Callable[..., None]:
        def count(operation_name: str, **_kwargs: object) -> None:
            self.calls[operation_name] += 1

        return count


def profile_region(profile: str | None) -> str | None:
    """The region that the operator's AWS profile names, if it does.

    Raises:
        CredentialsError: the profile does not exist, or its file cannot be read.
    """
    with as_ours("session", "", profile):
        region: str | None = boto3.Session(profile_name=profile).region_name
    return region
