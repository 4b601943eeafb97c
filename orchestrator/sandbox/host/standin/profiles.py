"""The shared config files as the AWS SDK for .NET reads them, which is not as botocore does.

Sections are `[profile NAME]` in the config file (letter case counts) and also `[NAME]` in the
credentials file; both merge, the credentials file wins. The first of two sections of one name wins,
a key that is there twice hides its whole section, a comment begins a line and never ends one
(SharedCredentialsFile.cs, ProfileIniFile.cs, IniFile.cs; seen in the recorded cases).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.sandbox.host.standin.errors import CmdletError

_SECTION = re.compile(r"\[([^\]]*)\]")
_PREFIX = re.compile(r"profile[ \t]+(.+)")
_ENCODINGS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CREDENTIAL_KEYS = frozenset(
    {
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "credential_process",
        "credential_source",
        "external_id",
        "mfa_serial",
        "role_arn",
        "source_profile",
        "web_identity_token_file",
    }
)
_SOURCES = ("Ec2InstanceMetadata", "Environment", "EcsContainer")

Section = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RoleProfile:
    """A profile that assumes a role. ``source`` is a credential source in AWS's own spelling."""

    role_arn: str
    source: str
    session_name: str | None = None


def find_profile(name: str, config: Path, credentials: Path) -> RoleProfile | None:
    """What ``Get-AWSCredential -ProfileName`` finds; None for a profile that no file has.

    Raises:
        CmdletError: the profile is there, but not a combination of keys that the SDK takes
            (CredentialProfileTypeDetector.cs). Of those that it takes, this knows roles from a
            credential source alone.
    """
    keys = _merged(name, config, credentials)
    if keys is None:
        return None
    if keys.keys() & _CREDENTIAL_KEYS != {"role_arn", "credential_source"}:
        raise _invalid(
            f"Credential profile [{name}] is not valid.  Please ensure the profile contains a "
            "valid combination of properties."
        )
    return RoleProfile(keys["role_arn"], _source(name, keys), keys.get("role_session_name"))


def _source(name: str, keys: Section) -> str:
    for source in _SOURCES:
        if source.lower() == keys["credential_source"].lower():
            return source
    wrong = keys["credential_source"]
    raise _invalid(f"Error reading credential source [{wrong}] for profile [{name}].", deep=True)


def _invalid(message: str, *, deep: bool = False) -> CmdletError:
    kind = "System.IO.InvalidDataException"
    return CmdletError((kind, kind) if deep else (kind,), message)


def _merged(name: str, config: Path, credentials: Path) -> Section | None:
    found = [
        section
        for path, bare in ((config, name == "default"), (credentials, True))
        if (section := _section(name, _text(path), bare=bare)) is not None
    ]
    if not found:
        return None
    return {key: value for section in found for key, value in section.items()}


def _section(name: str, text: str, *, bare: bool) -> Section | None:
    for title, lines in _sections(text):
        prefixed = _PREFIX.fullmatch(title)
        if (prefixed and prefixed[1].strip() == name) or (bare and title == name):
            return _keys(lines)
    return None


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    title, lines = "", list[str]()
    for line in map(str.strip, text.splitlines()):
        if start := _SECTION.match(line):
            yield title, lines
            title, lines = start[1].strip(), []
        elif not line.startswith(("#", ";")):
            lines.append(line)
    yield title, lines


def _keys(lines: list[str]) -> Section | None:
    pairs = [line.split("=", 1) for line in lines if "=" in line]
    keys = {key.strip(): value.strip() for key, value in pairs}
    return keys if len(keys) == len(pairs) else None


def _text(path: Path) -> str:
    if not path.is_file():
        return ""
    data = path.read_bytes()
    for mark, encoding in _ENCODINGS.items():
        if data.startswith(mark):
            return data.decode(encoding)
    return data.decode("utf-8", "replace")
