"""The profiles of both files as the SDK for .NET puts them together (SharedCredentialsFile.cs)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.kinds import shown
from orchestrator.readers.dotnet_ini import DotnetIni, Hidden, decoded
from orchestrator.readers.dotnet_kinds import unreadable
from orchestrator.readers.hints import Text, why_missing
from orchestrator.readers.model import Entry, Place, Problem, Question, Section
from orchestrator.readers.paths import Paths

INVALID = "System.IO.InvalidDataException"
OPERATION = "System.InvalidOperationException"
_CLIENT = "Amazon.Runtime.AmazonClientException"
_NO_CREDENTIALS = "No credentials specified or obtained from persisted/shell defaults."
_ENDPOINT = "ec2_metadata_service_endpoint"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile of both files: the credentials file wins, key by key."""

    name: str
    sections: tuple[Place, ...]
    entries: Mapping[str, Entry]

    def value(self, key: str) -> str | None:
        """The value; an empty one is none."""
        entry = self.entries.get(key)
        return entry.value if entry and entry.value else None

    def place(self, key: str) -> Place:
        """The key's line, or the profile's where it has no such key."""
        return self.entries[key].place if key in self.entries else self.sections[0]


class Refused(Exception):  # noqa: N818 - the profile is refused; nothing of ours went wrong
    """.NET throws over the profile: nothing can be made of it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


class Store:
    """Both files, read once."""

    def __init__(self, question: Question, paths: Paths) -> None:
        files = question.files
        self.environment = question.environment
        self._paths = paths
        self._credentials = DotnetIni(paths.credentials, files.get(paths.credentials))
        self._config = DotnetIni(paths.config, files.get(paths.config))
        self._texts = tuple(
            Text(path, decoded(files[path]), path == paths.config)
            for path in paths.all
            if path in files
        )

    def wrong_line(self) -> Problem | None:
        """What makes a whole file useless, and with it every profile."""
        for ini in (self._credentials, self._config):
            if wrong := ini.wrong_line():
                number, text = wrong
                return Problem(
                    f"this line makes the whole file useless: {shown(text)}",
                    "write it as `name = value` or `[section]`; a comment begins with #",
                    Place(ini.path, number),
                    (INVALID,),
                    f"Line {number}:<{text}> in file {ini.path} does not contain a section, "
                    "property or comment.",
                )
        return None

    def find(self, name: str) -> Profile | Problem:
        """The profile, or why the SDK finds none; `Refused` where it throws on the way."""
        bare = name == "default"
        found = (self._config.section(name, bare=bare), self._credentials.section(name, bare=True))
        sections = [item for item in found if isinstance(item, Section)]
        if not sections:
            return self._why_missing(name, found)
        entries = {key: entry for item in sections for key, entry in item.entries.items()}
        profile = Profile(name, tuple(item.place for item in sections), entries)
        if wrong := unreadable(entries):
            key, expected = wrong
            what = f"{key} = {shown(entries[key].value)} hides the whole profile"
            return _missing(what, f"write {expected}, or delete the line", entries[key].place)
        self._check_references(profile)
        return profile

    def _why_missing(self, name: str, found: tuple[Section | Hidden | None, ...]) -> Problem:
        for item in found:
            if isinstance(item, Hidden):
                what = f"{item.key} stands twice in the section, which hides all of it"
                return _missing(what, "delete one of the two lines", item.place)
        hint = why_missing(name, self._texts, self._paths.all)
        return _missing(hint.what, hint.mend, hint.place)

    def _check_references(self, profile: Profile) -> None:
        address = profile.value(_ENDPOINT)
        if address and not _URI.fullmatch(address):
            said = (
                f"Invalid value {address} for {_ENDPOINT} in profile {profile.name}. "
                "A well-formed Uri is expected."
            )
            what = f"{shown(address)} is no URI"
            place = profile.place(_ENDPOINT)
            raise Refused(Problem(what, "write http://ADDRESS", place, (_CLIENT,), said))
        session = profile.value("sso_session")
        if session and not isinstance(self._config.marked("sso-session", session), Section):
            said = f"Invalid Configuration.  Failed to find sso_session [{session}]"
            what = f"there is no section [sso-session {session}]"
            place = profile.place("sso_session")
            raise Refused(Problem(what, "add it to the config file", place, (_CLIENT,), said))


def _missing(what: str, mend: str, place: Place | None) -> Problem:
    return Problem(what, mend, place, (OPERATION,), _NO_CREDENTIALS)
