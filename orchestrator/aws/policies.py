"""The policies of both accounts, by reading alone: the port `PolicyReader`, for real.

Nothing here raises because of what IAM answers: what cannot be read is told, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.aws.roles import RoleReads, Trying
from orchestrator.aws.session import Access
from orchestrator.model.access import AccessRead, AccessWanted, RoleRead, Unread

_NO_PROFILE = "it is in another account; give your profile there with --target-profile"


class IamPolicyReader:
    """Reads with the operator's own access, and in the target account with theirs there.

    ``target`` is None where the operator named no profile of that account; then the target role is
    read with ``source`` if it is in the same account. Each role is read once.
    """

    def __init__(self, source: Access, target: Access | None) -> None:
        self._source = RoleReads(source)
        self._target = RoleReads(target) if target is not None else None
        self._known: dict[tuple[str, bool], RoleRead] = {}

    def read(self, wanted: AccessWanted) -> AccessRead:
        """What of the wanted could be read."""
        reads = self._target or self._source
        read = AccessRead(
            caller=self._once(wanted.caller, True, self._caller),
            target=self._once(wanted.target, wanted.target_policies, self._other),
        )
        if wanted.bucket is None:
            return read
        trying = Trying()
        text = reads.bucket_policy(wanted.bucket, trying)
        return AccessRead(read.caller, read.target, text, tuple(trying.unread))

    def _once(
        self, arn: str | None, policies: bool, read: Callable[[str, bool], RoleRead]
    ) -> RoleRead | None:
        if arn is None:
            return None
        if (arn, policies) not in self._known:
            self._known[arn, policies] = read(arn, policies)
        return self._known[arn, policies]

    def _caller(self, arn: str, policies: bool) -> RoleRead:
        return self._source.role(arn, policies=policies)

    def _other(self, arn: str, policies: bool) -> RoleRead:
        if self._target is not None:
            return self._target.role(arn, policies=policies)
        if self._source.account() == arn.split(":")[4]:
            return self._source.role(arn, policies=policies)
        return RoleRead(arn, unread=(Unread(f"the role {arn}", _NO_PROFILE),))
