"""The AWS config profile as text. An INI file has no quotes, so odd values are refused here."""

from __future__ import annotations

import re

from orchestrator.errors import UsageError
from orchestrator.model.procedure import Profile
from orchestrator.render.environment import environment
from orchestrator.render.literals import Literal

_IN_NAMES = re.compile(r"""[^\s\[\]"'\\#;]{1,256}""")
_IN_ARNS = re.compile(r"[A-Za-z0-9:/+=,.@_-]{1,2048}")
_SOURCES = ("Ec2InstanceMetadata", "Environment", "EcsContainer")


def profile_text(profile: Profile) -> str:
    """The profile's section, as it is written to the host; UsageError for what it cannot hold.

    Readers part a section's name at blanks, quotes and brackets, each in its own way, so a name
    with one of these would be another name to another reader.
    """
    if not (profile.name.isprintable() and _IN_NAMES.fullmatch(profile.name)):
        raise _refused("profile name", profile.name, "letters, digits, - and _")
    if not _IN_ARNS.fullmatch(profile.role_arn):
        raise _refused("role ARN", profile.role_arn, "arn:aws:iam::123456789012:role/NAME")
    if profile.credential_source not in _SOURCES:
        raise _refused("credential source", profile.credential_source, ", ".join(_SOURCES))
    values = {
        "name": Literal(profile.name),
        "role_arn": Literal(profile.role_arn),
        "credential_source": Literal(profile.credential_source),
    }
    return environment().get_template("profile/config.j2").render(values)


def _refused(what: str, value: str, usual: str) -> UsageError:
    return UsageError(
        f"the {what} {value[:80]!a} cannot stand in an AWS config file",
        where="profile",
        mend=f"write it like this: {usual}",
    )
