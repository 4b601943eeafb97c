"""Many hosts under the real Run Command, on a clock that a test moves."""

import json
from collections import Counter

import pytest

from orchestrator.sandbox.agent.endings import Output, exited
from orchestrator.sandbox.fleet.faults import Faults, Rate
from orchestrator.sandbox.fleet.outputs import Surroundings

EVER = 200.0
"""Longer than any host of ten seconds takes."""


def ends(fleet, command_id):
    """When each host was over, by its id."""
    rows = fleet.rows(command_id, Details=True)
    plugins = {row["InstanceId"]: row["CommandPlugins"][0] for row in rows}
    return {i: plugin["ResponseFinishDateTime"] for i, plugin in plugins.items()}


def test_every_host_takes_its_time_and_reports(make_fleet):
    fleet = make_fleet(hosts=50)
    command_id = fleet.send()
    fleet.pass_time(2.0)
    assert set(fleet.states(command_id).values()) == {"InProgress"}
    fleet.pass_time(EVER)
    assert set(fleet.states(command_id).values()) == {"Success"}
    row = fleet.rows(command_id, Details=True)[0]
    (plugin,) = row["CommandPlugins"]
    assert (plugin["Output"], plugin["ResponseCode"]) == ("done\n", 0)
    assert plugin["ResponseFinishDateTime"] - plugin["ResponseStartDateTime"] > 5


def test_a_run_is_repeated_with_its_seed(make_fleet):
    found = []
    for seed in (1, 1, 2):
        fleet = make_fleet(hosts=50, seed=seed)
        command_id = fleet.send()
        fleet.pass_time(EVER)
        found.append(ends(fleet, command_id))
    assert found[0] == found[1]
    assert sorted(found[0].values()) != sorted(found[2].values())


def test_one_script_is_really_run_for_all(make_fleet):
    fleet = make_fleet(hosts=200)
    for begin in range(0, 200, 50):
        fleet.send(fleet.ids[begin : begin + 50])
    fleet.pass_time(EVER)
    done = fleet.service.call("ListCommands")["Commands"]
    assert [row["CompletedCount"] for row in done] == [50] * 4
    assert 1 <= len(fleet.runs) <= 4


def test_a_change_in_aws_makes_an_answer_old(make_fleet):
    fleet = make_fleet(hosts=1)
    fleet.said = lambda _: Output(exited(0), f"saw {fleet.version}\n".encode())
    first = fleet.send()
    fleet.pass_time(2.0)
    fleet.version = 5
    fleet.pass_time(EVER)
    got = fleet.service.call("GetCommandInvocation", CommandId=first, InstanceId=fleet.ids[0])
    assert got["StandardOutputContent"] == "saw 5\n"
    assert len(fleet.runs) == 2


def test_an_answer_is_old_after_half_a_minute(make_fleet):
    fleet = make_fleet(hosts=2)
    fleet.send(fleet.ids[:1])
    fleet.pass_time(60.0)
    begun = len(fleet.runs)
    fleet.send(fleet.ids[1:])
    fleet.pass_time(60.0)
    assert len(fleet.runs) > begun


def test_hosts_that_a_policy_tells_apart_are_asked_each(make_fleet):
    fleet = make_fleet(hosts=12, surroundings=Surroundings(tell_apart=lambda: True))
    fleet.said = lambda question: Output(exited(0), question.node.instance_id.encode())
    command_id = fleet.send()
    fleet.pass_time(EVER)
    rows = fleet.rows(command_id, Details=True)
    assert all(row["CommandPlugins"][0]["Output"] == row["InstanceId"] for row in rows)
    assert {run.node.instance_id for run in fleet.runs} == set(fleet.ids)


def test_hosts_without_metadata_do_not_say_what_others_do(make_fleet):
    odd = "0"
    around = Surroundings(metadata_are_on=lambda node: node.info.tags["Name"][-1] != odd)
    fleet = make_fleet(hosts=20, surroundings=around)
    said = {True: b"with", False: b"without"}
    fleet.said = lambda question: Output(exited(0), said[around.metadata_are_on(question.node)])
    command_id = fleet.send()
    fleet.pass_time(EVER)
    rows = fleet.rows(command_id, Details=True)
    counts = Counter(row["CommandPlugins"][0]["Output"] for row in rows)
    assert counts == {"with": 18, "without": 2}


def test_a_script_that_fails_is_failed_with_the_agents_words(make_fleet):
    fleet = make_fleet(hosts=1)
    ending = exited(10)
    fleet.said = lambda _: Output(ending, b"no\n", ending.line.encode())
    command_id = fleet.send()
    fleet.pass_time(EVER)
    got = fleet.service.call("GetCommandInvocation", CommandId=command_id, InstanceId=fleet.ids[0])
    assert (got["Status"], got["ResponseCode"]) == ("Failed", 10)
    assert got["StandardErrorContent"] == "failed to run commands: exit status 10"


def test_a_slow_module_meets_the_execution_timeout(make_fleet):
    fleet = make_fleet(hosts=20, faults=Faults(slow_module=Rate(0.1, 222.0)))
    short = {"commands": ["'x'"], "executionTimeout": ["100"]}
    command_id = fleet.send(Parameters=short)
    fleet.pass_time(300.0)
    counts = Counter(fleet.states(command_id).values())
    assert counts == {"Success": 18, "ExecutionTimedOut": 2}
    late = {i for i, state in fleet.states(command_id).items() if state != "Success"}
    assert late == {node.instance_id for node in fleet.nodes if node.slower}
    got = fleet.service.call(
        "GetCommandInvocation", CommandId=command_id, InstanceId=sorted(late)[0]
    )
    assert got["ResponseCode"] == 137
    assert got["ExecutionElapsedTime"] == "PT100.300S"


def test_with_time_enough_the_slow_module_only_takes_longer(make_fleet):
    fleet = make_fleet(hosts=5, faults=Faults(slow_module=Rate(1.0, 222.0)))
    command_id = fleet.send()
    fleet.pass_time(220.0)
    assert set(fleet.states(command_id).values()) == {"InProgress"}
    fleet.pass_time(100.0)
    assert set(fleet.states(command_id).values()) == {"Success"}


def test_offline_hosts_are_shown_so_and_never_take_a_command(make_fleet):
    fleet = make_fleet(hosts=40, faults=Faults(offline=0.25))
    lost = fleet.all_pages(
        "DescribeInstanceInformation",
        Filters=[{"Key": "PingStatus", "Values": ["ConnectionLost"]}],
        MaxResults=50,
    )
    assert {row["InstanceId"] for row in lost} == {
        node.instance_id for node in fleet.nodes if not node.connected
    }
    command_id = fleet.send(TimeoutSeconds=30)
    fleet.pass_time(EVER)
    assert Counter(fleet.states(command_id).values()) == {"Success": 30, "InProgress": 10}
    fleet.pass_time(630.0)
    assert Counter(fleet.states(command_id).values()) == {"Success": 30, "DeliveryTimedOut": 10}
    command = fleet.service.command(command_id)
    assert (command["CompletedCount"], command["DeliveryTimedOutCount"]) == (40, 10)
    assert command["StatusDetails"] == "Incomplete"


def test_a_host_that_never_ends_holds_its_command_until_ssm_gives_it_up(make_fleet):
    fleet = make_fleet(hosts=20, faults=Faults(never_ends=0.05))
    command_id = fleet.send(TimeoutSeconds=60)
    fleet.pass_time(600.0)
    assert Counter(fleet.states(command_id).values()) == {"Success": 19, "InProgress": 1}
    fleet.pass_time(100.0)
    assert Counter(fleet.states(command_id).values()) == {"Success": 19, "DeliveryTimedOut": 1}


def test_an_agent_whose_role_gets_its_rights_back_takes_what_waits(make_fleet):
    fleet = make_fleet(hosts=3)
    fleet.permitted = False
    command_id = fleet.send()
    fleet.pass_time(60.0)
    assert set(fleet.states(command_id).values()) == {"InProgress"}
    fleet.permitted = True
    fleet.pass_time(EVER)
    assert set(fleet.states(command_id).values()) == {"Success"}


def test_a_cancel_ends_what_runs_and_nothing_that_has_ended(make_fleet):
    fleet = make_fleet(hosts=50)
    command_id = fleet.send()
    fleet.pass_time(10.5)
    before = Counter(fleet.states(command_id).values())
    assert set(before) == {"Success", "InProgress"}
    fleet.service.call("CancelCommand", CommandId=command_id)
    fleet.pass_time(1.0)
    after = Counter(fleet.states(command_id).values())
    assert after == {"Success": before["Success"], "Cancelled": before["InProgress"]}
    fleet.pass_time(EVER)
    assert Counter(fleet.states(command_id).values()) == after


def test_a_cancel_before_the_agent_has_it_needs_no_agent(make_fleet):
    fleet = make_fleet(hosts=3)
    command_id = fleet.send()
    fleet.service.clock.sleep(0.3)
    fleet.service.call("CancelCommand", CommandId=command_id)
    fleet.pass_time(EVER)
    assert set(fleet.states(command_id).values()) == {"Cancelled"}
    assert fleet.runs == []


def test_a_host_runs_five_commands_at_once_and_keeps_five_more(make_fleet):
    fleet = make_fleet(hosts=1)
    sent = [fleet.send() for _ in range(11)]
    fleet.pass_time(3.0)
    assert {fleet.states(command_id)[fleet.ids[0]] for command_id in sent} == {"InProgress"}
    fleet.pass_time(60.0)
    finished = sorted(
        row["CommandPlugins"][0]["ResponseStartDateTime"]
        for command_id in sent
        for row in fleet.rows(command_id, Details=True)
        if row["Status"] == "Success"
    )
    # The first five start within seconds, the next ones only where one of them has ended.
    assert finished[4] - finished[0] < 5
    assert finished[5] - finished[0] > 5
    fleet.pass_time(EVER)
    states = [fleet.states(command_id)[fleet.ids[0]] for command_id in sent]
    assert states == ["Success"] * 11


def test_a_command_cancelled_while_it_waits_never_gets_a_reply(make_fleet):
    fleet = make_fleet(hosts=1)
    sent = [fleet.send() for _ in range(6)]
    fleet.pass_time(2.0)
    fleet.service.call("CancelCommand", CommandId=sent[-1])
    fleet.pass_time(EVER)
    assert fleet.states(sent[-1])[fleet.ids[0]] == "Cancelling"


def test_noise_before_the_envelope_leaves_no_room_for_it_in_a_page(make_fleet):
    fleet = make_fleet(hosts=10, faults=Faults(truncated=Rate(0.1, 3_000)))
    (noisy,) = [node.instance_id for node in fleet.nodes if node.noise]
    fleet.said = lambda _: Output(exited(0), b"the answer\n")
    command_id = fleet.send()
    fleet.pass_time(EVER)
    pages = fleet.rows(command_id, Details=True)
    outputs = {row["InstanceId"]: row["CommandPlugins"][0]["Output"] for row in pages}
    assert "the answer" not in outputs.pop(noisy)
    assert set(outputs.values()) == {"the answer\n"}
    got = fleet.service.call("GetCommandInvocation", CommandId=command_id, InstanceId=noisy)
    assert got["StandardOutputContent"].endswith("the answer\n")
    assert len(got["StandardOutputContent"]) == 3_000 + len("the answer\n")


@pytest.mark.parametrize("budget", ["0", "3"])
def test_too_many_errors_stop_what_was_not_sent_yet(make_fleet, budget):
    fleet = make_fleet(hosts=400)
    ending = exited(10)
    fleet.said = lambda _: Output(ending, b"", ending.line.encode())
    everyone = [{"Key": "tag-key", "Values": ["env"]}]
    command_id = fleet.send(Targets=everyone, MaxConcurrency="50", MaxErrors=budget)
    fleet.pass_time(1000.0)
    counts = Counter(fleet.states(command_id).values())
    assert set(counts) == {"Failed", "Terminated"}
    assert int(budget) + 1 <= counts["Failed"] <= int(budget) + 50
    command = fleet.service.command(command_id)
    assert command["ErrorCount"] == counts["Failed"]
    assert (command["TargetCount"], command["CompletedCount"]) == (400, 400)
    assert command["StatusDetails"] == "Failed"


def test_no_more_hosts_run_at_once_than_was_said(make_fleet):
    fleet = make_fleet(hosts=300)
    everyone = [{"Key": "tag-key", "Values": ["env"]}]
    command_id = fleet.send(Targets=everyone, MaxConcurrency="10%", MaxErrors="100%")
    most = 0
    for _ in range(400):
        fleet.pass_time(1.0)
        counts = Counter(fleet.states(command_id).values())
        most = max(most, counts["InProgress"])
        assert counts["InProgress"] <= 30
        if counts["Success"] == 300:
            break
    assert counts == {"Success": 300}
    assert most == 30


def platform_step(name, plugin, platform):
    return {
        "action": plugin,
        "name": name,
        "precondition": {"StringEquals": ["platformType", platform]},
        "inputs": {"runCommand": ["'x'"]},
    }


def with_document(fleet, *steps):
    parameters = {"word": {"type": "String", "default": "one"}}
    content = json.dumps({"schemaVersion": "2.2", "parameters": parameters, "mainSteps": steps})
    fleet.service.call("CreateDocument", Name="mine", Content=content)
    fleet.pass_time(1)
    return fleet.send(DocumentName="mine", Parameters={})


def test_of_a_documents_steps_the_one_for_the_platform_is_run(make_fleet):
    fleet = make_fleet(hosts=3)
    command_id = with_document(
        fleet,
        platform_step("on_linux", "aws:runShellScript", "Linux"),
        platform_step("on_windows", "aws:runPowerShellScript", "Windows"),
    )
    fleet.pass_time(EVER)
    for row in fleet.rows(command_id, Details=True):
        told = [(one["Name"], one["StatusDetails"], one["Output"]) for one in row["CommandPlugins"]]
        assert (row["Status"], told[1]) == ("Success", ("on_windows", "Success", "done\n"))
        assert told[0][:2] == ("on_linux", "Skipped")
        assert "unsatisfied preconditions" in told[0][2] or "unsupported plugin" in told[0][2]


def test_a_document_of_which_no_step_is_for_the_host_is_a_success_without_a_script(make_fleet):
    fleet = make_fleet(hosts=1)
    odd = platform_step("odd", "aws:runPowerShellScript", "Windows")
    odd["precondition"] = {"StringEquals": ["{{ word }}", "other"]}
    command_id = with_document(fleet, odd)
    fleet.pass_time(EVER)
    (row,) = fleet.rows(command_id, Details=True)
    assert (row["Status"], row["CommandPlugins"][0]["ResponseCode"]) == ("Success", 0)
    assert fleet.runs == []


def test_two_scripts_of_one_document_are_more_than_a_simulated_host_runs(make_fleet):
    fleet = make_fleet(hosts=1)
    steps = [platform_step(n, "aws:runPowerShellScript", "Windows") for n in ("first", "second")]
    command_id = with_document(fleet, *steps)
    fleet.pass_time(EVER)
    assert fleet.states(command_id) == {fleet.ids[0]: "Failed"}
