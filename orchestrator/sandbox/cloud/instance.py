"""The credentials that an instance's metadata hands out: real sessions of its real role."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from orchestrator.iam import Caller
from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import state
from orchestrator.sandbox.cloud.authority import decision_about, holders_of_trust
from orchestrator.sandbox.cloud.identities import INSTANCE_SESSION, Identities, Identity, Session
from orchestrator.sandbox.imds import NoRoleCredentialsError

_EC2 = "ec2.amazonaws.com"
_RENEWED_BEFORE = timedelta(minutes=30)


class InstanceCredentials:
    """The current session of each instance. They last six hours, and are renewed before."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def of(self, instance_id: str, account: str, profile: str) -> Session:
        """Credentials as EC2 gets them for the role in the instance's profile.

        Raises:
            NoRoleCredentialsError: the profile holds no role, or the role does not trust EC2.
        """
        with self._lock:
            role = _role(account, profile)
            session = self._sessions.get(instance_id)
            if session is None or not _is_fresh(session, role, self._identities.clock.now()):
                arn = f"arn:aws:ec2:{world.REGION}:{account}:instance/{instance_id}"
                session = self._identities.new_session(
                    role, instance_id, INSTANCE_SESSION, source=arn
                )
                self._sessions[instance_id] = session
            return session


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


def _is_fresh(session: Session, role: state.Holder, now: datetime) -> bool:
    return session.role_id == role.unique_id and session.expiration - now > _RENEWED_BEFORE
