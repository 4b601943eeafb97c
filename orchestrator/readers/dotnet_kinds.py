"""Which combinations of keys are a profile to the AWS SDK for .NET.

A profile must hold exactly one known set of keys (CredentialProfileTypeDetector.cs of SDK 4, which
for roles is that of 3.7). What is no credential key does not count, nor does an empty value. Some
other keys hide the whole profile when their value cannot be read (SharedCredentialsFile.cs).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from orchestrator.readers.model import Entry, SourceKind

_KEYS = ("aws_access_key_id", "aws_secret_access_key")
_ACCOUNT = "aws_account_id"
_SSO_SESSION = frozenset({"sso_session", "sso_region", "sso_registration_scopes", "sso_start_url"})
_SSO = frozenset({"sso_account_id", "sso_role_name"})


class Kind(NamedTuple):
    """A kind of profile: the keys that it must have and those that it may have besides."""

    source: SourceKind
    required: frozenset[str]
    optional: frozenset[str] = frozenset()


_KINDS = (
    Kind(
        SourceKind.CREDENTIAL_SOURCE,
        frozenset({"role_arn", "credential_source"}),
        frozenset({"role_session_name"}),
    ),
    Kind(
        SourceKind.SOURCE_PROFILE,
        frozenset({"role_arn", "source_profile"}),
        frozenset({"role_session_name", "external_id", "mfa_serial"}),
    ),
    Kind(
        SourceKind.WEB_IDENTITY,
        frozenset({"role_arn", "web_identity_token_file"}),
        frozenset({"role_session_name"}),
    ),
    # For want of a source of its own, a token with a credential_source beside it.
    Kind(
        SourceKind.WEB_IDENTITY,
        frozenset({"role_arn", "web_identity_token_file", "credential_source"}),
    ),
    Kind(SourceKind.KEYS, frozenset(_KEYS), frozenset({"aws_session_token"})),
    Kind(SourceKind.PROCESS, frozenset({"credential_process"})),
)
_WITHOUT_ACCOUNT = (
    frozenset({"role_arn", "source_profile", "external_id", "mfa_serial"}),
    frozenset({"role_arn", "web_identity_token_file"}),
)
CREDENTIAL_KEYS = frozenset().union(
    *(kind.required | kind.optional for kind in _KINDS), _SSO, _SSO_SESSION, {_ACCOUNT}
)


def kind_of(entries: Mapping[str, Entry]) -> SourceKind | None:
    """What kind of profile these entries are; None where they are no valid combination."""
    names = present(entries)
    if names & _SSO:
        return SourceKind.SSO
    core = names - {_ACCOUNT}
    if core >= _SSO_SESSION and "role_arn" in core:
        core -= _SSO_SESSION
    if _ACCOUNT in names and core in _WITHOUT_ACCOUNT:
        return None
    for kind in _KINDS:
        if kind.required <= core <= kind.required | kind.optional:
            return kind.source
    return None


def present(entries: Mapping[str, Entry]) -> frozenset[str]:
    """The credential keys that have a value."""
    return frozenset(
        key for key, entry in entries.items() if entry.value and key in CREDENTIAL_KEYS
    )


def wrong_keys(entries: Mapping[str, Entry]) -> tuple[frozenset[str], frozenset[str]]:
    """Of an invalid combination: the keys too many and too few for the kind that it is nearest to.

    The nearest is the first whose required keys are all there, else the one that lacks fewest.
    """
    names = present(entries)
    whole = [kind for kind in _KINDS if kind.required <= names]
    nearest = whole[0] if whole else min(_KINDS, key=lambda kind: len(kind.required - names))
    return names - nearest.required - nearest.optional - {_ACCOUNT}, nearest.required - names


def _truth(value: str) -> bool:
    return value.strip("\0 ").lower() in {"true", "false"}


def _one_of(*names: str) -> Callable[[str], bool]:
    # Enum.TryParse takes any letter case, and the number behind a name.
    return lambda value: value.lower() in names or re.fullmatch(r"[+-]?\d{1,9}", value) is not None


def _number(least: int, most: int) -> Callable[[str], bool]:
    def test(value: str) -> bool:
        return re.fullmatch(r"[+-]?\d{1,12}", value) is not None and least <= int(value) <= most

    return test


_GUID = re.compile(r"[({]?[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}[)}]?")

_TRUTHS = (
    "disable_request_compression",
    "ec2_metadata_v1_disabled",
    "endpoint_discovery_enabled",
    "ignore_configured_endpoint_urls",
    "s3_disable_express_session_auth",
    "s3_disable_multiregion_access_points",
    "s3_use_arn_region",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
)
_VALUES: Mapping[str, tuple[Callable[[str], bool], str]] = {
    **dict.fromkeys(_TRUTHS, (_truth, "true or false")),
    "account_id_endpoint_mode": (
        _one_of("preferred", "disabled", "required"),
        "preferred, disabled or required",
    ),
    "ec2_metadata_service_endpoint_mode": (_one_of("ipv4", "ipv6"), "IPv4 or IPv6"),
    "max_attempts": (_number(1, 2**31 - 1), "a number above 0"),
    "request_checksum_calculation": (
        _one_of("when_supported", "when_required"),
        "WHEN_SUPPORTED or WHEN_REQUIRED",
    ),
    "request_min_compression_size_bytes": (_number(0, 10_485_760), "0 to 10485760"),
    "response_checksum_validation": (
        _one_of("when_supported", "when_required"),
        "WHEN_SUPPORTED or WHEN_REQUIRED",
    ),
    # SDK 4 has no legacy mode any more, 3.7 has.
    "retry_mode": (_one_of("legacy", "standard", "adaptive"), "standard or adaptive"),
    "s3_us_east_1_regional_endpoint": (_one_of("regional", "legacy"), "regional or legacy"),
    "sts_regional_endpoints": (_one_of("regional", "legacy"), "regional or legacy"),
    "toolkit_artifact_guid": (lambda value: _GUID.fullmatch(value) is not None, "a GUID"),
}


def unreadable(entries: Mapping[str, Entry]) -> tuple[str, str] | None:
    """The first key whose value hides the whole profile, and what is expected there."""
    for key, entry in entries.items():
        if key in _VALUES and not _VALUES[key][0](entry.value):
            return key, _VALUES[key][1]
    return None
