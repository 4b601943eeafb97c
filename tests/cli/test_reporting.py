"""`--report`, `--quiet`, `--fail-on` and `orch report`: how a report is told, and to where."""

import json
from pathlib import Path

import pytest

from orchestrator.report import forms
from support import samples

OWN = (
    *("--instance", samples.INSTANCE, "--role-arn", samples.ROLE_ARN),
    *("--bucket", samples.BUCKET, "--region", "ap-northeast-1"),
)
RUN = ("run", *OWN)
UNKNOWN = {"fatal": {"chain": ["orch.ModuleMissing"]}, "steps": [], "verdict": "UNKNOWN"}
OTHER = samples.identity("222222222222", "Other-Role", "aws-dotnet-1")
FAILED = {
    "step": {"after.identity": samples.ok("after.identity", OTHER)},
    "verdict": "FAIL",
    "own": {e.id: "PASS" for e in samples.procedure().expectations}
    | {"after.identity.role.equals": "FAIL"},
}


def answer(fleet, changes):
    """The hosts answer with these changes, and end with the exit code that fits."""
    fleet.changes = changes
    fleet.hosts[0].exit_code = {"FAIL": 10, "UNKNOWN": 20}.get(changes.get("verdict"), 0)


def told(tmp_path):
    """Each file there with its text; nothing temporary is left beside them."""
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert not [path for path in files if path.name.startswith(".")]
    return {path.name: path.read_text() for path in files}


def test_several_reports_are_written_beside_the_text(orch, fleet, tmp_path):
    ended = orch(*RUN, "--report", "json:a.json", "--report", f"text:{tmp_path}/b.txt")
    assert ended.code == 0, ended.err
    assert ended.out.startswith("PASS  switch-role on 1 host")
    files = told(tmp_path)
    assert json.loads(files["a.json"])["outcome"] == "PASS"
    assert files["b.txt"] == ended.out
    assert "json report written to a.json\n" in ended.err


def test_standard_output_takes_a_report_in_the_place_of_the_text(orch, fleet):
    ended = orch(*RUN, "--report", "json:-")
    assert ended.report["outcome"] == "PASS"
    assert orch("runs", "show", "latest", "--output", "json").out == ended.out


def test_quiet_leaves_the_exit_code_and_the_files(orch, fleet, tmp_path):
    answer(fleet, UNKNOWN)
    ended = orch(*RUN, "-q", "--report", "json:a.json")
    assert (ended.code, ended.out, ended.err) == (4, "", "")
    assert json.loads(told(tmp_path)["a.json"])["outcome"] == "UNKNOWN"
    assert orch("runs", "show", "latest", "-q").out == ""


def test_what_is_asked_for_is_printed_however_quiet_it_is(orch, fleet):
    ended = orch(*RUN, "-q", "--report", "json:-")
    assert (ended.report["outcome"], ended.err) == ("PASS", "")


@pytest.mark.parametrize(
    ("changes", "code", "forgiven"), [({}, 0, 0), (UNKNOWN, 4, 0), (FAILED, 1, 1)]
)
def test_only_an_unknown_outcome_can_be_forgiven_and_it_is_still_told(
    orch, fleet, changes, code, forgiven
):
    answer(fleet, changes)
    assert orch(*RUN, "--fail-on", "unknown").code == code
    ended = orch(*RUN, "--fail-on", "fail", "--output", "json")
    assert ended.code == forgiven, ended.err
    assert (ended.report["exit_code"], ended.report["outcome"] == "PASS") == (code, code == 0)


def test_an_interrupted_run_is_never_forgiven(orch, fleet, monkeypatch):
    def interrupt(_command_id):
        raise KeyboardInterrupt

    monkeypatch.setattr(fleet, "look", interrupt)
    assert orch(*RUN, "--fail-on", "fail").code == 130


def test_a_report_is_written_later_from_what_is_kept(orch, fleet, tmp_path):
    answer(fleet, FAILED)
    assert orch(*RUN, "--report", "json:at-once.json").code == 1
    ended = orch("report", "latest", "--report", "json:later.json")
    assert (ended.code, ended.out) == (0, "")
    files = told(tmp_path)
    assert files["later.json"] == files["at-once.json"]
    assert orch("report", "latest", "--report", "json:-").out == files["later.json"]
    assert orch("report", "latest").code == 2


def test_a_file_is_replaced_with_its_mode_and_a_link_stays_one(orch, fleet, tmp_path):
    (tmp_path / "a.json").write_text("old")
    (tmp_path / "a.json").chmod(0o640)
    (tmp_path / "link").symlink_to("a.json")
    (tmp_path / "loop").symlink_to("loop")
    assert orch(*RUN, "--report", "json:loop").code == 0
    assert orch(*RUN, "--report", "json:link").code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o640
    assert json.loads((tmp_path / "a.json").read_text())["outcome"] == "PASS"


def test_a_path_may_have_a_colon_and_begin_at_home(orch, fleet, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert orch(*RUN, "--report", r"json:C:\x.json", "--report", "text:~/b.txt").code == 0
    assert set(told(tmp_path)) == {r"C:\x.json", "b.txt"}


WRONG = {
    "kind": (("--report", "pdf:x"), "--report: 'pdf' is no kind of report"),
    "path alone": (("--report", r"C:\x"), r"'C' is no kind of report"),
    "kind alone": (("--report", "json"), "--report: 'json' names no file"),
    "no path": (("--report", "json:"), "--report: 'json:' names no file"),
    "folder": (("--report", "json:."), "--report: . cannot be written: it is a folder"),
    "no folder": (("--report", "json:no/x"), "no/x cannot be written: its folder is not there"),
    "file above": (("--report", "json:file/x"), "file/x cannot be written: its folder is not"),
    "too long": (("--report", "json:" + "x" * 300), "cannot be written: File name too long"),
    "same": (("--report", "json:x", "--report", "text:./x"), "two reports would go to x"),
    "same link": (("--report", "json:link", "--report", "text:file"), "two reports would go to"),
    "stdout": (("--report", "json:-", "--report", "text:-"), "would go to standard output"),
    "output": (("--report", "text:-", "-o", "json"), "standard output takes one document"),
    "quiet": (("-q", "-o", "json"), "--quiet: it prints nothing"),
    "fail on": (("--fail-on", "pass"), "--fail-on"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_before_anything_is_sent(orch, fleet, tmp_path, words, said):
    (tmp_path / "file").write_text("stays")
    (tmp_path / "link").symlink_to("file")
    ended = orch(*RUN, *words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert fleet.calls() == {}
    assert told(tmp_path) == {"file": "stays", "link": "stays"}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no folder that takes no file")
def test_a_folder_that_takes_no_file_is_told_of_before(orch, fleet):
    ended = orch(*RUN, "--report", "json:/proc/report.json")
    assert (ended.code, fleet.calls()) == (2, {})
    assert "--report: /proc/report.json cannot be written: " in ended.err


def test_every_kind_is_named_where_one_is_wrong(orch, fleet):
    said = orch(*RUN, "--report", "pdf:x").err
    assert f"the kinds are {', '.join(forms.names())}" in said


def test_what_is_to_be_pasted_is_one_word_where_the_path_is_not(orch, fleet, monkeypatch):
    def pieces(_report, _past):
        yield "half"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("orchestrator.report.forms.form", lambda _name: pieces)
    ended = orch(*RUN, "--run-id", "run-1", "--report", "json:a b; c.json")
    assert "orch report run-1 --report 'json:a b; c.json'\n" in ended.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_keeps_the_verdict_and_says_how_to_write_it_again(orch, fleet, tmp_path):
    answer(fleet, FAILED)
    full = ("--report", "json:/dev/full")
    ended = orch(*RUN, "--run-id", "run-1", *full, "--report", "text:good")
    assert ended.code == 3
    assert ended.out == told(tmp_path)["good"]
    said = "orch: /dev/full: cannot write the json report: No space left on device; the result: "
    assert f"{said}FAIL  switch-role on 1 host  run run-1\n" in ended.err
    assert "orch report run-1 --report json:/dev/full\n" in ended.err
    assert orch("report", "run-1", *full).code == 3


def test_what_cannot_be_written_again_is_said_to_be_so(orch, fleet, tmp_path):
    (tmp_path / "state").write_text("a file")
    ended = orch(*RUN, "--report", "json:/dev/full")
    assert ended.code == 3
    assert "the run is not kept in the journal" in ended.err


def test_a_form_that_fails_half_way_leaves_the_old_file_and_the_verdict(
    orch, fleet, tmp_path, monkeypatch
):
    def pieces(_report, _past):
        yield "half"
        raise RuntimeError("a mistake")

    (tmp_path / "a.json").write_text("old")
    monkeypatch.setattr("orchestrator.report.forms.form", lambda _name: pieces)
    ended = orch(*RUN, "--report", "json:a.json")
    assert (ended.code, ended.out.splitlines()[0][:4]) == (3, "PASS")
    assert "RuntimeError: a mistake; the result: PASS" in ended.err
    assert told(tmp_path) == {"a.json": "old"}


def test_ocsf_tells_an_update_from_the_first_time_whatever_else_is_written(orch, fleet):
    orch(*RUN, "--run-id", "first")
    orch(*RUN, "--run-id", "second")
    activities = [
        json.loads(orch("report", run, "--report", "ocsf:-").out)["activity_name"]
        for run in ("first", "second")
    ]
    assert activities == ["Create", "Update"]


def test_a_form_that_looks_back_is_told_of_earlier_runs_and_of_none_that_came_later(
    orch, fleet, tmp_path
):
    for run_id, changes in (("first", FAILED), ("second", {}), ("third", {})):
        answer(fleet, changes)
        orch(*RUN, "--run-id", run_id, "--report", f"html:{run_id}.html")
    orch("report", "second", "--report", "html:later.html")
    files = told(tmp_path)
    assert "first" not in files["first.html"].partition("Earlier runs")[2]
    for name in ("second.html", "later.html"):
        earlier = files[name].partition("Earlier runs")[2]
        assert "first" in earlier
        assert "third" not in earlier
    assert "second" in files["third.html"].partition("Earlier runs")[2]
