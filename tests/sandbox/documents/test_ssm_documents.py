"""Documents that an account makes: their rules, their versions, and commands that run them."""

import hashlib
import json

import pytest

from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.messages import Reply, Result
from support.paper_ssm import SCRIPT, PaperSsm, refusal

YAML = """
schemaVersion: "2.2"
mainSteps:
  - action: aws:runShellScript
    name: look
    inputs:
      runCommand: ["echo hi"]
"""
OLD = {
    "schemaVersion": "1.2",
    "runtimeConfig": {
        "aws:runPowerShellScript": {"properties": [{"id": "0", "runCommand": ["'x'"]}]}
    },
}


@pytest.fixture
def ssm():
    return PaperSsm()


def changed(**members):
    return {**SCRIPT, **members}


def stepped(**members):
    return changed(mainSteps=[{**SCRIPT["mainSteps"][0], **members}])


def test_a_new_document_is_described_with_its_hash_and_becomes_active(ssm):
    text = json.dumps(SCRIPT)
    made = ssm.call("CreateDocument", Name="look", Content=text)["DocumentDescription"]
    assert (made["Status"], made["DocumentVersion"], made["Owner"]) == (
        "Creating",
        "1",
        "111111111111",
    )
    assert made["HashType"] == "Sha256"
    assert made["Hash"] == hashlib.sha256(text.encode()).hexdigest()
    assert made["PlatformTypes"] == ["Linux", "MacOS", "Windows"]
    assert made["Parameters"] == [{"Name": "word", "Type": "String", "DefaultValue": "hi"}]
    assert ssm.call("DescribeDocument", Name="look")["Document"]["Status"] == "Creating"
    host = ssm.add()
    with_it = {"DocumentName": "look", "InstanceIds": [host.instance_id]}
    assert refusal(ssm, "SendCommand", **with_it).code == "InvalidDocument"
    ssm.clock.sleep(1)
    assert ssm.call("DescribeDocument", Name="look")["Document"]["Status"] == "Active"
    ssm.call("SendCommand", **with_it)


@pytest.mark.parametrize("name", ["AWS-Mine", "aws-mine", "AmazonThing", "amzn-x", "awsome"])
def test_the_prefixes_of_aws_are_reserved(ssm, name):
    code = refusal(ssm, "CreateDocument", Name=name, Content=json.dumps(SCRIPT)).code
    assert code == "ValidationException"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "InvalidDocumentContent"),
        ("[]", "InvalidDocumentContent"),
        (YAML, "InvalidDocumentContent"),
        (changed(schemaVersion="0.3"), "InvalidDocumentSchemaVersion"),
        (changed(schemaVersion="2.0"), "InvalidDocumentSchemaVersion"),
        ({"mainSteps": SCRIPT["mainSteps"]}, "InvalidDocumentSchemaVersion"),
        (changed(mainSteps=[]), "InvalidDocumentContent"),
        (changed(mainSteps=SCRIPT["mainSteps"] * 2), "InvalidDocumentContent"),
        (changed(more=1), "InvalidDocumentContent"),
        (stepped(name="no spaces"), "InvalidDocumentContent"),
        (stepped(name=None), "InvalidDocumentContent"),
        (stepped(action="aws:runDocument"), "InvalidDocumentContent"),
        (stepped(inputs=[{"runCommand": ["x"]}]), "InvalidDocumentContent"),
        (stepped(inputs={}), "InvalidDocumentContent"),
        (stepped(inputs={"runCommand": [1]}), "InvalidDocumentContent"),
        (stepped(more=1), "InvalidDocumentContent"),
        (stepped(precondition={"StringEquals": ["platformType"]}), "InvalidDocumentContent"),
        (stepped(precondition={"StringEquals": ["platformType", "OS2"]}), "InvalidDocumentContent"),
        (stepped(precondition={"Not": ["a", "b"]}), "InvalidDocumentContent"),
        (changed(parameters={"no-hyphen": {"type": "String"}}), "InvalidDocumentContent"),
        (changed(parameters={"x": {"type": "Text"}}), "InvalidDocumentContent"),
        (changed(parameters={"x": {"type": "String", "default": []}}), "InvalidDocumentContent"),
        (
            changed(parameters={"x": {"type": "StringList", "default": ""}}),
            "InvalidDocumentContent",
        ),
        (
            changed(parameters={"x": {"type": "String", "allowedPattern": "("}}),
            "InvalidDocumentContent",
        ),
        (changed(description="x" * 65536), "MaxDocumentSizeExceeded"),
        ({**OLD, "runtimeConfig": {}}, "InvalidDocumentContent"),
        ({**OLD, "mainSteps": []}, "InvalidDocumentContent"),
    ],
)
def test_content_that_ssm_would_not_take_is_refused(ssm, content, code):
    text = content if isinstance(content, str) else json.dumps(content)
    assert refusal(ssm, "CreateDocument", Name="look", Content=text).code == code
    assert refusal(ssm, "DescribeDocument", Name="look").code == "InvalidDocument"


def test_what_is_not_in_the_sandbox_says_so(ssm):
    said = refusal(ssm, "CreateDocument", Name="look", Content="{}", DocumentType="Automation")
    assert "not in the sandbox" in said.message
    assert "not in the sandbox" in refusal(ssm, "ModifyDocumentPermission").message


def test_a_name_is_taken_once(ssm):
    ssm.document()
    said = refusal(ssm, "CreateDocument", Name="look", Content=json.dumps(SCRIPT))
    assert said.code == "DocumentAlreadyExists"


def test_yaml_and_json_are_read_in_either_form(ssm):
    ssm.document(content=YAML, DocumentFormat="YAML")
    got = ssm.call("GetDocument", Name="look", DocumentFormat="YAML")
    assert (got["Content"], got["DocumentFormat"]) == (YAML, "YAML")
    as_json = ssm.call("GetDocument", Name="look")
    assert as_json["DocumentFormat"] == "JSON"
    assert json.loads(as_json["Content"])["mainSteps"][0]["name"] == "look"
    again = ssm.call("GetDocument", Name="AWS-RunPowerShellScript", DocumentFormat="YAML")
    assert "aws:runPowerShellScript:" in again["Content"]


def test_a_date_in_yaml_is_no_document(ssm):
    text = YAML + "description: 2026-01-01\n"
    said = refusal(ssm, "CreateDocument", Name="look", Content=text, DocumentFormat="YAML")
    assert said.code == "InvalidDocumentContent"


def update(ssm, content, **members):
    asked = {"Name": "look", "Content": json.dumps(content), "DocumentVersion": "$LATEST"}
    return ssm.call("UpdateDocument", **{**asked, **members})["DocumentDescription"]


def test_an_update_is_a_new_version_and_not_the_default(ssm):
    ssm.document(VersionName="one")
    made = update(ssm, changed(description="two"), VersionName="two")
    assert (made["DocumentVersion"], made["DefaultVersion"], made["LatestVersion"]) == (
        "2",
        "1",
        "2",
    )
    assert ssm.call("DescribeDocument", Name="look")["Document"]["DocumentVersion"] == "1"
    latest = ssm.call("DescribeDocument", Name="look", DocumentVersion="$LATEST")["Document"]
    assert (latest["DocumentVersion"], latest["Description"]) == ("2", "two")
    named = ssm.call("GetDocument", Name="look", VersionName="two")
    assert named["DocumentVersion"] == "2"
    ssm.call("UpdateDocumentDefaultVersion", Name="look", DocumentVersion="2")
    assert ssm.call("DescribeDocument", Name="look")["Document"]["DocumentVersion"] == "2"
    listed = ssm.call("ListDocumentVersions", Name="look")["DocumentVersions"]
    told = [(row["DocumentVersion"], row["IsDefaultVersion"]) for row in listed]
    assert told == [("2", True), ("1", False)]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Content": json.dumps(SCRIPT)}, "DuplicateDocumentContent"),
        ({"Content": json.dumps(SCRIPT, indent=1)}, "DuplicateDocumentContent"),
        ({"VersionName": "one"}, "DuplicateDocumentVersionName"),
        ({"DocumentVersion": "7"}, "InvalidDocumentVersion"),
        ({"DocumentVersion": "1"}, "InvalidDocumentVersion"),
        ({"DocumentVersion": "$DEFAULT"}, "InvalidDocumentVersion"),
        ({"Name": "other"}, "InvalidDocument"),
        ({"Name": "AWS-RunPowerShellScript"}, "InvalidDocument"),
    ],
)
def test_an_update_that_aws_refuses(ssm, members, code):
    ssm.document(VersionName="one")
    update(ssm, changed(description="two"))
    asked = {"Name": "look", "Content": json.dumps(changed(description="three"))}
    asked |= {"DocumentVersion": "$LATEST", **members}
    assert refusal(ssm, "UpdateDocument", **asked).code == code


def test_without_a_version_the_default_is_meant_which_has_to_be_the_latest(ssm):
    ssm.document()
    asked = {"Name": "look", "Content": json.dumps(changed(description="two"))}
    ssm.call("UpdateDocument", **asked)
    asked["Content"] = json.dumps(changed(description="three"))
    assert refusal(ssm, "UpdateDocument", **asked).code == "InvalidDocumentVersion"


def test_a_document_has_a_thousand_versions(ssm):
    ssm.document()
    for number in range(2, 1001):
        update(ssm, changed(description=f"{number}"))
    with pytest.raises(Exception, match="at most 1000") as caught:
        update(ssm, changed(description="more"))
    assert caught.value.code == "DocumentVersionLimitExceeded"


def test_a_version_is_deleted_but_never_the_default(ssm):
    ssm.document()
    update(ssm, changed(description="two"))
    said = refusal(ssm, "DeleteDocument", Name="look", DocumentVersion="1")
    assert said.code == "InvalidDocumentOperation"
    ssm.call("DeleteDocument", Name="look", DocumentVersion="2")
    said = refusal(ssm, "GetDocument", Name="look", DocumentVersion="2")
    assert said.code == "InvalidDocumentVersion"
    # Its number is not given again.
    assert update(ssm, changed(description="three"))["DocumentVersion"] == "3"
    ssm.call("DeleteDocument", Name="look")
    assert refusal(ssm, "GetDocument", Name="look").code == "InvalidDocument"


def test_a_document_of_aws_is_read_and_never_changed(ssm):
    got = ssm.call("GetDocument", Name="AWS-RunPowerShellScript")
    assert "aws:runPowerShellScript" in json.loads(got["Content"])["runtimeConfig"]
    assert ssm.call("DescribeDocument", Name="AWS-RunShellScript")["Document"]["Owner"] == "Amazon"
    for operation, more in (
        ("DeleteDocument", {}),
        ("UpdateDocumentDefaultVersion", {"DocumentVersion": "1"}),
    ):
        said = refusal(ssm, operation, Name="AWS-RunPowerShellScript", **more)
        assert said.code == "InvalidDocument"


def test_documents_are_listed_by_filters(ssm):
    ssm.document(Tags=[{"Key": "team", "Value": "web"}])
    ssm.document("other", content=OLD)

    def names(*filters):
        told = ssm.call("ListDocuments", Filters=[{"Key": k, "Values": v} for k, v in filters])
        return [row["Name"] for row in told["DocumentIdentifiers"]]

    assert names() == ["AWS-RunPowerShellScript", "AWS-RunShellScript", "look", "other"]
    assert names(("Owner", ["Self"])) == ["look", "other"]
    assert names(("Owner", ["Amazon"]), ("PlatformTypes", ["Windows"])) == [
        "AWS-RunPowerShellScript"
    ]
    assert names(("Name", ["lo"])) == ["look"]
    assert names(("tag:team", ["web"])) == ["look"]
    bad = [{"Key": "Nonsense", "Values": ["x"]}]
    assert refusal(ssm, "ListDocuments", Filters=bad).code == "InvalidFilterKey"


def test_tags_of_a_document(ssm):
    ssm.document(Tags=[{"Key": "team", "Value": "web"}])
    mine = {"ResourceType": "Document", "ResourceId": "look"}
    ssm.call("AddTagsToResource", **mine, Tags=[{"Key": "env", "Value": "prod"}])
    listed = ssm.call("ListTagsForResource", **mine)["TagList"]
    assert listed == [{"Key": "env", "Value": "prod"}, {"Key": "team", "Value": "web"}]
    ssm.call("RemoveTagsFromResource", **mine, TagKeys=["env", "none"])
    assert ssm.call("DescribeDocument", Name="look")["Document"]["Tags"] == listed[1:]
    other = {**mine, "ResourceId": "other"}
    assert refusal(ssm, "ListTagsForResource", **other).code == "InvalidResourceId"
    other = {**mine, "ResourceType": "Parameter"}
    assert refusal(ssm, "ListTagsForResource", **other).code == "InvalidResourceType"


def test_leave_is_asked_for_the_documents_own_arn(ssm):
    asked = []
    ssm = PaperSsm(authorize=lambda _, action, resource: asked.append((action, resource)))
    ssm.document(Tags=[{"Key": "a", "Value": "b"}])
    ssm.call("GetDocument", Name="AWS-RunShellScript")
    ssm.call("ListDocuments")
    mine = "arn:aws:ssm:ap-northeast-1:111111111111:document/look"
    assert asked == [
        ("ssm:CreateDocument", mine),
        ("ssm:AddTagsToResource", mine),
        ("ssm:GetDocument", "arn:aws:ssm:ap-northeast-1::document/AWS-RunShellScript"),
        ("ssm:ListDocuments", "*"),
    ]


def test_without_leave_nothing_is_made():
    def refuse(environ, action, resource):
        raise ApiError("AccessDeniedException", action)

    ssm = PaperSsm(authorize=refuse)
    said = refusal(ssm, "CreateDocument", Name="look", Content=json.dumps(SCRIPT))
    assert said.code == "AccessDeniedException"
    assert [kept.owner for kept in ssm.run_command.documents.all()] == ["Amazon", "Amazon"]


def send(ssm, host, **members):
    asked = {"DocumentName": "look", "InstanceIds": [host.instance_id], **members}
    sent = ssm.call("SendCommand", **asked)["Command"]["CommandId"]
    ssm.clock.sleep(1)
    return sent


def test_a_command_carries_the_document_and_its_parameters(ssm):
    host = ssm.add()
    ssm.document()
    sent = send(ssm, host, Parameters={"word": ["there"]})
    payload = json.loads(ssm.end(host, stdout="there").payload)
    assert payload["DocumentContent"] == SCRIPT
    assert payload["Parameters"] == {"word": "there"}
    assert payload["DocumentName"] == "look"
    got = ssm.call("GetCommandInvocation", CommandId=sent, InstanceId=host.instance_id)
    assert (got["PluginName"], got["StandardOutputContent"]) == ("look", "there")


@pytest.mark.parametrize(
    "parameters", [{"word": ["UPPER"]}, {"word": ["a", "b"]}, {"word": []}, {"other": ["x"]}]
)
def test_parameters_that_do_not_suit_are_refused(ssm, parameters):
    host = ssm.add()
    ssm.document()
    asked = {"DocumentName": "look", "InstanceIds": [host.instance_id], "Parameters": parameters}
    assert refusal(ssm, "SendCommand", **asked).code == "InvalidParameters"


def test_a_command_names_the_hash_of_its_document_or_none(ssm):
    host = ssm.add()
    right = ssm.document()["Hash"]
    send(ssm, host, DocumentHash=right, DocumentHashType="Sha256")
    asked = {"DocumentName": "look", "InstanceIds": [host.instance_id]}
    for wrong in ({"DocumentHash": "0" * 64}, {"DocumentHash": right, "DocumentHashType": "Sha1"}):
        assert refusal(ssm, "SendCommand", **asked, **wrong).code == "InvalidDocument"


def test_a_parameter_without_a_default_is_needed(ssm):
    host = ssm.add()
    ssm.document(content=changed(parameters={"word": {"type": "String"}}))
    asked = {"DocumentName": "look", "InstanceIds": [host.instance_id]}
    assert refusal(ssm, "SendCommand", **asked).code == "InvalidParameters"


def test_the_time_that_steps_may_take_together_counts_to_the_commands_end(ssm):
    host = ssm.add()
    first, second = stepped(name="first")["mainSteps"], stepped(name="second")["mainSteps"]
    ssm.document(content=changed(mainSteps=first + second))
    sent = send(ssm, host, TimeoutSeconds=30)
    command = ssm.command(sent)
    assert command["ExpiresAfter"] - command["RequestedDateTime"] == 150


def test_each_step_of_several_has_its_own_result(ssm):
    host = ssm.add()
    first, second = stepped(name="first")["mainSteps"], stepped(name="second")["mainSteps"]
    ssm.document(content=changed(mainSteps=first + second))
    sent = send(ssm, host)
    order, now = ssm.take(host), ssm.moved.now()
    plugin, times = "aws:runPowerShellScript", {"began": now, "ended": now}
    told = (
        Result("first", plugin, "Success", 0, stdout="1", **times),
        Result("second", plugin, "Failed", 7, stdout="2", **times),
    )
    ssm.run_command.reply(order, host.instance_id, Reply("InProgress", told[0]))
    where = {"CommandId": sent, "InstanceId": host.instance_id}
    early = ssm.call("GetCommandInvocation", **where, PluginName="first")
    assert (early["Status"], early["StandardOutputContent"]) == ("InProgress", "")
    # The newer channel brings the last step after the final reply.
    ssm.run_command.reply(order, host.instance_id, Reply("Failed"))
    ssm.run_command.reply(order, host.instance_id, Reply("InProgress", told[1]))
    got = ssm.call("GetCommandInvocation", **where, PluginName="second")
    assert (got["Status"], got["ResponseCode"], got["StandardOutputContent"]) == ("Failed", 7, "2")
    assert refusal(ssm, "GetCommandInvocation", **where).code == "InvalidPluginName"
    listed = ssm.call("ListCommandInvocations", CommandId=sent, Details=True)
    (row,) = listed["CommandInvocations"]
    assert [(one["Name"], one["Status"]) for one in row["CommandPlugins"]] == [
        ("first", "Success"),
        ("second", "Failed"),
    ]


def test_a_host_of_a_platform_that_no_step_is_for_gets_nothing(ssm):
    host = ssm.add()
    only = stepped(precondition={"StringEquals": ["platformType", "Linux"]})
    ssm.document(content=only)
    asked = {"DocumentName": "look", "InstanceIds": [host.instance_id]}
    assert refusal(ssm, "SendCommand", **asked).code == "UnsupportedPlatformType"


def test_a_document_of_the_older_schema_runs_too(ssm):
    host = ssm.add()
    ssm.document(content=OLD)
    sent = send(ssm, host)
    order, plugin = ssm.take(host), "aws:runPowerShellScript"
    ssm.run_command.reply(
        order, host.instance_id, Reply("Success", Result(plugin, plugin, "Success", 0, "x"))
    )
    got = ssm.call("GetCommandInvocation", CommandId=sent, InstanceId=host.instance_id)
    assert (got["PluginName"], got["StandardOutputContent"]) == (plugin, "x")
