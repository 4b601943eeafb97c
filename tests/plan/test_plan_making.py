from datetime import UTC, datetime, timedelta, timezone

import pytest

from orchestrator.model.fleet import OutputS3
from orchestrator.plan import new_run_id
from orchestrator.waiting import looks_within


def calls(plan):
    return {call.operation: (call.least, call.most) for call in plan.api_calls}


def needed(plan, who):
    return [(item.action, item.resource) for item in plan.permissions if item.who == who]


def test_a_run_id_is_the_time_in_utc_and_a_token():
    tokyo = timezone(timedelta(hours=9))
    now = datetime(2026, 11, 24, 13, 25, 1, tzinfo=tokyo)
    assert new_run_id(now, "3f9a1c") == "20261124T042501Z-3f9a1c"


@pytest.mark.parametrize("token", ["", "3f9a1", "3F9A1C", "3f9a1c\n", "'; rm "])
def test_a_run_id_takes_no_other_token(token):
    with pytest.raises(ValueError, match="run id"):
        new_run_id(datetime(2026, 11, 24, tzinfo=UTC), token)


def test_a_run_id_takes_no_time_without_zone():
    with pytest.raises(ValueError, match="zone"):
        new_run_id(datetime(2026, 11, 24), "3f9a1c")  # noqa: DTZ001 - that is the case


def test_the_comment_names_the_run_and_keeps_to_what_ssm_takes(make_plan):
    plan = make_plan()
    assert plan.comment == "orch 20261124T042501Z-3f9a1c switch-role"
    assert len(plan.comment) <= 100


def test_targets_are_named_once_in_their_order(make_plan):
    assert make_plan(("i-0000000b", "i-0000000a", "i-0000000b")).targets == (
        "i-0000000b",
        "i-0000000a",
    )


def test_a_plan_needs_a_target(make_plan):
    with pytest.raises(ValueError, match="needs a target"):
        make_plan(())


def test_a_target_is_an_instance_id(make_plan):
    with pytest.raises(ValueError, match="not an instance id"):
        make_plan(("web01",))


def test_the_worst_case_is_later_than_ssm_itself_gives_up(make_plan):
    assert make_plan(delivery=30, execution=60).worst_case > 90


def test_calls_of_one_host(make_plan):
    plan = make_plan()
    assert calls(plan) == {
        "DescribeInstanceInformation": (1, 1),
        "SendCommand": (1, 1),
        "ListCommandInvocations": (1, looks_within(plan.worst_case)),
        "GetCommandInvocation": (0, 1),
        "ListCommands": (0, 1),
        "CancelCommand": (0, 1),
        "GetCallerIdentity": (0, 2),
        "GetRole": (0, 2),
        "ListRoles": (0, 1),
        "ListRolePolicies": (0, 2),
        "GetRolePolicy": (0, 40),
        "ListAttachedRolePolicies": (0, 2),
        "GetPolicy": (0, 42),
        "GetPolicyVersion": (0, 42),
    }


@pytest.mark.parametrize(("hosts", "commands"), [(50, 1), (51, 2), (101, 3)])
def test_calls_of_many_hosts_go_by_fifties(make_plan, hosts, commands):
    plan = make_plan([f"i-{n:08x}" for n in range(hosts)])
    assert calls(plan)["SendCommand"] == (commands, commands)
    assert calls(plan)["ListCommandInvocations"][0] == commands
    assert calls(plan)["GetCommandInvocation"] == (0, hosts)


def test_the_operator_needs_the_document_and_each_instance(make_plan):
    plan = make_plan(("i-0d176f4a", "mi-0d176f4a5f9738429"), region="cn-north-1")
    sends = [item for action, item in needed(plan, "operator") if action == "ssm:SendCommand"]
    assert sends == [
        "arn:aws-cn:ssm:cn-north-1::document/AWS-RunPowerShellScript",
        "arn:aws-cn:ec2:cn-north-1:*:instance/i-0d176f4a",
        "arn:aws-cn:ssm:cn-north-1:*:managed-instance/mi-0d176f4a5f9738429",
    ]


def test_many_instances_are_not_named_one_by_one(make_plan):
    plan = make_plan([f"i-{n:08x}" for n in range(60)])
    assert ("ssm:SendCommand", "arn:aws:ec2:ap-northeast-1:*:instance/*") in needed(
        plan, "operator"
    )


def test_every_call_of_the_plan_is_permitted(make_plan):
    plan = make_plan()
    allowed = {action for action, _ in needed(plan, "operator")}
    free = {"GetCallerIdentity"}
    asked = {call.operation for call in plan.api_calls} - free
    assert asked == {action.partition(":")[2] for action in allowed}


def test_both_sides_of_the_switch_are_named(make_plan):
    plan = make_plan()
    assume = ("sts:AssumeRole", plan.procedure.profile.role_arn)
    assert assume in needed(plan, "instance")
    assert needed(plan, "target") == [assume, ("s3:ListAllMyBuckets", "*")]


def test_a_bucket_for_output_costs_a_read_a_host_at_most_and_is_no_part_of_the_question(make_plan):
    ids = [f"i-{n:017x}" for n in range(3)]
    plain = make_plan(ids)
    made = make_plan(ids, output_s3=OutputS3("some-bucket", "orch/output"))
    (read,) = [call for call in made.api_calls if call not in plain.api_calls]
    assert (read.operation, read.least, read.most) == ("GetObject", 0, 3)
    added = [one for one in made.permissions if one not in plain.permissions]
    assert [(one.who, one.action) for one in added] == [
        ("operator", "s3:GetObject"),
        ("instance", "s3:PutObject"),
        ("instance", "s3:PutObjectAcl"),
    ]
    assert {one.resource for one in added} == {"arn:aws:s3:::some-bucket/orch/output/*"}
    assert made.procedure_sha256 == plain.procedure_sha256


def test_a_bucket_of_another_partition_has_its_arn(make_plan):
    made = make_plan(region="cn-north-1", output_s3=OutputS3("some-bucket"))
    assert "arn:aws-cn:s3:::some-bucket/*" in {one.resource for one in made.permissions}
