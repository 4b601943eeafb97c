"""What lies on a host before a run lies there after it, byte for byte, and no key does.

The block of an installed profile is the one thing that may stay, until it is taken out.
"""

import json
import shutil
import signal
import subprocess

import pytest

from support.host_files import HostFiles
from support.processes import INSTANCE, call, environment, soon, standing

pytestmark = pytest.mark.e2e

LINUX = "i-0b2f8c61d9a74e305"
SHELLS = ("powershell", "python")
OTHERS = b"[default]\r\nregion = y\r\n# kept by hand \xe6\x97\xa5\r\n"
BLOCK = (
    b"# >>> orch switch_test\r\n[profile switch_test]\r\n"
    b"role_arn = arn:aws:iam::222222222222:role/Test-Switch-Role\r\n"
    b"credential_source = Ec2InstanceMetadata\r\n# <<< orch switch_test\r\n"
)
RUNBOOKS = ("switch-role", "switch-role-default", "switch-role-cli", "switch-role-python", "parity")
OF_LINUX = ("switch-role-cli", "parity")


def asked_of(sandbox, *words, instance=INSTANCE):
    ended = call("orch", *words, "--instance", instance, "--output", "json", **sandbox.variables)
    (host,) = ended.report["hosts"]
    assert ended.code == 0, host
    return host


@pytest.mark.parametrize(
    ("runbook", "shell"),
    [
        *((runbook, shell) for runbook in RUNBOOKS for shell in SHELLS),
        *((runbook, "linux") for runbook in OF_LINUX),
    ],
)
def test_each_mode_leaves_the_whole_host_as_it_was(sandbox, runbook, shell):
    instance = LINUX if shell == "linux" else INSTANCE
    host = HostFiles(sandbox, instance)
    whose = ("--platform-type", "Linux") if shell == "linux" else ()
    how = whose or ("--shell", shell)

    def run(mode):
        found = asked_of(sandbox, "run", runbook, "--mode", mode, *how, instance=instance)
        assert (found["left"], host.with_keys()) == ([], [])
        return host.tree()

    try:
        host.put(OTHERS)
        before = host.tree()
        assert run("ephemeral") == before
        installed = run("install")
        file = str(host.config)
        assert installed == before | {file: (before[file][0], OTHERS + BLOCK)}
        assert run("existing") == installed
        asked_of(sandbox, "uninstall", *whose, instance=instance)
        assert host.tree() == before
    finally:
        host.clear()


def test_the_sdks_store_leaves_the_whole_host_as_it_was(sandbox):
    host = HostFiles(sandbox)
    before = host.tree()
    assert asked_of(sandbox, "run", "switch-role-sdk-store")["left"] == []
    assert (host.tree(), host.with_keys()) == (before, [])


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A sandbox whose hosts and roles may be changed."""
    with standing(tmp_path_factory.mktemp("own"), "--engine", "stand-in") as found:
        yield found


STAYS = """\
#!/bin/sh
{real} "$@" || exit
case "$*" in *--profile*) sleep 300 ;; esac
"""


@pytest.mark.parametrize(
    ("mode", "shell", "by_hand"),
    [
        ("ephemeral", "python", False),
        ("install", "powershell", True),
        ("existing", "powershell", False),
        ("existing", "python", True),
    ],
)
def test_what_the_cli_keeps_goes_with_a_run_that_was_killed(own, mode, shell, by_hand):
    host = HostFiles(own)
    program = host.root / "programs/aws"
    shutil.copy2(program, program.with_name("real"))
    host.put(OTHERS + BLOCK if mode == "existing" else OTHERS)
    before = host.tree()
    program.write_text(STAYS.format(real=program.with_name("real")))
    try:
        told = killed_with_keys(own, host, "--mode", mode, "--shell", shell, by_hand=by_hand)
        if by_hand:
            assert f"orch-{told['run_id']}" in told["hosts"][0]["left"][-1]
            assert host.with_keys() != []
            asked_of(own, "restore", "--run-id", told["run_id"])
        else:
            assert told["hosts"][0]["put_back"]["outcome"] == "PASS"
            assert told["hosts"][0]["left"] == []
    finally:
        program.write_bytes(program.with_name("real").read_bytes())
    assert (host.with_keys(), host.tree()) == ([], before)
    program.with_name("real").unlink()


def killed_with_keys(sandbox, host, *words, by_hand):
    """A run that is stopped when its CLI has assumed the role; its report."""
    more = ("--no-restore",) if by_hand else ()
    command = ("orch", "run", "switch-role-cli", "--instance", INSTANCE, "--output", "json")
    process = subprocess.Popen(
        [*command, *words, *more],
        env=environment(**sandbox.variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    cached = "ProgramData/orch-*/home/.aws/cli/cache/*.json"
    assert soon(lambda: [*host.root.glob(cached)]), process.poll()
    assert host.with_keys() == [*host.root.glob(cached)]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    return json.loads(out)


PROFILE = """\
[profile switch_test]
role_arn = arn:aws:iam::222222222222:role/Test-Switch-Role
credential_source = Ec2InstanceMetadata
"""
NOBODY = """\
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
 "Principal": {"AWS": "arn:aws:iam::333333333333:root"}}]}
"""


@pytest.fixture(scope="module")
def with_a_session_from_before(own, tmp_path_factory):
    """The host's account has switched by the CLI, and keeps that; then the role trusts it no more.

    What the account's own CLI answers now.
    """
    host = HostFiles(own)
    folder = tmp_path_factory.mktemp("admin")
    (folder / "config").write_text(PROFILE)
    (folder / "credentials").write_text("")
    account = {
        "HOME": str(host.root / "home"),
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "AWS_ENDPOINT_URL": own.variables["AWS_ENDPOINT_URL"],
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": own.imds,
        "AWS_DEFAULT_REGION": "ap-northeast-1",
    }

    def switch():
        words = ("sts", "get-caller-identity", "--profile", "switch_test", "--output", "json")
        return call(host.root / "programs/aws", *words, **account)

    assert switch().code == 0
    admin = ("--role-name", "Test-Switch-Role", "--profile", "account-b-admin")
    document = ("--policy-document", NOBODY)
    changed = call(
        *("aws", "iam", "update-assume-role-policy", *admin, *document),
        **own.variables | {"HOME": str(folder)},
    )
    assert changed.code == 0, changed.err
    yield switch
    shutil.rmtree(host.root / "home/.aws/cli")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_session_that_the_cli_kept_from_before_proves_nothing(
    own, with_a_session_from_before, shell
):
    """It would make the switch work without anybody asking for the role."""
    # The kept one is good yet: who uses it is told nothing of the broken trust.
    assert '"222222222222"' in with_a_session_from_before().out
    ended = call(
        *("orch", "run", "switch-role-cli", "--instance", INSTANCE, "--shell", shell),
        *("--output", "json"),
        **own.variables,
    )
    assert ended.code == 1, ended.err + ended.out
    (host,) = ended.report["hosts"]
    assert host["after"]["identity"]["failure"]["operation"] == "AssumeRole"
    assert host["causes"][0]["id"] == "trust-names-others"
