"""Why a reader does not find a profile that a person believes to be there, and the mend."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from orchestrator.kinds import shown
from orchestrator.readers.model import Place

_HEADER = re.compile(r"[ \t]*\[(.*)\]")
_LINES = re.compile(r"\r\n|\r|\n")
_MARKER = re.compile(r"""(profile[ \t]+)?(["']?)(.*)\2""", re.IGNORECASE)


class Text(NamedTuple):
    """A file that exists; ``is_config`` is false for the credentials file."""

    path: str
    text: str
    is_config: bool


class Hint(NamedTuple):
    """What is wrong, the mend, and the line that shows it."""

    what: str
    mend: str
    place: Place | None = None


class _Header(NamedTuple):
    place: Place
    is_config: bool
    marker: str
    name: str

    @property
    def proper(self) -> str:
        """How that section ought to begin."""
        marked = self.is_config and self.name != "default"
        return f"[profile {self.name}]" if marked else f"[{self.name}]"


def why_missing(name: str, texts: Sequence[Text], paths: Sequence[str]) -> Hint:
    """What keeps the profile from being found. ``paths``: where the reader looks, for its mend."""
    headers = [header for text in texts for header in _headers(text)]
    for header in headers:
        if header.name == name:
            return _misspelt(header)
    for header in headers:
        if header.name.casefold() == name.casefold():
            what = f"a profile of that name is there in other letters: {shown(header.name)}"
            return Hint(what, "letter case counts: write the name as it stands there", header.place)
    what = f"no section is called {shown(name)}"
    names = list(dict.fromkeys(header.name for header in headers if header.name))
    if close := get_close_matches(name, names, n=1):
        place = next(header.place for header in headers if header.name == close[0])
        return Hint(what, f"did you mean {shown(close[0])}?", place)
    if not texts:
        where = " and ".join(paths)
        return Hint(f"there is no file: {where}", f"write [profile {name}] into {paths[0]}")
    return Hint(what, f"add [profile {name}] to the config file{_known(names)}")


def _misspelt(header: _Header) -> Hint:
    said = f"[{header.place.title}]"
    kind = "config" if header.is_config else "credentials"
    what = f"{shown(said)[1:-1]} is no section of that profile in a {kind} file"
    if re.search(r"\s", header.name):
        mend = "take a name without blanks: there is no way to write it that all readers take"
        return Hint(what, mend, header.place)
    return Hint(what, f"write {header.proper}", header.place)


def _known(names: Sequence[str]) -> str:
    if not names:
        return ""
    few = ", ".join(shown(name)[1:-1] for name in names[:5])
    return f"; there is {few}{', ...' if len(names) > 5 else ''}"


def _headers(text: Text) -> Iterator[_Header]:
    for number, line in enumerate(_LINES.split(text.text), 1):
        if found := _HEADER.match(line):
            title = found[1].strip()
            parts = _MARKER.fullmatch(title)
            assert parts is not None  # every text matches it
            place = Place(text.path, number, title)
            yield _Header(place, text.is_config, parts[1] or "", parts[3].strip())
