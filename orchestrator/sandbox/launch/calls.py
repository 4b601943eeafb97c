"""A record of the API calls that reach the sandbox, a line of JSON each, as they are answered."""

from __future__ import annotations

import io
import json
import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from orchestrator.errors import CannotRunError
from orchestrator.sandbox.server import App

_SIGNED = re.compile(r"Credential=([^/,\s]+)/\d{8}/[\w-]+/([\w-]+)/aws4_request", re.ASCII)
_FORM = "application/x-www-form-urlencoded"
_LARGEST = 2 * 1024 * 1024


class CallLog:
    """A file that every call is written to: when, what, by whose key, and how it ended."""

    def __init__(self, path: Path) -> None:
        """CannotRunError where the file cannot be made."""
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        except OSError as error:
            mend = "name a file that you may write to"
            what = f"{path} cannot be written: {error.strerror}"
            raise CannotRunError(what, where="--calls", mend=mend) from error

    def close(self) -> None:
        """No call is written any more."""
        os.close(self._file)

    def of(self, app: App) -> App:
        """The same application; what it answers is written down."""

        def logged(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            with _Call(environ, self._write) as call:
                return app(environ, call.starting(start))

        return logged

    def _write(self, line: dict[str, object]) -> None:
        # One write, so that lines of several threads do not mix.
        os.write(self._file, (json.dumps(line) + "\n").encode())


class _Call:
    """One call; left, it is written. A connection that was closed unanswered has the status 0."""

    def __init__(
        self, environ: WSGIEnvironment, write: Callable[[dict[str, object]], None]
    ) -> None:
        self._write = write
        self._status = 0
        self._at, self._begun = time.time(), time.perf_counter()
        signed = _SIGNED.search(str(environ.get("HTTP_AUTHORIZATION", "")))
        self._key, self._service = signed.groups() if signed else ("", "")
        self._operation = _operation(environ)

    def __enter__(self) -> _Call:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        line = {
            "at": round(self._at, 4),
            "service": self._service,
            "operation": self._operation,
            "access_key": self._key,
            "status": self._status,
            "ms": round((time.perf_counter() - self._begun) * 1000, 2),
        }
        self._write(line)

    def starting(self, start: StartResponse) -> StartResponse:
        """``start``, whose status is kept."""

        def started(status: str, *more: Any) -> Any:
            self._status = int(status.split(" ", 1)[0])
            return start(status, *more)

        return started


def _operation(environ: WSGIEnvironment) -> str:
    """What is asked for, as the client names it: S3 is known by the HTTP method alone."""
    if target := str(environ.get("HTTP_X_AMZ_TARGET", "")):
        return target.rpartition(".")[2]
    method = str(environ["REQUEST_METHOD"])
    length = str(environ.get("CONTENT_LENGTH") or "")
    is_form = str(environ.get("CONTENT_TYPE", "")).startswith(_FORM)
    if not (is_form and length.isascii() and length.isdigit() and int(length) <= _LARGEST):
        return method
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    found = parse_qs(body.decode("utf-8", "replace")).get("Action")
    return found[0] if found else method
