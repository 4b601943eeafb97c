"""The accounts of the sandbox: moto keeps their state, and `gate` decides in front of it.

gate        who asks, may they, and on to moto       forwarding  what moto is told
signature   Signature Version 4                      asked       from a request to its questions
identities  users and sessions by access key         authority   questions to decisions
sts         AssumeRole and GetCallerIdentity         written     what AWS would not keep
stacks      CloudFormation, the sandbox's own        state       the door to moto's own objects
instance    what an instance's metadata hands out    deploy      what stands there at the start
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from wsgiref.types import WSGIEnvironment

from orchestrator.ports import Clock
from orchestrator.sandbox import world
from orchestrator.sandbox.cloud.authority import Question, Signed, allow, authenticate
from orchestrator.sandbox.cloud.clients import new_client
from orchestrator.sandbox.cloud.context import of_resource
from orchestrator.sandbox.cloud.deploy import AccessKey, deploy
from orchestrator.sandbox.cloud.forwarding import Forwarding
from orchestrator.sandbox.cloud.gate import Gate
from orchestrator.sandbox.cloud.identities import Identities, Session
from orchestrator.sandbox.cloud.instance import InstanceCredentials
from orchestrator.sandbox.cloud.refusals import Protocol, Reason, RefusedError, refusal
from orchestrator.sandbox.cloud.stacks import StackService
from orchestrator.sandbox.cloud.state import forget_everything
from orchestrator.sandbox.cloud.telling import policies, tells_instances_apart
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.server import App
from orchestrator.waiting.clock import SystemClock

__all__ = ["AccessKey", "Cloud", "RefusedError"]


class Cloud:
    """The accounts of `world`. ``app`` serves them; ``keys`` are the users', by profile.

    There is one at a time in a process, since moto's state is the process': a new one begins empty.
    ``stack_delay`` is how many seconds a change of a stack lasts for whoever looks.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        throttle: Mapping[str, int] | None = None,
        stack_delay: float = 0.0,
    ) -> None:
        """``throttle``: action (``sts:AssumeRole``) to the count of first calls to be throttled."""
        forget_everything()
        self._identities = Identities(clock or SystemClock())
        self._instances = InstanceCredentials(self._identities)
        self._roots: dict[str, tuple[str, str]] = {}
        self._url = ""
        self.keys: Mapping[str, AccessKey] = {}
        self._stack_delay = stack_delay
        moto = _forwarding()
        self._stacks = StackService(moto)
        self._gate = Gate(moto, self._identities, self._stacks, throttle or {})
        self.app: App = self._gate

    def deploy(self, url: str) -> None:
        """Set up the accounts through ``url``, where ``app`` is served by now."""
        self._url = url
        self._roots = {account: self._identities.new_root(account) for account in world.ACCOUNTS}
        self.keys = deploy(self)
        # Nobody waits for the stacks that stand there at the start.
        self._stacks.delay = self._stack_delay

    def limit_account(self, account: str, statement: Mapping[str, object]) -> None:
        """Let the organization's policies say this beside FullAWSAccess; there is no API for it."""
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        policies = ({"Version": "2012-10-17", "Statement": [s]} for s in (everything, statement))
        self._identities.service_control[account] = tuple(map(json.dumps, policies))

    @property
    def changes(self) -> int:
        """A number that is another one after each request that may have changed something."""
        return self._gate.changes

    def tells_instances_apart(self) -> bool:
        """Whether any policy, as they are now, could treat two instances of a role differently."""
        return tells_instances_apart(policies())

    def client(self, service: str, profile: str, *, url: str = "") -> Any:
        """A boto3 client with the keys of that profile; ``url`` where it is not served here."""
        key = self.keys[profile]
        return new_client(service, url or self._url, key.access_key_id, key.secret_access_key)

    def root_client(self, service: str, account: str) -> Any:
        """A boto3 client of the account's root user."""
        return new_client(service, self._url, *self._roots[account])

    def instance_credentials(
        self, instance_id: str, place: Place, profile: str, *, stale: bool = False
    ) -> Session:
        """What the metadata of that instance hands out. NoRoleCredentialsError where nothing.

        ``stale``: what a cache in between would, after the credentials have expired.
        """
        return self._instances.of(instance_id, place, profile, stale=stale)

    def restore_session(
        self, instance_id: str, place: Place, profile: str, session: Session
    ) -> None:
        """Let credentials that an instance was given before be good again, for the role of today.

        NoRoleCredentialsError where its profile holds none.
        """
        self._instances.restore(instance_id, place, profile, session)

    def instance_of(self, environ: WSGIEnvironment, body: bytes, service: str) -> str | None:
        """The ARN of the instance whose metadata handed out the keys that signed; None for others.

        RefusedError where the signature is not right.
        """
        return self._signed(environ, body, service).identity.source

    def agent_may_be(self, instance_id: str, place: Place, profile: str) -> bool:
        """Whether the instance's role lets an SSM agent report and take messages."""
        return self._instances.agent_may_be(instance_id, place, profile)

    def place(self, environ: WSGIEnvironment, body: bytes, service: str) -> Place:
        """The signer's own account, and the region that the request was signed for. RefusedError.

        What is asked of ``service`` is answered from there: nothing else exists to the signer.
        """
        signed = self._signed(environ, body, service)
        return Place(signed.identity.caller.account, signed.signature.region)

    def authorize(
        self, environ: WSGIEnvironment, body: bytes, service: str, action: str, resource: str
    ) -> None:
        """Decide about a request in AWS's JSON protocol; RefusedError unless it is allowed.

        ``service`` is the one that is asked; it may ask for more than its own actions.
        """
        signed = self._signed(environ, body, service)
        named = resource.split(":")[4:5]
        account = (named and named[0]) or signed.identity.caller.account
        context = {**signed.context(), **of_resource(account)}
        allow(signed, Question(action, resource, account, context), Protocol.JSON)

    def _signed(self, environ: WSGIEnvironment, body: bytes, service: str) -> Signed:
        signed: Signed | None = environ.get(_SIGNED)
        if signed is None:
            signed = authenticate(self._identities, environ, body, Protocol.JSON)
            environ[_SIGNED] = signed
        if signed.signature.service != service:
            message = f"Credential should be scoped to correct service: '{service}'."
            raise refusal(Protocol.JSON, Reason.WRONG_SIGNATURE, message)
        return signed


_SIGNED = "orch.signed"
"""Where a request's environment keeps who has signed it, once that is known."""


def _forwarding() -> Forwarding:
    from moto.moto_server.werkzeug_app import create_backend_app

    def app_for(service: str) -> Any:
        return create_backend_app(service)  # type: ignore[arg-type]  # moto lists its names

    return Forwarding(app_for)
