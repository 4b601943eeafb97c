"""The shared files as botocore parses them: by Python's configparser, as configloader.py uses it.

Read as UTF-8, which is Python's default everywhere but on Windows without ``-X utf8``. A byte order
mark is then no blank but text. One wrong line, and one section or key that comes twice, makes the
whole file useless. Keys may be parted from values by a colon too, ``[DEFAULT]`` gives its keys to
all sections, and an indented line continues the value above it.
"""

from __future__ import annotations

import configparser
import io
import re
from collections.abc import Iterator, Mapping

from orchestrator.kinds import shown
from orchestrator.readers.model import Entry, Place, Section

PARSE_ERROR = "botocore.exceptions.ConfigParseError"
_MARKS = {b"\xef\xbb\xbf": "UTF-8", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class UnreadableFile(Exception):  # noqa: N818 - the file is; nothing of ours went wrong
    """The file cannot be parsed. ``cause`` is the full name of the type of Python's exception."""

    def __init__(self, what: str, mend: str, place: Place, cause: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.place = place
        self.exception = (PARSE_ERROR, cause)


def sections(path: str, data: bytes | None) -> Mapping[str, Section]:
    """The sections by title; none for a file that does not exist.

    Raises:
        UnreadableFile: botocore raises ConfigParseError.
    """
    lines = _Lines(_decoded(path, data or b""))
    parser = _Parser(lines)
    try:
        parser.read_file(lines, path)
    except configparser.Error as error:
        raise _unreadable(path, data or b"", error) from error
    parser.is_reading = False
    return {title: _section(path, title, parser) for title in parser.sections()}


class _Lines(Iterator[str]):
    """The file's lines, and the number of the one that was read last."""

    def __init__(self, text: str) -> None:
        self._lines = iter(io.StringIO(text, newline=None))
        self.number = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        return line


class _Headers:
    """Stands in for the parser's pattern of section headers, and notes where they are."""

    def __init__(self, lines: _Lines) -> None:
        self._lines = lines
        self.places: dict[str, int] = {}
        self.current = ""

    def match(self, text: str) -> re.Match[str] | None:
        """Whether a section begins here."""
        match = configparser.RawConfigParser.SECTCRE.match(text)
        if match:
            self.current = match["header"]
            self.places.setdefault(self.current, self._lines.number)
        return match


class _Parser(configparser.RawConfigParser):
    """The parser, which notes the lines of headers and keys while it reads."""

    def __init__(self, lines: _Lines) -> None:
        super().__init__()
        self.headers = _Headers(lines)
        self.key_lines: dict[tuple[str, str], int] = {}
        self.is_reading = True
        self._lines = lines
        # The parser asks nothing of it but to match.
        self.SECTCRE = self.headers  # type: ignore[assignment] # see above

    def optionxform(self, optionstr: str) -> str:
        """The key as it is kept: in lower case."""
        key = super().optionxform(optionstr)
        if self.is_reading:
            self.key_lines.setdefault((self.headers.current, key), self._lines.number)
        return key


def _section(path: str, title: str, parser: _Parser) -> Section:
    start = Place(path, parser.headers.places[title], title)
    entries = {}
    for key in parser.options(title):
        own = parser.key_lines.get((title, key))
        line = own or parser.key_lines.get((parser.default_section, key), start.line)
        entries[key] = Entry(_checked(parser.get(title, key), Place(path, line)), Place(path, line))
    return Section(start, entries)


def _checked(value: str, place: Place) -> str:
    """The value; where it begins on the next line, every line of it must be ``key = value``."""
    if value.startswith("\n"):
        for line in value.splitlines():
            if line.strip() and "=" not in line:
                what = f"an indented line is not key = value: {shown(line.strip())}"
                raise UnreadableFile(
                    what, "write it so, or delete it", place, "builtins.ValueError"
                )
    return value


def _decoded(path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"the file is not UTF-8: byte 0x{data[error.start]:02x}"
        for mark, encoding in _MARKS.items():
            if data.startswith(mark):
                what = f"the file is {encoding}"
        line = len(re.findall(rb"\r\n|\r|\n", data[: error.start])) + 1
        mend = "save it as UTF-8 without a byte order mark"
        cause = "builtins.UnicodeDecodeError"
        raise UnreadableFile(what, mend, Place(path, line), cause) from error


def _unreadable(path: str, data: bytes, error: configparser.Error) -> UnreadableFile:
    cause = f"configparser.{type(error).__name__}"
    if isinstance(error, configparser.DuplicateSectionError):
        what, mend = f"the section [{error.section}] comes twice", "delete one, or join the two"
    elif isinstance(error, configparser.DuplicateOptionError):
        what, mend = f"{error.option} stands twice in the section", "delete one of the two lines"
    elif isinstance(error, configparser.MissingSectionHeaderError):
        what, mend = "there is text before the first section", "delete it, or begin it with #"
        if any(data.startswith(mark) for mark in _MARKS):
            what = "the file begins with a byte order mark"
            mend = "save it as UTF-8 without a byte order mark"
    else:
        what, mend = "a line is not key = value", "begin it with # if it is a comment"
    return UnreadableFile(what, mend, Place(path, _line_of(error)), cause)


def _line_of(error: configparser.Error) -> int:
    line = getattr(error, "lineno", None)
    errors = getattr(error, "errors", None)
    if line is None and errors:
        line = errors[0][0]
    return int(line or 1)
