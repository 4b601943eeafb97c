"""``profile_listed``: is a profile in the host's own list of profiles. It asks no service.

In PowerShell that is ``Get-AWSCredential -ListProfileDetail``: it lists the SDK's store and the
shared files, and leaves out what credentials cannot be made of. The location that it gives is the
credentials file's also for a profile of the config file, and nothing for the SDK's store. In Python
it is botocore's ``available_profiles``, which knows no store and lists invalid profiles too. The
AWS CLI's own list says no more than botocore's, so it is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.checks import Check
from orchestrator.model.enums import Shell, Way
from orchestrator.model.procedure import Scalar


def say(value: Mapping[str, Scalar]) -> str:
    """One line: where it is listed, or that it is not."""
    if not value.get("listed"):
        return f"profile {value.get('name')} is not listed"
    shadowed = ", where one shadows the other" if value.get("shadowed") else ""
    return f"profile {value.get('name')} is listed: {value.get('stores')}{shadowed}"


def about(params: Mapping[str, str]) -> str:
    """The profile that was looked for."""
    return f"profile {params['name']}"


CHECK = Check(
    name="profile_listed",
    title="whether the host lists a profile",
    params={"name": "profile-name"},
    fields={
        "listed": "whether the profile is listed; PowerShell lists valid ones alone",
        "name": "the profile that was asked for",
        "stores": "where it lies: NetSDKCredentialsFile (the SDK's store), SharedCredentialsFile; "
        "in Python config, credentials",
        "location": "the file's path; PowerShell gives the credentials file's for the config "
        "file too, and nothing for the SDK's store",
        "shadowed": "whether the name stands in two stores, of which the first wins; never in "
        "Python, which reads both files as one",
    },
    cmdlet="Get-AWSCredential",
    asked_by={
        Shell.POWERSHELL: "Get-AWSCredential -ListProfileDetail",
        Shell.PYTHON: "botocore.session.Session().available_profiles",
    },
    ways=frozenset(Way) - {Way.CLI},
    say=say,
    about=about,
)
