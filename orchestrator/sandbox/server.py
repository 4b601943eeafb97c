"""A WSGI application on a port of its own, in threads of this process.

Whoever connects may be anybody: a request has to come within a minute, an answer has to be taken
within half a one, and there is an end to how many connections are open at once.
"""

from __future__ import annotations

import io
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler, select_address_family

App = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

_LONGEST_REQUEST = 60.0
_LONGEST_ANSWER = 30.0
"""Seconds for a client to send a request, and to take an answer."""
_MOST_CONNECTIONS = 2048
_WAITING = 1024
"""How many may wait to be connected: a thousand agents may begin at once."""
_PIECE = 64 * 1024
_INCOMING = "orch.incoming"


class Server:
    """A running server; `close` ends it and waits until its port is free."""

    def __init__(self, app: App, host: str = "127.0.0.1", port: int = 0) -> None:
        """``port``: 0 for any that is free. OSError where it cannot be had."""
        family = select_address_family(host, port)
        with socket.socket(family, socket.SOCK_STREAM) as bound:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((host, port))
            bound.listen(_WAITING)
            self.port: int = bound.getsockname()[1]
            # Told of a port that is taken, werkzeug would end the process.
            self._server = _Server(host, self.port, app, _Handler, fd=bound.fileno())
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving. Harmless when called twice."""
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()


class Limited:
    """An application that gets no body of more than ``most`` bytes: that is refused unread."""

    def __init__(self, app: App, most: int) -> None:
        self._app = app
        self._most = most

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        length = str(environ.get("CONTENT_LENGTH") or "0")
        if "HTTP_TRANSFER_ENCODING" in environ:
            return refused(environ, start, HTTPStatus.LENGTH_REQUIRED)
        if not (length.isascii() and length.isdigit()):
            return refused(environ, start, HTTPStatus.BAD_REQUEST)
        if len(length) > 12 or int(length) > self._most:
            return refused(environ, start, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self._app(environ, start)


def refused(environ: WSGIEnvironment, start: StartResponse, status: HTTPStatus) -> Iterable[bytes]:
    """An answer without a word; what comes of the request's body is thrown away in pieces."""
    if isinstance(incoming := environ.get(_INCOMING), _Incoming):
        incoming.is_unwanted = True
    start(f"{status.value} {status.phrase}", [("Content-Length", "0")])
    return [b""]


def has_gone(environ: WSGIEnvironment) -> bool:
    """Whether the client of a request has closed its connection, so that nobody reads an answer."""
    connection = environ.get("werkzeug.socket")
    if not isinstance(connection, socket.socket):
        return False
    # Asked first: a socket with a time-out would wait for something to come.
    ready = select.poll()
    ready.register(connection, select.POLLIN)
    try:
        return bool(ready.poll(0)) and connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _LONGEST_ANSWER

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = _Incoming(_Bytes(self.connection))

    def make_environ(self) -> WSGIEnvironment:
        return {**super().make_environ(), _INCOMING: self.rfile}

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's
        """Say nothing: what the sandbox answers is seen in what it answers."""


class _Bytes(io.RawIOBase):
    """What a client sends, until its time is over."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._until = time.monotonic() + _LONGEST_REQUEST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request did not come to its end")
        self._connection.settimeout(left)
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(_LONGEST_ANSWER)


class _Incoming(io.BufferedReader):
    """``is_unwanted``: it is only read to be thrown away, never much of it at once."""

    is_unwanted = False

    def read(self, size: int | None = -1, /) -> bytes:
        if self.is_unwanted and size is not None:
            size = min(size, _PIECE) if size > 0 else _PIECE
        return super().read(size)


class _Server(ThreadedWSGIServer):
    def __init__(self, *args: Any, **more: Any) -> None:
        self._room = threading.Semaphore(_MOST_CONNECTIONS)
        super().__init__(*args, **more)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:
            # There is no thread to be had for it.
            self._room.release()
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()
