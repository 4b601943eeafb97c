"""``identity``: who am I, by STS GetCallerIdentity.

It needs no permission and cannot be denied by a policy (STS API reference, GetCallerIdentity), so
it is the best proof of a switch.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.checks import Check, Response
from orchestrator.model.procedure import Scalar


def read(response: Response, _params: Mapping[str, str]) -> Mapping[str, Scalar]:
    """Account, ARN and user id, and the role and session that an assumed-role ARN names."""
    arn = str(response["Arn"])
    parts = arn.split(":", 5)[-1].split("/")
    assumed = parts[0] == "assumed-role" and len(parts) == 3
    return {
        "account": str(response["Account"]),
        "arn": arn,
        "user_id": str(response["UserId"]),
        "role": parts[1] if assumed else None,
        "session": parts[2] if assumed else None,
    }


def say(value: Mapping[str, Scalar]) -> str:
    """One line: the account, the role and the session."""
    if value.get("role") is None:
        return f"account {value.get('account')}, {value.get('arn')}"
    return f"account {value.get('account')}, role {value['role']}, session {value.get('session')}"


def about(_params: Mapping[str, str]) -> str:
    """There is but one identity to ask for."""
    return "identity"


CHECK = Check(
    name="identity",
    title="who this is",
    service="sts",
    operation="GetCallerIdentity",
    module="SecurityToken",
    cmdlet="Get-STSCallerIdentity",
    action=None,
    fields={
        "account": "the 12-digit account id",
        "arn": "the caller's whole ARN",
        "user_id": "the unique id, with the session after the colon",
        "role": "the assumed role's name, without its path; nothing for a user",
        "session": "the role session's name; an instance's is its instance id",
    },
    read=read,
    say=say,
    about=about,
)
