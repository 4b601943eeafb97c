"""The installed `orch`, and other programs, as processes: as a person runs them."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent
INSTANCE = "i-0d176f4a5f9738429"


@dataclass(frozen=True)
class Ended:
    """A process that ended."""

    code: int
    out: str
    err: str

    @property
    def report(self):
        return json.loads(self.out)


@dataclass(frozen=True)
class Standing:
    """A sandbox that stays: its process, its variables, and what `sandbox.json` says of it."""

    process: subprocess.Popen
    variables: dict
    description: dict

    @property
    def imds(self):
        return self.description["hosts"][0]["imds"]


def environment(**changes):
    """The developer's environment without AWS's variables and ours, and with these changes."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "ORCH_"))}
    if "ORCH_SANDBOX_PWSH" in os.environ:
        kept["ORCH_SANDBOX_PWSH"] = os.environ["ORCH_SANDBOX_PWSH"]
    return kept | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | changes


def call(*words, timeout=120, cwd=None, **changes):
    """Run the words, whole, with no terminal and no standard input."""
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        env=environment(**changes),
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@contextmanager
def begun(*words, cwd=None, **changes):
    """The words as a process that runs on, in a session of its own; it is killed at the end."""
    process = subprocess.Popen(
        [str(word) for word in words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment(**changes),
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def standing(folder, *options):
    """`orch sandbox start`, whose files lie below the folder."""
    with begun("orch", "sandbox", "start", *options, TMPDIR=str(folder)) as process:
        variables = dict(_exports(process.stdout))
        description = Path(variables["ORCH_SANDBOX_DIR"]) / "sandbox.json"
        yield Standing(process, variables, json.loads(description.read_text()))
        process.send_signal(signal.SIGINT)
        process.wait(20)


def admin_of_a(sandbox, home):
    """Asks the AWS CLI in that sandbox as account A's administrator; its answer as data."""

    def ask(*words):
        admin = ("--profile", "account-a-admin", "--output", "json")
        ended = call("aws", *words, *admin, **(sandbox.variables | {"HOME": str(home)}))
        assert ended.code == 0, ended.err
        return json.loads(ended.out or "null")

    return ask


def _exports(stream):
    """The variables in the lines that a person would paste into a shell."""
    for line in stream:
        if line.startswith("# all files"):
            return
        if line.startswith("export "):
            name, _, value = shlex.split(line)[1].partition("=")
            yield name, value


def soon(holds, seconds=60.0):
    """Whether it holds within so many seconds: many, for a machine that is busy with others."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def processes_naming(folder):
    """The processes, told by number, that have the folder in their command line or environment.

    Zombies are left out.
    """
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        # Nothing of a zombie can be read any more: both files are empty.
        if os.fsencode(folder) in told:
            line = told.split(b"\0\0")[0].replace(b"\0", b" ").decode(errors="replace")
            found[int(process.name)] = line
    return found


def stopped(number):
    """Stop the process where it stands; whether it stands still, and had not ended before."""
    try:
        os.kill(number, signal.SIGSTOP)
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state == "T"
