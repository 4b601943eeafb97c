"""What a simulated fleet costs the sandbox: `python benchmarks/fleet.py [HOSTS ...]`.

For each size a sandbox of its own: how long it takes to start, to send to all hosts (50 ids a call)
and to be read whole, page by page; the time of one page with all details as the server takes it, on
loopback without a client's own work; how much memory and CPU the sandbox has used in the end.
"""

from __future__ import annotations

import http.client
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SIZES = (1_000, 10_000)
PAGE = 50
SECONDS = 2.0
COLUMNS = (
    ("hosts", "hosts", "{:.0f}"),
    ("start", "start", "{:.2f} s"),
    ("described", "described in", "{:.2f} s"),
    ("send", "one send", "{:.1f} ms"),
    ("page", "one page", "{:.2f} ms"),
    ("last", "last page", "{:.2f} ms"),
    ("tag", "page of a tag", "{:.2f} ms"),
    ("over", "all over in", "{:.1f} s"),
    ("cpu", "CPU", "{:.1f} s"),
    ("memory", "memory", "{:.0f} MiB"),
)


class Asking:
    """Signed requests without a client: what they take is the server's own time."""

    def __init__(self, sandbox: Any) -> None:
        self.url = sandbox.variables["AWS_ENDPOINT_URL_SSM"]
        keys = dict(_pairs(sandbox.folder.credentials.read_text(), "operator"))
        self._signer = SigV4Auth(
            Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]),
            "ssm",
            sandbox.variables["AWS_REGION"],
        )

    def __call__(self, operation: str, **members: Any) -> tuple[dict[str, Any], float]:
        """The answer, and the seconds until it was whole."""
        headers = {
            "X-Amz-Target": f"AmazonSSM.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
        }
        body = json.dumps(members)
        request = AWSRequest("POST", self.url, headers=headers, data=body)
        self._signer.add_auth(request)
        begun = time.perf_counter()
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=120)
        connection.request("POST", "/", body, dict(request.headers))
        answer = connection.getresponse()
        data = answer.read()
        took = time.perf_counter() - begun
        connection.close()
        if answer.status != 200:
            raise RuntimeError(data.decode())
        return json.loads(data), took

    def pages(self, operation: str, **members: Any) -> Iterator[tuple[dict[str, Any], float]]:
        """Page by page, each with its seconds."""
        more: dict[str, str] = {}
        while True:
            page, took = self(operation, **members, MaxResults=PAGE, **more)
            yield page, took
            if "NextToken" not in page:
                return
            more = {"NextToken": page["NextToken"]}


def _pairs(text: str, profile: str) -> Iterator[tuple[str, str]]:
    section = text.partition(f"[{profile}]\n")[2].partition("\n\n")[0]
    for line in section.splitlines():
        name, _, value = line.partition(" = ")
        yield name, value


def measure(hosts: int) -> dict[str, float]:
    """One size, in a process of its own."""
    from orchestrator.sandbox.fleet.order import FleetOrder
    from orchestrator.sandbox.launch.sandbox import Order, Sandbox

    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    begun = time.perf_counter()
    fleet = FleetOrder(hosts=hosts, seconds=SECONDS, seed=1)
    with Sandbox(Order(user=dict(os.environ), fleet=fleet)) as sandbox:
        started = time.perf_counter() - begun
        return {"hosts": hosts, "start": started, **_measured(sandbox, Asking(sandbox))}


def _measured(sandbox: Any, ask: Asking) -> dict[str, float]:
    ids = [node.instance_id for node in sandbox.nodes]
    begun = time.perf_counter()
    described = sum(len(p["InstanceInformationList"]) for p, _ in ask.pages(*_DESCRIBE))
    assert described == len(ids) + 2, described
    found = {"described": time.perf_counter() - begun}
    script = _script(sandbox, ids[0])
    begun, commands, sends = time.perf_counter(), [], []
    for number in range(0, len(ids), PAGE):
        answer, took = ask("SendCommand", InstanceIds=ids[number : number + PAGE], **script)
        commands.append(answer["Command"]["CommandId"])
        sends.append(took)
    _wait(lambda: _completed(ask), len(ids))
    found |= {"send": statistics.median(sends) * 1000, "over": time.perf_counter() - begun}
    pages = [p for c in commands for p in ask.pages(_LIST, CommandId=c, Details=True)]
    rows = [row for page, _ in pages for row in page["CommandInvocations"]]
    assert {row["InstanceId"] for row in rows} == set(ids)
    assert {row["Status"] for row in rows} == {"Success"}
    found["page"] = statistics.median(took for _, took in pages) * 1000
    everything = [took for _, took in ask.pages(_LIST, Details=True)]
    found["last"] = statistics.median(everything[-3:]) * 1000
    tagged = [{"Key": "tag:env", "Values": ["prod"]}]
    ask("SendCommand", Targets=tagged, MaxConcurrency="100%", MaxErrors="100%", **script)
    time.sleep(1)
    newest = [took for (_, took), _ in zip(ask.pages(_LIST, Details=True), range(20), strict=False)]
    found["tag"] = statistics.median(newest) * 1000
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return found | {"cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024}


_DESCRIBE = ("DescribeInstanceInformation",)
_LIST = "ListCommandInvocations"


def _script(sandbox: Any, instance_id: str) -> dict[str, Any]:
    """What `orch run` would send."""
    rendered = subprocess.run(
        [Path(sys.executable).parent / "orch", "render", "--instance", instance_id],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **sandbox.variables},
    ).stdout
    return {
        "DocumentName": "AWS-RunPowerShellScript",
        "Parameters": {"commands": rendered.split("\n"), "executionTimeout": ["600"]},
    }


def _completed(ask: Asking) -> int:
    pages = ask.pages("ListCommands")
    return sum(row["CompletedCount"] for page, _ in pages for row in page["Commands"])


def _wait(count: Callable[[], int], wanted: int) -> None:
    while count() < wanted:
        time.sleep(1)


def main(sizes: Sequence[int]) -> None:
    """Measure each size in a process of its own, and print the table."""
    print("  ".join(f"{title:>13}" for _, title, _ in COLUMNS))
    for hosts in sizes:
        words = [sys.executable, __file__, "--one", str(hosts)]
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
        found = json.loads(done.stdout)
        print("  ".join(f"{form.format(found[key]):>13}" for key, _, form in COLUMNS))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        main([int(word) for word in sys.argv[1:]] or SIZES)
