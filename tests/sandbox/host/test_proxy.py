"""The sandbox's proxy has a way to one endpoint, hands on what was signed, and writes all down."""

import http.client
from urllib.parse import urlsplit

import pytest

from orchestrator.sandbox.host.proxy import Proxy
from orchestrator.sandbox.server import Server


@pytest.fixture
def service():
    asked = []

    def answer(environ, start):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_HOST", "CONTENT_TYPE")
        asked.append([environ.get(name) for name in (*names, "HTTP_X_AMZ_DATE")] + [body])
        start("202 Accepted", [("Content-Length", "2"), ("X-Amzn-RequestId", "r")])
        return [b"ok"]

    server = Server(answer)
    yield server.url.replace("127.0.0.1", "localhost"), asked
    server.close()


@pytest.fixture
def ask(service, tmp_path):
    server = Server(Proxy(service[0], tmp_path / "log"))

    def send(method, url, body=None, **headers):
        way = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
        way.request(method, url, body, {"Host": urlsplit(url).netloc, **headers})
        answer = way.getresponse()
        return answer.status, answer.headers["X-Amzn-RequestId"], answer.read()

    yield send
    server.close()


def test_a_request_to_the_endpoint_arrives_as_it_was_sent(service, ask, tmp_path):
    url, asked = service
    headers = {"Content-Type": "text/x", "X-Amz-Date": "d"}
    assert ask("POST", f"{url}/a?b=c", b"text", **headers) == (202, "r", b"ok")
    assert asked == [["POST", "/a", "b=c", urlsplit(url).netloc, "text/x", "d", b"text"]]
    assert (tmp_path / "log").read_text() == f"POST {url}/a?b=c 202\n"


@pytest.mark.parametrize("host", ["169.254.169.254", "localhost:1", "127.0.0.1"])
def test_whatever_else_is_asked_for_is_refused_and_written_down(service, ask, tmp_path, host):
    url = f"http://{host}/latest/api/token"
    assert ask("PUT", url)[0] == 403
    assert (tmp_path / "log").read_text() == f"PUT {url} 403\n"
    assert service[1] == []
