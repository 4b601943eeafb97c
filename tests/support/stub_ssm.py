"""An SSM on paper that answers anybody, for what the sandbox cannot be brought to."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

INSTANCE = "i-0d176f4a5f9738429"
COMMAND = "0831e1a8-a1ac-4257-a1fd-c831b48c4107"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        status, answer = self.server.answer(operation)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def serving(answer):
    """The URL of an SSM that gives ``answer(operation)``: a status and the answer's members."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.answer = answer
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Endless:
    """Answers of an SSM in which the one command runs on for ever. It keeps what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, operation):
        self.asked.append(operation)
        status = "Cancelling" if "CancelCommand" in self.asked else "InProgress"
        row = {"CommandId": COMMAND, "InstanceId": INSTANCE}
        return 200, {
            "DescribeInstanceInformation": {
                "InstanceInformationList": [
                    {"InstanceId": INSTANCE, "PingStatus": "Online", "PlatformType": "Windows"}
                ]
            },
            "SendCommand": {"Command": {"CommandId": COMMAND}},
            "ListCommandInvocations": {
                "CommandInvocations": [row | {"Status": status, "StatusDetails": status}]
            },
            "CancelCommand": {},
        }[operation]
