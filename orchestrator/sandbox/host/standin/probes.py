"""Whether an endpoint takes a TCP connection, asked before its service is."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from orchestrator.model.procedure import Endpoint

_TIMEOUT = 3.0
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_PORTS = {"http": 80, "https": 443}


def probe_all(endpoints: Iterable[Endpoint], environment: Mapping[str, str]) -> Mapping[str, str]:
    """Service to ``ok``, ``failed: ...`` or ``skipped: ...``; behind a proxy only IMDS is tried."""
    proxied = any(environment.get(name) for name in _PROXIES)
    return {
        item.service: "skipped: a proxy is set"
        if proxied and item.service != "imds"
        else _probe(_url(item, environment))
        for item in endpoints
    }


def _url(endpoint: Endpoint, environment: Mapping[str, str]) -> str:
    return next(filter(None, map(environment.get, endpoint.variables)), endpoint.url)


def _probe(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme, 443)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=_TIMEOUT).close()
    except OSError as error:
        return f"failed: {type(error).__name__}"
    return "ok"
