import sys


def test_on_windows_the_sandbox_says_where_it_runs(orch, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    ended = orch("sandbox", "exec", "--", "true")
    assert (ended.code, ended.out) == (2, "")
    assert "Windows Subsystem for Linux" in ended.err
