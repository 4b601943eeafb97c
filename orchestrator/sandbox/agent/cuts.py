"""What is left of a script's output on its way into an answer: cut by byte, then decoded.

The limits and markers are those that amazon-ssm-agent 3.3 was seen to use (tests/recordings).
"""

from __future__ import annotations

STREAM = 24_000
"""A stream of so many bytes or more is cut to so many, marker included."""

PAGE = 2_500
"""The same for the form that holds both streams."""

_STREAM_MARKER = b"--output truncated--"
_ERROR_TITLE = b"\n----------ERROR-------\n"
_OUTPUT_MARKER = b"\n---Output truncated---"
_ERROR_MARKER = b"\n---Error truncated----"


def stream(data: bytes) -> bytes:
    """Standard output or standard error by itself, at most 24,000 bytes."""
    return _head(data, STREAM, _STREAM_MARKER) if len(data) >= STREAM else data


def page(stdout: bytes, stderr: bytes) -> bytes:
    """Both streams in one text of at most 2,500 bytes.

    A stream that takes at most half of the room stays whole, and the other is cut to fill the
    rest; two long ones get half each.
    """
    title = _ERROR_TITLE if stderr else b""
    room = PAGE - len(title)
    if len(stdout) + len(stderr) < room:
        return stdout + title + stderr
    half = room // 2
    if len(stdout) <= half:
        stderr = _head(stderr, room - len(stdout), _ERROR_MARKER)
    elif len(stderr) <= half:
        stdout = _head(stdout, room - len(stderr), _OUTPUT_MARKER)
    else:
        stdout = _head(stdout, half, _OUTPUT_MARKER)
        stderr = _head(stderr, half, _ERROR_MARKER)
    return stdout + title + stderr


def decode(data: bytes) -> str:
    """UTF-8, with one U+FFFD for each byte that is none, as Go's JSON encoder does.

    Python's own ``replace`` gives one for a whole broken sequence.
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape")
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def _head(data: bytes, size: int, marker: bytes) -> bytes:
    return data[: size - len(marker)] + marker
