"""What the sandbox's gate adds to a request: the same one through the gate, and straight at moto.

Signature, questions and decisions are the gate's; the state behind is the same. Both are called in
this process without a socket between, so that what is measured is the gate and not the wire.
"""

from __future__ import annotations

import io
import json
import statistics
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit
from wsgiref.types import WSGIEnvironment

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import Cloud
from orchestrator.sandbox.server import App, Server

AIM = 3.0
PAIRS = 300
HOST = "127.0.0.1:1"


def measure() -> float:
    """Milliseconds that the gate adds to the request it costs most: the median over pairs."""
    return max(measure_each().values())


def measure_each() -> dict[str, float]:
    """Milliseconds that the gate adds, median over pairs, for each kind of request."""
    from moto.moto_server.werkzeug_app import create_backend_app

    cloud = _cloud()
    keys = cloud.keys[world.ADMIN_B]
    credentials = Credentials(keys.access_key_id, keys.secret_access_key)
    added = {}
    for name, (service, path, form) in _REQUESTS.items():
        straight: App = create_backend_app(service)
        environ = _request(credentials, service, path, form)
        for app in (cloud.app, straight):
            _expect_success(app, environ)
        pairs = [_seconds(cloud.app, environ) - _seconds(straight, environ) for _ in range(PAIRS)]
        added[name] = statistics.median(pairs) * 1000
    return added


_STATEMENT = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
_POLICY = json.dumps({"Version": "2012-10-17", "Statement": [_STATEMENT]})
_OF_ROLE = {"RoleName": world.SWITCH_ROLE, "Version": "2010-05-08"}
_PUT = {"Action": "PutRolePolicy", "PolicyName": "own", "PolicyDocument": _POLICY}
_REQUESTS: Mapping[str, tuple[str, str, dict[str, str]]] = {
    "iam:GetRole": ("iam", "/", {"Action": "GetRole", **_OF_ROLE}),
    "iam:PutRolePolicy": ("iam", "/", {**_PUT, **_OF_ROLE}),
    "s3:ListAllMyBuckets": ("s3", "/", {}),
    "s3:GetBucketLocation": ("s3", f"/{world.BUCKET}?location", {}),
}


def _cloud() -> Cloud:
    """The accounts; their set-up alone needs a server."""
    cloud = Cloud()
    server = Server(cloud.app)
    try:
        cloud.deploy(server.url)
    finally:
        server.close()
    return cloud


def _request(
    credentials: Credentials, service: str, path: str, form: dict[str, str]
) -> WSGIEnvironment:
    """A signed request, as a server would hand it over. moto finds the account by a header."""
    body = urlencode(form).encode()
    method = "POST" if form else "GET"
    request = AWSRequest(method, f"http://{HOST}{path}", {"Host": HOST}, body)
    if form:
        request.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(credentials, service, world.REGION).add_auth(request)
    parts = urlsplit(path)
    headers = {
        name.upper().replace("-", "_"): value
        for name, value in request.headers.items()
        if name.lower() != "content-length"
    }
    plain = {name: headers.pop(name) for name in ("CONTENT_TYPE",) if name in headers}
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "REQUEST_URI": path,
        "RAW_URI": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_MOTO_ACCOUNT_ID": world.ACCOUNT_B,
        "wsgi.url_scheme": "http",
        "wsgi.body": body,
        **plain,
        **{f"HTTP_{name}": value for name, value in headers.items()},
    }


def _expect_success(app: App, environ: WSGIEnvironment) -> None:
    said: list[str] = []
    _call(app, environ, said.append)
    if not said[0].startswith("200"):
        raise RuntimeError(f"{environ['REQUEST_URI']}: {said[0]}; the measurement means nothing")


def _seconds(app: App, environ: WSGIEnvironment) -> float:
    begun = time.perf_counter()
    _call(app, environ, lambda _status: None)
    return time.perf_counter() - begun


def _call(app: App, environ: WSGIEnvironment, say: Callable[[str], None]) -> None:
    own = {**environ, "wsgi.input": io.BytesIO(environ["wsgi.body"]), "wsgi.errors": io.StringIO()}

    def start(status: str, _headers: object, _info: object = None) -> Callable[[bytes], object]:
        say(status)
        return len

    for _ in app(own, start):
        pass


def main() -> None:
    """Measure, and print one line for each kind of request."""
    for name, milliseconds in measure_each().items():
        print(f"the sandbox's gate, {name}: {milliseconds:.2f} ms added (aim: {AIM:.0f} ms)")


if __name__ == "__main__":
    main()
