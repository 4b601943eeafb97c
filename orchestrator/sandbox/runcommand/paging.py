"""Pages of a list, with tokens that mean nothing to anybody else."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from orchestrator.sandbox.runcommand.errors import ApiError

_Row = TypeVar("_Row")


def one_page(
    rows: Sequence[_Row], request: Mapping[str, Any], default: int
) -> tuple[Sequence[_Row], Mapping[str, str]]:
    """The rows that the request's MaxResults and NextToken ask for, and the next token if any."""
    begin = _offset(request.get("NextToken") or "")
    end = begin + int(request.get("MaxResults") or default)
    more = {"NextToken": _token(end)} if end < len(rows) else {}
    return rows[begin:end], more


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from:{offset}".encode()).decode()


def _offset(token: str) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if word == "from":
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise ApiError("InvalidNextToken", "The specified token is not valid.")
