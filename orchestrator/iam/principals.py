"""The Principal element: whom it names, and how.

IAM User Guide, "AWS JSON policy elements: Principal" and ": NotPrincipal".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from orchestrator.iam.model import Caller, PolicyError

_ACCOUNT = re.compile(r"[0-9]{12}|arn:[a-z-]+:iam::[0-9]{12}:root")
_NAMED = re.compile(
    r"arn:[a-z-]+:(?:iam::[0-9]{12}:(?:user|role)/[^*?\s]+"
    r"|sts::[0-9]{12}:(?:assumed-role/[^*?/\s]+/[^*?/\s]+|federated-user/[^*?\s]+))"
)
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,124}")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_PROVIDER = re.compile(
    r"arn:[a-z-]+:iam::[0-9]{12}:(saml|oidc)-provider/[^*?\s]+|[a-z0-9-]+(\.[a-z0-9-]+)+"
)


class Grant(IntEnum):
    """How near a statement names the caller, which decides what else may stand in its way."""

    NONE = 0
    ACCOUNT = 1
    """The caller's account: it leaves the decision to that account's own policies."""
    ROLE = 2
    """The role of a session: boundary and session policy limit what it is given."""
    DIRECT = 3
    """The caller itself, or everyone: in one account nothing but a Deny stands in its way."""


@dataclass(frozen=True, slots=True)
class Principals:
    """Those whom one element names. A deleted user's or role's unique id names nobody."""

    everyone: bool = False
    accounts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()

    def grant(self, caller: Caller) -> Grant:
        """How the caller is named, at its nearest."""
        if self.everyone:
            return Grant.DIRECT
        if not caller.is_principal:
            known = caller.service in self.services or caller.federated in self.providers
            return Grant.DIRECT if known else Grant.NONE
        if caller.arn in self.names:
            return Grant.DIRECT
        if caller.role_arn in self.names:
            return Grant.ROLE
        return Grant.ACCOUNT if caller.account in self.accounts else Grant.NONE

    def excepts(self, caller: Caller) -> bool:
        """Whether a NotPrincipal leaves the caller out of its Deny.

        The guide: AWS "might validate the account first, then the role, and then the assumed-role
        user", so each of them must be named. Where services differ this takes the strictest.
        """
        if self.everyone or not caller.is_principal:
            return self.grant(caller) is Grant.DIRECT
        if caller.account not in self.accounts:
            return False
        if caller.role_arn is not None and caller.role_arn not in self.names:
            return False
        return caller.is_root or caller.arn in self.names


def principals(element: Mapping[str, Sequence[str]] | None) -> Principals:
    """The element, compiled; None is ``*``.

    Raises:
        PolicyError: an entry is no principal.
    """
    if element is None:
        return Principals(everyone=True)
    for kind, entries in element.items():
        for entry in entries:
            if not _is_valid(kind, entry):
                raise PolicyError(f'Invalid principal in policy: "{kind}":"{entry}"')
    aws = element.get("AWS", ())
    return Principals(
        everyone="*" in aws,
        accounts=frozenset(_account(entry) for entry in aws if _ACCOUNT.fullmatch(entry)),
        names=frozenset(entry for entry in aws if _NAMED.fullmatch(entry)),
        services=frozenset(element.get("Service", ())),
        providers=frozenset(element.get("Federated", ())),
    )


def _account(entry: str) -> str:
    return entry if entry.isdigit() else entry.split(":")[4]


def _is_valid(kind: str, entry: str) -> bool:
    # S3's canonical user ids are refused: whom they name cannot be told from an ARN.
    if kind == "AWS":
        forms = (_ACCOUNT, _NAMED, _UNIQUE_ID)
        return entry == "*" or any(form.fullmatch(entry) for form in forms)
    form = {"Service": _SERVICE, "Federated": _PROVIDER}.get(kind)
    return form is not None and form.fullmatch(entry) is not None
