"""The credentials that an instance's metadata hands out: real sessions of its real role."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

from orchestrator.iam import Caller
from orchestrator.model.access import AGENT_CHANNELS, AGENT_REPORTS
from orchestrator.sandbox.cloud import context, state
from orchestrator.sandbox.cloud.authority import Question, decision_about, holders_of_trust
from orchestrator.sandbox.cloud.identities import INSTANCE_SESSION, Identities, Identity, Session
from orchestrator.sandbox.imds import NoRoleCredentialsError
from orchestrator.sandbox.parts import Place

_EC2 = "ec2.amazonaws.com"
_RENEWED_BEFORE = timedelta(minutes=30)


class InstanceCredentials:
    """The current session of each instance. They last six hours, and are renewed before."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def of(self, instance_id: str, place: Place, profile: str, *, stale: bool = False) -> Session:
        """Credentials as EC2 gets them for the role in the instance's profile.

        ``stale``: ones that have expired a minute ago, as a cache in between would give.

        Raises:
            NoRoleCredentialsError: the profile holds no role, or the role does not trust EC2.
        """
        with self._lock:
            role = _role(place.account, profile)
            session = self._sessions.get(instance_id)
            if stale:
                return self._session(role, instance_id, place, -timedelta(minutes=1))
            if not _is_fresh(session, role, self._identities.clock.now()):
                session = self._session(role, instance_id, place, INSTANCE_SESSION)
                self._sessions[instance_id] = session
            assert session is not None  # _is_fresh has found one, or it was begun
            return session

    def restore(self, instance_id: str, place: Place, profile: str, session: Session) -> None:
        """Know a session of before again, as one of the role that is in the profile now.

        NoRoleCredentialsError where there is none.
        """
        role = _role(place.account, profile)
        session = replace(session, role_arn=role.arn, role_id=role.unique_id)
        self._identities.know(session)
        with self._lock:
            known = self._sessions.get(instance_id)
            if known is None or known.expiration < session.expiration:
                self._sessions[instance_id] = session

    def agent_may_be(self, instance_id: str, place: Place, profile: str) -> bool:
        """Whether the role in the profile lets an SSM agent report, and take messages.

        Without credentials of a role it may: Default Host Management Configuration gives it
        another one ("Managing EC2 instances automatically", Systems Manager User Guide).
        """
        try:
            session = self.of(instance_id, place, profile)
        except NoRoleCredentialsError:
            return True
        identity = self._identities.find(session.access_key_id)
        if identity is None:
            return False
        asker = identity

        def may(action: str, resource: str = "*") -> bool:
            keys = context.of_identity(asker)
            return decision_about(asker, Question(action, resource, place.account, keys)).allowed

        channels = (all(map(may, names)) for names in AGENT_CHANNELS.values())
        return may(AGENT_REPORTS, _arn(place, instance_id)) and any(channels)

    def _session(
        self, role: state.Holder, instance_id: str, place: Place, lasts: timedelta
    ) -> Session:
        source = _arn(place, instance_id)
        return self._identities.new_session(role, instance_id, lasts, source=source)


def _arn(place: Place, instance_id: str) -> str:
    return f"arn:aws:ec2:{place.region}:{place.account}:instance/{instance_id}"


def _role(account: str, profile: str) -> state.Holder:
    roles = state.roles_of_profile(account, profile)
    if not roles:
        raise NoRoleCredentialsError(
            "InstanceProfileNotFound", f"The instance profile {profile} holds no role."
        )
    ec2 = Identity(Caller(arn="", account="", service=_EC2), secret="")
    if not decision_about(ec2, holders_of_trust(roles[0])).allowed:
        raise NoRoleCredentialsError(
            "AssumeRoleUnauthorizedAccess",
            f"EC2 cannot assume the role {roles[0].name}. Please see documentation at "
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html.",
        )
    return roles[0]


def _is_fresh(session: Session | None, role: state.Holder, now: datetime) -> bool:
    if session is None:
        return False
    return session.role_id == role.unique_id and session.expiration - now > _RENEWED_BEFORE
