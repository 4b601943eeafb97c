"""A proxy between a host and AWS: it knows the way to AWS's endpoint, and nothing else.

What lies on the host itself is not there for it: for a real one 169.254.169.254 is nothing, or its
own. Every request is a line of its log: method, URL and what was answered.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding"}
_TIMEOUT = 60.0


class Proxy:
    """A WSGI application that forwards to one endpoint, given as a URL, and refuses all else."""

    def __init__(self, endpoint: str, log: Path) -> None:
        self._endpoint = urlsplit(endpoint)
        self._log = log
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request, whose target is a whole URL."""
        url = environ["REQUEST_URI"]
        if urlsplit(url).netloc == self._endpoint.netloc:
            status, headers, body = self._forward(environ, url)
        else:
            status, headers, body = "403 Forbidden", [], b"this proxy has no way there\n"
        with self._lock, self._log.open("a", encoding="utf-8") as log:
            log.write(f"{environ['REQUEST_METHOD']} {url} {status[:3]}\n")
        start(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    def _forward(
        self, environ: WSGIEnvironment, url: str
    ) -> tuple[str, list[tuple[str, str]], bytes]:
        parts = urlsplit(url)
        target = parts._replace(scheme="", netloc="").geturl() or "/"
        size = int(environ.get("CONTENT_LENGTH") or 0)
        # What the host signed is the name that it asked for: only the way there is ours.
        way = http.client.HTTPConnection("127.0.0.1", self._endpoint.port, timeout=_TIMEOUT)
        try:
            body = environ["wsgi.input"].read(size) if size else None
            way.request(environ["REQUEST_METHOD"], target, body, dict(_headers(environ)))
            answer = way.getresponse()
            kept = [(n, v) for n, v in answer.getheaders() if n.lower() not in _DROPPED]
            return f"{answer.status} {answer.reason}", kept, answer.read()
        finally:
            way.close()


_DROPPED = _HOP_BY_HOP | {"content-length"}


def _headers(environ: WSGIEnvironment) -> Iterable[tuple[str, str]]:
    if kind := environ.get("CONTENT_TYPE"):
        yield "Content-Type", kind
    for name, value in environ.items():
        header = name.removeprefix("HTTP_").replace("_", "-").lower()
        if name.startswith("HTTP_") and header not in _HOP_BY_HOP:
            yield header, value
