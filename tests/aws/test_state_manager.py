"""State Manager's edge against the service's model: what is asked, and what its answers mean."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from orchestrator.aws.session import Access
from orchestrator.aws.state_manager import AwsStateManager
from orchestrator.errors import CannotRunError, DeniedError, LostAnswerError
from orchestrator.model.fleet import OutputS3
from orchestrator.model.schedule import (
    Association,
    Document,
    Execution,
    ExecutionTarget,
    KnownVersion,
)
from support.fakes import FakeClock

ID = "00000001-0000-4000-8000-000000000000"
RUN, COMMAND = "76a5a04f-caf6-490c-b448-92c02e000000", "0831e1a8-a1ac-4257-a1fd-c831b48c4107"
HOST = "i-0d176f4a5f9738429"
NAME = "orch-switch-role"
AT = datetime(2026, 11, 27, 3, tzinfo=UTC)
WANTED = Association(
    name=NAME,
    document_version="2",
    targets=(("tag:env", ("prod", "test")),),
    expression="cron(0 2 ? * * *)",
    only_at_cron=True,
    severity="HIGH",
    max_concurrency="10%",
    max_errors="5",
    output_s3=OutputS3("some-bucket", "a/b"),
    dispatch_role="arn:aws:iam::111111111111:role/dispatch",
)
REQUEST = {
    "Name": NAME,
    "DocumentVersion": "2",
    "AssociationName": NAME,
    "Targets": [{"Key": "tag:env", "Values": ["prod", "test"]}],
    "ScheduleExpression": "cron(0 2 ? * * *)",
    "MaxConcurrency": "10%",
    "MaxErrors": "5",
    "ComplianceSeverity": "HIGH",
    "SyncCompliance": "MANUAL",
    "ApplyOnlyAtCronInterval": True,
    "OutputLocation": {
        "S3Location": {"OutputS3BucketName": "some-bucket", "OutputS3KeyPrefix": "a/b"}
    },
    "AssociationDispatchAssumeRole": "arn:aws:iam::111111111111:role/dispatch",
}
SHOWN = {**REQUEST, "AssociationId": ID, "AssociationVersion": "3"}


@pytest.fixture
def manager(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return AwsStateManager(Access(None, "eu-west-1"), FakeClock())


@pytest.fixture
def reads(manager):
    with Stubber(manager._reads) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def writes(manager):
    with Stubber(manager._writes) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_what_there_is_of_a_schedule_is_found_by_its_document(manager, reads):
    reads.add_response(
        "describe_document", {"Document": {"Name": NAME, "Description": "orch"}}, {"Name": NAME}
    )
    versions = {"Name": NAME, "MaxResults": 50}
    rows = [{"DocumentVersion": "1", "VersionName": "a.b", "Status": "Active"}]
    reads.add_response(
        "list_document_versions", {"DocumentVersions": rows, "NextToken": "x"}, versions
    )
    rows = [{"DocumentVersion": "2", "Status": "Creating"}]
    reads.add_response(
        "list_document_versions", {"DocumentVersions": rows}, versions | {"NextToken": "x"}
    )
    filters = {"AssociationFilterList": [{"key": "Name", "value": NAME}], "MaxResults": 50}
    reads.add_response("list_associations", {"Associations": [{"AssociationId": ID}]}, filters)
    overview = {"DetailedStatus": "Failed", "AssociationStatusAggregatedCount": {"Failed": 2}}
    shown = {**SHOWN, "LastExecutionDate": AT, "Overview": overview}
    reads.add_response(
        "describe_association", {"AssociationDescription": shown}, {"AssociationId": ID}
    )
    asked = {"Name": NAME, "DocumentVersion": "2", "DocumentFormat": "JSON"}
    reads.add_response("get_document", {"Content": "{}"}, asked)
    found = manager.find(NAME)
    assert found.document.versions == (
        KnownVersion("1", "a.b", "Active"),
        KnownVersion("2", "", "Creating"),
    )
    (one,) = found.associations
    assert (one.spec, one.version, one.last, one.status) == (WANTED, "3", AT, "Failed")
    assert one.counts == (("Failed", 2),)
    assert found.content == "{}"


def test_where_nothing_is_nothing_is_found(manager, reads):
    reads.add_client_error("describe_document", "InvalidDocument")
    reads.add_response("list_associations", {"Associations": []})
    assert manager.find(NAME).document is None


def test_an_association_that_goes_meanwhile_is_gone(manager, reads):
    reads.add_client_error("describe_document", "InvalidDocument")
    reads.add_response("list_associations", {"Associations": [{"AssociationId": ID}]})
    reads.add_client_error("describe_association", "AssociationDoesNotExist")
    assert manager.find(NAME).associations == ()


def test_a_document_is_made_and_given_versions(manager, writes):
    document = Document(NAME, "{}", "abc.def")
    common = {"Name": NAME, "Content": "{}", "VersionName": "abc.def", "DocumentFormat": "JSON"}
    answer = {"DocumentDescription": {"DocumentVersion": "1"}}
    writes.add_response("create_document", answer, {**common, "DocumentType": "Command"})
    assert manager.make_document(document) == "1"
    answer = {"DocumentDescription": {"DocumentVersion": "2"}}
    writes.add_response("update_document", answer, {**common, "DocumentVersion": "$LATEST"})
    assert manager.add_version(document) == "2"


def test_an_association_is_made_and_changed_with_all_that_it_says(manager, writes):
    writes.add_response("create_association", {"AssociationDescription": SHOWN}, REQUEST)
    assert manager.make_association(WANTED) == ID
    writes.add_response(
        "update_association", {"AssociationDescription": SHOWN}, {"AssociationId": ID, **REQUEST}
    )
    manager.update_association(ID, WANTED)


def test_what_is_not_wanted_is_not_said(manager, writes):
    plain = Association(NAME, "1", (("InstanceIds", ("*",)),), "rate(1 day)")
    request = {
        **{name: REQUEST[name] for name in ("Name", "AssociationName", "SyncCompliance")},
        "DocumentVersion": "1",
        "Targets": [{"Key": "InstanceIds", "Values": ["*"]}],
        "ScheduleExpression": "rate(1 day)",
        "MaxConcurrency": "100%",
        "MaxErrors": "100%",
        "ComplianceSeverity": "UNSPECIFIED",
        "ApplyOnlyAtCronInterval": False,
    }
    writes.add_response("create_association", {"AssociationDescription": SHOWN}, request)
    manager.make_association(plain)


def test_removing_what_is_gone_is_no_error(manager, writes):
    writes.add_client_error("delete_association", "AssociationDoesNotExist")
    manager.delete_association(ID)
    writes.add_client_error("delete_document", "InvalidDocument")
    manager.delete_document(NAME)
    writes.add_client_error("delete_document", "AssociatedInstances", "in use")
    with pytest.raises(CannotRunError, match="AssociatedInstances"):
        manager.delete_document(NAME)


def test_a_write_that_is_throttled_is_sent_again_and_a_lost_one_never(manager, writes, monkeypatch):
    writes.add_client_error("start_associations_once", "ThrottlingException")
    writes.add_client_error("start_associations_once", "TooManyUpdates")
    writes.add_response("start_associations_once", {}, {"AssociationIds": [ID]})
    manager.start(ID)
    asked = []

    def lost(**request):
        asked.append(request)
        raise ReadTimeoutError(endpoint_url="https://ssm")

    monkeypatch.setattr(manager._writes, "create_association", lost)
    with pytest.raises(LostAnswerError) as caught:
        manager.make_association(WANTED)
    assert len(asked) == 1
    assert "run the same command again" in caught.value.mend


def test_a_denied_call_is_told(manager, writes):
    writes.add_client_error("create_document", "AccessDeniedException", "not authorized")
    with pytest.raises(DeniedError):
        manager.make_document(Document(NAME, "{}", "a"))


def execution(**changes):
    row = {
        "AssociationId": ID,
        "AssociationVersion": "3",
        "ExecutionId": RUN,
        "Status": "Success",
        "DetailedStatus": "Success",
        "CreatedTime": AT,
    }
    return row | changes


def test_executions_come_in_pages_and_from_a_moment_on(manager, reads):
    filters = [{"Key": "CreatedTime", "Value": "2026-11-25T03:00:00.000Z", "Type": "GREATER_THAN"}]
    asked = {"AssociationId": ID, "MaxResults": 50, "Filters": filters}
    page = {"AssociationExecutions": [execution()], "NextToken": "x"}
    reads.add_response("describe_association_executions", page, asked)
    pending = execution(Status="Pending", DetailedStatus="Pending")
    page = {"AssociationExecutions": [pending]}
    reads.add_response("describe_association_executions", page, {**asked, "NextToken": "x"})
    found = list(manager.executions(ID, datetime(2026, 11, 25, 3, tzinfo=UTC)))
    assert found[0] == Execution(RUN, ID, "3", "Success", "Success", AT)
    assert [one.final for one in found] == [True, False]


def test_executions_whose_pages_do_not_end_are_not_taken_for_all_of_them(manager, reads):
    """The older ones would be passed over for good."""
    page = {"AssociationExecutions": [execution()], "NextToken": "x"}
    for _ in range(2):
        reads.add_response("describe_association_executions", page)
    with pytest.raises(CannotRunError, match="come to no end"):
        list(manager.executions(ID, None))


def test_times_are_in_utc_whatever_the_machine_has(manager, reads):
    """botocore gives them in the time zone of the machine, and everything here says UTC."""
    here = timezone(timedelta(hours=9))
    page = {"AssociationExecutions": [execution(CreatedTime=AT.astimezone(here))]}
    reads.add_response("describe_association_executions", page)
    (found,) = manager.executions(ID, None)
    assert found.created.isoformat() == AT.isoformat()


def test_all_executions_are_asked_for_where_nothing_is_known(manager, reads):
    asked = {"AssociationId": ID, "MaxResults": 50}
    reads.add_response("describe_association_executions", {"AssociationExecutions": []}, asked)
    assert list(manager.executions(ID, None)) == []


def test_targets_name_the_command_that_was_sent(manager, reads):
    asked = {"AssociationId": ID, "ExecutionId": RUN, "MaxResults": 50}
    common = {"AssociationId": ID, "ExecutionId": RUN, "ResourceType": "ManagedInstance"}
    rows = [
        {
            **common,
            "ResourceId": HOST,
            "Status": "Failed",
            "DetailedStatus": "Failed",
            "LastExecutionDate": AT,
            "OutputSource": {"OutputSourceId": COMMAND, "OutputSourceType": "RunCommand"},
        },
        {**common, "ResourceId": "mi-0d176f4a5f9738429", "Status": "Pending"},
    ]
    page = {"AssociationExecutionTargets": rows}
    reads.add_response("describe_association_execution_targets", page, asked)
    one = Execution(RUN, ID, "3", "Failed", "Failed", AT)
    assert manager.targets(one) == [
        ExecutionTarget(HOST, "Failed", "Failed", COMMAND, AT),
        ExecutionTarget("mi-0d176f4a5f9738429", "Pending", ""),
    ]


def test_an_execution_that_is_not_shown_any_more_has_no_targets(manager, reads):
    code = "AssociationExecutionDoesNotExist"
    reads.add_client_error("describe_association_execution_targets", code)
    assert manager.targets(Execution(RUN, ID, "3", "Success", "Success", AT)) == []
    reads.add_client_error("describe_association_execution_targets", "InternalServerError")
    with pytest.raises(CannotRunError):
        manager.targets(Execution(RUN, ID, "3", "Success", "Success", AT))


def test_what_every_version_of_an_association_was(manager, reads):
    rows = [{**REQUEST, "AssociationVersion": "1"}, {**SHOWN, "DocumentVersion": "3"}]
    reads.add_response(
        "list_association_versions",
        {"AssociationVersions": rows},
        {"AssociationId": ID, "MaxResults": 50},
    )
    found = manager.document_versions(ID)
    assert {number: one.document_version for number, one in found.items()} == {"1": "2", "3": "3"}


def test_names_are_of_associations_that_are_named_as_their_document(manager, reads):
    rows = [
        {"Name": "orch-b", "AssociationName": "orch-b"},
        {"Name": "orch-a", "AssociationName": "orch-a"},
        {"Name": "orch-a", "AssociationName": "orch-a"},
        {"Name": "AWS-UpdateSSMAgent", "AssociationName": "orch-c"},
        {"Name": "mine", "AssociationName": "mine"},
        {"Name": "orch-d"},
    ]
    reads.add_response("list_associations", {"Associations": rows}, {"MaxResults": 50})
    assert manager.names() == ["orch-a", "orch-b"]
