"""Whether a profile is of the account that a stack belongs to, as far as that can be told."""

from __future__ import annotations

from orchestrator.errors import UsageError
from orchestrator.setup import Deployment

_OTHERS = {"TargetRoleArn": "--target-role-arn", "SourceRoleArn": "--source-role-arn"}


def refuse_wrong_account(deployment: Deployment, account: str, target: str | None) -> None:
    """Raise UsageError where the stack would be made in the wrong account.

    A role that is switched to, or from, lies in another account than its stack. ``target`` is the
    role of orch.toml, if there is one: account B is its account.
    """
    whose = f"the profile {deployment.profile}" if deployment.profile else "your AWS access"
    for item in deployment.values:
        for arn in item.value.split(",") if item.parameter in _OTHERS else ():
            if arn.split(":")[4] == account:
                what = f"{arn} is of account {account} itself, and so is {whose}"
                mend = (
                    f"deploy {deployment.setup.name} in {deployment.setup.account}: --profile NAME"
                )
                raise UsageError(what, where=_OTHERS[item.parameter], mend=mend)
    if deployment.setup.name == "b" and target is not None and target.count(":") >= 5:
        wanted = target.split(":")[4]
        if wanted != account:
            what = f"{whose} is of account {account}, and role_arn in orch.toml of {wanted}"
            raise UsageError(what, where="--profile", mend="give a profile of account B")
