"""How a real agent gets to the sandbox: the services' addresses, and the host that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.errors import CannotRunError
from orchestrator.ports import Clock
from orchestrator.sandbox import world
from orchestrator.sandbox.attached import config
from orchestrator.sandbox.attached.attachments import Attachments
from orchestrator.sandbox.attached.calls import AgentCalls
from orchestrator.sandbox.attached.config import Addresses
from orchestrator.sandbox.attached.ec2messages import SERVICE, MessageService, Signer
from orchestrator.sandbox.attached.listening import Admitted, BelowToken
from orchestrator.sandbox.attached.state import State
from orchestrator.sandbox.cloud import Cloud
from orchestrator.sandbox.cloud.identities import Session
from orchestrator.sandbox.ec2 import Instance
from orchestrator.sandbox.imds import Imds, InstanceIdentity, NoRoleCredentialsError
from orchestrator.sandbox.runcommand import Authorize, RunCommand
from orchestrator.sandbox.runcommand.records import Command
from orchestrator.sandbox.server import App, Limited, Server
from orchestrator.sandbox.ssm import knows

LOOPBACK = "127.0.0.1"
_MOST = 2 * 1024 * 1024
_MOST_OF_AWS = 64 * 1024 * 1024
"""Bytes of a request's body. An object for S3 may be as large as whatever a script says."""
_REACHED = ("ssm", SERVICE, "aws")
"""What an agent and its scripts ask, beside its metadata."""


@dataclass(frozen=True, slots=True)
class AgentOrder:
    """How an agent may attach.

    ``address`` is where other machines reach the sandbox, empty for loopback alone; ``port`` the
    port there, 0 for any (the next one is that of the metadata). ``files`` is a folder to write the
    agent's files to, ``state`` one for what is to outlive this sandbox. ``as_windows``: the host
    is shown as one with Windows, whatever its agent says.
    """

    address: str = ""
    port: int = 0
    files: Path | None = None
    state: Path | None = None
    as_windows: bool = False


@dataclass(frozen=True, slots=True)
class Attached:
    """The host that an agent may attach as, with its files' texts by name.

    ``other_calls`` tells what the agent asked SSM for and got nothing but an empty answer.
    """

    instance_id: str
    addresses: Addresses
    files: Mapping[str, str]
    other_calls: Callable[[], Mapping[str, int]]


class Attaching:
    """What stands before the sandbox's services where an agent may attach; the stack ends it."""

    def __init__(self, stack: ExitStack, order: AgentOrder, clock: Clock) -> None:
        """CannotRunError where the state cannot be used."""
        self._stack = stack
        self._order = order
        self._clock = clock
        self._state = State(order.state, world.ATTACHED_INSTANCE_ID)
        stack.callback(self._state.close)
        self.attachments = Attachments(
            clock,
            self._state.keep_report,
            self._has_platform,
            "Windows" if order.as_windows else "",
        )
        self._metadata: Imds | None = None
        self._apps: dict[str, App] = {}
        self._urls: dict[str, str] = {}
        self.keep_command: Callable[[Command], None] = self._state.keep_command

    def before(self, ssm: App, authorize: Authorize, signer: Signer) -> App:
        """SSM with the calls that an agent makes for itself."""
        self._calls = AgentCalls(ssm, self.attachments, authorize, signer, knows)
        return self._calls

    def messages(self, authorize: Authorize, signer: Signer) -> App:
        """The agents' message service."""
        self._messages = MessageService(self.attachments, authorize, signer)
        return self._messages.app

    def serve(self, name: str, app: App) -> str:
        """Serve it on loopback until the stack ends that; the URL.

        What an agent is told stays where it was, as long as the state does.
        """
        app = Limited(app, _MOST_OF_AWS if name == "aws" else _MOST)
        self._apps[name] = app
        is_told = name in _REACHED and not self._order.address
        self._urls[name] = self._at(name if is_told else "", app, LOOPBACK)
        return self._urls[name]

    def open(self, cloud: Cloud, run_command: RunCommand, instances: list[Instance]) -> Attached:
        """Let an agent attach from now on, as one of the ``instances`` that EC2 shows."""
        identity = self._identity()
        attachment = self.attachments.add(identity, run_command, world.TAGS[identity.instance_id])
        self._stack.callback(self.attachments.close)
        self._restore(cloud, identity)
        self._metadata = Imds(identity, lambda: self._credentials(cloud, identity))
        instances.append(Instance(self._metadata, "running", world.TAGS[identity.instance_id]))
        if known := self._state.report():
            self.attachments.recall(attachment, *known)
        for command in self._state.commands():
            run_command.restore(command)
        addresses = self._addresses(self._metadata)
        self._messages.url = addresses.ec2messages
        return Attached(
            instance_id=identity.instance_id,
            addresses=addresses,
            files=config.files(
                addresses,
                identity.region,
                identity.instance_id,
                as_windows=self._order.as_windows,
            ),
            other_calls=lambda: dict(self._calls.others),
        )

    def _addresses(self, metadata: Imds) -> Addresses:
        address = self._order.address
        imds: App = Limited(metadata, _MOST)
        if not address:
            url = self._at("imds", imds, LOOPBACK)
            return Addresses(self._urls["ssm"], self._urls[SERVICE], url, self._urls["aws"])
        token, port = self._state.token, self._order.port
        admitted = Admitted(self._state.admitted(), self._state.admit)
        apps = {name: self._apps[name] for name in _REACHED}
        whole = self._at("listen", BelowToken(token, apps, admitted), address, port)
        own = self._at("listen imds", admitted.only(imds), address, port + 1 if port else 0)
        ssm, messages, aws = (f"{whole}/{token}/{name}" for name in _REACHED)
        return Addresses(ssm, messages, own, aws, admission=f"{whole}/{token}/")

    def _at(self, name: str, app: App, address: str, wanted: int = 0) -> str:
        """Served at an address, at the port that it had before where it has a name."""
        port = wanted or (self._state.port(name) if name else 0)
        try:
            server = Server(app, address, port)
        except OSError as error:
            where, instead = "--state", "take another folder: the agent is attached anew then"
            if self._order.address:
                where, instead = "--listen", "name an address of this machine and a free port"
            mend = f"end whoever has that port, or {instead}"
            what = f"{address} port {port or 'any'}: {error.strerror}"
            raise CannotRunError(what, where=where, mend=mend) from error
        self._stack.callback(server.close)
        if name:
            self._state.keep_port(name, server.port)
        return server.url

    def _restore(self, cloud: Cloud, identity: InstanceIdentity) -> None:
        who = (identity.instance_id, identity.place, identity.profile)
        for session in self._state.sessions(self._clock.now()):
            # A scenario may have taken the role out of the profile: then there is nobody to be.
            with suppress(NoRoleCredentialsError):
                cloud.restore_session(*who, session)

    def _credentials(self, cloud: Cloud, identity: InstanceIdentity) -> Session:
        who = (identity.instance_id, identity.place, identity.profile)
        session = cloud.instance_credentials(*who)
        self._state.keep_session(session)
        return session

    def _has_platform(self, _instance_id: str, platform: str) -> None:
        """EC2 shows what the agent says that it runs on."""
        if self._metadata is not None:
            self._metadata.identity = replace(self._metadata.identity, platform=platform)

    def _identity(self) -> InstanceIdentity:
        return InstanceIdentity(
            instance_id=world.ATTACHED_INSTANCE_ID,
            account=world.HOME.account,
            region=world.HOME.region,
            role=world.INSTANCE_ROLE,
            profile=world.INSTANCE_ROLE,
            platform="Windows",
        )
