"""One marked block in an AWS config file, as bytes: put in, found, taken out again.

All else stays as it is, whatever its encoding and its line ends. The block says in its first line
what was made for it, and holds what it stands in place of as comments, so that whoever finds it can
take it out without a trace.
"""

import re
from typing import List, NamedTuple, Optional, Tuple

KEPT = b"#| "
NEW_LINE = "the line end before it too"
NEW_LAST_LINE_END = "the last line end in it too"
NEW_FILE = "the file too"
NEW_FOLDER = "the file and its folder too"


class DamagedBlock(Exception):  # noqa: N818 - it is named by what is wrong
    """The markers are there, and not as they were written."""


class Block(NamedTuple):
    """Where the block stands; ``made``: what was made for it; ``kept``: what it stands for."""

    start: int
    end: int
    made: str
    kept: bytes
    line_end: bytes


class Section(NamedTuple):
    """A section that is not ours: its title between the brackets, and where it stands."""

    title: str
    start: int
    end: int


def encoding_of(data: bytes) -> str:
    """``utf-8-bom``, ``utf-16``, ``binary`` (NUL bytes and no mark), or nothing for plain text."""
    if data[:3] == b"\xef\xbb\xbf":
        return "utf-8-bom"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return "binary" if b"\0" in data else ""


def as_utf8(data: bytes) -> bytes:
    """The same text as UTF-8 without a mark; UnicodeError where it is no text."""
    name = {"utf-8-bom": "utf-8-sig", "utf-16": "utf-16"}.get(encoding_of(data))
    return data.decode(name).encode("utf-8") if name else data


def find_block(data: bytes, name: str) -> Optional[Block]:
    """Our block of that profile; DamagedBlock where its markers do not stand as they should."""
    label = re.escape(name.encode())
    begin_line = rb"^# >>> orch " + label + rb"(?: \(made ([a-z ]+)\))?\r?\n"
    begins = list(re.finditer(begin_line, data, re.M))
    ends = list(re.finditer(rb"^# <<< orch " + label + rb"\r?(?:\n|\Z)", data, re.M))
    if not begins and not ends:
        return None
    if len(begins) != 1 or len(ends) != 1 or begins[0].end() > ends[0].start():
        raise DamagedBlock("the markers of orch's block for %s are not one pair" % name)
    begin, end = begins[0], ends[0]
    line_end = b"\r\n" if begin[0].endswith(b"\r\n") else b"\n"
    lines = data[begin.end() : end.start()].splitlines(True)
    kept = b"".join(line[len(KEPT) :] for line in lines if line.startswith(KEPT))
    return Block(begin.start(), end.end(), (begin[1] or b"").decode(), kept, line_end)


def with_block(
    data: Optional[bytes], name: str, lines: List[str], made: str = "", *, replace: bool = False
) -> bytes:
    """The file with the block: where it was, in place of a section (``replace``), or at the end.

    ``data`` is None where there is no file; ``made`` says then what has to be made.
    """
    before = data or b""
    line_end = b"\r\n" if b"\r\n" in before else b"\n"
    block = find_block(before, name)
    if block is not None:
        text = _block(name, block.made, block.kept, lines, block.line_end)
        return before[: block.start] + text + before[block.end :]
    others = sections_of(before, name) if replace else []
    if others:
        start, end = others[0].start, others[0].end
        kept = before[start:end]
        if not kept.endswith(b"\n"):
            # The last line of the file; as a comment it must not swallow the end marker.
            made, kept = NEW_LAST_LINE_END, kept + line_end
        return before[:start] + _block(name, made, kept, lines, line_end) + before[end:]
    if before and not before.endswith(b"\n"):
        made, before = NEW_LINE, before + line_end
    return before + _block(name, made, b"", lines, line_end)


def _block(name: str, made: str, kept: bytes, lines: List[str], line_end: bytes) -> bytes:
    note = b" (made " + made.encode() + b")" if made else b""
    old = b"".join(KEPT + line for line in kept.splitlines(True))
    body = b"".join(line.encode() + line_end for line in lines)
    begin, end = b"# >>> orch " + name.encode() + note, b"# <<< orch " + name.encode()
    return begin + line_end + old + body + end + line_end


def without_block(data: bytes, name: str) -> Tuple[Optional[bytes], str]:
    """The file without the block, and what was made for it. None: the file goes too.

    A line end that was made stays where something was written behind the block since.
    """
    block = find_block(data, name)
    if block is None:
        return data, ""
    start, kept, made = block.start, block.kept, len(block.line_end)
    if block.end == len(data):
        start -= made if block.made == NEW_LINE else 0
        kept = kept[:-made] if block.made == NEW_LAST_LINE_END else kept
    rest = data[:start] + kept + data[block.end :]
    if not rest and block.made in (NEW_FILE, NEW_FOLDER):
        return None, block.made
    return rest, block.made


def headers(data: bytes) -> List[Section]:
    """Every section of the file, ours too."""
    found = list(re.finditer(rb"^[ \t]*\[([^\r\n]*)\][ \t]*(?:[#;][^\r\n]*)?\r?$", data, re.M))
    ends = [item.start() for item in found[1:]] + [len(data)]
    return [
        Section(item[1].decode("utf-8", "replace").strip(), item.start(), end)
        for item, end in zip(found, ends)
    ]


def sections_of(
    data: bytes, name: str, *, credentials: bool = False, ours: bool = False
) -> List[Section]:
    """The sections that some reader takes for this profile; those of our block where they count.

    Blank lines and comments behind a section belong to what comes next.
    """
    try:
        block = None if ours else find_block(data, name)
    except DamagedBlock:
        block = None
    found = []
    for title, start, section_end in headers(data):
        end = section_end
        if name_in(title, credentials=credentials) != name:
            continue
        if block and block.start <= start < block.end:
            continue
        if block and start < block.start:
            end = min(end, block.start)
        found.append(Section(title, start, start + _cut(data[start:end])))
    return found


def _cut(text: bytes) -> int:
    """How long the section is without the blank lines and comments at its end."""
    lines = text.splitlines(True)
    while len(lines) > 1 and not re.match(rb"[ \t]*[^ \t\r\n#;]", lines[-1]):
        lines.pop()
    return sum(map(len, lines))


def name_in(title: str, *, credentials: bool = False) -> Optional[str]:
    """The profile that a section's title names; None where it names none."""
    marked = re.match(r"profile[ \t]+(\S.*)$", title)
    if marked:
        return marked[1].strip().strip("\"'")
    return title if credentials or title == "default" else None


def keys_in(data: bytes, section: Section) -> List[str]:
    """The names of the section's keys, in lower case. Never their values."""
    lines = data[section.start : section.end].splitlines()[1:]
    found = [re.match(rb"([A-Za-z0-9_]+)[ \t]*[=:]", line) for line in lines]
    return [item[1].decode().lower() for item in found if item]
