"""What moto is told of a request that is allowed: no more than what was decided about.

A request is written anew for moto from what the gate has understood of it, so that moto cannot
understand it otherwise: not by another host, path, header, or second value of a parameter. It is
handed to the one service that it is for, never to moto's own API or metadata.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox.cloud.asked import Asked
from orchestrator.sandbox.cloud.refusals import Reason, not_here, refusal
from orchestrator.sandbox.cloud.signature import headers_of
from orchestrator.sandbox.server import App

_FORM = "application/x-www-form-urlencoded; charset=utf-8"
_OF_OBJECTS = (
    *("range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"),
    *("cache-control", "content-disposition", "content-encoding", "content-language", "expires"),
    *("content-md5", "x-amz-meta-", "x-amz-checksum-", "x-amz-sdk-checksum-algorithm"),
)
_CODES_IN_HTML = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whole. ``status`` is the number and its words."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def code(self) -> int:
        """The status' number."""
        return int(self.status.partition(" ")[0])


@dataclass(frozen=True, slots=True)
class _Request:
    """``headers`` are named as WSGI names them."""

    method: str
    path: str
    query: str
    body: bytes
    headers: Mapping[str, str]


class Forwarding:
    """Hands requests to moto. ``app_for`` makes moto's application for one service."""

    def __init__(self, app_for: Callable[[str], App]) -> None:
        self._app_for = app_for
        self._apps: dict[str, App] = {}

    def ask(self, asked: Asked, environ: WSGIEnvironment, body: bytes) -> Answer:
        """What moto answers. RefusedError where moto has no such operation, or fails over it."""
        app = self._apps.get(asked.service)
        if app is None:
            app = self._apps.setdefault(asked.service, self._app_for(asked.service))
        request = _of_s3(asked, environ, body) if asked.s3 else _of_form(asked)
        what = asked.s3.action if asked.s3 else f"{asked.service}:{asked.operation}"
        try:
            answer = _call(app, request)
        except NotImplementedError as error:
            raise not_here(asked.protocol, str(what)) from error
        except Exception as error:
            # moto reads bodies and parameters as if none could be malformed.
            message = f"{what} was not understood: {type(error).__name__}"
            raise refusal(asked.protocol, Reason.INVALID, message) from error
        is_page = any(n.lower() == "content-type" and "html" in v for n, v in answer.headers)
        if answer.code >= _CODES_IN_HTML and is_page:
            raise not_here(asked.protocol, str(what))
        return answer


def _call(app: App, environ: WSGIEnvironment) -> Answer:
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], *_exc_info: Any) -> Any:
        said.append((status, headers))

    found = app(environ, start)
    try:
        body = b"".join(found)
    finally:
        if hasattr(found, "close"):
            found.close()
    status, headers = said[-1]
    return Answer(status, tuple(headers), body)


def _of_form(asked: Asked) -> WSGIEnvironment:
    request = _Request("POST", "/", "", urlencode(asked.form).encode(), {"CONTENT_TYPE": _FORM})
    return _environ(asked, request)


def _of_s3(asked: Asked, environ: WSGIEnvironment, body: bytes) -> WSGIEnvironment:
    wanted = asked.s3
    assert wanted is not None
    path = f"/{wanted.bucket}/{wanted.key}" if wanted.key else f"/{wanted.bucket}"
    headers: dict[str, str] = {}
    if wanted.key:
        sent = headers_of(environ)
        headers = {
            f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in sent.items()
            if name.startswith(_OF_OBJECTS)
        }
        if "content-type" in sent:
            headers["CONTENT_TYPE"] = sent["content-type"]
    query = urlencode(wanted.query, quote_via=quote)
    return _environ(asked, _Request(environ["REQUEST_METHOD"], path, query, body, headers))


def _environ(asked: Asked, request: _Request) -> WSGIEnvironment:
    raw = quote(request.path, safe="/-_.~") + (f"?{request.query}" if request.query else "")
    credential = f"moto/20000101/{asked.region}/{asked.service}/aws4_request"
    return {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query,
        "REQUEST_URI": raw,
        "RAW_URI": raw,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_HOST": f"{asked.service}.{asked.region}.amazonaws.com",
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={credential}",
        "HTTP_X_MOTO_ACCOUNT_ID": asked.owner,
        **request.headers,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
