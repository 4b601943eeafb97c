"""A WSGI application on a free loopback port, in threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.serving import WSGIRequestHandler, make_server

App = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class _QuietHandler(WSGIRequestHandler):
    # Clients keep one connection for many calls, as they do with AWS.
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's
        """Say nothing: what the sandbox answers is seen in what it answers."""


class Server:
    """A running server; `close` ends it and waits until its port is free."""

    def __init__(self, app: App, host: str = "127.0.0.1") -> None:
        self._server = make_server(host, 0, app, threaded=True, request_handler=_QuietHandler)
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving. Harmless when called twice."""
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()
