"""The profiles of both files as botocore puts them together (configloader.py, session.py)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from orchestrator.readers.model import Entry, Files, Place, Section
from orchestrator.readers.paths import Paths
from orchestrator.readers.python_ini import sections


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile: both files' entries, the credentials file's winning, and those of each file."""

    name: str
    sections: tuple[Place, ...]
    entries: Mapping[str, Entry]
    in_config: Mapping[str, Entry] = field(default_factory=dict)
    in_credentials: Mapping[str, Entry] = field(default_factory=dict)

    def value(self, key: str) -> str | None:
        """The value; an empty one is one."""
        entry = self.entries.get(key)
        return entry.value if entry else None

    def place(self, key: str) -> Place:
        """The key's line, or the profile's where it has no such key."""
        return self.entries[key].place if key in self.entries else self.sections[0]


@dataclass(frozen=True, slots=True)
class Profiles:
    """All profiles, and the sso-session sections, by name."""

    by_name: Mapping[str, Profile]
    sso_sessions: Mapping[str, Section]


def profiles(files: Files, paths: Paths) -> Profiles:
    """Read both files.

    In the config file a profile's section is called ``profile NAME``, as a shell would part it into
    words, or ``default``. In the credentials file every section is a profile's, by its whole title.

    Raises:
        UnreadableFile: one of them cannot be parsed, so that there are no profiles at all.
    """
    config = sections(paths.config, files.get(paths.config))
    credentials = sections(paths.credentials, files.get(paths.credentials))
    named: dict[str, Section] = {}
    sso: dict[str, Section] = {}
    for title, section in config.items():
        if title.startswith("profile"):
            named.update(_named(title, section))
        elif title.startswith("sso-session"):
            sso.update(_named(title, section))
        elif title == "default":
            named[title] = section
    found = {
        name: _merged(name, named.get(name), credentials.get(name))
        for name in (*named, *credentials)
    }
    return Profiles(found, sso)


def _named(title: str, section: Section) -> Iterator[tuple[str, Section]]:
    try:
        words = shlex.split(title)
    except ValueError:
        return
    if len(words) == 2:
        yield words[1], section


def _merged(name: str, config: Section | None, credentials: Section | None) -> Profile:
    found = [section for section in (config, credentials) if section is not None]
    return Profile(
        name,
        tuple(section.place for section in found),
        {key: entry for section in found for key, entry in section.entries.items()},
        config.entries if config else {},
        credentials.entries if credentials else {},
    )
