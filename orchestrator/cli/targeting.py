"""Which instances are meant, and how fast they are gone through: the options that say so."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.errors import UsageError
from orchestrator.givenfiles import all_of, given_text
from orchestrator.kinds import check
from orchestrator.model.fleet import Selection
from orchestrator.model.plan import Pace

if TYPE_CHECKING:
    # Only its name: the module itself needs Typer.
    from orchestrator.cli.options import Request

Complain = Callable[[str, str, str], None]
"""Takes where, what and the mend."""

_BLANKS = re.compile(r"[\s,]+")
_LONGEST_KEY, _LONGEST_VALUE = 128, 256
_CONCURRENCY = re.compile(r"[1-9][0-9]{0,6}|[1-9][0-9]?%|100%")
_ERRORS = re.compile(r"0|[1-9][0-9]{0,6}|[0-9]%|[1-9][0-9]%|100%")


def read_targets(name: str) -> str:
    """The text of the file that ``--targets`` names; standard input for a hyphen.

    Raises:
        UsageError: it cannot be read.
    """
    if name != "-":
        return given_text(Path(name), where="--targets", mend="name a file of instance ids")
    if sys.stdin is None or sys.stdin.isatty():
        mend = "pipe instance ids into it: aws ... --output text | orch run --targets -"
        raise UsageError("standard input is your terminal", where="--targets -", mend=mend)
    data = all_of(sys.stdin.buffer, where="--targets -")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mend = "write instance ids as text"
        raise UsageError("this is not UTF-8", where="--targets -", mend=mend) from error


def ids_in(text: str) -> tuple[str, ...]:
    """The words of a list: blanks, commas and line ends part them; # begins a comment."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    return tuple(word for line in lines for word in _BLANKS.split(line) if word)


def named(request: Request, read: Callable[[str], str], complain: Complain) -> tuple[str, ...]:
    """The instances that are named one by one, on the command line and in the file."""
    if request.targets is None:
        return request.instance
    ids = ids_in(read(request.targets))
    wrong = [word for word in ids if not _is_id(word)]
    if wrong:
        what = f"{wrong[0][:80]!a} is not an instance id"
        complain("--targets", what, "one id a line, e.g. i-0d176f4a5f9738429; # begins a comment")
        return request.instance
    if not ids:
        complain("--targets", "there is no instance id in it", "one id a line")
    return (*request.instance, *ids)


def selected(request: Request, complain: Complain) -> Selection | None:
    """What is selected instead of being named, if anything is."""
    given = {
        "--tag": bool(request.tag),
        "--resource-group": request.resource_group is not None,
        "--all": bool(request.everything),
    }
    chosen = [option for option, is_given in given.items() if is_given]
    if not chosen:
        return None
    if request.instance or request.targets is not None:
        chosen.insert(0, "--instance" if request.instance else "--targets")
    if len(chosen) > 1:
        complain(chosen[1], f"it does not go together with {chosen[0]}", "keep one of them")
    if request.resource_group == "":
        complain("--resource-group", "the name is empty", "name a group")
    return Selection(_tags(request, complain), request.resource_group or "", request.everything)


def _tags(request: Request, complain: Complain) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, list[str]] = {}
    for item in request.tag or ():
        key, equals, value = item.partition("=")
        if not equals or not 0 < len(key) <= _LONGEST_KEY or len(value) > _LONGEST_VALUE:
            complain("--tag", f"{item[:80]!a} is not KEY=VALUE", "e.g. --tag env=prod")
        elif not value:
            what = f"{item[:80]!a} has no value, and SSM takes no filter without one"
            complain("--tag", what, "e.g. --tag env=prod")
        else:
            found.setdefault(key, []).append(value)
    return tuple((key, tuple(dict.fromkeys(values))) for key, values in found.items())


def pace(request: Request, complain: Complain) -> Pace:
    """How many at once, how many may fail, who goes first."""
    most, errors = request.max_concurrency, request.max_errors
    if most is not None and not _CONCURRENCY.fullmatch(most):
        what = f"{most[:80]!a} is neither a number from 1 nor a percentage from 1% to 100%"
        complain("--max-concurrency", what, "e.g. --max-concurrency 50, or 10%")
    if errors is not None and not _ERRORS.fullmatch(errors):
        what = f"{errors[:80]!a} is neither a number nor a percentage from 0% to 100%"
        complain("--max-errors", what, "e.g. --max-errors 0, or 10%")
    return Pace(most or "", errors or "", request.canary or 0)


def account_roles(request: Request, complain: Complain) -> tuple[str, ...]:
    """The roles that the operator assumes, each once."""
    roles = tuple(dict.fromkeys(request.account_role or ()))
    for role in roles:
        try:
            check("role-arn", role)
        except ValueError as error:
            example = "arn:aws:iam::333333333333:role/orch-operator"
            complain("--account-role", str(error), f"e.g. --account-role {example}")
    return roles


def _is_id(word: str) -> bool:
    try:
        check("instance-id", word)
    except ValueError:
        return False
    return True
