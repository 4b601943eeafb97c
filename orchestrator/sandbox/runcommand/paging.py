"""Pages of a list, with tokens that mean nothing to anybody else."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from orchestrator.sandbox.runcommand.errors import ApiError

_Row = TypeVar("_Row")
_LONGEST = 12
"""Digits of the number in a token: nobody has so many rows."""


def one_page(
    rows: Iterable[_Row], request: Mapping[str, Any], default: int
) -> tuple[Sequence[_Row], Mapping[str, str]]:
    """The rows that the request's MaxResults and NextToken ask for, and the next token if any.

    No more of the rows are made than up to the one after the page.
    """
    begin = _offset(request.get("NextToken") or "")
    end = begin + int(request.get("MaxResults") or default)
    found = list(islice(rows, begin, end + 1))
    more = {"NextToken": _token(end)} if len(found) > end - begin else {}
    return found[: end - begin], more


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from:{offset}".encode()).decode()


def _offset(token: str) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if word == "from" and number.isascii() and number.isdigit() and len(number) < _LONGEST:
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise ApiError("InvalidNextToken", "The specified token is not valid.")
