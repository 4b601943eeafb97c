"""The API calls behind the cmdlets, with the instance's credentials or through a profile."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.httpsession import URLLib3Session
from botocore.utils import InstanceMetadataFetcher

from orchestrator.checks import Check
from orchestrator.model.procedure import Scalar, Step
from orchestrator.readers import Reading, SourceKind
from orchestrator.sandbox.host.standin.errors import (
    STS,
    CmdletError,
    in_the_call,
    no_credentials,
    no_instance_role,
    no_such_profile,
    of_network,
    of_service,
    while_assuming,
)
from orchestrator.sandbox.host.standin.patience import Patience, attempts
from orchestrator.sandbox.host.standin.profiles import INSTANCE, find_profile
from orchestrator.sandbox.host.standin.store import SdkStore

_EPOCH_IN_TICKS = 621_355_968_000_000_000


@dataclass(frozen=True, slots=True)
class Keys:
    """Temporary credentials; ``expiration`` is ISO 8601, empty where nobody said."""

    access_key_id: str
    secret_access_key: str
    token: str
    expiration: str = ""


class Calls:
    """What one PowerShell process asks of AWS.

    It keeps the instance's credentials, and assumes a profile's role anew for each cmdlet.
    ``environment`` is the process's own: endpoints and settings come from there.
    """

    def __init__(
        self, region: str, environment: Mapping[str, str], patience: Patience | None = None
    ) -> None:
        self._region = region
        self._environment = environment
        self._patience = patience or Patience()
        self._default: str | None = None
        self._of_default: Keys | None = None

    def set_default(self, profile: str) -> None:
        """``Set-AWSCredential -ProfileName``: what names no profile uses this one from now on.

        It asks no service yet. CmdletError if there is no such profile or it is not valid.
        """
        if find_profile(profile, self._environment) is None:
            raise no_such_profile()
        self._default = profile

    def ask(self, check: Check, step: Step, profile: str | None) -> Mapping[str, Scalar]:
        """Run the check's cmdlet with that -ProfileName, or without; CmdletError if it throws."""
        client = self._client(check.service, self._keys(profile))
        try:
            response = getattr(client, xform_name(check.operation))(**check.request(step.params))
        except (ClientError, BotoCoreError) as error:
            raise in_the_call(_as_cmdlet_error(error, check.module)) from error
        return check.read(response, step.params)

    def _keys(self, name: str | None) -> Keys:
        if name is None and self._default is not None:
            # The session keeps one credentials object, which assumes the role once.
            self._of_default = self._of_default or self._keys(self._default)
            return self._of_default
        if name is None and self._has_default:
            name = "default"
        if name is None:
            if self._instance_role is None:
                raise no_credentials()
            return self._instance_role
        profile = find_profile(name, self._environment)
        if profile is None:
            raise no_credentials()
        if profile.role_arn is None or not (base := self._base(profile)):
            what = f"the stand-in knows roles from {INSTANCE.name} and stored keys alone"
            raise CmdletError(("orch.NotInTheStandIn",), what)
        try:
            return self._assumed(profile, profile.role_arn, base())
        except CmdletError as error:
            raise while_assuming(error, profile.role_arn) from error

    @property
    def _has_default(self) -> bool:
        """Whether the files' own default comes before the instance's role, as it does if valid."""
        try:
            return find_profile("default", self._environment) is not None
        except CmdletError:
            return False

    def _base(self, profile: Reading) -> Callable[[], Keys] | None:
        """Where the credentials come from that assume the profile's role."""
        if profile.source == INSTANCE:
            return self.instance_keys
        if profile.source is None or profile.source.kind is not SourceKind.SOURCE_PROFILE:
            return None
        said = SdkStore(self._environment).values(profile.source.name)
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        keys = [said.get(name, "") for name in names]
        return (lambda: Keys(*keys)) if all(keys) else None

    def instance_keys(self) -> Keys:
        """The instance role's, from its metadata; CmdletError where there are none."""
        if self._instance_role is None:
            raise no_instance_role()
        return self._instance_role

    @cached_property
    def _instance_role(self) -> Keys | None:
        url = self._environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254")
        fetcher = InstanceMetadataFetcher(
            timeout=self._patience.metadata,
            num_attempts=1,
            base_url=f"{url.rstrip('/')}/",
            env=dict(self._environment),
        )
        # As the script tells the SDK: no proxy for the metadata. botocore has no setting for it.
        fetcher._session = URLLib3Session(timeout=self._patience.metadata, proxies={})
        found = fetcher.retrieve_iam_role_credentials()
        if not found:
            return None
        keys = (found["access_key"], found["secret_key"], found["token"])
        return Keys(*keys, found["expiry_time"])

    def _assumed(self, profile: Reading, role_arn: str, base: Keys) -> Keys:
        name = profile.session_name or f"aws-dotnet-sdk-session-{_ticks()}"
        sts = self._client("sts", base)
        try:
            answer = sts.assume_role(RoleArn=role_arn, RoleSessionName=name)
        except (ClientError, BotoCoreError) as error:
            raise _as_cmdlet_error(error, STS) from error
        found = answer["Credentials"]
        return Keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])

    def _client(self, service: str, keys: Keys) -> Any:
        return _session().create_client(
            service,
            region_name=self._region,
            endpoint_url=self._endpoint(service),
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.token,
            config=self._config,
        )

    @property
    def _config(self) -> Config:
        return Config(
            connect_timeout=self._patience.connect,
            read_timeout=self._patience.read,
            retries={"mode": "standard", "total_max_attempts": attempts(self._environment)},
            proxies={},
            # The SDK for .NET lets the service judge what it is sent.
            parameter_validation=False,
        )

    def _endpoint(self, service: str) -> str | None:
        own = self._environment.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        return own or self._environment.get("AWS_ENDPOINT_URL") or None


@cache
def _session() -> Any:
    session = botocore.session.Session()
    for name in ("config_file", "credentials_file"):
        # Profiles are none of botocore's business here: it would read them differently.
        session.set_config_variable(name, "")
    return session


def _as_cmdlet_error(error: ClientError | BotoCoreError, module: str) -> CmdletError:
    """The error as the SDK for .NET names it; what is botocore's own stays what it is."""
    if isinstance(error, ClientError):
        said, meta = error.response["Error"], error.response["ResponseMetadata"]
        return of_service(module, said.get("Message", ""), said["Code"], meta["HTTPStatusCode"])
    if isinstance(error, NoConnectionError | HTTPClientError):
        return of_network(str(error), silent=isinstance(error, ReadTimeoutError))
    raise error


def _ticks() -> int:
    """The time as .NET's UtcNow.Ticks: tenths of a microsecond since the year 1."""
    return _EPOCH_IN_TICKS + time.time_ns() // 100
