"""The shared files as the AWS SDK for .NET parses them.

By IniFile.cs, ProfileIniFile.cs and OptimisticLockedTextFile.cs of AWSSDK.Core, and the recorded
cases. A comment begins a line and never ends one. The first of two sections of one name wins. A key
that is there twice hides its whole section. A line that is neither section nor ``key = value`` nor
comment makes the whole file useless.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import cached_property

from orchestrator.readers.model import Entry, Place, Section

_SPACES = "".join(map(chr, range(0x2000, 0x200B)))
# Char.IsWhiteSpace of .NET; Python's strip() would take U+001C to U+001F too.
BLANK = f"\t\n\v\f\r \x85\xa0\u1680{_SPACES}\u2028\u2029\u202f\u205f\u3000"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
# The longer marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(data: bytes) -> str:
    """The text as ``File.ReadAllText`` reads it: by its byte order mark, else as UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    return data.decode("utf-8", "replace")


class Hidden:
    """A section that .NET passes over, for the key that stands in it twice."""

    def __init__(self, key: str, place: Place, section: Place) -> None:
        self.key = key
        self.place = place
        self.section = section


class DotnetIni:
    """One file; an empty one where it does not exist."""

    def __init__(self, path: str, data: bytes | None) -> None:
        self.path = path
        self._lines = [found[0] for found in _LINE.finditer(decoded(data or b""))]

    def wrong_line(self) -> tuple[int, str] | None:
        """The first line that makes the whole file useless, and its number."""
        for number, line in enumerate(self._lines, 1):
            text = line.strip(BLANK)
            if text and text[0] not in ";#" and "=" not in text and _title(text) is None:
                return number, text
        return None

    @cached_property
    def titles(self) -> tuple[Place, ...]:
        """Every section, in order."""
        found = ((number, _title(line.strip(BLANK))) for number, line in enumerate(self._lines, 1))
        return tuple(
            Place(self.path, number, title) for number, title in found if title is not None
        )

    def section(self, name: str, *, bare: bool) -> Section | Hidden | None:
        """The profile's section: ``[profile NAME]``, and ``[NAME]`` before it where ``bare``."""
        found = self._first(lambda title: title == name, by_marker=False) if bare else None
        if isinstance(found, Section):
            return found
        return self.marked("profile", name) or found

    def marked(self, marker: str, name: str) -> Section | Hidden | None:
        """The section ``[MARKER NAME]``; letter case counts."""
        pattern = re.compile(rf"{marker}[ \t]+{re.escape(name)}")
        return self._first(lambda title: pattern.fullmatch(title) is not None, by_marker=True)

    def _first(self, matches: Callable[[str], bool], *, by_marker: bool) -> Section | Hidden | None:
        for place in self.titles:
            if matches(place.title):
                return self._entries(place, by_marker=by_marker)
        return None

    def _entries(self, section: Place, *, by_marker: bool) -> Section | Hidden:
        """The entries down to the next section.

        A key without a value takes the indented and blank lines below it for its own. Of those
        only the search by marker makes a value of its own kind, which hides no later key.
        """
        entries: dict[str, Entry] = {}
        number = section.line
        while number < len(self._lines):
            text = self._lines[number].strip(BLANK)
            place = Place(self.path, number + 1)
            number += 1
            if text[:1] in {"", ";", "#"}:
                continue
            key, equals, value = (part.strip(BLANK) for part in text.partition("="))
            if not equals:
                break
            key = key.lower()
            if key in entries:
                return Hidden(key, place, section)
            after = number if value else self._past_nested(number)
            if after == number or not by_marker:
                entries[key] = Entry(value, place)
            number = after
        return Section(section, entries)

    def _past_nested(self, number: int) -> int:
        while number < len(self._lines):
            line = self._lines[number]
            if line[0] not in BLANK or _title(line.strip(BLANK)) is not None:
                break
            number += 1
        return number


def _title(text: str) -> str | None:
    """What stands between the brackets, where the stripped line is a section."""
    return text[1:-1].strip(BLANK) if text[:1] == "[" and text[-1:] == "]" else None
