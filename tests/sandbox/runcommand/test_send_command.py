from __future__ import annotations

import json

import pytest

from orchestrator.sandbox.runcommand import ApiError, ManagedInfo, RunCommand
from support.paper_service import ACCOUNT, REGION, Refused, Service

LINES = {"commands": ["'x'"]}


def refusal(service: Service, *hosts, **members) -> Refused:
    with pytest.raises(Refused) as caught:
        service.send(*hosts, **members)
    return caught.value


def test_the_answer_is_the_command_as_it_was_sent(service):
    host = service.add()
    answer = service.call(
        "SendCommand",
        DocumentName="AWS-RunPowerShellScript",
        InstanceIds=[host.instance_id],
        Parameters={"commands": ["'x'"], "executionTimeout": ["900"]},
        TimeoutSeconds=60,
        Comment="run 1",
        MaxErrors="100%",
    )["Command"]
    assert len(answer["CommandId"]) == 36
    assert answer["Parameters"] == {"commands": ["'x'"], "executionTimeout": ["900"]}
    assert (answer["Comment"], answer["TimeoutSeconds"], answer["MaxErrors"]) == (
        "run 1",
        60,
        "100%",
    )
    assert answer["ExpiresAfter"] - answer["RequestedDateTime"] == 960
    assert (answer["Status"], answer["TargetCount"], answer["CompletedCount"]) == (
        "Pending",
        1,
        0,
    )


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"InstanceIds": ["i-short"]}, "instanceIds.1.member"),
        ({"InstanceIds": ["i-00000000000000001\n"]}, "instanceIds.1.member"),
        ({"InstanceIds": [f"i-{n:017x}" for n in range(51)]}, "length less than or equal to 50"),
        ({"TimeoutSeconds": 29}, "greater than or equal to 30"),
        ({"TimeoutSeconds": 2_592_001}, "less than or equal to 2592000"),
        ({"Comment": "x" * 101}, "comment"),
        ({"MaxErrors": "101%"}, "maxErrors"),
        ({"MaxErrors": "-1"}, "maxErrors"),
        ({"MaxConcurrency": "0"}, "maxConcurrency"),
        ({"DocumentName": "a b"}, "documentName"),
        ({"OutputS3BucketName": "ab"}, "outputS3BucketName"),
        ({"NotificationConfig": {"NotificationType": "Any"}}, "enum value set"),
        ({"AlarmConfiguration": {"Alarms": [{}]}}, "alarms.1.member.name"),
        ({"Targets": [{"Key": "InstanceIds", "Values": ["x"]}]}, "not both"),
        ({"InstanceIds": []}, "InstanceIds or Targets"),
    ],
)
def test_what_the_api_model_forbids_is_a_validation_error(service, members, says):
    found = refusal(service, service.add(), **members)
    assert (found.status, found.code) == (400, "ValidationException")
    assert says in found.message


@pytest.mark.parametrize(
    "members",
    [{"TimeoutSeconds": "60"}, {"TimeoutSeconds": True}, {"Parameters": {"commands": "x"}}],
)
def test_a_wrong_type_is_a_serialization_error(service, members):
    assert refusal(service, service.add(), **members).code == "SerializationException"


@pytest.mark.parametrize("timeout", [30, 2_592_000])
def test_the_bounds_of_the_delivery_timeout_are_allowed(service, timeout):
    command_id = service.send(service.add(), TimeoutSeconds=timeout)
    assert service.command(command_id)["TimeoutSeconds"] == timeout


def test_all_findings_come_in_one_answer(service):
    found = refusal(service, service.add(), TimeoutSeconds=1, Comment="x" * 101)
    assert found.message.startswith("2 validation errors detected: ")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "InvalidParameters"),
        ({"commands": []}, "InvalidParameters"),
        ({**LINES, "unknown": ["x"]}, "InvalidParameters"),
        ({**LINES, "executionTimeout": ["1", "2"]}, "InvalidParameters"),
        ({"commands": ["x" * 65_536]}, "MaxDocumentSizeExceeded"),
        ({"commands": ["\u3042" * 22_000]}, "MaxDocumentSizeExceeded"),
    ],
)
def test_parameters_that_do_not_suit_the_document(service, parameters, code):
    assert refusal(service, service.add(), Parameters=parameters).code == code


def test_a_script_of_sixty_kilobytes_is_taken(service):
    host = service.add()
    service.send(host, Parameters={"commands": ["x" * 60_000]})
    payload = json.loads(service.take(host).payload)
    assert payload["Parameters"] == {"commands": ["x" * 60_000]}


def test_agents_get_the_document_and_the_values_as_on_the_wire(service):
    host = service.add()
    given = {"commands": ["a", "b"], "executionTimeout": ["60"], "workingDirectory": ["C:\\x"]}
    where = {"OutputS3BucketName": "some-bucket", "OutputS3KeyPrefix": "a/b"}
    command_id = service.send(host, Parameters=given, **where)
    payload = json.loads(service.take(host).payload)
    values = {"commands": ["a", "b"], "executionTimeout": "60", "workingDirectory": "C:\\x"}
    assert payload["Parameters"] == values
    assert {name: payload[name] for name in where} == where
    assert payload["CommandId"] == command_id
    (plugin,) = payload["DocumentContent"]["runtimeConfig"]["aws:runPowerShellScript"]["properties"]
    assert plugin["runCommand"] == "{{ commands }}"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"DocumentName": "AWS-RunSomethingElse"}, "InvalidDocument"),
        ({"DocumentVersion": "7"}, "InvalidDocumentVersion"),
        ({"DocumentName": "AWS-RunShellScript"}, "UnsupportedPlatformType"),
    ],
)
def test_documents_that_cannot_be_run(service, members, code):
    assert refusal(service, service.add(platform="Windows"), **members).code == code


def test_one_unknown_instance_refuses_the_whole_command(service):
    known, unknown = service.add(1), service.add(2)
    service.run_command.deregister(unknown.instance_id)
    found = refusal(service, known, unknown)
    assert found.code == "InvalidInstanceId"
    assert unknown.instance_id in found.message
    assert service.receive(known) is None


def test_an_instance_of_another_region_is_unknown(service):
    host = service.add()
    service.region = "us-east-1"
    assert refusal(service, host).code == "InvalidInstanceId"


def test_the_same_instance_twice_is_refused(service):
    host = service.add()
    assert refusal(service, host, host).code == "DuplicateInstanceId"


def test_targets_choose_instances_by_tag(service):
    wanted = service.add(1, info=ManagedInfo(tags={"Role": "web"}))
    other = service.add(2, info=ManagedInfo(tags={"Role": "db"}))
    targets = [{"Key": "tag:Role", "Values": ["web", "cache"]}]
    service.send(InstanceIds=[], Targets=targets)
    assert service.take(wanted)
    assert service.receive(other) is None


def test_a_tag_that_nobody_has_ends_the_command_without_invocations(service):
    service.add()
    command_id = service.send(InstanceIds=[], Targets=[{"Key": "tag:Role", "Values": ["none"]}])
    assert service.command(command_id)["StatusDetails"] == "NoInstancesInTag"
    rows = service.call("ListCommandInvocations", CommandId=command_id)["CommandInvocations"]
    assert rows == []


def test_leave_is_asked_for_the_document_and_each_instance():
    asked = []
    service = Service(authorize=lambda environ, action, resource: asked.append((action, resource)))
    hosts = service.add(1), service.add(2)
    service.send(*hosts, DocumentName="AWS-RunPowerShellScript")
    assert asked == [
        ("ssm:SendCommand", f"arn:aws:ssm:{REGION}::document/AWS-RunPowerShellScript"),
        *(
            ("ssm:SendCommand", f"arn:aws:ec2:{REGION}:111111111111:instance/{host.instance_id}")
            for host in hosts
        ),
    ]


def test_a_command_without_leave_is_not_sent():
    def refuse(environ, action, resource):
        if ":instance/" in resource:
            raise ApiError("AccessDeniedException", f"not authorized to perform: {action}")

    service = Service(authorize=refuse)
    host = service.add()
    assert refusal(service, host).code == "AccessDeniedException"
    assert service.receive(host) is None


def test_a_bucket_that_there_is_not_refuses_the_command():
    service = Service()
    service.run_command = RunCommand(
        service.clock, REGION, ACCOUNT, has_bucket=lambda name: name == "some-bucket"
    )
    host = service.add()
    with pytest.raises(Refused) as caught:
        service.send(host, OutputS3BucketName="other-bucket")
    assert caught.value.code == "InvalidOutputFolder"
    assert service.receive(host) is None
    service.send(host, OutputS3BucketName="some-bucket")
