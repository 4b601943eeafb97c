"""A host whose variables lead through a proxy: services are asked by it, the metadata never."""

from pathlib import Path

import pytest

from support.processes import INSTANCE, call, standing

pytestmark = pytest.mark.e2e

LINUX = "i-0b2f8c61d9a74e305"
RUNS = [
    (INSTANCE, "switch-role", ("--shell", "python")),
    (INSTANCE, "switch-role-cli", ("--shell", "powershell")),
    (INSTANCE, "switch-role-cli", ("--shell", "python")),
    (INSTANCE, "switch-role-python", ("--shell", "powershell")),
    (LINUX, "switch-role", ("--platform-type", "Linux")),
]


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proxied")
    with standing(folder, "--engine", "stand-in", "--scenario", "proxied") as found:
        yield found


@pytest.mark.parametrize(("instance", "runbook", "options"), RUNS)
def test_a_proxy_is_asked_for_services_and_never_for_the_metadata(
    proxied, instance, runbook, options
):
    (folder,) = [
        Path(host["folder"])
        for host in proxied.description["hosts"]
        if host["instance_id"] == instance
    ]
    log = folder / "proxy.log"
    log.write_text("")
    words = ("orch", "run", runbook, "--instance", instance, *options, "--output", "json")
    ended = call(*words, **proxied.variables)
    seen = [line.split() for line in log.read_text().splitlines()]
    assert ended.code == 0, ended.err + ended.out + log.read_text()
    # Who am I, twice; the bucket, twice; and the role, which the AWS CLI may still have.
    assert len(seen) in {4, 5}
    assert {url.rpartition(":")[0] for _, url, _ in seen} == {"http://localhost"}
    (host,) = ended.report["hosts"]
    assert host["probes"] == {
        "imds": "ok",
        "sts": "skipped: a proxy is set",
        "s3": "skipped: a proxy is set",
    }
    assert host["settings"]["NO_PROXY"] == "169.254.169.254,[fd00:ec2::254],127.0.0.1"
