"""All that an agent needs at one port for other machines, below a token that nobody guesses.

The instance's metadata have a port of their own, since the agent's client of them drops whatever
path it is given (aws-sdk-go v1, ec2metadata.NewClient). They answer those addresses alone from
which somebody has shown the token.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from orchestrator.sandbox.cloud.signature import MOUNTED, raw_path
from orchestrator.sandbox.server import App, refused


class Admitted:
    """The addresses that have shown the token. ``keep`` is told of each."""

    def __init__(self, known: Iterable[str], keep: Callable[[str], None]) -> None:
        self._keep = keep
        self._lock = threading.Lock()
        self._known = set(known)

    def add(self, address: str) -> None:
        """It has shown the token."""
        with self._lock:
            if address in self._known:
                return
            self._keep(address)
            self._known.add(address)

    def only(self, app: App) -> App:
        """The application for those alone; for all others there is nothing."""

        def guarded(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            with self._lock:
                is_known = str(environ.get("REMOTE_ADDR", "")) in self._known
            return app(environ, start) if is_known else refused(environ, start, _NOTHING)

        return guarded


class BelowToken:
    """A WSGI application: ``/TOKEN/NAME/...`` is that one of ``apps``, ``/TOKEN/`` only says yes.

    Without the token there is nothing at all, and no word about it.
    """

    def __init__(self, token: str, apps: Mapping[str, App], admitted: Admitted) -> None:
        self._token = token.encode()
        self._apps = apps
        self._admitted = admitted

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path, _ = raw_path(environ)
        token, _, rest = path.removeprefix("/").partition("/")
        # In a time that says nothing of how much of it was right.
        if not hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token):
            return refused(environ, start, _NOTHING)
        self._admitted.add(str(environ.get("REMOTE_ADDR", "")))
        name, _, below = rest.partition("/")
        if not name and environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
            return [b"ok\n"]
        if name not in self._apps:
            return refused(environ, start, _NOTHING)
        mounted = f"/{token}/{name}"
        inside = {**environ, MOUNTED: mounted, "PATH_INFO": f"/{below}"}
        return self._apps[name](inside, start)


_NOTHING = HTTPStatus.NOT_FOUND
