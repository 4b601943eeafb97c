"""The script for `sh` around the Python check: what it takes of its output, and how it ends."""

import os
import shutil
import subprocess
import sys

import pytest

from orchestrator.envelope import find
from orchestrator.model.enums import Platform, Shell
from orchestrator.render import render

RUN = "20261124T042501Z-3f9a1c"
MOST = 1024 * 1024
LINE = "ORCH1:0123abcd:aGk=:END"
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
# It answers the question whether it is a Python, then does in sh what the test wants.
PYTHON = """\
#!/bin/sh
case $* in *-c*) exit 0 ;; esac
cat > /dev/null
{body}
"""


@pytest.fixture(params=SHELLS)
def run(request, sample, tmp_path):
    """Run the wrapper in a shell with a Python that does this."""
    procedure = sample(Shell.PYTHON, platform=Platform.LINUX)
    script = tmp_path / "check.sh"
    script.write_text(render(procedure, RUN).text)
    shell = [request.param, *(["sh"] if request.param == "busybox" else [])]

    def run(body):
        fake = tmp_path / "python3"
        fake.write_text(PYTHON.format(body=body))
        fake.chmod(0o755)
        path = f"{tmp_path}:{os.environ['PATH']}"
        return subprocess.run(
            [*shell, script], env={"PATH": path}, capture_output=True, timeout=60, check=False
        )

    return run


@pytest.mark.parametrize(
    ("code", "ends"), [(0, 0), (10, 10), (20, 20), (1, 20), (137, 20), (194, 20)]
)
def test_the_envelope_is_passed_on_as_it_is_with_the_verdicts_own_code(run, code, ends):
    ended = run(f"echo {LINE}\nexit {code}")
    assert (ended.stdout.decode(), ended.stderr, ended.returncode) == (LINE + "\n", b"", ends)


def test_a_flood_is_cut_and_never_passes(run):
    ended = run(f"yes {LINE}")
    assert LINE.encode() in ended.stdout
    assert len(ended.stdout) <= MOST
    assert ended.returncode == 20


@pytest.mark.parametrize("more", ["", "yes"])
def test_output_that_ends_like_an_exit_code_is_none(run, more):
    # As long as what is taken, so that what is cut off might have been the true code.
    size = MOST - len(LINE) - len("\n\n0")
    flood = f"{sys.executable} -c 'print(\"x\" * {size}, end=str())'"
    ended = run(f"echo {LINE}\n{flood}\nprintf '\\n0'\n{more}\nexit 10")
    assert ended.stdout.startswith(LINE.encode())
    assert ended.returncode == 10


def test_without_an_envelope_the_script_says_so(run, sample):
    ended = run("echo hello")
    sha256 = sample(Shell.PYTHON, platform=Platform.LINUX).sha256()
    data = find(ended.stdout.decode(), sha256)
    assert (data["fatal"]["chain"], ended.returncode) == (["orch.PythonFailed"], 20)


def test_the_check_cannot_reach_the_way_of_the_exit_code_by_its_own_numbers(run):
    ended = run(f"echo {LINE}\n(echo 0 >&3) 2> /dev/null\n(echo 0 >&4) 2> /dev/null\nexit 10")
    assert ended.stdout.decode() == LINE + "\n"
    assert ended.returncode == 10
