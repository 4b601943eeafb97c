"""Asking a sandbox that runs for its clock, by the URL that its variables name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from orchestrator.errors import CannotRunError

_MEND = "start one with `orch sandbox start`, and paste what it prints"


def read_clock(url: str) -> datetime:
    """SSM's time in that sandbox. CannotRunError where it is not there any more."""
    (told,) = _asked(url, "GET", b"")
    return datetime.fromisoformat(told["now"])


def move_forward(url: str, by: timedelta) -> Iterator[Mapping[str, Any]]:
    """Move it on; each run on the way as it has ended, at last the whole. CannotRunError."""
    return _asked(url, "POST", json.dumps({"forward": by.total_seconds()}).encode())


def _asked(url: str, method: str, body: bytes) -> Iterator[Mapping[str, Any]]:
    parts = urlsplit(url)
    wire = HTTPConnection(parts.hostname or "", parts.port or 0)
    try:
        wire.request(method, parts.path, body)
        answer = wire.getresponse()
        _check(answer)
        for line in answer:
            yield json.loads(line)
    except (OSError, HTTPException, ValueError) as error:
        what = f"the sandbox does not answer any more: {error}"
        raise CannotRunError(what, where="orch sandbox clock", mend=_MEND) from error
    finally:
        wire.close()


def _check(answer: HTTPResponse) -> None:
    if answer.status != 200:
        what = f"the sandbox refused to say its time (status {answer.status})"
        raise CannotRunError(what, where="orch sandbox clock", mend=_MEND)
