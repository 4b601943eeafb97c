"""Settings of a user: ``orch.toml`` beside them, then in their config folder.

``ORCH_CONFIG`` names one file outright. Key by key the nearer file wins.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from orchestrator.errors import UsageError
from orchestrator.givenfiles import given_text

NAME = "orch.toml"
KEYS = (
    "runbook",
    "role_arn",
    "bucket",
    "profile_name",
    "region",
    "profile",
    "target_profile",
    "shell",
    "mode",
    "host_user",
    "timeout",
    "delivery_timeout",
    "output_s3_bucket_name",
    "output_s3_key_prefix",
)
"""The options that a file may give. Any other input of a runbook stands in its table ``[set]``."""

_NUMBERS = {"timeout", "delivery_timeout"}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the files say. ``set`` is their table of other inputs.

    ``origins`` tells the file of each key; a key of the table is ``set.NAME`` there.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    set: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)


def load(
    environment: Mapping[str, str], beside: Path, home: Path, *, windows: bool = False
) -> Settings:
    """The settings of whoever stands in the folder ``beside``.

    Raises:
        UsageError: a file cannot be read, is not TOML, or holds a wrong key or value.
    """
    values: dict[str, str] = {}
    table: dict[str, str] = {}
    origins: dict[str, str] = {}
    for path in _files(environment, beside, home, windows):
        for key, value in _read(path):
            origins.setdefault(key, str(path))
            into, name = (table, key[4:]) if key.startswith("set.") else (values, key)
            into.setdefault(name, value)
    return Settings(values, table, origins)


def _files(
    environment: Mapping[str, str], beside: Path, home: Path, windows: bool
) -> Iterator[Path]:
    """The files that there are, nearest first."""
    named = environment.get("ORCH_CONFIG")
    if named:
        # A file that is named must be there, so it is not left out where it is not.
        yield beside / named
        return
    for path in (beside / NAME, user_folder(environment, home, windows=windows) / NAME):
        if path.is_file():
            yield path


def user_folder(environment: Mapping[str, str], home: Path, *, windows: bool) -> Path:
    """The user's config folder: ``%APPDATA%`` on Windows, else as the XDG specification says."""
    variable, default = (
        ("APPDATA", "AppData/Roaming") if windows else ("XDG_CONFIG_HOME", ".config")
    )
    folder = Path(environment.get(variable, ""))
    return (folder if folder.is_absolute() else home / default) / "orch"


def _read(path: Path) -> Iterator[tuple[str, str]]:
    text = given_text(path, where=str(path), mend="mend the path, or ORCH_CONFIG")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, line = _toml_error(str(error), text)
        mend = 'values are quoted: region = "ap-northeast-1"'
        raise _wrong(path, line, what, mend) from error
    except RecursionError as error:
        raise _wrong(path, None, "nested too deeply", "settings are texts and one table") from error
    for key, value in data.items():
        if key == "set" and isinstance(value, dict):
            for name, item in value.items():
                yield f"set.{name}", _value(path, text, name, item)
        else:
            _known(path, text, key)
            yield key, _value(path, text, key, value)


def _toml_error(message: str, text: str) -> tuple[str, int]:
    """The parser's message without its place, and the line that it names."""
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
    line = int(found[1]) if found and found[1] else len(text.splitlines())
    return f"not TOML: {message[: found.start()] if found else message}", line


def _known(path: Path, text: str, key: str) -> None:
    if key == "set":
        mend = "write [set] and its keys below it"
        raise _wrong(path, _line(text, key), "set must be a table", mend)
    if key not in KEYS:
        close = get_close_matches(key, KEYS, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        mend = f"{meant}there is: {', '.join(KEYS)}; other inputs of a runbook go under [set]"
        raise _wrong(path, _line(text, key), f"there is no setting {key!a}", mend)


def _value(path: Path, text: str, key: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if key in _NUMBERS and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    what = f"{key} must be a text, not {_TYPES.get(type(value), 'a date or time')}"
    raise _wrong(path, _line(text, key), what, f'quote it: {key} = "..."')


_TYPES: Mapping[type, str] = {
    bool: "a truth value",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


def _line(text: str, key: str) -> int | None:
    """The line where the key is set, as far as a look at the text can tell."""
    pattern = re.compile(rf"""\s*\[*\s*(?:set\s*\.\s*)?["']?{re.escape(key)}["']?\s*[=.\]]""")
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if pattern.match(line)), None)


def _wrong(path: Path, line: int | None, what: str, mend: str) -> UsageError:
    where = f"{path}:{line}" if line else str(path)
    return UsageError(what, where=where, mend=mend)
