import sys


def test_on_windows_the_sandbox_says_where_it_runs(orch, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    ended = orch("sandbox", "exec", "--", "true")
    assert (ended.code, ended.out) == (2, "")
    assert "Windows Subsystem for Linux" in ended.err


def test_a_host_that_only_python_sees_wrong_is_not_for_a_real_powershell(orch):
    words = ("sandbox", "exec", "--engine", "pwsh", "--scenario", "clock-behind", "--", "true")
    ended = orch(*words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("orch: --engine: clock-behind is not for a real PowerShell\n")
    assert "--engine stand-in" in ended.err
