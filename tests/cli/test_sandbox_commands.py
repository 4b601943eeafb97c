import sys

import typer  # noqa: F401 - loaded before a test says that this is Windows


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


def test_a_fault_that_there_is_none_of_is_told_before_anything_starts(orch):
    ended = orch("sandbox", "exec", "--hosts", "5", "--fault", "throtle=0.2", "--", "true")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("orch: --fault throtle=0.2: there is no such fault\n")
    assert "throttle" in ended.err


def test_a_fault_with_an_odd_value_is_told_with_an_example(orch):
    ended = orch("sandbox", "start", "--hosts", "5", "--fault", "slow-page=0.05")
    assert ended.code == 2
    assert "--fault slow-page=0.05: '0.05' says no time after a colon" in ended.err
    assert "e.g. --fault slow-page=0.05:2s" in ended.err


def test_faults_of_hosts_need_hosts(orch):
    ended = orch("sandbox", "exec", "--fault", "offline=0.1", "--", "true")
    assert ended.code == 2
    assert "there are no simulated hosts to befall" in ended.err


def test_a_fleet_has_an_end(orch):
    for words in (("--hosts", "10001"), ("--hosts", "-1"), ("--hosts", "5", "--host-seconds", "0")):
        ended = orch("sandbox", "exec", *words, "--", "true")
        assert ended.code == 2, words
