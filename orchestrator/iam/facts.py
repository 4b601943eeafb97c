"""The request context: what conditions and variables can ask about a request."""

from __future__ import annotations

from orchestrator.iam.model import Caller, Request


class Facts:
    """The context of one request, by key; made when first asked for, since most policies never do.

    Raises:
        ValueError: (from `values`) the request's context names a key twice, or a value is no text.
    """

    __slots__ = ("_known", "_request")

    def __init__(self, request: Request) -> None:
        self._request = request
        self._known: dict[str, tuple[str, ...]] | None = None

    def values(self, key: str) -> tuple[str, ...] | None:
        """The values of a key (given in lower case), or None where the request has no such key."""
        if self._known is None:
            self._known = _lowered(self._request) | _of_caller(self._request)
        return self._known.get(key)


_OF_CALLER = frozenset(
    f"aws:{key}"
    for key in ("principalarn", "principalaccount", "principaltype", "userid", "username")
)


def _lowered(request: Request) -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for key, value in request.context.items():
        values = (value,) if isinstance(value, str) else tuple(value)
        if key.lower() in known:
            raise ValueError(f"the request's context names {key} twice")
        if key.lower() in _OF_CALLER:
            continue
        if not all(isinstance(text, str) for text in values):
            raise ValueError(f"a value of {key} in the request's context is no text")
        known[key.lower()] = values
    return known


def _of_caller(request: Request) -> dict[str, tuple[str, ...]]:
    """What AWS sets from who asks (IAM User Guide, "AWS global condition context keys")."""
    caller = request.caller
    known: dict[str, tuple[str, ...]] = {"aws:resourceaccount": (request.resource_account,)}
    if not caller.is_principal:
        known["aws:principalisawsservice"] = ("true" if caller.service else "false",)
        if caller.service:
            known["aws:principalservicename"] = (caller.service,)
        return known
    known["aws:principalisawsservice"] = ("false",)
    # For a session it is the role's ARN, not the session's ("aws:PrincipalArn").
    known["aws:principalarn"] = (caller.role_arn or caller.arn,)
    known["aws:principalaccount"] = (caller.account,)
    known["aws:principaltype"] = (_type(caller),)
    if caller.user_id:
        known["aws:userid"] = (caller.user_id,)
    if ":user/" in caller.arn:
        known["aws:username"] = (caller.arn.rpartition("/")[2],)
    return known


def _type(caller: Caller) -> str:
    if caller.role_arn:
        return "AssumedRole"
    if caller.is_root:
        return "Account"
    return "FederatedUser" if ":federated-user/" in caller.arn else "User"
