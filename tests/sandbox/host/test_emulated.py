"""A host starts the right program for a script, in an environment of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recorded_aws import RecordedAws, recorded_aws

from orchestrator.envelope import find
from orchestrator.model.enums import Shell
from orchestrator.model.procedure import Procedure
from orchestrator.render.header import write_header
from orchestrator.render.wrapped import here_string
from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.host.emulated import EmulatedHost, Surroundings
from orchestrator.sandbox.host.engines import Pwsh
from orchestrator.sandbox.host.process import ProcessRun
from orchestrator.sandbox.parts import Job, NotStartedError
from support.samples import INSTANCE, RUN_ID, procedure

AGENTS = {"AWS_SSM_INSTANCE_ID": INSTANCE, "SSM_COMMAND_ID": "c"}
USER = {
    "PATH": "/usr/bin:/bin",
    "AWS_PROFILE": "mine",
    "AWS_ACCESS_KEY_ID": "AKIAMINE",
    "HTTPS_PROXY": "http://proxy.invalid",
    "DOTNET_ROOT": "/dotnet",
    "COMPlus_EnableDiagnostics": "0",
    "LANG": "C.UTF-8",
}
FAKE_PWSH = """\
#!{python}
import json, os, sys
print(json.dumps({{"argv": sys.argv[1:], "environment": dict(os.environ), "cwd": os.getcwd(),
                  "stdin": sys.stdin.read(), "leads": os.getpid() == os.getpgid(0)}}))
if "sleep" in open(sys.argv[-1], encoding="utf-8-sig").read():
    sys.stdout.flush()
    import time
    time.sleep(30)
sys.exit(20)
"""


class NoGroups:
    def started(self, group: int) -> None:
        pass

    def ended(self, group: int) -> None:
        pass


@pytest.fixture
def aws():
    with recorded_aws() as aws:
        yield aws


def make_host(
    aws: RecordedAws | None,
    folder: Path,
    pwsh: Pwsh | None = None,
    kind: str = "Windows",
    **behaviour,
):
    known = aws.environment if aws else {}
    return EmulatedHost(
        INSTANCE,
        folder / "host",
        Surroundings(known.get("AWS_ENDPOINT_URL", "http://aws"), pwsh, USER),
        imds_url=known.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://imds"),
        groups=NoGroups(),
        platform=kind,
        behaviour=Behaviour(**behaviour),
    )


def launch(host: EmulatedHost, text: str, name: str = "_script.ps1") -> tuple[ProcessRun, Path]:
    folder = host.folder / "job"
    folder.mkdir()
    script = folder / name
    script.write_text(text, encoding="utf-8-sig" if name.endswith(".ps1") else "utf-8")
    script.chmod(0o700)
    return host.launch(Job(script, folder, AGENTS)), folder


def run(host: EmulatedHost, text: str, name: str = "_script.ps1") -> tuple[int | None, str, str]:
    started, folder = launch(host, text, name)
    code = started.wait(30)
    return code, (folder / "stdout").read_text(), (folder / "stderr").read_text()


def script_of(what: Procedure, source: str | None = None) -> str:
    body = f"$OrchSource = {here_string(source)}\n" if source else "exit 99\n"
    return f"{write_header(what, RUN_ID)}\n{body}"


@pytest.fixture
def pwsh(tmp_path) -> Pwsh:
    program = tmp_path / "pwsh"
    program.write_text(FAKE_PWSH.format(python=sys.executable))
    program.chmod(0o755)
    return Pwsh(program, "/modules")


def test_pwsh_gets_the_agents_command_line_and_no_input(tmp_path, pwsh):
    code, out, _ = run(make_host(None, tmp_path, pwsh), "exit 20")
    seen = json.loads(out)
    script = str(tmp_path / "host/job/_script.ps1")
    assert seen["argv"] == ["-NonInteractive", "-NoProfile", "-File", script]
    assert (code, seen["stdin"], seen["leads"]) == (20, "", True)


def test_pwsh_sees_the_hosts_environment_and_not_the_users(tmp_path, pwsh):
    _, out, _ = run(make_host(None, tmp_path, pwsh), "exit 20")
    seen = json.loads(out)["environment"]
    home = tmp_path / "host"
    assert seen["PSModulePath"] == "/modules"
    assert seen["HOME"] == str(home / "home")
    assert seen["TMPDIR"] == str(home / "temp")
    assert seen["ProgramData"] == str(home / "ProgramData")
    assert seen["PATH"].split(":")[0] == str(tmp_path / "host/programs")
    assert (seen["DOTNET_ROOT"], seen["COMPlus_EnableDiagnostics"]) == ("/dotnet", "0")
    assert (seen["NO_COLOR"], seen["SSM_COMMAND_ID"]) == ("1", "c")
    aws = {name for name in seen if name.startswith("AWS_")}
    ours = {"AWS_ENDPOINT_URL", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_SSM_INSTANCE_ID"}
    assert aws == ours
    assert "HTTPS_PROXY" not in seen


def test_pwsh_that_takes_too_long_can_be_killed(tmp_path, pwsh):
    started, _ = launch(make_host(None, tmp_path, pwsh), "sleep")
    assert started.wait(0.3) is None
    started.kill()
    assert started.wait(10) == -9


def test_a_shell_script_is_run_by_the_shell(tmp_path):
    host = make_host(None, tmp_path)
    assert run(host, 'echo "$AWS_SSM_INSTANCE_ID"; exit 3', "_script.sh") == (
        3,
        f"{INSTANCE}\n",
        "",
    )


@pytest.mark.parametrize("given", [r"C:\data\deep", r"D:\..\data\deep"])
def test_a_working_directory_lies_in_the_hosts_folder(tmp_path, given):
    host = make_host(None, tmp_path)
    (host.folder / "data" / "deep").mkdir(parents=True)
    script = host.folder / "_script.sh"
    script.write_text("pwd")
    script.chmod(0o700)
    started = host.launch(Job(script, host.folder, AGENTS, given))
    assert started.wait(30) == 0
    assert (host.folder / "stdout").read_text() == f"{host.folder}/data/deep\n"


def test_a_working_directory_that_is_not_there_starts_nothing(tmp_path):
    host = make_host(None, tmp_path)
    script = host.folder / "_script.sh"
    script.write_text("pwd")
    with pytest.raises(NotStartedError, match=r"^fork/exec /.*sh: no such file or directory$"):
        host.launch(Job(script, host.folder, AGENTS, r"C:\no\such"))


def test_the_stand_in_runs_a_rendered_script(tmp_path, aws):
    what = procedure()
    code, out, err = run(make_host(aws, tmp_path), script_of(what))
    data = find(out, what.sha256())
    assert (code, err, data["verdict"], data["engine"]) == (0, "", "PASS", "stand-in")
    assert not list((tmp_path / "host/ProgramData").glob("orch-*"))


def test_the_stand_in_says_that_it_runs_nothing_else(tmp_path):
    code, out, err = run(make_host(None, tmp_path), "Get-Date")
    assert (code, out) == (1, "")
    assert "no PowerShell" in err


def test_a_python_check_is_really_run(tmp_path):
    what = replace(procedure(), shell=Shell.PYTHON)
    source = (
        "import os, sys\nprint(os.environ['AWS_SSM_INSTANCE_ID'], sys.flags.utf8_mode)\nexit(10)"
    )
    code, out, _ = run(make_host(None, tmp_path), script_of(what, source))
    assert (code, out) == (10, f"{INSTANCE} 1\n")


def test_another_code_of_the_python_check_means_not_observed(tmp_path):
    what = replace(procedure(), shell=Shell.PYTHON)
    code, _, err = run(make_host(None, tmp_path), script_of(what, "raise ValueError('x')"))
    assert code == 20
    assert "ValueError" in err


def test_a_slow_host_needs_longer_to_load_its_module(tmp_path, aws):
    what = procedure()
    _, out, _ = run(make_host(aws, tmp_path, module_load=0.4), script_of(what))
    assert find(out, what.sha256())["ms"]["load"] >= 400


def test_slow_modules_are_slow_for_python_too(tmp_path):
    what = replace(procedure(), shell=Shell.PYTHON)
    source = (
        "import time\nbegun = time.monotonic()\nimport botocore\n"
        "exit(10 if time.monotonic() - begun > 0.4 else 0)"
    )
    assert run(make_host(None, tmp_path, module_load=0.4), script_of(what, source))[0] == 10


def test_a_noisy_host_prints_around_the_envelope(tmp_path, aws):
    what = procedure()
    host = make_host(aws, tmp_path, says_before="before\n", says_after="after\n")
    _, out, _ = run(host, script_of(what))
    assert (out[:7], out[-6:]) == ("before\n", "after\n")
    assert find(out, what.sha256())["verdict"] == "PASS"


def test_kill_all_leaves_the_runs_folder_as_a_real_kill_does(tmp_path, aws):
    host = make_host(aws, tmp_path)
    aws.before_credentials = host.kill_all
    code, out, _ = run(host, script_of(procedure()))
    assert (code, out) == (-9, "")
    (left,) = (tmp_path / "host/ProgramData").glob("orch-*")
    assert (left / "config").read_text().startswith("[profile switch_test]")


SIGN = """\
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
request = AWSRequest("POST", "https://sts.amazonaws.com/", data="x")
SigV4Auth(Credentials("k", "s"), "sts", "us-east-1").add_auth(request)
print(request.headers["X-Amz-Date"])
"""


@pytest.mark.parametrize("ahead", [0.0, -1200.0, 1200.0])
def test_a_host_signs_by_its_own_clock(tmp_path, ahead):
    what = replace(procedure(), shell=Shell.PYTHON)
    host = make_host(None, tmp_path, clock_ahead=ahead, module_load=0.1)
    _, out, err = run(host, script_of(what, SIGN))
    signed = datetime.strptime(out.strip(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert err == ""
    assert abs((signed - datetime.now(UTC)).total_seconds() - ahead) < 30


def test_a_linux_host_has_no_pwsh_to_run_a_script_with(tmp_path, pwsh):
    host = make_host(None, tmp_path, kind="Linux")
    with pytest.raises(NotStartedError, match=r'^exec: "pwsh": executable file not found'):
        launch(host, "exit 0")
    with_one = make_host(None, tmp_path / "other", pwsh, kind="Linux")
    assert run(with_one, "exit 20")[0] == 20


def test_an_endpoint_of_its_own_is_in_the_environment(tmp_path):
    host = EmulatedHost(
        INSTANCE,
        tmp_path,
        Surroundings("http://aws", None, USER),
        imds_url="http://imds",
        groups=NoGroups(),
        endpoints={"sts": "http://dead"},
    )
    code, out, _ = run(host, 'echo "$AWS_ENDPOINT_URL_STS $AWS_ENDPOINT_URL"', "_script.sh")
    assert (code, out) == (0, "http://dead http://aws\n")


def test_a_host_is_online_only_while_its_role_lets_its_agent_be(tmp_path):
    allowed = [True]
    host = EmulatedHost(
        INSTANCE,
        tmp_path,
        Surroundings("http://aws", None, USER),
        imds_url="http://imds",
        groups=NoGroups(),
        permitted=lambda: allowed[0],
    )
    assert host.online
    allowed[0] = False
    assert not host.online
