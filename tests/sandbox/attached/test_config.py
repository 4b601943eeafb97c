"""The files that attach an agent, and put everything back."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess

import pytest

from orchestrator.sandbox.attached.config import AS_WINDOWS, Addresses, files
from orchestrator.sandbox.launch.files import write_agent

INSTANCE = "i-0a7c3e915f48d26b0"
WHERE = Addresses(
    "http://10.0.0.5:80/T/ssm",
    "http://10.0.0.5:80/T/ec2messages",
    "http://10.0.0.5:81",
    "http://10.0.0.5:80/T/aws",
    "http://10.0.0.5:80/T/",
)
SYSTEMCTL = """\
#!/bin/sh
echo "$@" >>"$LOG"
"""


def made(where=WHERE, *, as_windows=False):
    return files(where, "ap-northeast-1", INSTANCE, as_windows=as_windows)


def test_the_agents_configuration_is_what_it_reads():
    told = json.loads(made()["amazon-ssm-agent.json"])
    assert told["Ssm"] == {"Endpoint": WHERE.ssm}
    assert told["Mds"] == {"Endpoint": WHERE.ec2messages}
    assert told["S3"]["Endpoint"] == WHERE.aws
    assert told["Identity"] == {"ConsumptionOrder": ["EC2"]}


def test_its_service_and_so_its_scripts_get_the_addresses():
    lines = dict(line.split("=", 1) for line in made()["agent.env"].splitlines())
    assert lines["AWS_EC2_METADATA_SERVICE_ENDPOINT"] == WHERE.imds
    assert lines["AWS_ENDPOINT_URL"] == lines["AWS_ENDPOINT_URL_STS"] == WHERE.aws
    assert lines["AWS_ENDPOINT_URL_SSM"] == WHERE.ssm
    assert lines["NO_PROXY"] == "10.0.0.5"
    for name, value in lines.items():
        assert f'Environment="{name}={value}"' in made()["orch-sandbox.conf"]
        assert (f"'{name}={value}'" in made()["attach.ps1"]) is name.isupper()


def test_a_percent_sign_is_no_specifier_of_systemd():
    odd = Addresses("http://[fe80::1%25eth0]:1", "x://m", "http://i:1", "http://a:1")
    assert "%%25eth0" in made(odd)["orch-sandbox.conf"]


def test_nothing_is_left_to_be_filled_in():
    for where in (WHERE, Addresses("http://s:1", "http://m:1", "http://i:1", "http://a:1")):
        for name, text in made(where).items():
            assert not re.search("@[A-Z]+@", text), name


def test_on_linux_it_does_for_windows_only_where_that_is_wanted():
    assert AS_WINDOWS not in "".join(made().values())
    told = made(as_windows=True)
    assert f"ProgramData={AS_WINDOWS}/ProgramData" in told["agent.env"]
    assert "NO_COLOR=1" in told["agent.env"].splitlines()
    assert f"mkdir -p {AS_WINDOWS}/home" in told["attach.sh"]
    assert f"rm -rf {AS_WINDOWS}\n" in told["detach.sh"]
    assert AS_WINDOWS not in told["attach.ps1"]


def test_the_files_are_their_owners_alone(tmp_path):
    write_agent(tmp_path / "new", made())
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    for path in (tmp_path / "new").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_those_of_the_sandbox_before_are_replaced(tmp_path):
    write_agent(tmp_path, made(Addresses("http://s:1", "http://m:1", "http://i:1", "http://a:1")))
    write_agent(tmp_path, made())
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == made()


@pytest.mark.parametrize("name", ["README.txt", "agent.env", "amazon-ssm-agent.json"])
def test_nobody_elses_file_is_written_over(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError, match=re.escape(name)):
        write_agent(tmp_path, made())
    assert tree(tmp_path) == {name: "mine"}


def test_what_a_link_leads_to_is_not_written_either(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files/attach.sh").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError, match=r"attach\.sh"):
        write_agent(tmp_path / "files", made())
    assert not (tmp_path / "nowhere").exists()


@pytest.fixture
def machine(tmp_path):
    """A machine with its /etc and /var elsewhere, and a systemctl and a curl that only tell."""
    folder = tmp_path / "files"
    texts = made()
    moved = {
        name: text.replace("/etc/", f"{tmp_path}/etc/").replace("/var/", f"{tmp_path}/var/")
        for name, text in texts.items()
    }
    write_agent(folder, moved)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("systemctl", "curl"):
        (programs / name).write_text(SYSTEMCTL)
        (programs / name).chmod(0o755)
    (tmp_path / "etc/systemd/system").mkdir(parents=True)

    def run(name: str):
        return subprocess.run(
            ["sh", str(folder / name)],
            env={"PATH": f"{programs}:{os.environ['PATH']}", "LOG": str(tmp_path / "log")},
            capture_output=True,
            text=True,
            check=False,
        )

    return tmp_path, run


def tree(folder):
    shown = {}
    for path in sorted(folder.rglob("*")):
        shown[str(path.relative_to(folder))] = path.read_text() if path.is_file() else None
    return shown


@pytest.mark.parametrize("before", [None, '{"Agent": {}}'])
@pytest.mark.parametrize("times", [1, 2])
def test_attached_and_put_back_nothing_has_changed(machine, before, times):
    root, run = machine
    config = root / "etc/amazon/ssm/amazon-ssm-agent.json"
    config.parent.mkdir(parents=True)
    if before is not None:
        config.write_text(before)
    old = tree(root / "etc")
    for _ in range(times):
        assert run("attach.sh").returncode == 0
    assert json.loads(config.read_text())["Ssm"] == {"Endpoint": WHERE.ssm}
    dropin = root / "etc/systemd/system/amazon-ssm-agent.service.d/orch-sandbox.conf"
    assert "AWS_ENDPOINT_URL" in dropin.read_text()
    kept = root / f"var/lib/amazon/ssm/{INSTANCE}/document"
    kept.mkdir(parents=True)
    assert run("detach.sh").returncode == 0
    assert tree(root / "etc") == old
    assert not kept.parent.exists()
    said = (root / "log").read_text().splitlines()
    assert said[0] == f"-fsS {WHERE.admission}"
    assert said[-1] == "start amazon-ssm-agent"


def test_where_nothing_was_attached_nothing_is_put_back(machine):
    root, run = machine
    config = root / "etc/amazon/ssm/amazon-ssm-agent.json"
    config.parent.mkdir(parents=True)
    config.write_text("{}")
    done = run("detach.sh")
    assert (done.returncode, done.stderr) == (1, "nothing of attach.sh is here\n")
    assert config.read_text() == "{}"


@pytest.mark.pwsh
@pytest.mark.parametrize("name", ["attach.ps1", "detach.ps1"])
def test_powershell_reads_its_programs(tmp_path, name):
    program = os.environ.get("ORCH_SANDBOX_PWSH") or shutil.which("pwsh")
    if not program:
        pytest.skip("there is no pwsh here")
    path = tmp_path / name
    path.write_text(made()[name])
    asked = (
        "$errors = $null; [void][System.Management.Automation.Language.Parser]::ParseFile("
        f"'{path}', [ref]$null, [ref]$errors); exit $errors.Count"
    )
    done = subprocess.run([program, "-NoProfile", "-Command", asked], check=False)
    assert done.returncode == 0


def test_a_grammar_reads_them_too():
    """Where there is no PowerShell: the grammar that the scripts are held to."""
    import tree_sitter_powershell
    from tree_sitter import Language, Parser

    parser = Parser(Language(tree_sitter_powershell.language()))
    for name in ("attach.ps1", "detach.ps1"):
        for where in (WHERE, Addresses("http://s:1", "http://m:1", "http://i:1", "http://a:1")):
            assert not parser.parse(made(where)[name].encode()).root_node.has_error, name
