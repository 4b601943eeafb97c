"""What no reader notices, but STS or a person will."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from orchestrator.kinds import role_parts, shown
from orchestrator.readers.model import Entry, Note, Problem, Reading

_COMMENT = re.compile(r"\s[#;]")
_KNOWN = (
    "aws_access_key_id",
    "aws_account_id",
    "aws_secret_access_key",
    "aws_security_token",
    "aws_session_token",
    "credential_process",
    "credential_source",
    "duration_seconds",
    "external_id",
    "mfa_serial",
    "output",
    "region",
    "role_arn",
    "role_session_name",
    "source_profile",
    "web_identity_token_file",
)


def trouble(reading: Reading, entries: Mapping[str, Entry]) -> Problem | None:
    """Why a profile that its reader takes will not work unattended all the same."""
    if reading.role_arn is None:
        return None
    place = entries["role_arn"].place
    try:
        role_parts(reading.role_arn)
    except ValueError:
        what = f"{shown(reading.role_arn)} is not the ARN of a role: STS will refuse it"
        if _COMMENT.search(reading.role_arn):
            mend = "put the comment on a line of its own: here it is part of the value"
            return Problem(what, mend, place)
        return Problem(what, "write arn:aws:iam::ACCOUNT:role/NAME", place)
    if reading.mfa_serial is not None:
        mend = "delete mfa_serial, and let the role's trust policy do without MFA"
        return Problem("it asks for an MFA code at the keyboard", mend, entries["mfa_serial"].place)
    return None


def notes(entries: Mapping[str, Entry]) -> tuple[Note, ...]:
    """Comments that became part of a value, and keys that look misspelt."""
    found = []
    for key, entry in entries.items():
        if key not in _KNOWN and (close := get_close_matches(key, _KNOWN, n=1, cutoff=0.85)):
            what = f"{shown(key)[1:-1]} means nothing: is it {close[0]}?"
            found.append(Note(what, entry.place))
        elif key != "role_arn" and key in _KNOWN and _COMMENT.search(entry.value):
            what = f"what follows the value of {key} is no comment, but part of it"
            found.append(Note(what, entry.place))
    return tuple(found)
