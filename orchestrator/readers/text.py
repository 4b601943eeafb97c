"""A comparison for a terminal: the verdict first, then the readers side by side, then the mends."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from ntpath import basename

from orchestrator.readers.compare import Comparison, Verdict, can_use
from orchestrator.readers.model import Place, Reader, Reading, SourceKind, State

WIDTH = 80
_LABEL = 12
_CELL = (WIDTH - _LABEL) // 3 - 1
_UNSEEN = (
    "Read offline. What cannot be seen from here is the encrypted SDK store of Windows, in which "
    "the cmdlets look first."
)
NAMES = {Reader.DOTNET: "PowerShell", Reader.BOTOCORE: "boto3", Reader.AWSCLI: "AWS CLI"}


def lines(comparison: Comparison, files: Sequence[str]) -> list[str]:
    """The whole text. ``files``: those that exist and were read."""
    readings = comparison.readings
    return [
        *_wrapped(f"{comparison.verdict:<{_LABEL}}", _headline(comparison)),
        *(line for path in files or ["none"] for line in _wrapped(f"{'file':<{_LABEL}}", path)),
        "",
        _row("", [NAMES[reading.reader] for reading in readings]),
        *(line for label, cell in _ROWS for line in _table_row(label, map(cell, readings))),
        *_remarks(readings),
        "",
        *_wrapped("", _UNSEEN),
    ]


def _headline(comparison: Comparison) -> str:
    profile = f"profile {_clean(comparison.profile)}"
    if comparison.verdict is Verdict.ALIKE:
        return f"{profile} means the same to all three readers"
    if comparison.verdict is Verdict.UNUSABLE:
        return f"no reader can use {profile}"
    takers = [item for item in comparison.readings if can_use(item)]
    if len(takers) == len(comparison.readings):
        return f"{profile} is not the same to all readers"
    others = [item for item in comparison.readings if item not in takers]
    return f"{_names(takers)} can use {profile}, {_names(others)} cannot"


def _names(readings: Sequence[Reading]) -> str:
    article = {Reader.AWSCLI: "the "}
    return " and ".join(f"{article.get(item.reader, '')}{NAMES[item.reader]}" for item in readings)


def _state(item: Reading) -> str:
    if item.state is not State.VALID:
        return item.state.upper()
    return "valid" if item.problem is None else "valid, but see below"


def _source(item: Reading) -> str:
    if item.source is None:
        return ""
    kind, name = item.source.kind, item.source.name
    words = {
        SourceKind.CREDENTIAL_SOURCE: name,
        SourceKind.SOURCE_PROFILE: f"profile {name}",
        SourceKind.HOST: "what the host has",
    }
    return words.get(kind, kind)


def _region(item: Reading) -> str:
    if item.state is not State.VALID:
        return ""
    if item.region:
        return f"{item.region} ({item.region_from})"
    return "the instance's own" if item.reader is Reader.DOTNET else "none"


def _section(item: Reading) -> str:
    return ", ".join(map(_where, item.sections))


_ROWS: tuple[tuple[str, Callable[[Reading], str]], ...] = (
    ("state", _state),
    ("section", _section),
    ("role", lambda item: item.role_arn or ""),
    ("source", _source),
    ("session", lambda item: item.session_name or ""),
    ("external id", lambda item: "given" if item.external_id else ""),
    ("mfa", lambda item: item.mfa_serial or ""),
    ("region", _region),
)


def _table_row(label: str, said: Iterator[str]) -> Iterator[str]:
    """One row: one cell where all three say the same, and no row where nobody says a thing."""
    cells = [_clean(cell) for cell in said]
    if not any(cells):
        return
    if len(set(cells)) == 1 and label != "state":
        yield from _wrapped(f"{label:<{_LABEL}}", cells[0])
        return
    columns = [textwrap.wrap(cell or "-", _CELL) for cell in cells]
    for number, parts in enumerate(zip_longest(*columns, fillvalue="")):
        yield _row("" if number else label, parts)


def _row(label: str, cells: Sequence[str]) -> str:
    return f"{label:<{_LABEL}}{' '.join(f'{cell:<{_CELL}}' for cell in cells)}".rstrip()


def _remarks(readings: Sequence[Reading]) -> Iterator[str]:
    """Problems with their mends, and notes. What several readers have in common is said once."""
    of: dict[tuple[str, str], list[Reading]] = {}
    for item in readings:
        for remark in _said_of(item):
            of.setdefault(remark, []).append(item)
    blocks: dict[str, list[tuple[str, str]]] = {}
    for remark, meant in of.items():
        title = "all three" if len(meant) == len(readings) else _names(meant)
        blocks.setdefault(title, []).append(remark)
    for title, said in blocks.items():
        yield ""
        yield title[0].upper() + title[1:] if title.startswith("the ") else title
        for head, text in said:
            yield from _wrapped(f"  {head:<{_LABEL - 2}}", text)


def _said_of(item: Reading) -> Iterator[tuple[str, str]]:
    if item.problem is not None:
        yield _where(item.problem.place), item.problem.what
        yield "mend", item.problem.mend
    for note in item.notes:
        yield _where(note.place), note.what


def _where(place: Place | None) -> str:
    return f"{basename(place.path)}:{place.line}" if place else ""


def _wrapped(head: str, text: str) -> list[str]:
    """The text behind its head, over as many lines as it takes. Paths and ARNs stay whole."""
    return textwrap.wrap(
        _clean(text),
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]


def _clean(text: str) -> str:
    """The text without what a terminal would obey: such characters become escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
