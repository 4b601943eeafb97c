"""Who is behind an access key: an account's root, a user, or a session of a role."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from orchestrator.iam import Caller
from orchestrator.ports import Clock
from orchestrator.sandbox.cloud import state

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
INSTANCE_SESSION: Final = timedelta(hours=6)
"""How long the credentials from the instance metadata last."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who has signed a request.

    ``holder`` has the policies; it is None for an account's root, which needs none. ``source`` is
    the ARN of the instance whose own credentials these are. ``service_control`` are the policies of
    its account in the organization, none where nothing limits it.
    """

    caller: Caller
    secret: str
    token: str = ""
    holder: state.Holder | None = None
    expiration: datetime | None = None
    session_policy: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    source_identity: str | None = None
    source: str | None = None
    began: datetime | None = None
    service_control: tuple[str, ...] = ()

    @property
    def is_session(self) -> bool:
        """Whether these are a role's temporary credentials."""
        return self.expiration is not None


@dataclass(frozen=True, slots=True)
class Session:
    """A role's session: its credentials, and what was asked for when it began."""

    access_key_id: str
    secret_access_key: str
    token: str
    expiration: datetime
    role_arn: str
    role_id: str
    name: str
    began: datetime
    policy: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    source_identity: str | None = None
    source: str | None = None

    @property
    def arn(self) -> str:
        """The session's ARN, in which the role's path is dropped."""
        partition, account, name = self._parts
        return f"arn:{partition}:sts::{account}:assumed-role/{name}/{self.name}"

    @property
    def _parts(self) -> tuple[str, str, str]:
        parts = self.role_arn.split(":", 5)
        return parts[1], parts[4], parts[5].rpartition("/")[2]


class Identities:
    """Everybody that the sandbox knows. Users are looked up in moto, sessions are kept here.

    ``clock`` is the time by which sessions begin and end, and requests are old or new.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._roots: dict[str, Identity] = {}
        self.service_control: dict[str, tuple[str, ...]] = {}

    def new_root(self, account: str) -> tuple[str, str]:
        """An access key (id and secret) of the account's root user."""
        key, secret = _key_id("AKIA"), secrets.token_urlsafe(30)
        caller = Caller(f"arn:aws:iam::{account}:root", account, account)
        with self._lock:
            self._roots[key] = Identity(caller, secret)
        return key, secret

    def new_session(
        self,
        role: state.Holder,
        name: str,
        lasts: timedelta,
        *,
        policy: str | None = None,
        tags: Mapping[str, str] | None = None,
        source_identity: str | None = None,
        source: str | None = None,
    ) -> Session:
        """Begin a session of the role."""
        now = self.clock.now()
        session = Session(
            access_key_id=_key_id("ASIA"),
            secret_access_key=secrets.token_urlsafe(30),
            token=secrets.token_urlsafe(120),
            expiration=(now + lasts).replace(microsecond=0),
            role_arn=role.arn,
            role_id=role.unique_id,
            name=name,
            began=now,
            policy=policy,
            tags=tags or {},
            source_identity=source_identity,
            source=source,
        )
        self.know(session)
        return session

    def know(self, session: Session) -> None:
        """Take its keys from now on."""
        with self._lock:
            self._sessions[session.access_key_id] = session

    def find(self, access_key_id: str) -> Identity | None:
        """Whose key this is; None for one that nobody has, or that opens nothing any more."""
        with self._lock:
            root, session = self._roots.get(access_key_id), self._sessions.get(access_key_id)
        found = root or (_of_session(session) if session else _of_user(access_key_id))
        if found is None:
            return None
        return replace(found, service_control=self.service_control.get(found.caller.account, ()))


def _of_session(session: Session) -> Identity | None:
    """None where the role is gone, also if there is another of its name by now."""
    role = state.role(session.role_arn)
    if role is None or role.unique_id != session.role_id:
        return None
    user_id = f"{role.unique_id}:{session.name}"
    return Identity(
        caller=Caller(session.arn, role.account, user_id, role_arn=role.arn),
        secret=session.secret_access_key,
        token=session.token,
        holder=role,
        expiration=session.expiration,
        session_policy=session.policy,
        tags=_merged(role.tags, session.tags),
        source_identity=session.source_identity,
        source=session.source,
        began=session.began,
    )


def _merged(role: Mapping[str, str], session: Mapping[str, str]) -> Mapping[str, str]:
    """Session tags take the place of the role's, letter case aside ("Pass session tags")."""
    taken = {key.lower() for key in session}
    return {key: value for key, value in role.items() if key.lower() not in taken} | dict(session)


def _of_user(access_key_id: str) -> Identity | None:
    key = state.user_key(access_key_id)
    if key is None or not key.active:
        return None
    user = key.user
    caller = Caller(user.arn, user.account, user.unique_id)
    return Identity(caller, key.secret, holder=user, tags=user.tags)


def _key_id(prefix: str) -> str:
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(16))
