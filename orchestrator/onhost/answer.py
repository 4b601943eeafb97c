"""The answer of the user's own script: one JSON value, as flat facts.

The value is read piece by piece: what is no JSON, or could be read in two ways, is no answer. The
same is done in PowerShell by templates/powershell/given.ps1.j2; the two must agree.
"""

import json
import re
from typing import Any, Dict, List, Mapping, Optional, Set, Union

LONGEST_ANSWER = 4096
DEEPEST_ANSWER = 64
JSON_PIECE = (
    r'[ \t\r\n]*(?:("[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*")'
    r"|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(true|false|null)|([{}\[\]:,]))"
)
FIELD_NAME = r'"[A-Za-z0-9_]{1,64}"'


class ScriptError(Exception):
    """The script gave no answer; ``kind`` is the name that the envelope has for that."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def given_environment(
    environment: Mapping[str, str], phase: str, profile: Optional[str]
) -> Dict[str, str]:
    """What a script finds: the phase, and after the switch the profile; the region for boto3."""
    found = {**environment, "ORCH_PHASE": phase, "ORCH_PROFILE": profile or ""}
    found["AWS_DEFAULT_REGION"] = environment.get("AWS_REGION", "")
    return {**found, "AWS_PROFILE": profile} if profile else found


def answer_of(end: Any, seconds: int) -> Dict[str, Union[str, bool, None]]:
    """The facts that a program printed which ended so (`program.ProgramEnd`).

    Raises:
        ScriptError: it printed too much, did not end, failed, or printed something else.
    """
    if end.flooded:
        raise ScriptError("orch.ScriptFlooded", "it printed more than 65536 bytes")
    if end.code is None:
        raise ScriptError("orch.ScriptTimedOut", "it had not ended after %d s" % seconds)
    if end.code != 0:
        raise ScriptError("orch.ScriptFailed", "it ended with exit code %d" % end.code)
    if end.held:
        text = "it left a program behind that holds its output"
        raise ScriptError("orch.ScriptFailed", text)
    try:
        facts = facts_of(end.output.decode("utf-8-sig"))
    except ValueError as error:
        raise ScriptError("orch.ScriptNotJson", str(error)[:200]) from None
    size = sum(len(name) + len(str(value)) for name, value in facts.items())
    if size > LONGEST_ANSWER:
        text = "its answer has %d characters, %d are the most" % (size, LONGEST_ANSWER)
        raise ScriptError("orch.ScriptFlooded", text)
    return facts


def facts_of(text: str) -> Dict[str, Union[str, bool, None]]:
    """A field for each key of an object; ``value`` for anything else.

    Numbers are their text, and what is nested is its JSON without blanks, letter by letter.
    ValueError where it is not one JSON value, or a key stands twice.
    """
    reader = AnswerReader()
    at, end = 0, len(text.rstrip(" \t\r\n"))
    while at < end:
        found = re.compile(JSON_PIECE).match(text, at)
        if found is None:
            raise ValueError("it is not JSON at character %d" % at)
        at = found.end()
        reader.take(found[found.lastindex or 0])
    return reader.result()


class AnswerReader:
    """Takes a JSON value piece by piece, and keeps its facts.

    ``_may`` is what may come next: a value, a key, a colon, or what comes after a value. Brackets
    that are open stand in ``_open``, with the keys seen in each; fields stand ``_level`` deep.
    """

    def __init__(self) -> None:
        self._facts: Dict[str, Union[str, bool, None]] = {}
        self._open: List[str] = []
        self._keys: List[Set[str]] = []
        self._may = "value"
        self._is_fresh = False
        self._level = 0
        self._name = "value"
        self._nested: List[str] = []

    def take(self, piece: str) -> None:
        """The next piece. ValueError where it may not come."""
        if self._nested:
            self._nested.append(piece)
        if piece in ("}", "]"):
            self._close(piece)
        elif piece == "," and self._may == "after" and self._open:
            self._may = "key" if self._open[-1] == "{" else "value"
        elif piece == ":" and self._may == "colon":
            self._may = "value"
        elif piece[0] == '"' and self._may == "key":
            self._key(piece)
        elif piece not in (",", ":") and self._may == "value":
            self._value(piece)
        else:
            raise ValueError("it is not one JSON value")

    def result(self) -> Dict[str, Union[str, bool, None]]:
        """The facts, once all is taken. ValueError where something is missing."""
        if self._open or self._may != "after":
            raise ValueError("it is not one whole JSON value")
        return self._facts

    def _value(self, piece: str) -> None:
        is_field = len(self._open) == self._level
        if piece not in ("{", "["):
            self._is_fresh = False
            self._may = "after"
            if is_field:
                self._facts[self._name] = _fact(piece)
            return
        if len(self._open) == DEEPEST_ANSWER:
            raise ValueError("it is nested more than %d levels deep" % DEEPEST_ANSWER)
        if piece == "{" and not self._open:
            self._level = 1
        elif is_field:
            self._nested = [piece]
        self._open.append(piece)
        self._keys.append(set())
        self._is_fresh = True
        self._may = "key" if piece == "{" else "value"

    def _key(self, piece: str) -> None:
        is_field = self._level == 1 and len(self._open) == 1
        if is_field and not re.fullmatch(FIELD_NAME, piece):
            raise ValueError("a key is no field's name: letters, digits and _, at most 64")
        key = piece.lower() if is_field else piece
        if key in self._keys[-1]:
            raise ValueError("a key stands twice")
        self._keys[-1].add(key)
        if is_field:
            self._name = piece[1:-1]
        self._is_fresh = False
        self._may = "colon"

    def _close(self, piece: str) -> None:
        fits = self._open and self._open[-1] == {"}": "{", "]": "["}[piece]
        if not fits or not (self._is_fresh or self._may == "after"):
            raise ValueError("it is not one JSON value")
        self._open.pop()
        self._keys.pop()
        self._is_fresh = False
        self._may = "after"
        if self._nested and len(self._open) == self._level:
            self._facts[self._name] = "".join(self._nested)
            self._nested = []


def _fact(piece: str) -> Union[str, bool, None]:
    """What a single piece says."""
    if piece[0] != '"':
        return {"true": True, "false": False, "null": None}.get(piece, piece)
    # Half a character could not be written as UTF-8.
    whole = json.loads(piece).encode("utf-16-le", "surrogatepass")
    return str(whole.decode("utf-16-le", "replace"))
