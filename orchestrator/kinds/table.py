"""The table of kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestrator.kinds.arn import ROLE_NAME, role_parts
from orchestrator.kinds.duration import seconds

LONGEST_TEXT = 10_000
"""Characters of a free text: far more than any name, far less than SSM's 64 KB for a script."""

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
"""A run's id, whole: it is the name of a folder on the host."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value.

    ``title`` is what it is called in a sentence, ``expects`` what it looks like, ``example`` one
    that is right. ``test`` raises ValueError, saying what is wrong, for what is not of the kind.
    """

    title: str
    expects: str
    example: str
    test: Callable[[str], object]

    def check(self, value: str) -> str:
        """The value itself, if it is of this kind; else ValueError, as of `check` below."""
        try:
            self.test(value)
        except ValueError as error:
            expected = f"expected {self.expects}, e.g. {self.example}"
            raise ValueError(f"{shown(value)} is {error}; {expected}") from None
        return value


def check(kind: str, value: str) -> str:
    """The value itself, if it is of that kind (a key of `KINDS`).

    Raises:
        ValueError: it is not; the message says what is wrong and what is expected.
        KeyError: there is no such kind.
    """
    return KINDS[kind].check(value)


def shown(value: str) -> str:
    """The value for a message: quoted, ASCII, on one line and never long."""
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:60]}... ({len(value)} characters)"


def form(pattern: str, title: str) -> Callable[[str], object]:
    """A test for a `Kind`: the whole text has that form."""
    whole = re.compile(pattern)

    def test(value: str) -> None:
        if whole.fullmatch(value) is None:
            raise ValueError(f"not {title}")

    return test


_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}")
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def _bucket(value: str) -> None:
    """The rules of the S3 User Guide, "General purpose bucket naming rules"."""
    if _BUCKET.fullmatch(value) is None:
        raise ValueError("not a bucket name")
    if ".." in value:
        raise ValueError("not a bucket name: it has two dots in a row")
    if _ADDRESS.fullmatch(value):
        raise ValueError("not a bucket name: it looks like an IP address")
    for start in _RESERVED_STARTS:
        if value.startswith(start):
            raise ValueError(f"not a bucket name: S3 keeps the beginning {start} for itself")
    for end in _RESERVED_ENDS:
        if value.endswith(end):
            raise ValueError(f"not a bucket name: S3 keeps the ending {end} for itself")


def _text(value: str) -> None:
    if len(value) > LONGEST_TEXT:
        raise ValueError("too long")
    if "\0" in value:
        raise ValueError("not a text: it holds the character NUL")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("not a text: it cannot be written as UTF-8") from None


# What Windows forbids in account names ("Naming Conventions" of Active Directory), and blanks at
# either end; so no name is a path.
_NEITHER_IN_NAMES = re.compile(r"""["/\\\[\]:;|=,+*?<>@]""")
_LONGEST_ACCOUNT = 64


def _host_user(value: str) -> None:
    domain, _, name = value.rpartition("\\")
    for part in (name, domain) if "\\" in value else (name,):
        fits = 0 < len(part) <= _LONGEST_ACCOUNT and part.isprintable() and part == part.strip()
        if not fits or _NEITHER_IN_NAMES.search(part) or part.startswith((".", "-")):
            raise ValueError("not a user name")


def _file(value: str) -> None:
    """Only what lies beside the runbook: somebody else's runbook may not send off other files."""
    parts = value.split("/")
    if len(value) > 200 or not value.isprintable():
        raise ValueError("not the path of a file")
    if "\\" in value or ":" in value or parts[0] in {"", "~"}:
        raise ValueError("not a path from the runbook's folder on")
    if ".." in parts:
        raise ValueError("not a path below the runbook's folder")
    if not parts[-1].lower().endswith((".ps1", ".py")):
        raise ValueError("neither a .ps1 nor a .py file")


# S3 User Guide, "Naming Amazon S3 objects": the safe characters, without what policies (*) and
# shells mind. SSM API Reference, SendCommand, OutputS3KeyPrefix: 500 characters.
_KEY_PART = re.compile(r"[A-Za-z0-9!_.=+@-]+")


def _key_prefix(value: str) -> None:
    parts = value.split("/")
    if len(value) > 500 or not all(map(_KEY_PART.fullmatch, parts)) or {".", ".."} & set(parts):
        raise ValueError("not the beginning of S3 keys")


KEY_PREFIX = Kind(
    "the beginning of S3 keys",
    "at most 500 letters, digits and ! _ . = + @ - with single slashes inside",
    "orch/output",
    _key_prefix,
)
"""OutputS3KeyPrefix of SendCommand. No input of a runbook is of this kind."""

KINDS: Mapping[str, Kind] = {
    "account": Kind(
        "an account id",
        "12 digits",
        "111111111111",
        form(r"[0-9]{12}", "an account id"),
    ),
    "bucket": Kind(
        "a bucket name",
        "3 to 63 lowercase letters, digits, dots and hyphens, a letter or digit at both ends",
        "xxxxxxxx-cloudtrail",
        _bucket,
    ),
    "duration": Kind("a duration", "seconds, or a number with s, m, h or d", "10m", seconds),
    "host-user": Kind(
        "a user of the host",
        "the name of an account there, with its domain before a backslash if it has one",
        "Administrator",
        _host_user,
    ),
    "file": Kind(
        "a file beside the runbook",
        "the path of a .ps1 or .py file in the runbook's folder or below it, with / between",
        "free-space.ps1",
        _file,
    ),
    # SSM API Reference, SendCommand, InstanceIds.
    "instance-id": Kind(
        "an instance id",
        "i- and 8 or 17 hexadecimal digits in lower case, or mi- and 17",
        "i-0d176f4a5f9738429",
        form(r"i-[0-9a-f]{8}([0-9a-f]{9})?|mi-[0-9a-f]{17}", "an instance id"),
    ),
    # Get-Module takes wildcards; a name holds none.
    "module-name": Kind(
        "the name of a module",
        "at most 100 letters, digits and _ . - with a letter, a digit or _ first",
        "AWS.Tools.S3",
        form(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", "the name of a module"),
    ),
    # Narrower than the readers of AWS config files allow: these names mean the same to all of them.
    "profile-name": Kind(
        "a profile name",
        "1 to 64 letters, digits and _ . @ + = , - with a letter, a digit or _ first",
        "switch_test",
        form(r"[A-Za-z0-9_][A-Za-z0-9_.@+=,-]{0,63}", "a profile name"),
    ),
    "region": Kind(
        "a region",
        "a region's code",
        "ap-northeast-1",
        form(r"[a-z]{2,4}(-[a-z]{2,12}){1,2}-[0-9]{1,2}", "a region"),
    ),
    "role-arn": Kind(
        "the ARN of a role",
        "arn:PARTITION:iam::ACCOUNT:role/NAME, with a path before the name if it has one",
        "arn:aws:iam::222222222222:role/Test-Switch-Role",
        role_parts,
    ),
    "role-name": Kind(
        "a role name",
        "1 to 64 letters, digits and _ + = , . @ -, without the path",
        "Test-Switch-Role",
        form(ROLE_NAME, "a role name"),
    ),
    "text": Kind("a text", f"at most {LONGEST_TEXT} characters", "anything", _text),
    # System.Version: two to four parts, each below 2^31.
    "version": Kind(
        "a version",
        "2 to 4 numbers with dots between them",
        "4.1.81",
        form(r"[0-9]{1,9}(\.[0-9]{1,9}){1,3}", "a version"),
    ),
}
