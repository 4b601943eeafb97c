"""A transaction is killed before each of its steps, and what it leaves is put back to the byte."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.onhost.conflicts import ProfileConflict
from orchestrator.onhost.profilefile import install_profile, keep_profile, put_back
from orchestrator.onhost.runfolder import (
    RunFolderTaken,
    begin_run,
    end_run,
    read_undo,
    run_folders,
    run_lives,
    unfinished_runs,
)
from orchestrator.onhost.unfinished import restore_run
from orchestrator.onhost.uninstalling import uninstall_profile
from orchestrator.onhost.userfiles import files_in
from orchestrator.sandbox.host.behaviour import Behaviour
from orchestrator.sandbox.host.site import write_site

NAME = "switch_test"
LINES = ["[profile switch_test]", "role_arn = arn:aws:iam::222222222222:role/R"]
OTHER = ["[profile switch_test]", "role_arn = arn:aws:iam::222222222222:role/Other"]
RUN = "20260101T000000Z-abc123"
SECOND = "20260101T000001Z-abc124"
CONFIG = b"[default]\r\nregion = ap-northeast-1\r\n# \x93\xfa\x96{\r\n[profile x]\r\nregion=y"

# One run from its beginning to its end; "keep" or not is what the checks would have said.
ACT = """\
import sys
from orchestrator.onhost.profilefile import install_profile, keep_profile, put_back
from orchestrator.onhost.runfolder import begin_run, end_run
from orchestrator.onhost.uninstalling import uninstall_profile
from orchestrator.onhost.userfiles import files_in

folder, home, task = sys.argv[1:4]
lock = begin_run(folder, {"v": 1, "run": "r", "kind": task})
files = files_in(home, "home")
if task == "uninstall":
    uninstall_profile(folder, files, "switch_test")
else:
    install_profile(folder, files, "switch_test", %r, force="force" in task)
    if "keep" in task:
        keep_profile(folder)
put_back(folder)
end_run(folder, lock)
"""


class Host:
    """A folder tree with one user, and a run's process that is killed before a step."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home"
        self.config = self.home / ".aws" / "config"
        self.runs = root / "ProgramData"
        self.site = root.parent / "site"
        for path in (self.home, self.runs, self.site):
            path.mkdir(parents=True)
        self.files = files_in(str(self.home), "the home")

    def put(self, data: bytes, mode: int = 0o640) -> None:
        self.config.parent.mkdir(exist_ok=True)
        self.config.write_bytes(data)
        self.config.chmod(mode)

    def folder(self, run: str = RUN) -> str:
        return str(self.runs / f"orch-{run}")

    def begin(self, run: str = RUN):
        return begin_run(self.folder(run), {"v": 1, "run": run, "kind": "install"})

    def act(self, task: str, killed_at: int = 0) -> int:
        (self.site / "was-killed").unlink(missing_ok=True)
        write_site(self.root, self.site, Behaviour(killed_at=killed_at))
        done = subprocess.run(
            [sys.executable, "-c", ACT % LINES, self.folder(), str(self.home), task],
            env={"PYTHONPATH": f"{self.site}{os.pathsep}{Path(__file__).parents[2]}"},
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode in (0, -9), done.stderr.decode()
        return done.returncode

    def tree(self) -> dict[str, object]:
        return {
            str(path.relative_to(self.root)): (
                stat.filemode(path.stat().st_mode),
                path.read_bytes() if path.is_file() else None,
            )
            for path in sorted(self.root.rglob("*"))
        }


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path / "host")


BEFORE = {
    "no folder": None,
    "no final line end": CONFIG,
    "empty": b"",
    "read-only": CONFIG,
    "a section of that name": b"[profile switch_test]\nregion = x\n\n[profile y]\nregion = z\n",
    "an older profile": None,
}


def prepare(host: Host, before: str) -> str:
    """Make what is there before; the tasks' further words."""
    if BEFORE[before] is not None:
        host.put(BEFORE[before], 0o444 if before == "read-only" else 0o640)
    if before == "an older profile":
        lock = host.begin(SECOND)
        install_profile(host.folder(SECOND), host.files, NAME, OTHER)
        keep_profile(host.folder(SECOND))
        end_run(host.folder(SECOND), lock)
    return " force" if before in {"read-only", "a section of that name"} else ""


@pytest.mark.parametrize(
    ("before", "task"),
    [*((before, "install keep") for before in BEFORE), ("no final line end", "install")],
)
def test_killed_before_any_step_it_can_be_put_back_to_the_byte(host, before, task):
    task += prepare(host, before)
    first = host.tree()
    steps = kept = 0
    while True:
        steps += 1
        assert steps < 100
        if host.act(task, killed_at=steps) == 0:
            break
        was_kept = read_undo(host.folder()).get("committed") or (
            kept and not Path(host.folder()).exists()
        )
        kept += bool(was_kept)
        for folder in run_folders(str(host.runs)):
            assert restore_run(folder)[::2] == ("restored", [])
        if kept:
            assert LINES[1].encode() in host.config.read_bytes()
            lock = host.begin(SECOND)
            uninstall_profile(host.folder(SECOND), host.files, NAME)
            end_run(host.folder(SECOND), lock)
            prepare(host, before)
        assert host.tree() == first, f"killed before step {steps}"
    assert steps > 20
    assert bool(kept) is ("keep" in task)
    assert ("keep" in task) is (host.tree() != first)


def test_killed_while_it_is_taken_out_it_is_there_or_it_is_gone(host):
    host.put(CONFIG)
    first = host.tree()
    steps = 0
    while True:
        steps += 1
        assert host.act("install keep") == 0
        installed = host.tree()
        if host.act("uninstall", killed_at=steps) == 0:
            break
        for folder in run_folders(str(host.runs)):
            restore_run(folder)
        assert host.tree() in (first, installed), f"killed before step {steps}"
    assert steps > 10
    assert host.tree() == first


def test_a_second_time_changes_no_byte_and_no_time(host):
    host.put(CONFIG)
    assert host.act("install keep") == 0
    before = host.tree(), host.config.stat().st_mtime_ns, host.config.stat().st_ino
    assert host.act("install keep") == 0
    assert before == (host.tree(), host.config.stat().st_mtime_ns, host.config.stat().st_ino)


def killed_after_the_change(host: Host) -> None:
    """The block stands in the file, and its run is dead."""
    lock = host.begin()
    install_profile(host.folder(), host.files, NAME, LINES)
    lock.close()


def test_what_somebody_wrote_since_stays_and_our_block_alone_goes(host):
    host.put(CONFIG)
    killed_after_the_change(host)
    host.config.write_bytes(host.config.read_bytes() + b"[profile new]\r\n")
    state, said, left = restore_run(host.folder())
    assert (state, left) == ("restored", [])
    assert "somebody else" in said
    assert host.config.read_bytes() == CONFIG + b"\r\n[profile new]\r\n"


def test_a_block_that_somebody_changed_is_left_and_named(host):
    host.put(CONFIG)
    killed_after_the_change(host)
    edited = host.config.read_bytes().replace(b"role/R", b"role/Mine")
    host.config.write_bytes(edited)
    state, _, left = restore_run(host.folder())
    assert (state, host.config.read_bytes()) == ("failed", edited)
    assert left == [
        f"{host.config}: the lines from '# >>> orch switch_test' to '# <<< orch switch_test'"
    ]
    assert Path(host.folder()).is_dir()


def test_a_file_that_somebody_wrote_anew_is_left_alone(host):
    killed_after_the_change(host)
    host.config.write_bytes(b"[default]\n")
    assert restore_run(host.folder())[::2] == ("restored", [])
    assert host.config.read_bytes() == b"[default]\n"


def test_a_run_that_still_goes_on_is_never_touched(host):
    with host.begin():
        install_profile(host.folder(), host.files, NAME, LINES)
        installed = host.tree()
        assert run_lives(host.folder())
        assert unfinished_runs(str(host.runs), None) == []
        assert restore_run(host.folder())[0] == "running"
        assert host.tree() == installed
    assert unfinished_runs(str(host.runs), None) == [RUN]
    assert restore_run(host.folder())[0] == "restored"


def test_two_runs_do_not_change_one_file_at_once(host):
    host.put(CONFIG)
    with host.begin(), host.begin(SECOND):
        install_profile(host.folder(), host.files, NAME, LINES)
        with pytest.raises(ProfileConflict) as refused:
            install_profile(host.folder(SECOND), host.files, "another", ["[profile another]"])
        assert refused.value.kinds == ["busy"]
        put_back(host.folder(SECOND))
        assert LINES[0].encode() in host.config.read_bytes()
        put_back(host.folder())
        assert host.config.read_bytes() == CONFIG


def test_what_a_dead_run_left_in_the_file_is_not_built_upon(host):
    killed_after_the_change(host)
    with host.begin(SECOND), pytest.raises(ProfileConflict) as refused:
        install_profile(host.folder(SECOND), host.files, NAME, LINES, force=True)
    assert refused.value.kinds == ["unfinished"]


def test_a_run_id_serves_once(host):
    with host.begin(), pytest.raises(RunFolderTaken):
        host.begin()


def test_folders_of_others_are_none_of_ours(host):
    (host.runs / "orch-backup").mkdir()
    (host.runs / "orch-backup" / "undo.txt").write_text("mine")
    (host.runs / f"orch-{RUN}").mkdir()
    (host.runs / f"orch-{RUN}" / "mine.txt").write_text("mine")
    (host.runs / f"orch-{SECOND}").mkdir()
    assert run_folders(str(host.runs)) == [host.folder(SECOND)]


def test_what_others_put_into_the_folder_is_never_removed(host):
    lock = host.begin()
    (Path(host.folder()) / "mine.txt").write_text("mine")
    assert end_run(host.folder(), lock) == [host.folder()]
    assert [path.name for path in Path(host.folder()).iterdir()] == ["mine.txt"]


def test_what_programs_left_in_their_folders_goes_with_the_run(host):
    lock = host.begin()
    keys = Path(host.folder()) / "home/.aws/cli/cache/keys.json"
    keys.parent.mkdir(parents=True)
    keys.write_text("{}")
    elsewhere = host.root / "elsewhere"
    elsewhere.mkdir()
    (Path(host.folder()) / "given").symlink_to(elsewhere)
    assert end_run(host.folder(), lock) == []
    assert not Path(host.folder()).exists()
    assert elsewhere.is_dir()


def test_a_program_that_is_still_in_its_folder_is_told_of_and_removed_later(host, monkeypatch):
    """As on Windows, where nobody removes a folder that somebody runs in."""
    lock = host.begin()
    (Path(host.folder()) / "home").mkdir()
    with monkeypatch.context() as running:
        running.setattr("orchestrator.onhost.runfolder.shutil.rmtree", lambda *_, **__: None)
        running.setattr("orchestrator.onhost.runfolder.time.sleep", lambda _: None)
        assert end_run(host.folder(), lock) == [host.folder()]
    assert run_folders(str(host.runs)) == [host.folder()]
    assert restore_run(host.folder())[0] == "restored"
    assert not Path(host.folder()).exists()


def test_a_broken_note_of_what_was_there_changes_nothing(host):
    host.put(CONFIG)
    killed_after_the_change(host)
    (Path(host.folder()) / "backup").write_bytes(b"cut")
    installed = host.config.read_bytes()
    state, said, left = restore_run(host.folder())
    assert (state, host.config.read_bytes()) == ("failed", installed)
    assert "not whole" in said
    assert left


CONFLICTS = {
    "utf-8-bom": ("\ufeff[default]\n".encode(), b"", True),
    "utf-16": ("[default]\n".encode("utf-16"), b"", True),
    "binary": ("[default]\n".encode("utf-16-le"), b"", False),
    "section": (b"[profile switch_test]\nregion = x\n", b"", True),
    "credentials": (b"", b"[switch_test]\naws_access_key_id = AKIAX\n", True),
    "damaged-block": (b"# >>> orch switch_test\n", b"", False),
}


@pytest.mark.parametrize("kind", CONFLICTS)
def test_what_is_in_the_way_is_named_and_left_alone(host, kind):
    config, credentials, _ = CONFLICTS[kind]
    host.put(config)
    (host.home / ".aws" / "credentials").write_bytes(credentials)
    before = host.tree()
    with host.begin() as lock:
        with pytest.raises(ProfileConflict) as refused:
            install_profile(host.folder(), host.files, NAME, LINES)
        put_back(host.folder())
        end_run(host.folder(), lock)
    assert refused.value.kinds == [kind]
    assert "AKIAX" not in str(refused.value)
    assert host.tree() == before


@pytest.mark.parametrize("kind", CONFLICTS)
def test_force_goes_on_where_that_can_be_put_back(host, kind):
    config, credentials, can = CONFLICTS[kind]
    host.put(config)
    keys = host.home / ".aws" / "credentials"
    keys.write_bytes(credentials)
    before = host.tree()
    with host.begin() as lock:
        if can:
            install_profile(host.folder(), host.files, NAME, LINES, force=True)
            assert LINES[0].encode() in host.config.read_bytes()
            assert not host.config.read_bytes().startswith(b"\xef\xbb\xbf")
        else:
            with pytest.raises(ProfileConflict):
                install_profile(host.folder(), host.files, NAME, LINES, force=True)
        assert keys.read_bytes() == credentials
        put_back(host.folder())
        end_run(host.folder(), lock)
    assert host.tree() == before


def test_a_read_only_file_needs_force_and_is_read_only_afterwards(host):
    host.put(CONFIG, 0o444)
    with host.begin() as lock:
        with pytest.raises(ProfileConflict) as refused:
            install_profile(host.folder(), host.files, NAME, LINES)
        assert refused.value.kinds == ["read-only"]
        install_profile(host.folder(), host.files, NAME, LINES, force=True)
        assert stat.S_IMODE(host.config.stat().st_mode) == 0o444
        keep_profile(host.folder())
        end_run(host.folder(), lock)


def test_a_link_is_never_replaced_by_a_file(host):
    host.put(b"")
    target = host.home / "elsewhere"
    host.config.rename(target)
    host.config.symlink_to(target)
    with host.begin(), pytest.raises(ProfileConflict) as refused:
        install_profile(host.folder(), host.files, NAME, LINES, force=True)
    assert refused.value.kinds == ["link"]


def test_a_profile_with_somebody_elses_section_inside_is_not_taken_out(host):
    assert host.act("install keep") == 0
    text = host.config.read_bytes().replace(b"# <<<", b"[profile mine]\n# <<<")
    host.config.write_bytes(text)
    with host.begin(SECOND), pytest.raises(ProfileConflict) as refused:
        uninstall_profile(host.folder(SECOND), host.files, NAME)
    assert refused.value.kinds == ["damaged-block"]
    assert host.config.read_bytes() == text


def test_what_is_noted_holds_no_more_than_is_needed(host):
    host.put(CONFIG)
    with host.begin():
        install_profile(host.folder(), host.files, NAME, LINES)
        noted = json.loads((Path(host.folder()) / "undo.json").read_text())
    assert set(noted) == {"v", "run", "kind", "file", "profile", "temp"} | {
        *("before", "after", "mode", "made", "block")
    }
    assert stat.S_IMODE(Path(host.folder()).stat().st_mode) == 0o700
