"""Associations: what State Manager takes, when it runs them, and what it says of that."""

import json
from itertools import pairwise

import pytest

from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.info import ManagedInfo
from support.paper_ssm import SCRIPT, PaperSsm, refusal

DAILY = "cron(0 2 ? * * *)"
ALL = [{"Key": "InstanceIds", "Values": ["*"]}]


def asked(**members):
    return {"Name": "look", "Targets": ALL, **members}


def statuses(ssm, association_id, number=0):
    rows = ssm.targets(association_id, number)
    return {row["ResourceId"]: (row["Status"], row["DetailedStatus"]) for row in rows}


def test_a_new_association_runs_at_once_and_says_where_its_output_is(ssm):
    host = ssm.add()
    made = ssm.call("CreateAssociation", **asked(ScheduleExpression="rate(1 day)"))
    description = made["AssociationDescription"]
    assert description["Overview"] == {"Status": "Pending", "DetailedStatus": "Creating"}
    assert (description["AssociationVersion"], description["DocumentVersion"]) == ("1", "$DEFAULT")
    one = description["AssociationId"]
    (execution,) = ssm.executions(one)
    assert (execution["Status"], execution["ResourceCountByStatus"]) == ("Pending", "{Pending=1}")
    order = ssm.end(host, stdout="hi")
    (execution,) = ssm.executions(one)
    assert (execution["Status"], execution["ResourceCountByStatus"]) == ("Success", "{Success=1}")
    (target,) = ssm.targets(one)
    assert target["OutputSource"] == {
        "OutputSourceType": "RunCommand",
        "OutputSourceId": order.command_id,
    }
    assert (target["ResourceId"], target["ResourceType"]) == (host.instance_id, "ManagedInstance")
    ssm.clock.sleep(1)
    where = {"CommandId": order.command_id, "InstanceId": host.instance_id}
    assert ssm.call("GetCommandInvocation", **where)["StandardOutputContent"] == "hi"
    listed = ssm.call("ListCommandInvocations", CommandId=order.command_id)["CommandInvocations"]
    assert [row["InstanceId"] for row in listed] == [host.instance_id]


def test_a_run_is_not_shown_in_the_moment_in_which_it_begins(ssm):
    ssm.add()
    one = ssm.call("CreateAssociation", **asked())["AssociationDescription"]["AssociationId"]
    shown = ssm.call("DescribeAssociationExecutions", AssociationId=one)["AssociationExecutions"]
    assert shown == []
    assert len(ssm.executions(one)) == 1


def test_a_rate_runs_again_and_again_counted_from_its_creation(ssm):
    host = ssm.add()
    one = ssm.associate(ScheduleExpression="rate(12 hours)")
    for _ in range(3):
        ssm.end(host)
        ssm.later(hours=12)
    ssm.end(host, "Failed", 1)
    found = ssm.executions(one)
    assert [row["Status"] for row in found] == ["Failed", "Success", "Success", "Success"]
    gaps = [a["CreatedTime"] - b["CreatedTime"] for a, b in pairwise(found)]
    assert gaps == pytest.approx([43200] * 3, abs=1)


def test_what_was_due_several_times_while_nobody_looked_is_run_once(ssm):
    host = ssm.add()
    one = ssm.associate(ScheduleExpression="rate(1 hour)")
    ssm.end(host)
    ssm.later(hours=5)
    assert len(ssm.executions(one)) == 2


def test_one_that_waits_for_its_schedule_does_not_run_at_once(ssm):
    host = ssm.add()
    one = ssm.associate(ScheduleExpression=DAILY, ApplyOnlyAtCronInterval=True)
    assert ssm.executions(one) == []
    overview = ssm.call("DescribeAssociation", AssociationId=one)["AssociationDescription"][
        "Overview"
    ]
    assert overview["Status"] == "Pending"
    assert ssm.receive(host) is None
    ssm.later(days=1)
    assert len(ssm.executions(one)) == 1


def test_days_to_wait_after_the_scheduled_one(ssm):
    ssm.add()
    offset = {"ScheduleExpression": "cron(0 0 ? * THU#2 *)", "ScheduleOffset": 3}
    one = ssm.associate(ApplyOnlyAtCronInterval=True, **offset)
    due = ssm.manager.get(one).next_due
    assert (due.strftime("%A"), 11 <= due.day <= 17) == ("Sunday", True)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Name": "other"}, "InvalidDocument"),
        ({"DocumentVersion": "2"}, "InvalidDocumentVersion"),
        ({"Parameters": {"word": ["NO"]}}, "InvalidParameters"),
        ({"Targets": []}, "InvalidTarget"),
        ({"Targets": [{"Key": "InstanceIds", "Values": []}]}, "InvalidTarget"),
        ({"Targets": [{"Key": "InstanceIds", "Values": ["x"]}]}, "InvalidTarget"),
        ({"Targets": [{"Key": "InstanceIds", "Values": ["i-00000000000000099"]}]}, "InvalidTarget"),
        ({"Targets": [{"Key": "Nonsense", "Values": ["x"]}]}, "InvalidTarget"),
        ({"Targets": [{"Key": "resource-groups:Name", "Values": ["a", "b"]}]}, "InvalidTarget"),
        ({"Targets": [*ALL, {"Key": "resource-groups:Name", "Values": ["a"]}]}, "InvalidTarget"),
        ({"ScheduleExpression": "rate(5 minutes)"}, "InvalidSchedule"),
        ({"ScheduleExpression": "at(2020-01-01T00:00:00)"}, "InvalidSchedule"),
        (
            {"ScheduleExpression": "rate(1 day)", "ApplyOnlyAtCronInterval": True},
            "ValidationException",
        ),
        ({"ApplyOnlyAtCronInterval": True}, "ValidationException"),
        ({"ScheduleExpression": DAILY, "ScheduleOffset": 2}, "ValidationException"),
        ({"ScheduleExpression": DAILY, "Duration": 2}, "ValidationException"),
        ({"ScheduleExpression": DAILY, "ScheduleOffset": 7}, "ValidationException"),
        (
            {"OutputLocation": {"S3Location": {"OutputS3BucketName": "nowhere"}}},
            "InvalidOutputLocation",
        ),
        ({"OutputLocation": {}}, None),
        ({"InstanceId": "i-00000000000000001"}, "ValidationException"),
        ({"CalendarNames": ["x"]}, "ValidationException"),
        ({"MaxConcurrency": "0"}, "ValidationException"),
        ({"MaxErrors": "101%"}, "ValidationException"),
        ({"AssociationName": "no"}, "ValidationException"),
        ({"Tags": [{"Key": "aws:x", "Value": "y"}]}, "InvalidTag"),
    ],
)
def test_an_association_that_aws_or_the_sandbox_refuses(ssm, members, code):
    host = ssm.add()
    if code is None:
        ssm.call("CreateAssociation", **asked(**members))
        return
    assert refusal(ssm, "CreateAssociation", **asked(**members)).code == code
    assert ssm.call("ListAssociations")["Associations"] == []
    assert ssm.receive(host) is None


def test_two_thousand_and_no_more(ssm):
    for _ in range(2000):
        ssm.call(
            "CreateAssociation", **asked(ScheduleExpression=DAILY, ApplyOnlyAtCronInterval=True)
        )
    assert refusal(ssm, "CreateAssociation", **asked()).code == "AssociationLimitExceeded"


def test_targets_by_tag_and_by_resource_group(ssm):
    web = ssm.add(1, info=ManagedInfo(tags={"team": "web"}))
    data = ssm.add(2, info=ManagedInfo(tags={"team": "data"}))
    one = ssm.associate(Targets=[{"Key": "tag:team", "Values": ["web"]}])
    assert list(statuses(ssm, one)) == [web.instance_id]
    ssm.groups["some"] = [data.instance_id]
    group = ssm.associate(Targets=[{"Key": "resource-groups:Name", "Values": ["some"]}])
    assert list(statuses(ssm, group)) == [data.instance_id]
    rows = ssm.call(
        "ListAssociations", AssociationFilterList=[{"key": "ResourceGroupName", "value": "some"}]
    )["Associations"]
    assert [row["AssociationId"] for row in rows] == [group]


def test_targets_that_match_nobody_are_a_run_that_failed(ssm):
    one = ssm.associate(Targets=[{"Key": "tag:team", "Values": ["none"]}])
    (execution,) = ssm.executions(one)
    assert (execution["Status"], execution["DetailedStatus"]) == ("Failed", "NoInstancesInTag")
    assert ssm.targets(one) == []


def test_an_instance_that_comes_later_is_run_as_well_and_alone(ssm):
    first = ssm.add(1)
    one = ssm.associate()
    ssm.end(first)
    ssm.manager.welcome()
    assert len(ssm.executions(one)) == 1
    second = ssm.add(2)
    ssm.manager.welcome()
    assert len(ssm.executions(one)) == 2
    assert list(statuses(ssm, one)) == [second.instance_id]
    assert ssm.receive(first) is None


def test_an_offline_host_stays_pending_until_it_is_there(ssm):
    host = ssm.add(online=False)
    one = ssm.associate()
    ssm.clock.sleep(2 * 86_400)
    assert statuses(ssm, one)[host.instance_id] == ("Pending", "Pending")
    host.online = True
    ssm.end(host)
    assert statuses(ssm, one)[host.instance_id] == ("Success", "Success")


def test_what_still_runs_is_timed_out_by_the_next_run(ssm):
    busy, away = ssm.add(1), ssm.add(2, online=False)
    one = ssm.associate(ScheduleExpression="rate(1 day)")
    ssm.take(busy)
    assert statuses(ssm, one) == {
        busy.instance_id: ("InProgress", "InProgress"),
        away.instance_id: ("Pending", "Pending"),
    }
    ssm.later(days=1)
    old = statuses(ssm, one, 1)
    assert set(old.values()) == {("TimedOut", "TimedOut")}
    assert ssm.executions(one)[1]["Status"] == "Failed"
    assert set(statuses(ssm, one).values()) == {("Pending", "Pending")}


def test_a_run_is_cancelled_when_its_hours_are_over(ssm):
    host = ssm.add()
    weekly = {"ScheduleExpression": "cron(0 2 ? * MON *)", "ApplyOnlyAtCronInterval": True}
    one = ssm.associate(**weekly, Duration=2)
    ssm.later(days=7)
    ssm.take(host)
    ssm.later(hours=1)
    assert statuses(ssm, one)[host.instance_id] == ("InProgress", "InProgress")
    ssm.later(hours=1)
    assert statuses(ssm, one)[host.instance_id] == ("Failed", "Cancelled")


def test_no_more_at_once_than_allowed_and_none_after_too_many_errors(ssm):
    hosts = [ssm.add(number) for number in (1, 2, 3)]
    one = ssm.associate(MaxConcurrency="1", MaxErrors="0")
    assert [ssm.receive(host) is not None for host in hosts[1:]] == [False, False]
    ssm.end(hosts[0], "Failed", 1)
    assert statuses(ssm, one) == {
        hosts[0].instance_id: ("Failed", "Failed"),
        hosts[1].instance_id: ("Failed", "Terminated"),
        hosts[2].instance_id: ("Failed", "Terminated"),
    }


def test_output_goes_where_the_association_says(ssm):
    host = ssm.add()
    where = {"OutputS3BucketName": "some-bucket", "OutputS3KeyPrefix": "runs"}
    ssm.associate(OutputLocation={"S3Location": where})
    payload = json.loads(ssm.take(host).payload)
    assert (payload["OutputS3BucketName"], payload["OutputS3KeyPrefix"]) == ("some-bucket", "runs")


def update(ssm, one, **members):
    told = ssm.call("UpdateAssociation", AssociationId=one, **members)
    return told["AssociationDescription"]


def test_an_update_is_a_new_version_that_forgets_what_it_leaves_out_and_runs(ssm):
    ssm.add()
    one = ssm.associate(
        AssociationName="mine", ScheduleExpression="rate(1 day)", ComplianceSeverity="HIGH"
    )
    ssm.clock.sleep(60)
    made = update(ssm, one, **asked(ScheduleExpression="rate(2 days)"))
    assert made["AssociationVersion"] == "2"
    assert not {"AssociationName", "ComplianceSeverity"} & set(made)
    found = ssm.executions(one)
    assert [row["AssociationVersion"] for row in found] == ["2", "1"]
    first = ssm.call("DescribeAssociation", AssociationId=one, AssociationVersion="1")
    assert first["AssociationDescription"]["AssociationName"] == "mine"
    versions = ssm.call("ListAssociationVersions", AssociationId=one)["AssociationVersions"]
    assert [row["ScheduleExpression"] for row in versions] == ["rate(1 day)", "rate(2 days)"]


def test_an_update_that_waits_does_not_run(ssm):
    ssm.add()
    one = ssm.associate()
    update(ssm, one, **asked(ScheduleExpression=DAILY, ApplyOnlyAtCronInterval=True))
    assert len(ssm.executions(one)) == 1


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Targets": ALL}, "InvalidUpdate"),
        ({"Name": "look"}, "InvalidTarget"),
        (asked(AssociationVersion="3"), "InvalidAssociationVersion"),
        (asked(Name="other"), "InvalidDocument"),
    ],
)
def test_an_update_that_is_refused_changes_nothing(ssm, members, code):
    ssm.add()
    one = ssm.associate()
    assert refusal(ssm, "UpdateAssociation", AssociationId=one, **members).code == code
    assert len(ssm.call("ListAssociationVersions", AssociationId=one)["AssociationVersions"]) == 1
    assert len(ssm.executions(one)) == 1


def test_another_version_of_the_document_runs_it_unless_it_waits(ssm):
    ssm.add()
    by_default, by_latest = ssm.associate(), ssm.associate(DocumentVersion="$LATEST")
    fixed = ssm.associate(DocumentVersion="1")
    waiting = ssm.associate(
        DocumentVersion="$LATEST", ScheduleExpression=DAILY, ApplyOnlyAtCronInterval=True
    )

    def runs():
        return [len(ssm.executions(one)) for one in (by_default, by_latest, fixed, waiting)]

    assert runs() == [1, 1, 1, 0]
    changed = json.dumps({**SCRIPT, "description": "two"})
    ssm.call("UpdateDocument", Name="look", Content=changed, DocumentVersion="$LATEST")
    assert runs() == [1, 2, 1, 0]
    ssm.call("UpdateDocumentDefaultVersion", Name="look", DocumentVersion="2")
    assert runs() == [2, 2, 1, 0]


def test_parameters_that_do_not_suit_the_document_any_more_are_a_run_that_failed(ssm):
    host = ssm.add()
    one = ssm.associate(Parameters={"word": ["there"]})
    ssm.end(host)
    without = json.dumps({**SCRIPT, "parameters": {}})
    ssm.call("UpdateDocument", Name="look", Content=without, DocumentVersion="$LATEST")
    ssm.call("UpdateDocumentDefaultVersion", Name="look", DocumentVersion="2")
    found = ssm.executions(one)
    assert [row["DetailedStatus"] for row in found] == ["InvalidParameters", "Success"]
    assert ssm.targets(one) == []
    assert ssm.receive(host) is None


def test_a_document_that_an_association_needs_is_not_deleted(ssm):
    one = ssm.associate()
    assert refusal(ssm, "DeleteDocument", Name="look").code == "AssociatedInstances"
    ssm.call("DeleteAssociation", AssociationId=one)
    ssm.call("DeleteDocument", Name="look")


def test_what_is_no_more_is_told_so(ssm):
    one = ssm.associate()
    ssm.call("DeleteAssociation", AssociationId=one)
    for operation, more in (
        ("DescribeAssociation", {}),
        ("DeleteAssociation", {}),
        ("ListAssociationVersions", {}),
        ("DescribeAssociationExecutions", {}),
        ("DescribeAssociationExecutionTargets", {"ExecutionId": one}),
        ("UpdateAssociation", asked()),
    ):
        said = refusal(ssm, operation, AssociationId=one, **more)
        assert said.code == "AssociationDoesNotExist", operation
    said = refusal(ssm, "StartAssociationsOnce", AssociationIds=[one])
    assert said.code == "AssociationDoesNotExist"
    assert refusal(ssm, "DescribeAssociation", Name="look").code == "AssociationDoesNotExist"


def test_an_execution_that_there_is_not(ssm):
    one = ssm.associate()
    said = refusal(ssm, "DescribeAssociationExecutionTargets", AssociationId=one, ExecutionId=one)
    assert said.code == "AssociationExecutionDoesNotExist"


def test_it_is_run_once_more_on_demand(ssm):
    host = ssm.add()
    one = ssm.associate(ScheduleExpression=DAILY, ApplyOnlyAtCronInterval=True)
    ssm.call("StartAssociationsOnce", AssociationIds=[one])
    ssm.clock.sleep(1)
    ssm.end(host)
    assert [row["Status"] for row in ssm.executions(one)] == ["Success"]


def test_runs_and_their_commands_are_kept_for_thirty_days(ssm):
    host = ssm.add()
    one = ssm.associate(ScheduleExpression="rate(9 days)")
    commands = [ssm.end(host).command_id]
    for _ in range(3):
        ssm.later(days=9)
        commands.append(ssm.end(host).command_id)
    assert len(ssm.executions(one)) == 4
    ssm.later(days=3, hours=1)
    assert len(ssm.executions(one)) == 3
    kept = [command["CommandId"] for command in ssm.call("ListCommands")["Commands"]]
    assert kept == list(reversed(commands[1:]))


def test_executions_and_targets_by_filters(ssm):
    good, bad = ssm.add(1), ssm.add(2)
    one = ssm.associate(ScheduleExpression="rate(1 day)")
    ssm.end(good)
    ssm.end(bad, "Failed", 1)
    ssm.later(days=1)
    ssm.end(good)
    ssm.end(bad)
    (failed,) = ssm.executions(one, Filters=[{"Key": "Status", "Value": "Failed", "Type": "EQUAL"}])
    rows = ssm.targets(one, 1, Filters=[{"Key": "Status", "Value": "Failed"}])
    assert [row["ResourceId"] for row in rows] == [bad.instance_id]
    moment = {"Key": "CreatedTime", "Type": "GREATER_THAN", "Value": "2020-01-01T00:00:00Z"}
    assert len(ssm.executions(one, Filters=[moment])) == 2
    assert ssm.executions(one, Filters=[{**moment, "Type": "LESS_THAN"}]) == []
    by_id = {"Key": "ExecutionId", "Type": "EQUAL", "Value": failed["ExecutionId"]}
    assert ssm.executions(one, Filters=[by_id]) == [failed]
    odd = [{**by_id, "Type": "LESS_THAN"}]
    said = refusal(ssm, "DescribeAssociationExecutions", AssociationId=one, Filters=odd)
    assert said.code == "ValidationException"


def test_associations_are_listed_page_by_page(ssm):
    made = [ssm.associate(AssociationName=f"one-{number}") for number in range(3)]
    first = ssm.call("ListAssociations", MaxResults=2)
    rest = ssm.call("ListAssociations", MaxResults=2, NextToken=first["NextToken"])
    rows = first["Associations"] + rest["Associations"]
    assert [row["AssociationId"] for row in rows] == made
    named = [{"key": "AssociationName", "value": "one-1"}]
    (row,) = ssm.call("ListAssociations", AssociationFilterList=named)["Associations"]
    assert row["AssociationId"] == made[1]


def test_what_one_instance_has(ssm):
    host, other = ssm.add(1), ssm.add(2)
    one = ssm.associate(host)
    ssm.associate(other)
    where = {"InstanceId": host.instance_id}
    (effective,) = ssm.call("DescribeEffectiveInstanceAssociations", **where)["Associations"]
    assert (effective["AssociationId"], json.loads(effective["Content"])) == (one, SCRIPT)
    ssm.end(host)
    told = ssm.call("DescribeInstanceAssociationsStatus", **where)
    (row,) = told["InstanceAssociationStatusInfos"]
    assert (row["AssociationId"], row["Status"]) == (one, "Success")
    nobody = {"InstanceId": "i-00000000000000099"}
    assert refusal(ssm, "DescribeInstanceAssociationsStatus", **nobody).code == "InvalidInstanceId"


def test_tags_of_an_association(ssm):
    one = ssm.associate(Tags=[{"Key": "team", "Value": "web"}])
    mine = {"ResourceType": "Association", "ResourceId": one}
    assert ssm.call("ListTagsForResource", **mine)["TagList"] == [{"Key": "team", "Value": "web"}]
    ssm.call("DeleteAssociation", AssociationId=one)
    assert refusal(ssm, "ListTagsForResource", **mine).code == "InvalidResourceId"


def test_leave_is_asked_for_the_document_and_the_association():
    said = []
    ssm = PaperSsm(authorize=lambda _, action, resource: said.append((action, resource)))
    ssm.document()
    one = ssm.associate(Tags=[{"Key": "a", "Value": "b"}])
    update(ssm, one, **asked())
    ssm.executions(one)
    ssm.call("ListAssociations")
    here = "arn:aws:ssm:ap-northeast-1:111111111111"
    assert said[1:] == [
        ("ssm:CreateAssociation", f"{here}:document/look"),
        ("ssm:CreateAssociation", f"{here}:association/*"),
        ("ssm:AddTagsToResource", f"{here}:association/*"),
        ("ssm:UpdateAssociation", f"{here}:association/{one}"),
        ("ssm:DescribeAssociation", f"{here}:association/{one}"),
        ("ssm:UpdateAssociation", f"{here}:document/look"),
        ("ssm:DescribeAssociationExecutions", f"{here}:association/{one}"),
        ("ssm:ListAssociations", "*"),
    ]


def test_without_leave_nothing_is_made_or_run():
    def refuse(environ, action, resource):
        if action == "ssm:CreateAssociation" and ":association/" in resource:
            raise ApiError("AccessDeniedException", action)

    ssm = PaperSsm(authorize=refuse)
    ssm.document()
    host = ssm.add()
    assert refusal(ssm, "CreateAssociation", **asked()).code == "AccessDeniedException"
    assert ssm.call("ListAssociations")["Associations"] == []
    assert ssm.receive(host) is None
