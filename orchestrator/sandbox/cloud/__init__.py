"""The accounts of the sandbox: moto keeps their state, and `gate` decides in front of it.

gate        who asks, may they, and on to moto      state       the door to moto's own objects
signature   Signature Version 4                      asked       from a request to its questions
identities  users and sessions by access key         authority   questions to decisions
sts         AssumeRole and GetCallerIdentity         written     policies that AWS would not take
stacks      what moto's stacks leave out             deploy      what stands there at the start
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from typing import Any
from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud.authority import Question, allow, authenticate
from orchestrator.sandbox.cloud.context import of_resource
from orchestrator.sandbox.cloud.deploy import AccessKey, deploy
from orchestrator.sandbox.cloud.gate import Gate
from orchestrator.sandbox.cloud.identities import Identities, Session
from orchestrator.sandbox.cloud.instance import InstanceCredentials
from orchestrator.sandbox.cloud.refusals import Protocol, RefusedError
from orchestrator.sandbox.server import App

__all__ = ["AccessKey", "Cloud", "RefusedError"]


class Cloud:
    """The accounts of `world`. ``app`` serves them; ``keys`` are the users', by profile."""

    def __init__(self) -> None:
        self._identities = Identities()
        self._instances = InstanceCredentials(self._identities)
        self._roots: dict[str, tuple[str, str]] = {}
        self._url = ""
        self._lock = Lock()
        self.keys: Mapping[str, AccessKey] = {}
        self.app: App = _gate(self._identities)

    def deploy(self, url: str) -> None:
        """Set up the accounts through ``url``, where ``app`` is served by now."""
        self._url = url
        self._roots = {account: self._identities.new_root(account) for account in world.ACCOUNTS}
        self.keys = deploy(self)

    def client(self, service: str, profile: str) -> Any:
        """A boto3 client with the keys of that profile."""
        key = self.keys[profile]
        return self._client(service, key.access_key_id, key.secret_access_key)

    def root_client(self, service: str, account: str) -> Any:
        """A boto3 client of the account's root user."""
        return self._client(service, *self._roots[account])

    def instance_credentials(self, instance_id: str, account: str, profile: str) -> Session:
        """What the metadata of that instance hands out. NoRoleCredentialsError where nothing."""
        return self._instances.of(instance_id, account, profile)

    def authorize(self, environ: WSGIEnvironment, body: bytes, action: str, resource: str) -> None:
        """Decide about a request in AWS's JSON protocol; RefusedError unless it is allowed."""
        signed = environ.get(_SIGNED)
        if signed is None:
            signed = authenticate(self._identities, environ, body, Protocol.JSON)
            environ[_SIGNED] = signed
        account = signed.identity.caller.account
        context = {**signed.context(), **of_resource(account)}
        allow(signed, Question(action, resource, account, context), Protocol.JSON)

    def _client(self, service: str, access_key_id: str, secret_access_key: str) -> Any:
        with self._lock:
            return _session().client(
                service,
                region_name=world.REGION,
                endpoint_url=self._url,
                aws_access_key_id=access_key_id,
                aws_secret_access_key=secret_access_key,
            )


_SIGNED = "orch.signed"
"""Where a request's environment keeps who has signed it, once that is known."""


def _gate(identities: Identities) -> App:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    return Gate(DomainDispatcherApplication(create_backend_app), identities)


@lru_cache(maxsize=1)
def _session() -> Any:
    import boto3

    return boto3.Session()
